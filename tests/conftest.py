"""Fixtures that more than one test module uses."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.ledger import Ledger

settings.register_profile(
    "ledger",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("ledger")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An empty company with the project's price book and no ownership rules."""
    return Ledger.at(tmp_path / "company")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of the machine it runs on."""
    for name in ("RAW", "WAREHOUSE", "CONFIG", "PRICES", "FROM", "TO", "FORMAT", "HASH_KEY", "WEBHOOK_URL"):
        monkeypatch.delenv(f"INFERLEDGER_{name}", raising=False)
