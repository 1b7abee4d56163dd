"""Which rates a model name has on a day: cells under each name of their sku, cut to lives and time bands."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

import xxhash

from pipelines.book.aliases import Alias
from pipelines.book.bands import Band, intervals
from pipelines.book.card import Row, other_row, wide_row
from pipelines.book.cells import EVERYWHERE, Cell, Terms, cells_of, is_marginal
from pipelines.book.dated import Known, believed, known_edges
from pipelines.book.meters import columns
from pipelines.book.prices import Book, Price
from pipelines.book.text import ALWAYS, OPEN

LATEST = OPEN - timedelta(microseconds=1)
"""As known at: what is believed now."""

Name = tuple[str, str]
Day = tuple[datetime, datetime]
ALL: Day = (ALWAYS, OPEN)


class Rates:
    """All rates as believed at one instant; the cells of a sku are cut when they are first asked for."""

    def __init__(
        self, book: Book, aliases: Iterable[Alias], bands: Iterable[Band], terms: Terms,
        *, assumed_rates: bool, as_known_at: datetime = LATEST,
    ) -> None:  # fmt: skip
        """Keep what is believed at `as_known_at`; rates of basis `assumed` only if wanted."""
        self._terms = Terms(
            terms.meters,
            tuple(believed(terms.adjustments, as_known_at)),
            tuple(believed(terms.exchanges, as_known_at)),
        )
        self._bands = believed(bands, as_known_at)
        self._columns = columns(book.meters)
        self._assumed_rates = assumed_rates
        self._prices: dict[Name, list[Price]] = defaultdict(list)
        for price in believed(book.prices, as_known_at):
            if assumed_rates or price.basis != "assumed":
                self._prices[price.provider, price.sku].append(price)
        self._aliases: dict[Name, list[Alias]] = defaultdict(list)
        for alias in believed(aliases, as_known_at):
            self._aliases[alias.provider, alias.alias].append(alias)
        self._cells: dict[Name, list[Cell]] = {}
        self._rows: dict[int, Row] = {}
        self._digests: dict[tuple[frozenset[Name], Day, bool], str] = {}

    @property
    def names(self) -> list[Name]:
        """Every name that means some sku at some time."""
        return sorted(self._aliases)

    @cached_property
    def providers(self) -> frozenset[str]:
        """Every provider of the book."""
        return frozenset(provider for provider, _ in self._aliases)

    def knows(self, name: Name) -> bool:
        """Whether a name means some sku at some time."""
        return name in self._aliases

    def meanings(self, name: Name) -> Sequence[Alias]:
        """What a name means, in order of time."""
        return self._aliases.get(name, ())

    @property
    def skus(self) -> list[Name]:
        """Every sku with a rate."""
        return sorted(self._prices)

    def cells(self, sku: Name) -> list[Cell]:
        """The cells of a sku."""
        if sku not in self._cells:
            self._cells[sku] = cells_of(self._prices.get(sku, []), self._terms)
        return self._cells[sku]

    def cards(self, names: Iterable[Name], day: Day) -> Iterator[Row]:
        """The rows of the rate card that may hold for these names on a day."""
        for alias, cell, placed in self._placed(names, day, is_other=False):
            row = self._wide(cell) | _name(alias)
            yield from (row | place for place in placed)

    def _wide(self, cell: Cell) -> Row:
        """The row of a cell, made once for all names and days."""
        if id(cell) not in self._rows:
            self._rows[id(cell)] = wide_row(cell, self._columns, assumed_rates=self._assumed_rates)
        return self._rows[id(cell)]

    def others(self, names: Iterable[Name], day: Day) -> Iterator[Row]:
        """The rates of meters without a column that may hold for these names on a day."""
        for alias, cell, placed in self._placed(names, day, is_other=True):
            row = other_row(cell, self._below(cell))
            yield from (row | _name(alias) | place for place in placed)

    def regions(self, names: Iterable[Name], day: Day) -> list[tuple[str, str]]:
        """The regions that any of these names prices apart, by provider; a row of the card is for one or `*`.

        At whatever time: before its first rate there, a sku has no price in the region.
        """
        return sorted({(name[0], region) for name in names for region in self._apart(name, day)})

    def digest(self, names: Collection[Name], day: Day, *, within_day: bool) -> str:
        """Of everything that decides the prices of these names on a day.

        Usage that ends `within_day` does not see when a rate ends after it.
        """
        asked = frozenset(names), day, within_day
        if asked not in self._digests:
            said = [self._columns, self._assumed_rates, self._said(asked[0], day, day if within_day else ALL)]
            self._digests[asked] = xxhash.xxh3_128_hexdigest(repr(said).encode())
        return self._digests[asked]

    def _said(self, names: Iterable[Name], day: Day, seen: Day) -> list[tuple[object, ...]]:
        return [
            (
                alias.provider, alias.alias, alias.region, cell.shelf, cell.rate_id,
                cell.context_min_tokens, cell.context_max_tokens,
                max(span[0], seen[0]).isoformat(), min(span[1], seen[1]).isoformat(),
            )
            for alias, cell, span in self._found(names, day)
        ] + [(*name, *self._apart(name, day)) for name in sorted(names)]  # fmt: skip

    def _apart(self, name: Name, day: Day) -> list[str]:
        """The regions that the skus of a name price apart, where the name itself is tied to none."""
        skus = {
            (alias.provider, alias.sku) for alias in self._aliases.get(name, ())
            if not alias.region and alias.valid_from < day[1] and day[0] < alias.valid_to
        }  # fmt: skip
        regions = {cell.shelf[3] for sku in skus for cell in self.cells(sku)}
        return sorted(regions - {EVERYWHERE})

    def _placed(
        self, names: Iterable[Name], day: Day, *, is_other: bool
    ) -> Iterator[tuple[Alias, Cell, list[Row]]]:
        """Each cell with the regions and intervals it holds for."""
        wanted = list(names)
        regions: dict[str, list[str]] = defaultdict(list)
        for provider, region in self.regions(wanted, day):
            regions[provider].append(region)
        for alias, cell, span in self._found(wanted, day):
            if cell.is_other == is_other:
                places = [
                    {"region": region, "valid_from": span[0], "valid_to": span[1]} | self._region(alias, cell)
                    for region in self._stands_for(alias, cell, regions[alias.provider])
                ]
                yield alias, cell, places

    def _region(self, alias: Alias, cell: Cell) -> Row:
        """Whether the rates are those of the region they are asked for; if not, whether they may stand in."""
        is_of_region = bool(alias.region) or cell.shelf[3] != EVERYWHERE
        return {"is_of_region": is_of_region, "takes_unknown_region": self._assumed_rates}

    def _stands_for(self, alias: Alias, cell: Cell, regions: Sequence[str]) -> list[str]:
        """The regions of calls that a cell prices: its own, or all that its sku does not price apart."""
        _, _, tier, region = cell.shelf
        if alias.region:
            return [EVERYWHERE, *regions]
        if region != EVERYWHERE:
            return [region]
        cells = self.cells((alias.provider, alias.sku))
        apart = {each.shelf[3] for each in cells if each.shelf[2] == tier or each.is_of_region}
        return [EVERYWHERE, *(each for each in regions if each not in apart)]

    def _found(
        self, names: Iterable[Name], day: Day
    ) -> Iterator[tuple[Alias, Cell, tuple[datetime, datetime]]]:
        for name in sorted(set(names)):
            for alias, cell, start, end in self.lives(name, day):
                for span in self._spans(cell, start, end, day):
                    yield alias, cell, span

    def lives(self, name: Name, period: Day) -> Iterator[tuple[Alias, Cell, datetime, datetime]]:
        """The cells that a name has within a period, each from when to when; not cut to hours."""
        for alias in self._aliases.get(name, ()):
            for cell in self._on(alias):
                start, end = max(alias.valid_from, cell.valid_from), min(alias.valid_to, cell.valid_to)
                if start < period[1] and period[0] < end and start < end:
                    yield alias, cell, start, end

    def _on(self, alias: Alias) -> list[Cell]:
        """The cells a name stands for: of all regions, or of the one it names and of no other."""
        cells = self.cells((alias.provider, alias.sku))
        return [cell for cell in cells if alias.region in ("", cell.shelf[3])]

    def _spans(
        self, cell: Cell, start: datetime, end: datetime, day: Day
    ) -> Iterable[tuple[datetime, datetime]]:
        """The interval itself, or for a time band its hours on the day."""
        if not cell.time_band:
            return [(start, end)]
        within = max(start, day[0]), min(end, day[1])
        return intervals(self._bands, cell.shelf[0], cell.time_band, *within)

    def _below(self, cell: Cell) -> Sequence[Cell]:
        """The cells of the smaller quantities of a marginal band, in order."""
        if not is_marginal(cell):
            return []
        below = [
            each for each in self.cells((cell.shelf[0], cell.shelf[1]))
            if (each.shelf, each.time_band, each.is_other) == (cell.shelf, cell.time_band, True)
            and each.prices[0].key == cell.prices[0].key
            and each.valid_from <= cell.valid_from < each.valid_to
            and each.context_min_tokens < cell.context_min_tokens
        ]  # fmt: skip
        return sorted(below, key=lambda each: each.context_min_tokens)


def _name(alias: Alias) -> Row:
    return {"provider": alias.provider, "alias": alias.alias, "sku": alias.sku}


def revisions(book: Book, terms: Terms) -> Mapping[datetime, list[Name]]:
    """The instants at which a belief about some skus began, with these; what was never corrected has none."""
    rows: dict[Name, list[Known]] = defaultdict(list)
    for price in book.prices:
        exchanges = [each for each in terms.exchanges if each.currency == price.currency]
        rows[price.provider, price.sku] += [price, *exchanges]
    begun: dict[datetime, list[Name]] = defaultdict(list)
    for name in sorted(rows):
        first, *corrected, _ = known_edges([*rows[name], *terms.of_sku(*name)])
        for at in (first, *corrected) if corrected else ():
            begun[at].append(name)
    return dict(sorted(begun.items()))
