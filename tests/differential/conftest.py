"""The book that both comparisons read, once for both."""

import pytest

from tests.differential.ground import Ground, ground_of


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return ground_of(tmp_path_factory.mktemp("company"))
