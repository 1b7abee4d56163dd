"""The example company, run once and only read afterwards."""

import pytest

from tests.flow.company import example_at
from tests.ledger import Ledger


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The example company after its first run; to be read, or copied before it is changed."""
    ledger = example_at(tmp_path_factory.mktemp("flow") / "example")
    ledger.run()
    return ledger
