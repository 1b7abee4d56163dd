"""Anthropic usage and cost pages: meters as they come, cents from text to exact dollars."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.ingest.staging import Row, Staging, anthropic_page, to_picodollars
from tests.ledger import Ledger

INPUT, WRITE = "uncached_input_tokens", "cache_creation.ephemeral_5m_input_tokens"


def usage(**more: Any) -> Row:
    return {
        "uncached_input_tokens": 10, "cache_read_input_tokens": 20, "output_tokens": 50,
        "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 40},
        "server_tool_use": {"web_search_requests": 6}, "model": "claude-sonnet-4-6", "workspace_id": "w",
        "service_tier": "standard", "context_window": "0-200k", **more,
    }  # fmt: skip


def cost(amount: object, **more: Any) -> Row:
    return {"amount": amount, "currency": "USD", "description": "tokens", "workspace_id": "w", **more}


def test_meters_are_taken_as_they_come(staging: Staging) -> None:
    row = staging.stage("anthropic_usage/a.json", anthropic_page(usage())).row
    names = (
        "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
        "output_tokens", "web_search_requests", "cache_write_tokens", "requests",
    )  # fmt: skip
    assert [row[name] for name in names] == [10, 20, 30, 40, 50, 6, None, None]
    assert row["grouping"] == "context_window,model,service_tier,workspace_id"


@pytest.mark.parametrize("page", ["list", "lines", "indented"])
def test_pages_many_per_file_are_read(staging: Staging, page: str) -> None:
    pages = [anthropic_page(usage(model="a"), usage(model="b")), anthropic_page(usage(model="c"))]
    content, extension = {
        "list": (json.dumps(pages), "json"),
        "lines": ("\n".join(map(json.dumps, pages)), "jsonl"),
        "indented": ("\n".join(json.dumps(each, indent=2) for each in pages), "json"),
    }[page]
    rows = staging.stage(f"anthropic_usage/a.{extension}", content).rows
    assert [(row["model"], row["bucket_number"]) for row in rows] == [("a", 0), ("b", 0), ("c", 1)]


@pytest.mark.parametrize("said", [{"cache_creation": None}, {"server_tool_use": None, "cache_creation": 7}])
def test_a_part_that_is_missing_was_not_reported(staging: Staging, said: Row) -> None:
    row = staging.stage("anthropic_usage/a.json", anthropic_page(usage(**said))).row
    assert row["cache_write_5m_tokens"] is None


def test_a_null_model_and_a_null_tier_stay_what_they_are(staging: Staging) -> None:
    row = staging.stage("anthropic_usage/a.json", anthropic_page(usage(model=None, service_tier=None))).row
    assert (row["model"], row["service_tier"]) == (None, "not_reported")
    batch = staging.stage("anthropic_usage/a.json", anthropic_page(usage(service_tier="batch"))).row
    assert batch["service_tier"] == "batch"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"uncached_input_tokens": None}, "uncached_input_tokens is not a count: not given"),
        ({"output_tokens": -1}, "output_tokens is not a count: -1"),
        ({"cache_read_input_tokens": 1.5}, "cache_read_input_tokens is not a count: 1.5"),
        (
            {"cache_creation": {"ephemeral_5m_input_tokens": 10**15}},
            "ephemeral_5m_input_tokens is not a count: 1000000000000000",
        ),
        (
            {"cache_creation": {"ephemeral_1h_input_tokens": "x"}},
            "ephemeral_1h_input_tokens is not a count: x",
        ),
        ({"server_tool_use": {"web_search_requests": -1}}, "web_search_requests is not a count: -1"),
    ],
)
def test_a_wrong_result_is_rejected_and_its_neighbour_is_used(
    staging: Staging, said: Row, reason: str
) -> None:
    found = staging.stage("anthropic_usage/a.json", anthropic_page(usage(**said), usage(model="other")))
    assert found.rejects == [(1, reason)]
    assert [row["model"] for row in found.rows] == ["other"]


@pytest.mark.parametrize(
    "times",
    [("2026-08-01", "2026-08-02"), ("2026-08-01T00:00:00", None), ("2026-08-01T00:00:00Z",) * 2, (1, 2)],
)
@pytest.mark.parametrize("source", ["anthropic_usage", "anthropic_costs"])
def test_a_bucket_without_a_proper_time_is_rejected(staging: Staging, source: str, times: Any) -> None:
    page = anthropic_page(usage() if source == "anthropic_usage" else cost("1"))
    page["data"][0] |= {"starting_at": times[0], "ending_at": times[1]}
    assert "ing_at is " in staging.stage(f"{source}/a.json", page).reason


CENTS = st.decimals(-(10**16), 10**16, allow_nan=False, allow_infinity=False)
DIGITS = ["123.45", "0.1", "1e-7", "0.00000000005", "12345678901234567.1234567891", "-0.01", "0", "00.50"]


@given(st.lists(CENTS.map(str), max_size=20))
@example(DIGITS)
@settings(max_examples=15)
def test_cents_become_dollars_exactly(staging: Staging, cents: list[str]) -> None:
    page = anthropic_page(*[cost(text) for text in cents])
    rows = staging.stage("anthropic_costs/a.json", page).rows
    assert [row["billed_amount"] for row in rows] == [to_picodollars(Decimal(text), -2) for text in cents]


def test_cents_written_as_a_json_number_keep_their_digits(staging: Staging) -> None:
    text = json.dumps(anthropic_page(cost("HERE"))).replace('"HERE"', "12345678901234567.0123456789")
    row = staging.stage("anthropic_costs/a.json", text).row
    assert row["billed_amount"] == Decimal("123456789012345.670123456789")


@pytest.mark.parametrize("amount", ["dear", "", "NaN", None, True, [1], "1e26", "1e27", "9" * 28, "1e40"])
def test_what_is_no_amount_is_rejected(staging: Staging, amount: object) -> None:
    found = staging.stage("anthropic_costs/a.json", anthropic_page(cost(amount), cost("5")))
    assert [row["billed_amount"] for row in found.rows] == [Decimal("0.05")]
    assert [reason.split(":")[0] for _, reason in found.rejects] == ["amount is not an amount"]


def test_only_dollars_count_as_dollars_and_a_currency_is_needed(staging: Staging) -> None:
    page = anthropic_page(cost("100", currency="eur"), cost("100", currency=None))
    found = staging.stage("anthropic_costs/a.json", page)
    assert [row["billing_currency"] for row in found.rows] == ["EUR"]
    assert [reason for _, reason in found.rejects] == ["currency is missing"]


def test_a_newer_export_replaces_its_window(ledger: Ledger) -> None:
    old = anthropic_page(usage(output_tokens=1), usage(model="claude-haiku-4-5", output_tokens=1))
    ledger.write("anthropic_usage/a.json", json.dumps(old))
    ledger.write("anthropic_usage/b.json", json.dumps(anthropic_page(usage(output_tokens=2))))
    ledger.write(
        "anthropic_costs/a.json", json.dumps([anthropic_page(cost("100")), anthropic_page(cost("250.5"))])
    )
    ledger.publish_only("fct_usage_cost", "fct_charge")
    assert ledger.rows("select output_tokens from fct_usage_cost") == [(2,)]
    # Within one file the later bucket of a window is the newer one.
    assert ledger.rows("select billed_cost_usd from fct_charge") == [(Decimal("2.505"),)]
    assert ledger.rows("select count(*) from duplicates") == [(3,)]


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("Claude Opus 4.6 Usage - Output Tokens", ("claude-opus-4-6", None, "output_tokens", "tokens")),
        ("Claude Sonnet 4 Usage (Batch) - Input Tokens", ("claude-sonnet-4", "batch", INPUT, "tokens")),
        ("Claude Haiku 4.5 Usage - Input Tokens, Cache Write", ("claude-haiku-4-5", None, WRITE, "tokens")),
        ("Claude Haiku 4.5 Usage - Input Tokens, Lent", ("claude-haiku-4-5", None, None, "tokens")),
        ("Web Search Usage", (None, None, None, "web_search")),
        ("Claude Code Seats", (None, None, None, None)),
        (None, (None, None, None, None)),
    ],
)
def test_a_description_tells_what_the_fields_leave_out(
    staging: Staging, description: str | None, said: tuple[str | None, ...]
) -> None:
    row = staging.stage("anthropic_costs/a.json", anthropic_page(cost("1", description=description))).row
    assert tuple(row[name] for name in ("model", "service_tier", "token_type", "cost_type")) == said
    assert row["description"] == description


def test_a_field_outweighs_the_description(staging: Staging) -> None:
    fields = {"model": "m", "service_tier": "standard", "token_type": INPUT, "cost_type": "tokens"}
    line = cost("1", description="Claude Opus 4.6 Usage (Batch) - Output Tokens", **fields)
    row = staging.stage("anthropic_costs/a.json", anthropic_page(line)).row
    assert {name: row[name] for name in fields} == fields
