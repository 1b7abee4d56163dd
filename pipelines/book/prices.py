"""The price book: one row is one rate of one meter under one set of conditions over one interval.

Reading and proving it happens here; putting rates side by side happens in `card`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from pipelines.book.text import OPEN, Row, read_rows
from pipelines.errors import BookError

UNBOUNDED = 2**63 - 1
"""The end of a context band that has none."""

RATE_SCALE = 18
"""Decimals of a published rate; see `rate` in sql/columns.csv."""

BASES = ("cited", "observed", "announced", "corrected", "assumed")
RESERVED = ("meters", "aliases", "skus")
HEADER = (
    "sku", "meter", "service_tier", "region", "context_min_tokens", "context_max_tokens", "rate", "per",
    "currency", "valid_from", "valid_to", "basis", "source", "source_ref", "note",
)  # fmt: skip

Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Price:
    """A rate as it is published: `rate` currency for `per` units.

    Instants are half open, context bands include both ends.
    """

    provider: str
    sku: str
    meter: str
    service_tier: str
    region: str
    context_min_tokens: int
    context_max_tokens: int
    rate: Decimal
    per: int
    currency: str
    valid_from: datetime
    valid_to: datetime
    basis: str
    source: str
    source_ref: str
    note: str
    place: str

    @property
    def key(self) -> Key:
        """What may have one rate at one instant and context size."""
        return (self.provider, self.sku, self.meter, self.service_tier, self.region)


@dataclass(frozen=True)
class Book:
    """All rates of all providers, and the meters they may be of."""

    meters: tuple[str, ...]
    prices: tuple[Price, ...]


def load_book(folder: Path) -> Book:
    """Read and prove `meters.csv` and every provider's file.

    Raises:
        BookError: unknown meter, no source, two rates for one instant and context, or a hole between rates.
    """
    meters = tuple(
        row.need("meter") for row in read_rows(folder / "meters.csv", ("meter", "unit", "meaning"))
    )
    prices: list[Price] = []
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in RESERVED:
            prices += [_price(path.stem, row, meters) for row in read_rows(path, HEADER)]
    if not prices:
        raise BookError(f"{folder} has no prices")
    _prove(prices)
    return Book(
        meters,
        tuple(sorted(prices, key=lambda price: (price.key, price.valid_from, price.context_min_tokens))),
    )


def _price(provider: str, row: Row, meters: Sequence[str]) -> Price:
    if row["meter"] not in meters:
        raise row.fail(f"unknown meter {row['meter']!r}")
    if row["basis"] not in BASES:
        raise row.fail(f"basis {row['basis']!r} is none of {', '.join(BASES)}")
    if row["currency"] != "USD":
        raise row.fail(f"currency {row['currency']!r} is not USD")
    price = Price(
        provider=provider,
        sku=row.need("sku"),
        meter=row["meter"],
        service_tier=row.need("service_tier"),
        region=row.need("region"),
        context_min_tokens=row.integer("context_min_tokens", 0),
        context_max_tokens=row.integer("context_max_tokens", UNBOUNDED),
        rate=row.decimal("rate"),
        per=row.integer("per", 0),
        currency=row["currency"],
        valid_from=row.instant("valid_from", OPEN),
        valid_to=row.instant("valid_to", OPEN),
        basis=row["basis"],
        source=row.need("source"),
        source_ref=row.need("source_ref"),
        note=row["note"],
        place=row.place,
    )
    _prove_row(price, row)
    return price


def _prove_row(price: Price, row: Row) -> None:
    if price.region != "*":
        raise row.fail(f"region {price.region!r}: only * is priced now")
    if price.per <= 0:
        raise row.fail("per must be above zero")
    if -int(price.rate.as_tuple().exponent) > RATE_SCALE:
        raise row.fail(f"rate {row['rate']} has more than {RATE_SCALE} decimals")
    if price.rate == 0 and not price.note:
        raise row.fail("a rate of zero needs its reason in note")
    if price.valid_from >= price.valid_to:
        raise row.fail(f"valid_from {row['valid_from']} is missing or not before valid_to {row['valid_to']}")
    if price.context_min_tokens > price.context_max_tokens:
        raise row.fail("context_min_tokens is above context_max_tokens")


def _prove(prices: Iterable[Price]) -> None:
    by_key: dict[Key, list[Price]] = defaultdict(list)
    for price in prices:
        by_key[price.key].append(price)
    for chain in by_key.values():
        edges = sorted({edge for price in chain for edge in (price.valid_from, price.valid_to)})
        for start, end in pairwise(edges):
            _prove_bands(start, [p for p in chain if p.valid_from <= start and end <= p.valid_to], chain[0])


def _prove_bands(start: datetime, alive: list[Price], first: Price) -> None:
    """Every context size has exactly one rate from `start` on; `alive` are the rates of that time."""
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
