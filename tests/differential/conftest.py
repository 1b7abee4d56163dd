"""The book that both comparisons read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

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


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    prices, company = PROJECT / "prices", tmp_path_factory.mktemp("company")
    (company / "ownership.csv").write_text(OWNERSHIP, encoding="utf-8")
    dimensions = load_dimensions(prices, company, (), assumed_rates=True)
    books = Books(dimensions.rates, load_aliases((prices / "aliases.csv",), load_book(prices)))
    return Ground(books, dimensions, company, read())
