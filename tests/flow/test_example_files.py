"""What became of the example company's files: each row is kept, replaced or rejected, and told."""
# ruff: noqa: S608 the tests write their own SQL

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.flow.company import RAW, add_late_file, copied, example_at
from tests.flow.example import FIXTURES, LOGS, PLANTED, count, grouped, money, tokens, total
from tests.ledger import Ledger

REASONS = {
    "not_json": "not JSON",
    "negative_count": "output_tokens is not a count: -118",
    "no_usable_time": "ended_at is no time with an offset",
    "reasoning_exceeds_output": "reasoning_tokens 91 exceed output_tokens 90",
}


@pytest.fixture(scope="module")
def late(example: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = copied(example, tmp_path_factory.mktemp("late") / "company")
    add_late_file(ledger)
    ledger.run()
    return ledger


def usage_of_day(ledger: Ledger, day: str) -> dict[str, Any]:
    of_day = f"day = '{day}' and source = 'openai_usage'"
    [(rows, requests, cost)] = ledger.rows(
        f"select count(*), sum(requests), sum(list_cost_usd) from fct_usage_cost where {of_day}"
    )
    return {
        "rows": rows,
        "requests": requests,
        "cost": cost,
        "tokens": tokens(ledger, of_day, "fct_usage_cost"),
    }


def export(fact: dict[str, Any]) -> dict[str, Any]:
    """A planted export; OpenAI's page does not tell reasoning from other output."""
    reported = {name: n for name, n in fact["tokens"].items() if name != "reasoning_tokens"}
    return {
        "rows": fact["rows"],
        "requests": fact["requests"],
        "cost": money(fact["cost_usd"]),
        "tokens": reported,
    }


def test_generator_writes_exactly_the_committed_files(tmp_path: Path) -> None:
    command = [sys.executable, str(FIXTURES / "generate.py"), "--out", str(tmp_path / "raw")]
    subprocess.run(command, check=True)
    made = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*.*") if path.is_file()}
    folders = ("raw", "late")
    kept = {
        path.relative_to(FIXTURES).as_posix(): path
        for path in (
            *(p for folder in folders for p in (FIXTURES / folder).rglob("*.*")),
            FIXTURES / "planted.json",
        )
        if path.is_file()
    }
    assert sorted(made) == sorted(kept)
    assert [name for name in kept if made[name].read_bytes() != kept[name].read_bytes()] == []


def test_late_file(example: Ledger, late: Ledger) -> None:
    fact = PLANTED["late_file"]
    day = f"day = '{fact['day']}'"
    assert total(example, day) == money(fact["cost_usd_of_day_before"])
    assert total(late, day) == money(fact["cost_usd_of_day_after"])
    assert total(late, day, "mart_cost_daily") == money(fact["cost_usd_of_day_after"])
    added = f"source_file = (select content_id from ingested_files where name = '{fact['file']}')"
    assert count(late, added) == fact["attempts"] == count(late, "true") - count(example, "true")
    assert total(late, added) == money(fact["cost_usd"])


def test_duplicate_file_is_read_once(example: Ledger) -> None:
    fact = PLANTED["duplicate_file"]
    assert example.rows(
        "select name, same_as, total_rows, staged_rows from ingested_files where file_status = 'duplicate'"
    ) == [(fact["file"], fact["same_as"], 0, 0)]


def test_duplicate_attempts_keep_the_later_row(example: Ledger) -> None:
    fact = PLANTED["duplicate_attempts"]
    kind = "kind = 'attempt'"
    inside = "source_file = kept_content_id"
    assert count(example, f"{kind} and {inside}", "duplicates") == fact["inside_one_file"]
    assert count(example, f"{kind} and not {inside}", "duplicates") == fact["among_files"]
    for source in ("litellm", "request_log"):
        assert count(example, f"{kind} and source = '{source}'", "duplicates") == fact[source]
    kept = example.rows(
        f"select fact.request_id, fact.finish_reason from {LOGS} as fact inner join duplicates as old"
        " on fact.source_file = old.kept_content_id and fact.source_line = old.kept_line"
        " where old.kind = 'attempt' order by 1"
    )
    assert [request_id for request_id, _ in kept] == fact["request_ids"]
    # The early row had no end yet; the request log says so, LiteLLM has no such column.
    assert {reason for request_id, reason in kept if not request_id.startswith("msg_")} == {"stop"}


def test_restated_usage_page_replaces_the_early_one(example: Ledger) -> None:
    fact = PLANTED["restated_usage_page"]
    assert usage_of_day(example, fact["day"]) == export(fact["after"])
    replaced = example.rows(
        "select old_file.name, new_file.name, count(*) from duplicates"
        " inner join ingested_files as old_file on duplicates.source_file = old_file.content_id"
        " inner join ingested_files as new_file on duplicates.kept_content_id = new_file.content_id"
        " where kind = 'usage' group by all"
    )
    assert replaced == [(fact["file"], fact["restated_by"], fact["before"]["rows"])]


def test_restated_usage_page_alone_gives_the_early_numbers(tmp_path: Path) -> None:
    fact = PLANTED["restated_usage_page"]
    early = example_at(tmp_path / "early", fact["file"])
    early.run()
    assert usage_of_day(early, fact["day"]) == export(fact["before"])


def test_broken_lines_are_rejected_with_file_line_and_reason(example: Ledger) -> None:
    fact = PLANTED["broken_lines"]
    found = example.rows(
        "select name, source_line, reason from rejects where source_line is not null order by 2"
    )
    assert [(name, line) for name, line, _ in found] == [
        (each["file"], each["line"]) for each in fact["lines"]
    ]
    for (_, _, reason), each in zip(found, fact["lines"], strict=True):
        assert reason.startswith(REASONS[each["kind"]])


def test_broken_lines_a_truncated_file_is_rejected_whole(example: Ledger) -> None:
    [truncated] = PLANTED["broken_lines"]["files"]
    [(name, reason)] = example.rows("select name, reason from rejects where source_line is null")
    assert name == truncated["file"]
    assert truncated["kind"] in reason.lower()
    assert example.rows("select name, total_rows from ingested_files where file_status = 'rejected'") == [
        (truncated["file"], 0)
    ]


def test_unknown_columns_are_kept_out_and_named(example: Ledger) -> None:
    found = grouped(example, "select name, columns_unknown from ingested_files where columns_unknown <> ''")
    assert found == {name: ", ".join(columns) for name, columns in PLANTED["unknown_columns"].items()}


def test_rows_read_are_rows_kept_replaced_or_rejected(example: Ledger) -> None:
    facts = "(select source from fct_attempt_cost union all select source from fct_usage_cost union all select source from fct_charge)"  # noqa: E501
    for source, fact in PLANTED["rows"].items():
        of_source = f"source = '{source}'"
        [(read,)] = example.rows(f"select sum(total_rows) from ingested_files where {of_source}")
        found = {
            "read": read,
            "staged": count(example, of_source, facts),
            "duplicate": count(example, of_source, "duplicates"),
            "rejected": count(example, f"{of_source} and source_line is not null", "rejects"),
        }
        assert found == fact, source
        assert found["read"] == found["staged"] + found["duplicate"] + found["rejected"]


def test_raw_folder_holds_no_file_that_the_run_did_not_see(example: Ledger) -> None:
    lying = sorted(path.relative_to(RAW).as_posix() for path in RAW.rglob("*") if path.is_file())
    assert [name for (name,) in example.rows("select name from ingested_files order by name")] == lying
