"""Stories of users that their tools got wrong, from the raw file to the published cost."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.ledger import Ledger

MILLION = 10**6


def call(name: str, ended_at: str, **more: Any) -> dict[str, Any]:
    """A record of a request log."""
    return {"request_id": name, "ended_at": ended_at, "provider": "openai", "model": "gpt-5.6-luna", **more}


SPEND = {
    "request_id": "9812", "startTime": "2025-04-08 10:54:20", "endTime": "2025-04-08 10:54:25",
    "model": "claude-3-7-sonnet-20250219", "custom_llm_provider": "anthropic", "prompt_tokens": 12_307,
    "completion_tokens": 550, "total_tokens": 12_857, "spend": 0.091311, "status": "success",
    "metadata": {"usage_object": {
        "prompt_tokens": 12_307, "completion_tokens": 550, "cache_creation_input_tokens": 12_304,
        "cache_read_input_tokens": 0,
    }},
}  # fmt: skip
BATCH = call("batch", "2026-07-29T12:00:00Z", service_tier="batch", output_tokens=MILLION)
INDIA = [
    # Thursday the 30th of July in India lasts from 18:30 to 18:30 in UTC; Luna is cheaper from midnight on.
    call("too early", "2026-07-29T23:59:59.999999+05:30", output_tokens=MILLION),
    call("first", "2026-07-30T00:00:00+05:30", output_tokens=MILLION),
    call("still dear", "2026-07-29T23:59:59.999999Z", output_tokens=MILLION),
    call("cheaper", "2026-07-30T00:00:00Z", output_tokens=MILLION),
    call("last", "2026-07-30T23:59:59.999999+05:30", output_tokens=MILLION),
    call("too late", "2026-07-31T00:00:00+05:30", output_tokens=MILLION),
]


def bucket() -> dict[str, Any]:
    """A page of OpenAI's usage export: 10,000 tokens in, of them 1,000 cached reads and 4,000 writes."""
    start = int(datetime(2026, 7, 30, tzinfo=UTC).timestamp())
    usage = {
        "object": "organization.usage.completions.result", "input_tokens": 10_000, "output_tokens": 0,
        "input_cached_tokens": 1_000, "input_cache_write_tokens": 4_000, "num_model_requests": 1,
        "model": "gpt-5.6-luna", "project_id": "p", "service_tier": "default", "batch": False,
    }  # fmt: skip
    found = {"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": [usage]}
    return {"object": "page", "data": [found], "has_more": False, "next_page": None}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger.at(tmp_path_factory.mktemp("acceptance") / "company")
    ledger.write("litellm/spend.jsonl", [SPEND])
    ledger.write("request_log/india.jsonl", INDIA)
    for number in range(4):
        ledger.write(f"request_log/batch-{number}.jsonl", [BATCH, call(f"other {number}", BATCH["ended_at"])])
    ledger.write("openai_usage/page.jsonl", [bucket()])
    ledger.publish_only("fct_attempt_cost", "fct_usage_cost", "duplicates")
    assert ledger.rejects() == []
    return ledger


def test_tokens_written_to_the_cache_are_charged_once(company: Ledger) -> None:
    # The bill says 0.05439 in two lines of cents, 4.614 and 0.825; the three tokens besides cost 0.000009.
    [(cost, reported, write)] = company.rows(
        "select cost_usd, reported_cost_usd, list_cache_write_5m_cost_usd + list_cache_write_cost_usd"
        " from fct_attempt_cost where source = 'litellm'"
    )
    assert (cost, write) == (Decimal("0.054399"), Decimal("0.04614"))
    assert reported == Decimal("0.091311")


def test_a_batch_that_is_retrieved_four_times_is_charged_once(company: Ledger) -> None:
    rows = company.rows("select cost_usd from fct_attempt_cost where request_id = 'batch'")
    assert rows == [(Decimal(3),)]
    assert company.rows("select count(*) from duplicates") == [(3,)]


def test_a_day_in_india_is_the_sum_of_its_instants_each_at_its_own_price(company: Ledger) -> None:
    found = company.rows(
        "select request_id, cost_usd from fct_attempt_cost"
        " where ended_at >= timestamptz '2026-07-30 00:00:00+05:30'"
        " and ended_at < timestamptz '2026-07-31 00:00:00+05:30' and output_tokens > 0 order by ended_at"
    )
    assert [name for name, _ in found] == ["first", "still dear", "cheaper", "last"]
    assert sum(cost for _, cost in found) == 6 + 6 + Decimal("1.2") * 2


def test_cache_writes_in_an_export_are_a_part_of_its_input(company: Ledger) -> None:
    sql = "select uncached_input_tokens, cache_read_tokens, cache_write_tokens, cost_usd from fct_usage_cost"
    # 5,000 x 0.20 + 1,000 x 0.02 + 4,000 x 0.25
    assert company.rows(sql) == [(5_000, 1_000, 4_000, Decimal("0.00202"))]
