"""LiteLLM SpendLogs: one attempt per record, meters made disjoint from the usage object in its metadata."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.staging import Found, Row, Staging, json_lines

INPUTS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens", "audio_input_tokens",
)  # fmt: skip


def spend(usage: Row | None = None, metadata: Row | None = None, **more: Any) -> Row:
    """A row of 1,000 prompt and 100 completion tokens."""
    return {
        "request_id": "r", "startTime": "2026-08-01 23:59:59.5", "endTime": "2026-08-02 00:00:01.25",
        "model": "gpt-5.4-mini", "custom_llm_provider": "openai", "prompt_tokens": 1000,
        "completion_tokens": 100, "total_tokens": 1100, "spend": 0.00125, "status": "success",
        "metadata": {"usage_object": usage, **(metadata or {})}, **more,
    }  # fmt: skip


def stage(staging: Staging, *records: Row) -> Found:
    return staging.stage("litellm/a.jsonl", json_lines(records))


def inputs(row: Row) -> list[int]:
    return [row[name] or 0 for name in INPUTS]


FULL = spend(
    {"prompt_tokens_details": {"cached_tokens": 400}, "completion_tokens_details": {"reasoning_tokens": 60}},
    {
        "spend_logs_metadata": {"team": "kitchen", "feature": "menu, \"new\"", "environment": "test"},
        "user_api_key_project_id": "p",
    },
    request_tags=["b:2", "a:1"], end_user="c", user="u", api_key="k", session_id="s", agent_id="v",
)  # fmt: skip


def as_csv(record: Row) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, record)
    writer.writeheader()
    nested = {name: json.dumps(cell) for name, cell in record.items() if isinstance(cell, list | dict)}
    writer.writerow(record | nested)
    return out.getvalue()


def test_metadata_is_an_object_or_its_text_in_lines_or_csv(staging: Staging) -> None:
    texts = {name: json.dumps(FULL[name]) for name in ("metadata", "request_tags")}
    rows = [
        stage(staging, FULL).row,
        stage(staging, FULL | texts).row,
        staging.stage("litellm/a.csv", as_csv(FULL)).row,
        staging.stage("litellm/a.json", json.dumps([FULL], indent=1)).row,
    ]
    for row in rows:
        assert row | {"source_line": 1} == rows[0]


def test_a_row_holds_who_caused_it_and_when(staging: Staging) -> None:
    row = stage(staging, FULL).row
    expected = {
        "request_id": "r", "attempt": 1, "provider": "openai", "model": "gpt-5.4-mini", "status": "success",
        "team": "kitchen", "feature": 'menu, "new"', "environment": "test", "customer_id": "c",
        "user_id": "u", "api_key_id": "k", "session_id": "s", "trace_id": "s", "service_id": "v",
        "project_id": "p", "tags": '["a:1","b:2"]', "reported_cost_usd": Decimal("0.00125"),
        "uncached_input_tokens": 600, "cache_read_tokens": 400, "output_tokens": 100, "reasoning_tokens": 60,
        "ended_at": datetime(2026, 8, 2, 0, 0, 1, 250_000, UTC),
        "started_at": datetime(2026, 8, 1, 23, 59, 59, 500_000, UTC),
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_prompts_and_answers_stay_out(staging: Staging) -> None:
    found = stage(staging, spend(messages=[{"role": "user", "content": "secret"}], response={"x": "secret"}))
    assert found.staged.columns_unknown == ["messages"]
    assert "secret" not in str(found.row)


DETAILS = "prompt_tokens_details"
TTL = {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 50}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, [1000, 0, 0, 0, 0, 0]),
        ({DETAILS: None}, [1000, 0, 0, 0, 0, 0]),
        ({DETAILS: {"cached_tokens": 400}}, [600, 400, 0, 0, 0, 0]),
        ({"cache_read_input_tokens": 400, DETAILS: {"cached_tokens": 400}}, [600, 400, 0, 0, 0, 0]),
        ({"cache_read_input_tokens": 400, "cache_creation_input_tokens": 200}, [400, 400, 0, 0, 200, 0]),
        ({DETAILS: {"cache_creation_tokens": 200}}, [800, 0, 0, 0, 200, 0]),
        ({DETAILS: {"cache_write_tokens": 200}}, [800, 0, 0, 0, 200, 0]),
        ({"cache_creation_input_tokens": 150, "cache_creation": TTL}, [850, 0, 100, 50, 0, 0]),
        ({"cache_creation_input_tokens": 200, "cache_creation_token_details": TTL}, [800, 0, 100, 50, 50, 0]),
        (
            {DETAILS: {"cache_creation_tokens": 150, "cache_creation_token_details": TTL}},
            [850, 0, 100, 50, 0, 0],
        ),
        ({DETAILS: {"audio_tokens": 300, "cached_tokens": 1}}, [699, 1, 0, 0, 0, 300]),
    ],
)
def test_meters_come_from_the_usage_object(staging: Staging, usage: Row | None, expected: list[int]) -> None:
    row = stage(staging, spend(usage)).row
    assert inputs(row) == expected
    assert sum(inputs(row)) == 1000
    instead = spend(None, {"additional_usage_values": usage})
    assert inputs(stage(staging, instead).row) == expected


@given(st.lists(st.lists(st.integers(0, 10**14), min_size=6, max_size=6), max_size=20))
@settings(max_examples=10)
def test_the_leaves_add_up_to_the_prompt(staging: Staging, drawn: list[list[int]]) -> None:
    records = []
    for counts in drawn:
        _, read, short, long, unknown, audio = counts
        usage = {
            "cache_read_input_tokens": read, "cache_creation_input_tokens": short + long + unknown,
            "cache_creation": {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long},
            DETAILS: {"audio_tokens": audio},
        }  # fmt: skip
        records.append(spend(usage, prompt_tokens=sum(counts), total_tokens=sum(counts) + 100))
    assert [inputs(row) for row in stage(staging, *records).rows] == drawn


@pytest.mark.parametrize("hit", ["True", "true", True])
def test_a_hit_of_the_gateways_own_cache_costs_nothing(staging: Staging, hit: object) -> None:
    row = stage(staging, spend({DETAILS: {"cached_tokens": 400}}, cache_hit=hit)).row
    assert [*inputs(row), row["output_tokens"]] == [0] * 7
    assert row["gateway_cached_tokens"] == 1100


@pytest.mark.parametrize("hit", ["False", "None", "", None])
def test_no_hit_is_an_ordinary_call(staging: Staging, hit: object) -> None:
    row = stage(staging, spend(cache_hit=hit)).row
    assert (row["output_tokens"], row["gateway_cached_tokens"]) == (100, None)


@pytest.mark.parametrize(
    ("said", "provider", "model"),
    [
        ({"model": "openai/gpt-5.4-mini"}, "openai", "openai/gpt-5.4-mini"),
        ({"custom_llm_provider": "gemini", "model": "gemini/gemini-3-pro"}, "gemini", "gemini/gemini-3-pro"),
        ({"custom_llm_provider": None, "model": "Azure/eu/gpt-4o"}, "azure", "Azure/eu/gpt-4o"),
        ({"custom_llm_provider": "", "model": "vertex_ai/claude-x@1"}, "vertex_ai", "vertex_ai/claude-x@1"),
        ({"custom_llm_provider": "Anthropic", "model": "claude-x"}, "anthropic", "claude-x"),
        ({"custom_llm_provider": "azure", "model": "openai/gpt-5.4-mini"}, "azure", "openai/gpt-5.4-mini"),
    ],
)
def test_the_provider_and_its_model_are_kept_as_written_or_read_from_the_prefix(
    staging: Staging, said: Row, provider: str, model: str
) -> None:
    row = stage(staging, spend(**said)).row
    assert (row["provider"], row["model"]) == (provider, model)


@pytest.mark.parametrize(("said", "status"), [("failure", "error"), (None, "success"), ("", "success")])
def test_a_failure_is_an_error(staging: Staging, said: str | None, status: str) -> None:
    assert stage(staging, spend(status=said)).row["status"] == status


@pytest.mark.parametrize(("tier", "expected"), [("default", "standard"), ("flex", "flex"), (None, None)])
def test_the_tier_is_what_the_usage_says(staging: Staging, tier: str | None, expected: str | None) -> None:
    assert stage(staging, spend({"service_tier": tier})).row["service_tier"] == expected


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (spend(custom_llm_provider=None), "custom_llm_provider is missing"),
        (spend(model=""), "model is missing"),
        (spend(model="openai/"), "model is missing"),
        (spend(endTime=None), "endTime is missing"),
        (spend(endTime="later"), "endTime is no time"),
        (spend(startTime="2026-08-03 00:00:00"), "startTime is after endTime"),
        (spend(status="fine"), "status is unknown: fine"),
        (spend(prompt_tokens=None), "prompt_tokens is not a count: not given"),
        (spend(completion_tokens=-1), "completion_tokens is not a count: -1"),
        (spend(total_tokens=1101), "total_tokens 1101 is not prompt_tokens 1000 + completion_tokens 100"),
        (spend() | {"metadata": "{"}, "metadata is not JSON"),
        (spend(request_tags="loose"), "request_tags is not a list: loose"),
        (spend({DETAILS: {"cached_tokens": 1001}}), "prompt_tokens 1000 is less than the cached and written"),
        (spend({"cache_read_input_tokens": -1}), "usage_object has a "),
        (spend({"cache_creation_input_tokens": 149, "cache_creation": TTL}), "cache writes by time to live"),
        (spend({"completion_tokens_details": {"reasoning_tokens": 101}}), "reasoning_tokens exceed"),
        (spend({"completion_tokens_details": {"audio_tokens": 101}}), "audio output exceeds"),
        (spend({"server_tool_use": {"web_search_requests": -1}}), "web_search_requests is "),
        (spend({DETAILS: {"cached_tokens": "many"}}), ""),
        (spend({"cache_creation_input_tokens": 1.5}), ""),
    ],
)
def test_a_wrong_record_is_rejected_and_its_neighbour_is_used(
    staging: Staging, record: Row, reason: str
) -> None:
    found = stage(staging, record, spend())
    assert [line for line, told in found.rejects if told.startswith(reason)] == [1]
    assert [row["source_line"] for row in found.rows] == [2]
