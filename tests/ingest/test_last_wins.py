"""Of several records of one attempt the one read last stands, and the others are told."""

from decimal import Decimal
from itertools import product

import pytest

from tests.ingest.staging import Row, attempt
from tests.ledger import Ledger

LATE, EARLY = "2026-08-01T23:59:59.999999Z", "2026-08-02T00:00:00Z"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger.at(tmp_path_factory.mktemp("last") / "company")
    ledger.write(
        "request_log/a.jsonl",
        [
            attempt("in a file", output_tokens=1), attempt("in a file", output_tokens=2),
            attempt("across files", output_tokens=1), attempt("forward", ended_at=LATE, output_tokens=1),
            attempt("backward", ended_at=EARLY, output_tokens=1), attempt("retried", output_tokens=1),
            attempt("one", attempt=1, output_tokens=1), attempt("wrong", output_tokens=1),
            attempt("far", ended_at="2026-08-05T00:00:00Z", output_tokens=1),
            attempt("shared", output_tokens=1),
        ],
    )  # fmt: skip
    ledger.write(
        "request_log/b.jsonl",
        [
            attempt("across files", output_tokens=2), attempt("forward", ended_at=EARLY, output_tokens=2),
            attempt("backward", ended_at=LATE, output_tokens=2),
            attempt("retried", attempt=2, output_tokens=2), attempt("one", output_tokens=2),
            attempt("wrong", output_tokens=-2),
            attempt("far", ended_at="2026-08-09T00:00:00Z", output_tokens=2),
            attempt("shared", model="gpt-5.4-nano", ended_at=LATE, output_tokens=2),
            attempt("shared", model="gpt-5.4-nano", ended_at=LATE, output_tokens=3),
        ],
    )  # fmt: skip
    other = {
        "request_id": "across files", "startTime": "2026-08-01 09:00:00", "endTime": "2026-08-01 10:00:00",
        "model": "gpt-5.4-mini", "custom_llm_provider": "openai", "prompt_tokens": 5, "completion_tokens": 3,
        "total_tokens": 8,
    }  # fmt: skip
    ledger.write("litellm/a.jsonl", [other])
    ledger.run()
    return ledger


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("in a file", [2]),
        ("across files", [2, 3]),
        ("forward", [2]),
        ("backward", [2]),
        ("retried", [1, 2]),
        ("one", [2]),
        ("wrong", [1]),
        ("far", [1, 2]),
        ("shared", [1]),
        ("shared at 2026-08-01 23:59:59.999999+00", [3]),
    ],
)
def test_the_record_read_last_stands(published: Ledger, name: str, outputs: list[int]) -> None:
    found = published.rows("select request_id, output_tokens from fct_attempt_cost order by all")
    assert [count for request_id, count in found if request_id == name] == outputs


def test_what_is_replaced_is_told_with_what_replaced_it(published: Ledger) -> None:
    found = published.rows(
        "select day::varchar, source_line, kept_line, was.name, now.name from duplicates"
        " join ingested_files was on was.content_id = source_file"
        " join ingested_files now on now.content_id = kept_content_id order by source_line"
    )
    one, two = "request_log/a.jsonl", "request_log/b.jsonl"
    assert found == [
        ("2026-08-01", 1, 2, one, one),
        ("2026-08-01", 3, 1, one, two),
        ("2026-08-01", 4, 2, one, two),
        ("2026-08-02", 5, 3, one, two),
        ("2026-08-01", 7, 5, one, two),
        ("2026-08-01", 8, 9, two, two),
    ]


def test_every_row_read_is_a_fact_a_duplicate_or_a_reject(published: Ledger) -> None:
    read, rejected = published.rows("select sum(total_rows), sum(rejected_rows) from ingested_files")[0]
    kept = published.rows("select count(*) from fct_attempt_cost")[0][0]
    replaced = published.rows("select count(*) from duplicates")[0][0]
    assert (read, rejected) == (20, 1)
    assert kept + replaced + rejected == read


def test_calls_that_share_an_id_all_count_and_are_told(published: Ledger) -> None:
    """Another time, model and tokens: 100 x 0.2 + 3 x 1.25 per million of gpt-5.4-nano."""
    told = published.rows("select sentence, amount_usd from mart_finding where \"check\" = 'shared_id'")
    assert told == [
        (
            "request_log default: 1 calls have the id of an earlier call of another time, model and tokens;"
            " all count, these with 0.00002375 USD, as shared at 2026-08-01 23:59:59.999999+00",
            Decimal("0.00002375"),
        )
    ]
    reading = "select request_id from fct_attempt_cost where usage_reading = 'shared_id'"
    assert published.rows(reading) == [("shared at 2026-08-01 23:59:59.999999+00",)]


def test_in_every_order_of_lines_files_and_days_the_last_one_stands(ledger: Ledger) -> None:
    """Three files of two lines: each line absent, before midnight or after it, in every combination."""
    files: list[list[Row]] = [[], [], []]
    last: dict[str, int] = {}
    for number, times in enumerate(product((None, LATE, EARLY), repeat=6)):
        for place, at in enumerate(times, start=1):
            if at is not None:
                last[str(number)] = place
                files[(place - 1) // 2].append(attempt(str(number), ended_at=at, output_tokens=place))
    for name, records in zip("abc", files, strict=True):
        ledger.write(f"request_log/{name}.jsonl", records)
    ledger.run()
    found = ledger.rows("select request_id, output_tokens from fct_attempt_cost")
    assert dict(found) == last
    assert len(found) == len(last)
    assert ledger.rows("select count(*) from duplicates") == [(sum(map(len, files)) - len(last),)]
