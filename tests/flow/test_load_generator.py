"""The generator of benchmark logs: equal arguments give equal rows in either format, all of them usable."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import PROJECT
from tests.ledger import Ledger

REQUESTS, DAYS, FILES = 400, 2, 3


def generated(root: Path, form: str) -> Ledger:
    """A company with the example's owners, no plans to save, and a generated log."""
    ledger = Ledger.at(root)
    shutil.copy(PROJECT / "fixtures" / "config" / "ownership.csv", ledger.root / "config")
    size = ["--requests", REQUESTS, "--days", DAYS, "--files", FILES, "--start", "2026-08-01"]
    command = [
        sys.executable,
        PROJECT / "fixtures" / "generate.py",
        "--out",
        ledger.raw,
        "--format",
        form,
        *size,
    ]
    subprocess.run([str(word) for word in command], check=True)
    return ledger


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = generated(tmp_path_factory.mktemp("load") / "jsonl", "jsonl")
    ledger.publish_only("fct_attempt_cost", "ingested_files")
    return ledger


def test_generated_log_has_the_rows_days_and_files_asked_for(lines: Ledger) -> None:
    found = lines.rows("select sum(total_rows), sum(staged_rows), count(*) from ingested_files")
    assert found == [(REQUESTS, REQUESTS, FILES)]
    by_day = lines.rows("select cast(day as varchar), count(*) from fct_attempt_cost group by 1 order by 1")
    assert by_day == [("2026-08-01", REQUESTS // DAYS), ("2026-08-02", REQUESTS // DAYS)]


def test_generated_attempts_have_a_price_and_an_owner(lines: Ledger) -> None:
    [(unpriced, cheapest, attempts)] = lines.rows(
        "select count(*) filter (where unpriced_reason is not null), min(cost_usd), max(attempt)"
        " from fct_attempt_cost"
    )
    assert (unpriced, cheapest > 0, attempts) == (0, True, 2)
    # In August the drafts key belongs to catalogue, and one key stands for all Anthropic features.
    teams = {team for (team,) in lines.rows("select distinct team from fct_attempt_cost")}
    assert teams == {"advice", "catalogue", "platform", "search"}


def test_both_formats_give_the_same_attempts(lines: Ledger, tmp_path: Path) -> None:
    parquet = generated(tmp_path / "parquet", "parquet")
    parquet.publish_only("fct_attempt_cost")
    attempts = (
        "select * exclude (source_file, source_line) from fct_attempt_cost order by request_id, attempt"
    )
    assert parquet.rows(attempts) == lines.rows(attempts)


def test_equal_arguments_write_equal_bytes(lines: Ledger, tmp_path: Path) -> None:
    again = generated(tmp_path / "again", "jsonl")
    written = {path.name: path.read_bytes() for path in again.raw.rglob("*.jsonl")}
    assert written == {path.name: path.read_bytes() for path in lines.raw.rglob("*.jsonl")}
    assert len(written) == FILES
