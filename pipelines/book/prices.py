"""The price book: one row is one rate of one meter under one set of conditions over one interval.

Reading and proving it happens here; putting rates side by side happens in `card`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from pipelines.book.bands import Band, load_bands
from pipelines.book.dated import applying, believed, both_from, known_edges, valid_edges
from pipelines.book.meters import COLUMN, Meter, load_meters
from pipelines.book.text import OPEN, Row, read_rows
from pipelines.errors import BookError

UNBOUNDED = 2**63 - 1
"""The end of a context band that has none."""

RATE_SCALE = 18
"""Decimals of a published rate; see `rate` in sql/columns.csv."""

BASES = ("cited", "observed", "announced", "corrected", "assumed", "contract")
CONFIDENCES = ("high", "medium", "low")
INPUT, QUANTITY = "input_and_cache", "quantity"
"""What a band compares: all input of the request, cached included, or the quantity of the meter itself."""

WHOLE, MARGINAL = "whole", "marginal"
"""A band prices all of a row, or only what lies inside of it."""

RESERVED = (
    "adjustments", "aliases", "bands", "batch_rules", "bill_lines", "cache_rules", "equivalents", "lineages",
    "meters", "open_questions", "proof_exceptions", "providers", "skus", "tokenizer_ratios", "tokenizers",
)  # fmt: skip
HEADER = (
    "sku", "meter", "service_tier", "region", "time_band", "attribute", "context_min_tokens",
    "context_max_tokens", "context_basis", "tier_mode", "minimum_quantity", "rate", "per", "currency",
    "valid_from", "valid_to", "known_from", "known_to", "basis", "confidence", "review_after", "source",
    "source_ref", "note",
)  # fmt: skip

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Price:
    """A rate as it is published: `rate` currency for `per` units.

    Instants are half open, context bands include both ends. `valid_*` is when the rate applied, `known_*`
    when we believed so.
    """

    provider: str
    sku: str
    meter: str
    service_tier: str
    region: str
    time_band: str
    attribute: str
    context_min_tokens: int
    context_max_tokens: int
    context_basis: str
    tier_mode: str
    minimum_quantity: int
    rate: Decimal
    per: int
    currency: str
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    basis: str
    confidence: str
    review_after: datetime
    source: str
    source_ref: str
    note: str
    place: str

    @property
    def key(self) -> Key:
        """What may have one rate at one instant and context size."""
        return (
            self.provider, self.sku, self.meter, self.service_tier, self.region, self.time_band,
            self.attribute,
        )  # fmt: skip


@dataclass(frozen=True)
class Book:
    """All rates of all providers, and the meters they may be of."""

    meters: tuple[Meter, ...]
    prices: tuple[Price, ...]


def load_book(folder: Path, own: Path | None = None) -> Book:
    """Read and prove `meters.csv`, every provider's file and the company's own rates.

    Args:
        folder: the price book.
        own: a file that may be missing, with the columns of a provider's file after `provider`: what the
            company pays for capacity and people.

    Raises:
        BookError: unknown meter, no source, two rates for one instant and context, or a hole between rates.
    """
    meters = load_meters(folder)
    by_name = {meter.name: meter for meter in meters}
    prices: list[Price] = []
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in RESERVED:
            prices += [_price(path.stem, row, by_name) for row in read_rows(path, HEADER)]
    published = {price.provider for price in prices}
    for row in read_rows(own, ("provider", *HEADER)) if own and own.is_file() else ():
        if row.need("provider") in published:
            raise row.fail(f"{row['provider']} is a provider of the price book")
        prices.append(_price(row["provider"], row, by_name))
    if not prices:
        raise BookError(f"{folder} has no prices")
    _prove(prices)
    _prove_time_bands(prices, load_bands(folder))
    ordered = sorted(prices, key=lambda p: (p.key, p.known_from, p.valid_from, p.context_min_tokens))
    return Book(meters, tuple(ordered))


def _price(provider: str, row: Row, meters: Mapping[str, Meter]) -> Price:
    if row["meter"] not in meters:
        raise row.fail(f"unknown meter {row['meter']!r}")
    valid_from, valid_to = row.instant("valid_from", OPEN), row.instant("valid_to", OPEN)
    known_from, known_to = row.known()
    price = Price(
        provider=provider,
        sku=row.need("sku"),
        meter=row["meter"],
        service_tier=row.need("service_tier"),
        region=row.need("region"),
        time_band=row["time_band"],
        attribute=row["attribute"],
        context_min_tokens=row.integer("context_min_tokens", 0),
        context_max_tokens=row.integer("context_max_tokens", UNBOUNDED),
        context_basis=row["context_basis"] or INPUT,
        tier_mode=row["tier_mode"] or WHOLE,
        minimum_quantity=row.integer("minimum_quantity", 0),
        rate=row.decimal("rate"),
        per=row.integer("per", 0),
        currency=row.need("currency"),
        valid_from=valid_from,
        valid_to=valid_to,
        known_from=known_from,
        known_to=known_to,
        basis=row["basis"],
        confidence=row["confidence"],
        review_after=row.instant("review_after", OPEN),
        source=row.need("source"),
        source_ref=row.need("source_ref"),
        note=row["note"],
        place=row.place,
    )
    _prove_row(price, row)
    _prove_conditions(price, row, meters[price.meter])
    return price


def _prove_row(price: Price, row: Row) -> None:
    for name, allowed in (("basis", BASES), ("confidence", CONFIDENCES)):
        if row[name] not in allowed:
            raise row.fail(f"{name} {row[name]!r} is none of {', '.join(allowed)}")
    if price.per <= 0:
        raise row.fail("per must be above zero")
    if -int(price.rate.as_tuple().exponent) > RATE_SCALE:
        raise row.fail(f"rate {row['rate']} has more than {RATE_SCALE} decimals")
    if price.rate == 0 and not price.note:
        raise row.fail("a rate of zero needs its reason in note")
    if price.valid_from >= price.valid_to:
        raise row.fail(f"valid_from {row['valid_from']} is missing or not before valid_to {row['valid_to']}")


def _prove_conditions(price: Price, row: Row, meter: Meter) -> None:
    if price.context_min_tokens > price.context_max_tokens:
        raise row.fail("context_min_tokens is above context_max_tokens")
    if price.context_basis not in (INPUT, QUANTITY):
        raise row.fail(f"context_basis {price.context_basis!r} is neither {INPUT} nor {QUANTITY}")
    if price.tier_mode not in (WHOLE, MARGINAL):
        raise row.fail(f"tier_mode {price.tier_mode!r} is neither {WHOLE} nor {MARGINAL}")
    if price.tier_mode == MARGINAL and price.context_basis != QUANTITY:
        raise row.fail(f"marginal bands compare the {QUANTITY} of their meter")
    if meter.place == COLUMN and (price.attribute or price.minimum_quantity or price.context_basis != INPUT):
        raise row.fail(f"{meter.name} takes no attribute, minimum_quantity or band of {QUANTITY}")


def _prove(prices: Iterable[Price]) -> None:
    by_key: dict[Key, list[Price]] = defaultdict(list)
    for price in prices:
        by_key[price.key].append(price)
    beside = _beside(by_key)
    for key, chain in by_key.items():
        for known_at in known_edges([*chain, *beside[key]])[:-1]:
            dated, others = believed(chain, known_at), believed(beside[key], known_at)
            edges = valid_edges(dated)
            for start in valid_edges([*dated, *others])[:-1]:
                alive = applying(dated, start)
                if alive or (edges and edges[0] < start < edges[-1] and not applying(others, start)):
                    _prove_bands(start, alive, chain)


def _beside(by_key: Mapping[Key, list[Price]]) -> defaultdict[Key, list[Price]]:
    """The rates that may stand in a hole of a chain: for hours in that of all hours, and the other way."""
    beside: defaultdict[Key, list[Price]] = defaultdict(list)
    for key, chain in by_key.items():
        if chain[0].time_band:
            all_hours = (*key[:5], "", *key[6:])
            beside[key] += by_key.get(all_hours, [])
            beside[all_hours] += chain
    return beside


def _prove_time_bands(prices: Iterable[Price], bands: Iterable[Band]) -> None:
    """A rate for hours names a band of its provider, and stands beside none for all hours."""
    names = {(band.provider, band.name) for band in bands}
    banded: dict[Key, list[Price]] = defaultdict(list)
    for price in prices:
        banded[(*price.key[:5], price.attribute)].append(price)
    for chain in banded.values():
        some = [price for price in chain if price.time_band]
        for price in some:
            if (price.provider, price.time_band) not in names:
                raise BookError(f"{price.place}: unknown time_band {price.time_band!r}")
            _prove_alone(price, [other for other in chain if not other.time_band])


def _prove_alone(price: Price, others: Iterable[Price]) -> None:
    for other in others:
        at = both_from(price, other)
        if at is not None:
            name = f"{price.provider} {price.sku} {price.meter} {price.service_tier}"
            raise BookError(f"{other.place}: {name} has two rates at {at.isoformat()}")


def _prove_bands(start: datetime, alive: list[Price], chain: Sequence[Price]) -> None:
    """Every context size has exactly one rate from `start` on; `alive` are the rates of that time."""
    first = chain[0]
    name = f"{first.provider} {first.sku} {first.meter} {first.service_tier}"
    expected = 0
    for price in sorted(alive, key=lambda price: price.context_min_tokens):
        if price.context_min_tokens < expected:
            raise BookError(f"{price.place}: {name} has two rates at {start.isoformat()}")
        if price.context_min_tokens > expected:
            break
        expected = price.context_max_tokens + 1
    if expected != UNBOUNDED + 1:
        raise BookError(f"{first.place}: {name} has a gap at {start.isoformat()}, context {expected} tokens")
