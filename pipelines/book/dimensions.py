"""The dimensions of one edition of book and config, as Arrow tables for the pricing and owner joins.

A day sees only what may concern it: the rates of the models it used, the owners of its hours. What it sees
has a digest, so that a correction makes exactly the days stale that it concerns.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

import pyarrow as pa
import xxhash

from pipelines.book.adjustments import COMPANY_KINDS, PROVIDER_KINDS, load_adjustments
from pipelines.book.aliases import load_aliases
from pipelines.book.bands import load_bands
from pipelines.book.bill_lines import BillLine, load_bill_lines
from pipelines.book.card import Row
from pipelines.book.cells import Cell, Terms
from pipelines.book.dated import believed
from pipelines.book.fx import Exchange, load_exchanges
from pipelines.book.meters import columns
from pipelines.book.money_of_record import MoneyOfRecord, load_money_of_record
from pipelines.book.names import Names
from pipelines.book.ownership import Rule, load_ownership
from pipelines.book.prices import load_book
from pipelines.book.providers import FILE as PROVIDERS
from pipelines.book.providers import load_provider_names
from pipelines.book.rates import LATEST, Name, Rates, revisions
from pipelines.book.stated import INSTANT, STATED, digest_of, period_of, stated, within
from pipelines.book.text import OPEN
from pipelines.warehouse.arrow import table

BILL_LINES = "bill_lines.csv"
"""Forms of lines of a bill: the book's and the company's own."""

CAPACITY = "capacity.csv"
"""The company's own rates: hours of GPUs, of dedicated units and of people."""

ALIAS = {"provider": "VARCHAR", "alias": "VARCHAR"}
NAME = {
    "logged_provider": "VARCHAR", "logged_model": "VARCHAR", "provider": "VARCHAR", "model": "VARCHAR",
    "region": "VARCHAR", "valid_from": INSTANT, "valid_to": INSTANT,
}  # fmt: skip
REGION = {"provider": "VARCHAR", "region": "VARCHAR"}
NAMED = {
    "rate_id": "VARCHAR", "provider": "VARCHAR", "sku": "VARCHAR", "alias": "VARCHAR",
    "service_tier": "VARCHAR", "region": "VARCHAR", "context_min_tokens": "BIGINT",
    "context_max_tokens": "BIGINT", "denominator": "BIGINT", "valid_from": INSTANT, "valid_to": INSTANT,
    "is_of_region": "BOOLEAN", "takes_unknown_region": "BOOLEAN",
}  # fmt: skip
CARD = NAMED | {
    "takes_unknown_context": "BOOLEAN", "has_assumed_rate": "BOOLEAN", "has_contract": "BOOLEAN",
    "most_tokens": "BIGINT", "most_requests": "BIGINT", "few_tokens": "BIGINT",
    "few_requests": "BIGINT",
}  # fmt: skip
OTHER = NAMED | {
    "meter": "VARCHAR", "attribute": "VARCHAR", "quantity_above": "BIGINT", "quantity_max": "BIGINT",
    "minimum_quantity": "BIGINT", "is_assumed": "BOOLEAN", "most_thousandths": "BIGINT", "rate": "BIGINT",
    "effective_rate": "BIGINT", "offset": "BIGINT", "effective_offset": "BIGINT",
}  # fmt: skip
RATE = {
    "rate_id": "VARCHAR", "provider": "VARCHAR", "sku": "VARCHAR", "service_tier": "VARCHAR",
    "region": "VARCHAR", "time_band": "VARCHAR", "attribute": "VARCHAR", "context_min_tokens": "BIGINT",
    "context_max_tokens": "BIGINT", "minimum_quantity": "BIGINT", "valid_from": INSTANT, "valid_to": INSTANT,
    "known_from": INSTANT, "known_to": INSTANT, "meter": "VARCHAR", "rate": "DECIMAL(38,18)",
    "per": "BIGINT", "currency": "VARCHAR", "adjustments": "VARCHAR", "basis": "VARCHAR",
    "confidence": "VARCHAR", "review_after": INSTANT, "source": "VARCHAR", "source_ref": "VARCHAR",
    "note": "VARCHAR",
}  # fmt: skip


def card_types(meters: Iterable[str]) -> dict[str, str]:
    """Column types of the rate card, three for each meter that has a column."""
    types = dict(CARD)
    for meter in meters:
        types |= {
            f"{meter}_rate": "BIGINT", f"{meter}_effective_rate": "BIGINT", f"{meter}_assumed": "BOOLEAN",
        }  # fmt: skip
    return types


@dataclass(frozen=True)
class Edition:
    """One edition of the book with the company's terms; `digest` changes when any of them does.

    `earlier` makes the rates of each belief and the skus of which it began: a row that was priced by a rate
    before it was corrected still finds it. Few runs need them.
    """

    rates: Rates
    names: Names
    earlier: Callable[[], Iterable[tuple[Rates, list[Name]]]]
    meters: tuple[str, ...]
    bill_lines: tuple[BillLine, ...]
    exchanges: tuple[Exchange, ...]
    digest: str

    @cached_property
    def published(self) -> pa.Table:
        """Every rate of every belief, with its source."""
        cells = _each_once([(self.rates, self.rates.skus), *self.earlier()])
        return table((row for cell in cells for row in _published(cell)), RATE)

    def known(self, used: Collection[Name]) -> list[Name]:
        """Those of some models that have a price, and their providers with an empty alias, in order."""
        providers = {(provider, "") for provider, _ in used if provider in self.rates.providers}
        return sorted({*providers, *(name for name in used if self.rates.knows(name))})

    def table(self, name: str, day: str, used: Collection[Name]) -> pa.Table:
        """An input that is made of rates."""
        match name:
            case "dim_rate_card":
                return table(self.rates.cards(used, period_of(day)), card_types(self.meters))
            case "dim_other_rate":
                return table(self.rates.others(used, period_of(day)), OTHER)
            case "dim_region":
                regions = self.rates.regions(used, period_of(day))
                return table(({"provider": p, "region": region} for p, region in regions), REGION)
            case "dim_alias":
                return table(({"provider": p, "alias": a} for p, a in self.known(used)), ALIAS)
            case "dim_name":
                return table(self.names.rows(used, period_of(day)), NAME)
        return self.published


@dataclass(frozen=True)
class Dimensions:
    """Named inputs of the SQL, for a day or for the days `FIRST/LAST`."""

    edition: Edition
    owners: tuple[Rule, ...]
    money: tuple[MoneyOfRecord, ...] = ()

    NAMES = (
        "dim_rate_card", "dim_other_rate", "dim_region", "dim_alias", "dim_name", "dim_bill_line",
        "dim_exchange", "dim_money_of_record", "ownership", "rate",
    )  # fmt: skip

    @property
    def rates(self) -> Rates:
        """The rates as they are believed."""
        return self.edition.rates

    def resolved(self, logged: Iterable[Name], day: str) -> frozenset[Name]:
        """The names of the book that some logged names have on a day."""
        return self.edition.names.resolved(logged, period_of(day))

    def table(self, name: str, day: str, used: Collection[Name]) -> pa.Table:
        """An input as the SQL names it, for a day and the models it used; `dim_name` for those it logged."""
        if name in STATED:
            return stated(name, self._dated(name, day))[0]
        digest = self.digest(name, day, used, within_day=False)
        return _made(_Input(name, digest, self.edition.digest, self.edition, day, tuple(used)))

    def digest(self, name: str, day: str, used: Collection[Name], *, within_day: bool) -> str:
        """Tells whether an input of a day is what it was; see `Rates.digest`."""
        match name:
            case "dim_rate_card" | "dim_other_rate" | "dim_region":
                return self.rates.digest(used, period_of(day), within_day=within_day)
            case "dim_alias":
                return digest_of(self.edition.known(used))
            case "dim_name":
                return digest_of(list(map(repr, self.edition.names.rows(used, period_of(day)))))
            case "rate":
                return self.edition.digest
        return stated(name, self._dated(name, day))[1]

    def _dated(self, name: str, day: str) -> tuple[object, ...]:
        """What a small dimension says of a day, or of a part of it."""
        match name:
            case "dim_bill_line":
                return self.edition.bill_lines
            case "dim_exchange":
                return tuple(within(self.edition.exchanges, day))
            case "dim_money_of_record":
                return tuple(sorted(within(self.money, day), key=lambda rule: rule.precedence))
        return tuple(within(self.owners, day))


def load_dimensions(
    prices: Path,
    config: Path,
    sources: tuple[str, ...],
    *,
    assumed_rates: bool,
    as_known_at: datetime = LATEST,
) -> Dimensions:
    """Read and prove the book and the company's own terms; raise `BookError` for the first fault."""
    own = [
        config / name
        for name in ("adjustments.csv", "aliases.csv", BILL_LINES, CAPACITY, "fx.csv", PROVIDERS)
    ]
    digest = xxhash.xxh3_128(repr((assumed_rates, as_known_at.isoformat())).encode())
    for path in [*sorted(prices.glob("*.csv")), *own]:
        digest.update(path.name.encode() + path.read_bytes() if path.is_file() else b"")
    asked = _Asked(digest.hexdigest(), assumed_rates, as_known_at, prices, config)
    return Dimensions(_load(asked), load_ownership(config, sources), load_money_of_record(config))


@dataclass(frozen=True)
class _Asked:
    """Equal for equal content, wherever it lies: a changed file is never answered from the cache."""

    digest: str
    assumed_rates: bool
    as_known_at: datetime
    prices: Path = field(compare=False)
    config: Path = field(compare=False)


@lru_cache(maxsize=4)
def _load(asked: _Asked) -> Edition:
    prices, config = asked.prices, asked.config
    book = load_book(prices, config / CAPACITY)
    aliases = load_aliases((prices / "aliases.csv", config / "aliases.csv"), book)
    bands = load_bands(prices)
    terms = Terms(
        {meter.name: meter for meter in book.meters},
        load_adjustments(prices / "adjustments.csv", PROVIDER_KINDS, book.meters)
        + load_adjustments(config / "adjustments.csv", COMPANY_KINDS, book.meters),
        load_exchanges(config),
    )

    def rates(at: datetime) -> Rates:
        return Rates(book, aliases, bands, terms, assumed_rates=asked.assumed_rates, as_known_at=at)

    now, providers = (
        rates(asked.as_known_at),
        load_provider_names((prices / PROVIDERS, config / PROVIDERS), book),
    )
    return Edition(
        rates=now,
        names=Names(believed(providers, asked.as_known_at), now.knows),
        earlier=lambda: [(rates(at), skus) for at, skus in revisions(book, terms).items()],
        meters=columns(book.meters),
        bill_lines=load_bill_lines((prices / BILL_LINES, config / BILL_LINES), frozenset(terms.meters)),
        exchanges=tuple(believed(terms.exchanges, asked.as_known_at)),
        digest=asked.digest,
    )


def _each_once(editions: Iterable[tuple[Rates, list[Name]]]) -> Iterator[Cell]:
    seen: set[str] = set()
    for rates, skus in editions:
        for sku in skus:
            for cell in rates.cells(sku):
                if cell.rate_id not in seen:
                    seen.add(cell.rate_id)
                    yield cell


@dataclass(frozen=True)
class _Input:
    """An input that is made of rates; equal for equal rates, whatever the day."""

    name: str
    digest: str
    edition_digest: str
    edition: Edition = field(compare=False)
    day: str = field(compare=False)
    used: tuple[Name, ...] = field(compare=False)


@lru_cache(maxsize=32)
def _made(asked: _Input) -> pa.Table:
    """Made once for all tables and days that ask alike: that takes longer than to price a small day."""
    return asked.edition.table(asked.name, asked.day, asked.used)


def _published(cell: Cell) -> Iterator[Row]:
    provider, sku, tier, region = cell.shelf
    rate_id = cell.rate_id
    for price in cell.prices:
        yield {
            "rate_id": rate_id, "provider": provider, "sku": sku, "service_tier": tier, "region": region,
            "time_band": cell.time_band or None, "attribute": price.attribute or None,
            "context_min_tokens": cell.context_min_tokens, "context_max_tokens": cell.context_max_tokens,
            "minimum_quantity": price.minimum_quantity, "valid_from": cell.valid_from,
            "valid_to": cell.valid_to, "known_from": price.known_from, "known_to": price.known_to,
            "meter": price.meter, "rate": price.rate, "per": price.per, "currency": price.currency,
            "adjustments": cell.named or None, "basis": price.basis, "confidence": price.confidence,
            "review_after": None if price.review_after == OPEN else price.review_after,
            "source": price.source, "source_ref": price.source_ref, "note": price.note,
        }  # fmt: skip
