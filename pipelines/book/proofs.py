"""Proofs without a second source: what no rate of a price book may be, over all that is believed now.

`python -m pipelines.book.proofs` prints every fault and ends with 1 if there is one. A true exception is a
line of `proof_exceptions.csv` with its reason; a line that excuses nothing is a fault itself.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.book.adjustments import PROVIDER_KINDS, load_adjustments
from pipelines.book.aliases import Alias, load_aliases
from pipelines.book.bands import load_bands
from pipelines.book.card import PICODOLLARS, THOUSANDTHS, other_row, wide_row
from pipelines.book.cells import Cell, Terms
from pipelines.book.comparisons import COMPARISONS, Sku, per_unit
from pipelines.book.dated import believed
from pipelines.book.meters import columns
from pipelines.book.prices import Book, Price, load_book
from pipelines.book.rates import ALL, LATEST, Rates
from pipelines.book.text import read_rows

ORDINARY_TOKENS = 10**9
"""No call is larger; a cost of that many tokens must fit 64 bits."""

ANY = "*"
SEPARATOR = "; "
EXCEPTIONS = ("proof", "provider", "sku", "meter", "service_tier", "region", "reason")
LINEAGES = ("source", "lineage", "reason")


@dataclass(frozen=True)
class Fault:
    """What a proof found: `subject` is provider, sku, meter, tier and region."""

    proof: str
    subject: tuple[str, ...]
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.proof}: {' '.join(self.subject)}: {self.sentence}"


def _fault(proof: str, price: Price, sentence: str) -> Fault:
    subject = (price.provider, price.sku, price.meter, price.service_tier, price.region)
    return Fault(proof, subject, f"{price.provider}.csv {price.place.partition(' ')[2]}", sentence)


def prove(folder: Path) -> list[Fault]:
    """Every fault of a price book that no reviewed exception covers, and exceptions that cover none.

    Raises:
        BookError: the book cannot be read.
    """
    book = load_book(folder)
    aliases = load_aliases((folder / "aliases.csv",), book)
    terms = Terms(
        {meter.name: meter for meter in book.meters},
        load_adjustments(folder / "adjustments.csv", PROVIDER_KINDS, book.meters), (),
    )  # fmt: skip
    rates = Rates(book, aliases, load_bands(folder), terms, assumed_rates=True)
    now = believed(book.prices, LATEST)
    faults = [
        *_of_skus(now), *_of_rates(now, _lineages(folder)), *_of_cells(rates, book, terms),
        *_of_aliases(rates, aliases, terms),
    ]  # fmt: skip
    return _reviewed(faults, folder)


def _of_skus(prices: Iterable[Price]) -> Iterator[Fault]:
    by_sku: dict[tuple[str, str], list[Price]] = defaultdict(list)
    for price in prices:
        by_sku[price.provider, price.sku].append(price)
    for several in by_sku.values():
        sku = Sku(several)
        for comparison in COMPARISONS:
            yield from (_fault(comparison.__name__, *found) for found in comparison(sku))


def _of_rates(prices: Iterable[Price], lineages: Mapping[str, str]) -> Iterator[Fault]:
    for price in prices:
        if (per_unit(price) * PICODOLLARS).denominator > 1:
            yield _fault("more_than_twelve_decimals", price, f"{price.rate} per {price.per}")
        lines = {lineages.get(source, source) for source in price.source.split(SEPARATOR)}
        if price.confidence == "high" and len(lines) == 1:
            yield _fault("high_from_one_source", price, price.source)


def _of_cells(rates: Rates, book: Book, terms: Terms) -> Iterator[Fault]:
    """The pricing query multiplies an ordinary call in 64 bits; a region is in the rate or in a ratio."""
    for sku in rates.skus:
        for cell in rates.cells(sku):
            most = _most_tokens(cell, columns(book.meters), terms)
            if most < ORDINARY_TOKENS:
                dearest = max(cell.prices, key=per_unit)
                yield _fault("cost_out_of_range", dearest, f"at most {most} tokens fit")
            if cell.is_of_region and any(
                each.region != ANY and each.is_for_shelf(*cell.shelf) for each in terms.adjustments
            ):
                sentence = f"{cell.named} on a rate that is of the region already"
                yield _fault("region_counted_twice", cell.prices[0], sentence)


def _most_tokens(cell: Cell, meters: Sequence[str], terms: Terms) -> int:
    if not cell.is_other:
        return int(str(wide_row(cell, meters, assumed_rates=True)["most_tokens"]))
    if not terms.meters[cell.prices[0].meter].is_token:
        return ORDINARY_TOKENS
    return int(str(other_row(cell)["most_thousandths"])) // THOUSANDTHS


def _of_aliases(rates: Rates, aliases: Iterable[Alias], terms: Terms) -> Iterator[Fault]:
    """A name that ties a region has rates of it, or those of everywhere with the region's ratio on each."""
    for alias in aliases:
        if alias.region:
            cells = [cell for _, cell, _, _ in rates.lives((alias.provider, alias.alias), ALL)]
            if not cells or not all(_is_of_place(cell, terms) for cell in cells):
                subject = (alias.provider, alias.sku, ANY, ANY, alias.region)
                sentence = f"{alias.alias} has no rate of its region"
                yield Fault("region_of_everywhere", subject, alias.place, sentence)


def _is_of_place(cell: Cell, terms: Terms) -> bool:
    """Whether no token of a call there costs what it costs everywhere."""
    if cell.is_of_region:
        return True
    ratios = [each for each in terms.adjustments if each.region != ANY and each.is_for_shelf(*cell.shelf)]
    meters = [terms.meters[price.meter] for price in cell.prices]
    return all(any(each.is_for_meter(meter) for each in ratios) for meter in meters if meter.is_token)


def _lineages(folder: Path) -> dict[str, str]:
    """The sources that are one, since one was made from the other or the book from both."""
    path = folder / "lineages.csv"
    return {row["source"]: row["lineage"] for row in read_rows(path, LINEAGES)} if path.is_file() else {}


def _reviewed(faults: Iterable[Fault], folder: Path) -> list[Fault]:
    path = folder / "proof_exceptions.csv"
    exceptions = list(read_rows(path, EXCEPTIONS)) if path.is_file() else []
    used: set[str] = set()
    left: list[Fault] = []
    for fault in faults:
        said = (fault.proof, *fault.subject)
        fitting = [
            row for row in exceptions
            if all(row[name] in (ANY, cell) for name, cell in zip(EXCEPTIONS, said, strict=False))
        ]  # fmt: skip
        used |= {row.place for row in fitting}
        left += [] if fitting else [fault]
    for row in exceptions:
        row.need("reason")
        if row.place not in used:
            subject = tuple(row[name] for name in EXCEPTIONS[1:-1])
            left.append(Fault(row["proof"], subject, row.place, "this exception covers nothing"))
    return left


def main() -> int:
    """Print the faults of the project's own book."""
    faults = prove(Path("prices"))
    verdict = f"{len(faults)} faults in the price book" if faults else "the price book is proved"
    sys.stdout.write("\n".join([*map(str, faults), verdict]) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
