"""The stager that the modules of this package share."""

from collections.abc import Iterator

import pytest

from tests.ingest.staging import Staging


@pytest.fixture(scope="package")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    """A stager that hashes nothing and reads files up to a gibibyte."""
    with Staging(tmp_path_factory.mktemp("staging")) as found:
        yield found
