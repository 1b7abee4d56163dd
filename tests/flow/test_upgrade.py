"""A warehouse of an earlier version is brought up to date by one run, and what changes is journalled.

`earlier/` holds the raw files and settings of a small company and its warehouse as version 0.1.0 left it:
July closed, a contract and a new owner in the reprice journal. The reader of then took the 0 of
`cache_read_input_tokens` for the truth beside 8,000 cached tokens in the details: 10,000 uncached tokens cost
0.00325, while 2,000 uncached, 8,000 cached and 100 output cost 0.0006 + 0.00024 + 0.00025 = 0.00109.
"""

import shutil
import tarfile
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.orchestrate import Asked, Outcome, run_ledger
from tests.ledger import Ledger

EARLIER = Path(__file__).parent / "earlier"
MENDED = Decimal("0.00109") - Decimal("0.00325")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    root = tmp_path_factory.mktemp("earlier")
    for folder in ("raw", "config"):
        shutil.copytree(EARLIER / folder, root / folder)
    with tarfile.open(EARLIER / "warehouse.tar.xz") as packed:
        packed.extractall(root, filter="data")
    return Ledger(root)


@pytest.fixture(scope="module")
def outcome(earlier: Ledger) -> Outcome:
    return run_ledger(earlier.locations, Asked())


@pytest.fixture(scope="module")
def upgraded(earlier: Ledger, outcome: Outcome) -> Ledger:
    assert outcome.days
    return earlier


def test_open_days_are_read_again_and_cost_what_they_should(upgraded: Ledger) -> None:
    costs = "select request_id, cost_usd from fct_attempt_cost where day >= '2026-08-01' order by 1"
    assert upgraded.rows(costs) == [
        ("august-log", Decimal("1.35")),
        ("august-zero", Decimal("0.00109")),
        ("gone-zero", Decimal("0.00325")),
    ]


def test_a_closed_month_stays_as_it_was_published(upgraded: Ledger) -> None:
    costs = "select request_id, team, cost_usd from fct_attempt_cost where day < '2026-08-01' order by 1"
    assert upgraded.rows(costs) == [
        ("july-log", "shop", Decimal("0.75")),
        ("july-right", "garden", Decimal("0.00109")),
        ("july-zero", "garden", Decimal("0.00325")),
    ]


def test_the_journal_keeps_its_entries_and_gains_those_of_the_reader(upgraded: Ledger) -> None:
    entries = (
        "select day, entry_kind, booked_month, sum(delta_cost_usd) as delta_usd, count(*) as lines"
        " from mart_reprice_journal group by day, entry, entry_kind, booked_month order by 1, 2, 4 desc"
    )
    assert [(str(day), *rest) for day, *rest in upgraded.rows(entries)] == [
        ("2026-07-30", "adjustment", "2026-08", Decimal(0), 2),
        ("2026-07-30", "adjustment", "2026-08", MENDED, 1),
        ("2026-08-04", "repriced", "2026-08", Decimal(0), 2),
        ("2026-08-04", "repriced", "2026-08", Decimal("-0.15"), 2),
        ("2026-08-04", "reread", "2026-08", MENDED, 1),
        ("2026-08-05", "repriced", "2026-08", Decimal(0), 2),
    ]


def test_what_could_not_be_read_again_is_told(upgraded: Ledger, outcome: Outcome) -> None:
    assert upgraded.rows("select name from ingested_files where is_outdated") == [("litellm/gone.jsonl",)]
    told = [finding.sentence for finding in outcome.findings if finding.check == "outdated_reading"]
    assert len(told) == 1
    assert "litellm/gone.jsonl" in told[0]


def test_open_days_are_those_of_a_new_warehouse(upgraded: Ledger, tmp_path: Path) -> None:
    for folder in ("raw", "config"):
        shutil.copytree(EARLIER / folder, tmp_path / folder)
    new = Ledger(tmp_path)
    run_ledger(new.locations, Asked())
    for table in (
        "fct_attempt_cost",
        "fct_usage_cost",
        "fct_charge",
        "mart_cost_daily",
        "mart_reconciliation",
    ):
        rows = f"select * from {table} where day = '2026-08-04' order by all"  # noqa: S608 names above
        assert upgraded.rows(rows) == new.rows(rows), table


def test_a_second_run_changes_nothing(upgraded: Ledger) -> None:
    before = upgraded.published_bytes()
    assert run_ledger(upgraded.locations, Asked()).days == []
    assert upgraded.published_bytes() == before
