"""The example company, run once and only read afterwards; an empty company with a book of one provider."""

import fcntl
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.flow.company import example_at
from tests.flow.days import small_book
from tests.ledger import Ledger


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The example company after its first run; to be read, or copied before it is changed.

    Workers of one test session share it: the first to come runs it, the others wait for its end.
    """
    folder = tmp_path_factory.getbasetemp()
    root = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "example"
    with root.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            example_at(root).run()
    return Ledger(root)


@pytest.fixture
def small(tmp_path: Path) -> Ledger:
    """An empty company without ownership rules whose price book has one provider."""
    return replace(Ledger.at(tmp_path / "small"), prices=small_book(tmp_path / "prices"))
