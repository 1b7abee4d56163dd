"""The rate card: the rates of one model name, tier, context band and interval side by side in one row.

Rates become whole numbers so that the pricing query can be exact and fast: picodollars (1e-12 USD) per
unit times a denominator that is 1 unless a published rate is finer than a picodollar.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from math import lcm

import xxhash

from pipelines.book.aliases import Alias
from pipelines.book.prices import UNBOUNDED, Book, Price
from pipelines.errors import BookError

PICODOLLARS = 10**12
UNITS = ("tokens", "requests")
"""What meters count; a row says how many of each the pricing query can multiply in 64 bits."""

Shelf = tuple[str, str, str, str]


@dataclass(frozen=True)
class Cell:
    """All rates of one shelf (provider, sku, tier, region) that hold in one interval and context band."""

    shelf: Shelf
    valid_from: datetime
    valid_to: datetime
    context_min_tokens: int
    context_max_tokens: int
    prices: tuple[Price, ...]

    @property
    def rate_id(self) -> str:
        """Names the cell by what it says, so that an unchanged price keeps its id in every edition."""
        said = [self.shelf, self.valid_from.isoformat(), self.context_min_tokens] + [
            (price.meter, str(price.rate), price.per, price.basis) for price in self.prices
        ]
        return xxhash.xxh3_64_hexdigest(repr(said).encode())


def cells(book: Book, *, assumed_rates: bool) -> list[Cell]:
    """Cut every shelf at each instant and context size where one of its rates begins or ends.

    Args:
        book: the proved price book.
        assumed_rates: whether rates of basis `assumed` take part.
    """
    shelves: dict[Shelf, list[Price]] = defaultdict(list)
    for price in book.prices:
        if assumed_rates or price.basis != "assumed":
            shelves[price.provider, price.sku, price.service_tier, price.region].append(price)
    return [cell for shelf in sorted(shelves) for cell in _merge(_cut(shelf, shelves[shelf]))]


def _cut(shelf: Shelf, prices: Sequence[Price]) -> Iterator[Cell]:
    instants = sorted({edge for price in prices for edge in (price.valid_from, price.valid_to)})
    for start, end in pairwise(instants):
        alive = [price for price in prices if price.valid_from <= start and end <= price.valid_to]
        sizes = sorted({edge for p in alive for edge in (p.context_min_tokens, p.context_max_tokens + 1)})
        for low, high in pairwise(sizes):
            inside = [p for p in alive if p.context_min_tokens <= low and high - 1 <= p.context_max_tokens]
            if inside:
                ordered = tuple(sorted(inside, key=lambda price: price.meter))
                yield Cell(shelf, start, end, low, high - 1, ordered)


def _merge(found: Iterable[Cell]) -> list[Cell]:
    """Join cells that only a rate of another band had cut apart; `found` is in order of time."""
    merged: list[Cell] = []
    newest: dict[tuple[int, int, tuple[Price, ...]], int] = {}
    for cell in found:
        key = (cell.context_min_tokens, cell.context_max_tokens, cell.prices)
        place = newest.get(key)
        if place is not None and merged[place].valid_to == cell.valid_from:
            merged[place] = replace(merged[place], valid_to=cell.valid_to)
        else:
            newest[key] = len(merged)
            merged.append(cell)
    return merged


def rate_card(
    found: Iterable[Cell], aliases: Iterable[Alias], meters: Sequence[str], *, assumed_rates: bool
) -> list[dict[str, object]]:
    """The rows of `dim_rate_card`: each cell under each name of its sku, cut to the life of the name."""
    names: dict[tuple[str, str], list[Alias]] = defaultdict(list)
    for alias in aliases:
        names[alias.provider, alias.sku].append(alias)
    rows = []
    for cell in found:
        rates = _rates(cell, meters)
        for alias in names[cell.shelf[0], cell.shelf[1]]:
            starts, ends = max(alias.valid_from, cell.valid_from), min(alias.valid_to, cell.valid_to)
            if starts < ends:
                said = _row(cell, assumed_rates=assumed_rates)
                rows.append({**said, **rates, "alias": alias.alias, "valid_from": starts, "valid_to": ends})
    return rows


def _row(cell: Cell, *, assumed_rates: bool) -> dict[str, object]:
    provider, sku, tier, region = cell.shelf
    banded = cell.context_max_tokens != UNBOUNDED or cell.context_min_tokens > 0
    return {
        "rate_id": cell.rate_id,
        "provider": provider,
        "sku": sku,
        "service_tier": tier,
        "region": region,
        "context_min_tokens": cell.context_min_tokens,
        "context_max_tokens": cell.context_max_tokens,
        "takes_unknown_context": not banded or assumed_rates,
        "has_assumed_rate": any(price.basis == "assumed" for price in cell.prices),
    }


def _rates(cell: Cell, meters: Sequence[str]) -> dict[str, object]:
    exact = {price.meter: Fraction(price.rate) * PICODOLLARS / price.per for price in cell.prices}
    denominator = lcm(*(rate.denominator for rate in exact.values()))
    for price in cell.prices:
        if exact[price.meter] * denominator > UNBOUNDED - denominator:
            raise BookError(f"{price.place}: rate {price.rate} per {price.per} does not fit picodollars")
    assumed = {price.meter for price in cell.prices if price.basis == "assumed"}
    row: dict[str, object] = {"denominator": denominator}
    for unit in UNITS:
        dearest = max(
            (rate * denominator for meter, rate in exact.items() if meter.endswith(unit)), default=0
        )
        row[f"most_{unit}"] = (UNBOUNDED - denominator) // max(int(dearest), 1)
    for meter in meters:
        rate = exact.get(meter)
        row[f"{meter}_rate"] = None if rate is None else int(rate * denominator)
        row[f"{meter}_assumed"] = meter in assumed
    return row
