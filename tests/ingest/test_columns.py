"""Columns that a source does not know: a near miss is told, and so is a measure that nothing counts."""

import pytest

from pipelines.ingest.columns import doubtful
from tests.ingest.staging import Staging, anthropic_page, attempt, json_lines, openai_page
from tests.ledger import Ledger


@pytest.mark.parametrize(
    ("renamed", "told"),
    [
        ({"requestId": "a"}, ["requestId"]),
        ({"outputTokens": 3}, ["outputTokens (not counted)"]),
        ({"cacheReadTokens": 3}, ["cacheReadTokens (did you mean cache_read_tokens?)"]),
        ({"Cache-Read-Tokens": 3}, ["Cache-Read-Tokens (did you mean cache_read_tokens?)"]),
        ({"cached_read_tokens": 3}, ["cached_read_tokens (did you mean cache_read_tokens?)"]),
        ({"prompt_tokens": 3, "cost": 1}, ["cost (not counted)", "prompt_tokens (not counted)"]),
        ({"total_tokens": 3, "prompt": "x", "latency_ms": 5}, ["latency_ms", "prompt", "total_tokens"]),
    ],
)
def test_a_near_miss_names_what_is_missing(
    staging: Staging, renamed: dict[str, object], told: list[str]
) -> None:
    """Only what the file lacks may be meant: its own request_id and output_tokens are there."""
    found = staging.stage("request_log/a.jsonl", json_lines([attempt(**renamed)]))
    assert found.staged.columns_unknown == told
    assert doubtful(", ".join(told)) == [column for column in told if "(" in column]


def test_the_keys_of_results_are_looked_at_too(staging: Staging) -> None:
    usage = {"object": "organization.usage.completions.result", "input_tokens": 9, "output_tokens": 1}
    page = openai_page(usage | {"inputCachedTokens": 5, "input_video_tokens": 2, "user_name": "x"})
    assert staging.stage("openai_usage/a.json", page).staged.columns_unknown == [
        "inputCachedTokens (did you mean input_cached_tokens?)",
        "input_video_tokens (not counted)",
        "user_name",
    ]
    report = {"uncached_input_tokens": 9, "output_tokens": 1, "cache_creation": {}, "serverToolUse": {}}
    assert staging.stage("anthropic_usage/a.json", anthropic_page(report)).staged.columns_unknown == [
        "serverToolUse (did you mean server_tool_use?)"
    ]


@pytest.mark.parametrize(
    "header", ["REQUEST_ID,ENDED_AT,PROVIDER,MODEL", " request_id, Ended_At,provider ,model"]
)
def test_a_header_of_csv_is_known_in_any_case(staging: Staging, header: str) -> None:
    found = staging.stage("request_log/a.csv", f"{header}\na,2026-08-01T10:00:00Z,openai,gpt-5.4-mini\n")
    assert found.row["request_id"] == "a"
    assert found.staged.columns_unknown == []


def test_what_is_kept_out_of_a_file_in_use_is_a_finding(ledger: Ledger) -> None:
    ledger.write("request_log/a.jsonl", [attempt("a", cacheReadTokens=5)])
    ledger.write("request_log/b.jsonl", [{"requestId": "b", "timestamp": "2026-08-01T10:00:00Z"}] * 3)
    ledger.run()
    told = dict(ledger.rows('select "check", sentence from mart_finding'))
    assert told["unknown_column"] == (
        "request_log: unknown columns: cacheReadTokens (did you mean cache_read_tokens?); they are kept out"
        " of 1 rows of 1 files, the first request_log/a.jsonl"
    )
    assert told["rejected_file"] == (
        "request_log/b.jsonl: none of its 3 rows can be used: request_id is missing; unknown columns:"
        " requestId (did you mean request_id?), timestamp"
    )
