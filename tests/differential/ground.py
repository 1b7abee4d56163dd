"""What both comparisons stand on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.book.aliases import load_aliases
from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.book.prices import load_book
from pipelines.settings import PROJECT
from tests.differential.generated import Books
from tests.differential.reviewed import Entry, read
from tests.ledger import OWNERSHIP


@dataclass(frozen=True)
class Ground:
    """What is compared, where a query may spill, and what may differ."""

    books: Books
    dimensions: Dimensions
    spill: Path
    entries: Sequence[Entry]


def ground_of(company: Path) -> Ground:
    """The book that ships, for a company without contracts; `company` is an empty folder."""
    (company / "ownership.csv").write_text(OWNERSHIP, encoding="utf-8")
    prices = PROJECT / "prices"
    dimensions = load_dimensions(prices, company, (), assumed_rates=True)
    books = Books(dimensions.rates, load_aliases((prices / "aliases.csv",), load_book(prices)))
    return Ground(books, dimensions, company, read())
