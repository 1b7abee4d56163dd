"""The example company, run once and only read afterwards; an empty company with a book of one provider."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.flow.company import example_at
from tests.flow.days import small_book
from tests.ledger import Ledger


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The example company after its first run; to be read, or copied before it is changed."""
    ledger = example_at(tmp_path_factory.mktemp("flow") / "example")
    ledger.run()
    return ledger


@pytest.fixture
def small(tmp_path: Path) -> Ledger:
    """An empty company without ownership rules whose price book has one provider."""
    return replace(Ledger.at(tmp_path / "small"), prices=small_book(tmp_path / "prices"))
