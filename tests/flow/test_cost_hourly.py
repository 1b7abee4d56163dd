"""Costs by hour: cells a reader can add up, and the account that an export says a call belongs to."""

from datetime import UTC, datetime
from decimal import Decimal

from tests.flow.days import attempt, charge, page, usage
from tests.ledger import Ledger

DAY = "2026-07-01"


def at(hour: int) -> datetime:
    return datetime(2026, 7, 1, hour, tzinfo=UTC)


def test_calls_are_added_by_hour_and_cell(small: Ledger) -> None:
    small.write(
        "request_log/day.jsonl",
        [
            attempt("a", DAY, ended_at=f"{DAY}T00:00:00Z"),
            attempt("b", DAY, ended_at=f"{DAY}T00:59:59.999999Z"),
            attempt("c", DAY, ended_at=f"{DAY}T23:59:59.999999Z"),
            attempt("c", DAY, ended_at=f"{DAY}T23:00:00Z", attempt=2, status="error"),
            attempt("d", DAY, ended_at=f"{DAY}T23:00:00Z", model="in-house"),
        ],
    )
    small.publish_only("mart_cost_hourly")
    found = small.rows(
        "select hour_at, model, status, is_retry, attempts, tokens, cost_usd, unpriced_attempts,"
        " unpriced_tokens"
        " from mart_cost_hourly order by 1, 2, 3 desc"
    )
    assert [(hour.astimezone(UTC), *rest) for hour, *rest in found] == [
        (at(0), "gpt-5.4-mini", "success", False, 2, 2400, Decimal("0.0033"), 0, 0),
        (at(23), "gpt-5.4-mini", "success", False, 1, 1200, Decimal("0.00165"), 0, 0),
        (at(23), "gpt-5.4-mini", "error", True, 1, 1200, Decimal("0.00165"), 0, 0),
        (at(23), "in-house", "success", False, 1, 1200, None, 1, 1200),
    ]


def test_a_call_has_the_account_whose_export_names_its_key_or_else_its_project(small: Ledger) -> None:
    keys = {"key-a": "proj", "key-b": "proj", "key-c": "shop", "key-d": "both", "key-e": None}
    log = [attempt(key, DAY, api_key_id=key, project_id=project) for key, project in keys.items()]
    small.write("request_log/day.jsonl", log)
    small.write(
        "openai_usage/account=one/1.json", page(DAY, [usage(), usage(api_key_id="x", project_id="both")])
    )
    small.write("openai_usage/account=two/1.json", page(DAY, [usage(api_key_id="key-c", project_id="both")]))
    small.write("openai_costs/account=one/1.json", page(DAY, [charge("1")]))
    small.publish_only("mart_cost_hourly")
    found = dict(small.rows("select api_key_id, account from mart_cost_hourly order by 1"))
    assert found == {"key-a": "one", "key-b": "one", "key-c": "two", "key-d": "default", "key-e": "default"}


def test_the_calls_of_a_provider_with_one_account_belong_to_it(small: Ledger) -> None:
    small.write("request_log/day.jsonl", [attempt("a", DAY, api_key_id=None)])
    small.write("openai_costs/account=one/1.json", page(DAY, [charge("1")]))
    small.publish_only("mart_cost_hourly")
    assert small.rows("select account from mart_cost_hourly") == [("one",)]
