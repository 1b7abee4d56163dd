"""What came in and could not be used, what fell behind, and nothing at all: each is told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipelines.settings import Company
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.finding import ERROR
from pipelines.warehouse.intake_findings import (
    last_day,
    nothing_read,
    rejected_files,
    rejected_rows,
    source_lag,
    today_of,
)
from tests.flow.checked import sentences, tables_of
from tests.flow.days import attempt, charge, day, page, small_book, usage
from tests.ledger import Ledger

READ = ("ingested_files", "rejects")
SECOND = date(2026, 7, 2)


def without(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != name}


def counted(name: str, of_day: str, tokens: object, **more: Any) -> dict[str, Any]:
    """An attempt of 1,000 tokens in and a count of those out that is none."""
    return attempt(name, of_day, output_tokens=tokens, **more)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Two logs with good rows and bad ones, and files of which nothing can be used."""
    root = tmp_path_factory.mktemp("spoilt")
    ledger = replace(Ledger.at(root / "company"), prices=small_book(root / "prices"))
    ledger.write(
        "request_log/1.jsonl",
        [
            attempt("good", day(0)),
            counted("minus", day(0), -5, reported_cost_usd="0.25"),
            without(attempt("no-end", day(0), reported_cost_usd="0.5"), "ended_at"),
        ],
    )
    ledger.write(
        "request_log/2.jsonl",
        [
            *(attempt(f"good-{number}", day(1)) for number in range(4)),
            counted("many", day(1), "many", reported_cost_usd="0.125"),
        ],
    )
    ledger.write("request_log/3.jsonl", "no log at all\nnor this\n")
    ledger.write("request_logs/4.jsonl", [attempt("misplaced", day(1))])
    with tables_of(ledger, *READ) as engine:
        yield engine


def test_rejected_rows_are_told_by_source_and_reason_with_what_they_state(spoilt: Engine) -> None:
    # Ten rows were read; two of one kind state 1,000 tokens each, 0.25 and 0.125 USD.
    no_json, counts, no_end = rejected_rows(spoilt)
    assert counts.sentence == (
        "request_log: 2 of 10 rows (20.00%) cannot be used: output_tokens is not a count: -5, or"
        " output_tokens is not a count: many; they state 2000 tokens and 0.375 USD;"
        " the first is request_log/1.jsonl line 2"
    )
    assert no_json.sentence.startswith("request_log: 2 of 10 rows (20.00%) cannot be used: not JSON: ")
    assert no_json.sentence.endswith("; the first is request_log/3.jsonl line 1")
    assert no_end.sentence == (
        "request_log: 1 of 10 rows (10.00%) cannot be used: ended_at is missing;"
        " they state 1200 tokens and 0.5 USD; the first is request_log/1.jsonl line 3"
    )


def test_rejected_rows_are_errors_with_their_days_and_their_money(spoilt: Engine) -> None:
    rows = [
        (each.subject, each.since, each.day, each.amount_usd, each.severity) for each in rejected_rows(spoilt)
    ]
    assert rows == [
        ("request_log not JSON", None, None, None, ERROR),
        ("request_log output_tokens is not a count", date(2026, 7, 1), SECOND, Decimal("0.375"), ERROR),
        ("request_log ended_at is missing", date(2026, 7, 1), date(2026, 7, 1), Decimal("0.5"), ERROR),
    ]


def test_a_file_of_which_nothing_can_be_used_is_told_with_its_reason(spoilt: Engine) -> None:
    rows, folder = sentences(rejected_files(spoilt))
    assert rows.startswith("request_log/3.jsonl: none of its 2 rows can be used: not JSON: ")
    assert folder.startswith("request_logs/4.jsonl: no source is called 'request_logs'; known: ")


def test_a_good_file_of_the_same_name_settles_what_was_wrong_with_the_one_before(small: Ledger) -> None:
    ledger = small
    ledger.write("request_log/1.jsonl", [attempt("a", day(0)), counted("b", day(0), -1)])
    ledger.write("request_log/2.jsonl", "no log\n")
    with tables_of(ledger, *READ) as engine:
        assert (len(rejected_rows(engine)), len(rejected_files(engine))) == (2, 1)
    ledger.write("request_log/1.jsonl", [attempt("a", day(0)), attempt("b", day(0))])
    ledger.write("request_log/2.jsonl", [attempt("c", day(0))])
    with tables_of(ledger, *READ) as engine:
        assert (rejected_rows(engine), rejected_files(engine)) == ([], [])


def test_of_many_reasons_of_a_kind_the_commonest_are_told_and_the_rest_is_counted(small: Ledger) -> None:
    counts = [("one", 1), ("two", 2), ("three", 3), ("four", 1), ("five", 1)]
    rows = [counted(f"{word}{number}", day(0), word) for word, times in counts for number in range(times)]
    small.write("request_log/1.jsonl", [attempt("good", day(0)), *rows])
    with tables_of(small, *READ) as engine:
        [found] = sentences(rejected_rows(engine))
    said = "output_tokens is not a count"
    assert found.startswith(
        f"request_log: 8 of 9 rows (88.89%) cannot be used: {said}: three, or {said}: two, or {said}: one,"
        " and 2 more like it; they state 8000 tokens; "
    )


def test_an_empty_raw_folder_and_a_first_run_without_an_attempt_are_told(small: Ledger) -> None:
    with tables_of(small, "ingested_files", "mart_coverage") as engine:
        assert sentences(nothing_read(engine, 0)) == [
            "the raw folder holds no file; none was ever read",
            "no attempt is published, from 0 raw files",
        ]
        # A command that looks at no raw file knows nothing of them.
        assert sentences(nothing_read(engine, None)) == ["no attempt is published, from 0 raw files"]


def test_a_bill_alone_publishes_no_attempt(small: Ledger) -> None:
    small.write("openai_costs/1.json", page(day(0), [charge("1")]))
    with tables_of(small, "ingested_files", "mart_coverage") as engine:
        assert sentences(nothing_read(engine, 1)) == ["no attempt is published, from 1 raw files"]


def test_a_source_or_account_that_falls_behind_the_newest_day_is_told(small: Ledger) -> None:
    # The newest day is the ninth; three days behind it is in time, four is late.
    small.write("request_log/1.jsonl", [attempt("a", day(8))])
    small.write("openai_costs/1.json", page(day(5), [charge("1")]))
    small.write("openai_usage/account=in-time/1.json", page(day(7), [usage()]))
    small.write("openai_usage/account=late/1.json", page(day(4), [usage()]))
    with tables_of(small, "ingested_files") as engine:
        today = today_of(engine)
        assert today == date(2026, 7, 9)
        [late] = source_lag(engine, Company(), today)
        assert late.sentence == ("openai_usage late: its newest day is 2026-07-05, 4 days behind 2026-07-09")
        assert (late.day, late.subject, late.since) == (today, "openai_usage late", date(2026, 7, 6))
        assert source_lag(engine, Company(max_source_lag_days=4), today) == []
        # The day that a run is asked for is today, whatever has come in.
        assert [each.subject for each in source_lag(engine, Company(), date(2026, 7, 13))] == [
            "openai_costs", "openai_usage in-time", "openai_usage late", "request_log",
        ]  # fmt: skip


def test_the_last_day_that_was_asked_for_must_have_a_log_or_an_export(small: Ledger) -> None:
    small.write("request_log/1.jsonl", [attempt("a", day(0))])
    small.write("openai_usage/1.json", page(day(1), [usage()]))
    small.write("openai_costs/1.json", page(day(2), [charge("1")]))
    with tables_of(small, "mart_coverage", "mart_reconciliation_daily") as engine:
        asked = [date(2026, 7, number) for number in (1, 2, 3)]
        assert [sentences(last_day(engine, each)) for each in asked] == [
            [], [], ["2026-07-03: no log and no usage export has a row"],
        ]  # fmt: skip
        assert last_day(engine, None) == []


def test_a_vanished_raw_folder_is_told_over_what_was_read_before(small: Ledger) -> None:
    small.write("request_log/1.jsonl", [attempt("a", day(0))])
    with tables_of(small, "ingested_files", "mart_coverage") as engine:
        assert nothing_read(engine, 1) == []
        assert sentences(nothing_read(engine, 0)) == ["the raw folder holds no file; 1 were read before"]
