"""Cells: all rates of one shelf (provider, sku, tier, region) that hold together, with their exact ratios.

A shelf is cut at each instant and context size where one of its rates, or a ratio on them, begins or ends.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import prod

import xxhash

from pipelines.book.adjustments import ANY, Adjustment
from pipelines.book.dated import applying, valid_edges
from pipelines.book.fx import USD, Exchange
from pipelines.book.meters import COLUMN, Meter
from pipelines.book.prices import MARGINAL, UNBOUNDED, Price

EVERYWHERE = "*"
Shelf = tuple[str, str, str, str]
Ratios = tuple[Fraction, Fraction]
"""What a published rate is multiplied with for the list price in USD, and that for the effective price."""

UNCHANGED: Ratios = (Fraction(1), Fraction(1))


@dataclass(frozen=True)
class Terms:
    """What stands between a published rate and a price: meters, ratios, currencies."""

    meters: Mapping[str, Meter]
    adjustments: tuple[Adjustment, ...]
    exchanges: tuple[Exchange, ...]

    def of_sku(self, provider: str, sku: str) -> tuple[Adjustment, ...]:
        """The ratios that change rates of a sku, in their order."""
        places = sorted(self._places[provider, ANY] + self._places[provider, sku])
        return tuple(self.adjustments[place] for place in places)

    @cached_property
    def _places(self) -> Mapping[tuple[str, str], list[int]]:
        places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, each in enumerate(self.adjustments):
            places[each.provider, each.sku].append(place)
        return places


@dataclass(frozen=True)
class Cell:
    """Rates that hold together in one interval, time band and context band.

    `is_other` tells a cell of one meter that rows of usage name in `other_meter`; `named` are the
    adjustments in its ratios, for a reader.
    """

    shelf: Shelf
    is_other: bool
    time_band: str
    valid_from: datetime
    valid_to: datetime
    context_min_tokens: int
    context_max_tokens: int
    prices: tuple[Price, ...]
    ratios: tuple[Ratios, ...]
    named: str = ""

    @property
    def is_of_region(self) -> bool:
        """Whether its rates are published for its region, not those of everywhere with a ratio on them."""
        return self.prices[0].region != EVERYWHERE

    @cached_property
    def rate_id(self) -> str:
        """Names the cell by what it says, so that an unchanged price keeps its id in every edition."""
        said: list[object] = [self.shelf, self.valid_from.isoformat(), self.context_min_tokens]
        said += [(price.meter, str(price.rate), price.per, price.basis) for price in self.prices]
        said += [self.time_band] if self.time_band else []
        said += [price.attribute for price in self.prices if price.attribute]
        said += [price.minimum_quantity for price in self.prices if price.minimum_quantity]
        said += [price.tier_mode for price in self.prices if price.tier_mode == MARGINAL]
        said += [str(ratio) for ratio in self.ratios if ratio is not UNCHANGED]
        return xxhash.xxh3_64_hexdigest(repr(said).encode())


def cells_of(prices: Sequence[Price], terms: Terms) -> list[Cell]:
    """The cells of all shelves of one sku, from its believed prices."""
    found: list[Cell] = []
    mine = terms.of_sku(prices[0].provider, prices[0].sku) if prices else ()
    terms = replace(terms, adjustments=mine)
    for shelf in _shelves(prices, mine):
        inside = _on_shelf(shelf, prices)
        wide = [price for price in inside if terms.meters[price.meter].place == COLUMN]
        others: dict[tuple[str, str], list[Price]] = defaultdict(list)
        for price in inside:
            if terms.meters[price.meter].place != COLUMN:
                others[price.meter, price.attribute].append(price)
        for is_other, group in ((False, wide), *((True, other) for _, other in sorted(others.items()))):
            found += _merge(_cut(shelf, group, terms, is_other=is_other))
    return found


def _shelves(prices: Iterable[Price], adjustments: Iterable[Adjustment]) -> list[Shelf]:
    """Every tier in every region that has a rate or a ratio of its own."""
    shelves = {(p.provider, p.sku, p.service_tier, p.region) for p in prices}
    for provider, sku, tier, _ in list(shelves):
        for each in adjustments:
            if each.region != EVERYWHERE and each.is_for_shelf(provider, sku, tier, each.region):
                shelves.add((provider, sku, tier, each.region))
    return sorted(shelves)


def _on_shelf(shelf: Shelf, prices: Sequence[Price]) -> list[Price]:
    """The rates of a shelf: those of its region; of everywhere only where the sku has no rate in the region.

    A region that is priced apart is so in all its tiers, meters and times: what it lacks has no price, for
    that of everywhere would be a neighbour's.
    """
    _, _, tier, region = shelf
    place = region if any(price.region == region for price in prices) else EVERYWHERE
    return [price for price in prices if price.service_tier == tier and price.region == place]


def _cut(shelf: Shelf, prices: Sequence[Price], terms: Terms, *, is_other: bool) -> Iterator[Cell]:
    adjustments = [each for each in terms.adjustments if each.is_for_shelf(*shelf)]
    currencies = {price.currency for price in prices} - {USD}
    exchanges = [each for each in terms.exchanges if each.currency in currencies]
    for start, end in pairwise(valid_edges([*prices, *adjustments, *exchanges]) if prices else []):
        ratios = _Ratios(terms, applying(adjustments, start), applying(exchanges, start))
        alive = [price for price in applying(prices, start) if ratios.knows(price.currency)]
        for band in sorted({price.time_band for price in alive if price.time_band}) or [""]:
            in_band = [price for price in alive if price.time_band in ("", band)]
            for low, high, inside in _by_context(in_band):
                yield Cell(
                    shelf, is_other, band, start, end, low, high, inside,
                    tuple(ratios.of(price) for price in inside), ratios.named(inside),
                )  # fmt: skip


def _by_context(alive: Sequence[Price]) -> Iterator[tuple[int, int, tuple[Price, ...]]]:
    sizes = sorted({edge for p in alive for edge in (p.context_min_tokens, p.context_max_tokens + 1)})
    for low, high in pairwise(sizes):
        inside = [p for p in alive if p.context_min_tokens <= low and high - 1 <= p.context_max_tokens]
        if inside:
            yield low, high - 1, tuple(sorted(inside, key=lambda price: price.meter))


@dataclass(frozen=True)
class _Ratios:
    """The ratios of one interval."""

    terms: Terms
    adjustments: Sequence[Adjustment]
    exchanges: Sequence[Exchange]

    def knows(self, currency: str) -> bool:
        return currency == USD or any(each.currency == currency for each in self.exchanges)

    def of(self, price: Price) -> Ratios:
        if price.currency == USD and not self.adjustments:
            return UNCHANGED
        worth = next((each.usd for each in self.exchanges if each.currency == price.currency), Fraction(1))
        mine = self._for(price)
        listed = prod((each.ratio for each in mine if each.is_of_provider), start=worth)
        ratios = listed, prod((each.ratio for each in mine if not each.is_of_provider), start=listed)
        return UNCHANGED if ratios == UNCHANGED else ratios

    def named(self, prices: Iterable[Price]) -> str:
        if not self.adjustments and not self.exchanges:
            return ""
        used = [each for price in prices for each in self._for(price)]
        money = sorted({price.currency for price in prices} - {USD})
        rates = [f"{each.currency} at {each.usd}" for each in self.exchanges if each.currency in money]
        return "; ".join(dict.fromkeys([*map(str, used), *rates]))

    def _for(self, price: Price) -> list[Adjustment]:
        return [each for each in self.adjustments if each.is_for_meter(self.terms.meters[price.meter])]


def _merge(found: Iterable[Cell]) -> list[Cell]:
    """Join cells that only a rate of another band had cut apart; `found` is in order of time."""
    merged: list[Cell] = []
    newest: dict[tuple[object, ...], int] = {}
    for cell in found:
        # The very rows of the book: to compare them by what they say takes longer than all else here.
        rows, ratios = tuple(map(id, cell.prices)), tuple(map(str, cell.ratios)) if cell.named else ()
        key = (cell.time_band, cell.context_min_tokens, cell.context_max_tokens, rows, ratios, cell.named)
        place = newest.get(key)
        if place is not None and merged[place].valid_to == cell.valid_from and not is_marginal(cell):
            merged[place] = replace(merged[place], valid_to=cell.valid_to)
        else:
            newest[key] = len(merged)
            merged.append(cell)
    return merged


def is_marginal(cell: Cell) -> bool:
    """Whether it prices only the quantity inside of its band; what lies below has the cells below."""
    return any(price.tier_mode == MARGINAL for price in cell.prices)


def is_banded(cell: Cell) -> bool:
    """Whether its rates hold for a part of the context sizes only."""
    return cell.context_max_tokens != UNBOUNDED or cell.context_min_tokens > 0
