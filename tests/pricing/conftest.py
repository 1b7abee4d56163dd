"""The book that ships, to be asked for the price of one attempt."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.book.dimensions import load_dimensions
from pipelines.settings import PROJECT
from tests.book.small import SOURCES, dimensions, write_book, write_terms
from tests.book.written import instant
from tests.pricing.direct import Pricing

Believed = Callable[[str], Pricing]
Small = Callable[..., Pricing]


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pricing]:
    """The book that ships as it is believed now, for a company without terms of its own."""
    config = write_terms(tmp_path_factory.mktemp("real"))
    with Pricing(load_dimensions(PROJECT / "prices", config, SOURCES, assumed_rates=True), config) as found:
        yield found


@pytest.fixture(scope="session")
def believed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Believed]:
    """The book that ships as it was believed at an instant."""
    config = write_terms(tmp_path_factory.mktemp("believed"))

    def at(day: str) -> Pricing:
        asked: datetime = instant(day)
        found = load_dimensions(PROJECT / "prices", config, SOURCES, assumed_rates=True, as_known_at=asked)
        return stack.enter_context(Pricing(found, config))

    with ExitStack() as stack:
        yield at


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    """A book of some lines of `maker`, under the terms of a company."""

    def of(*lines: str, contracts: Iterable[str] = (), exchanges: Iterable[str] = (), **book: Any) -> Pricing:
        prices = write_book(tmp_path / "prices", {"maker": lines}, **book)
        return stack.enter_context(
            Pricing(dimensions(prices, contracts=contracts, exchanges=exchanges), tmp_path)
        )

    with ExitStack() as stack:
        yield of
