"""A company whose days each show one thing that logs, usage exports and bills may differ by."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.ledger import Ledger

MILLION = 1_000_000
MINI = "gpt-5.4-mini"
"""0.75 USD a million tokens in, 4.50 out; half of it in a batch."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One day: what each side says, and what the table must say of it (money as text, causes by name).

    `hour` is when the provider's day begins; `logs` may name the hours of their calls from the UTC midnight.
    """

    name: str
    logs: Sequence[Row] = ()
    usage: Sequence[Row] | None = None
    bill: Sequence[Row] | None = None
    expected: Mapping[str, str | None] = field(default_factory=dict)
    inferred: frozenset[str] = frozenset()
    hour: int = 0


def call(tokens: int = MILLION, hour: int = 12, **more: Any) -> Row:
    """One attempt of the log: so many tokens in, none out."""
    return {
        "hour": hour, "provider": "openai", "model": MINI, "uncached_input_tokens": tokens,
        "output_tokens": 0, "project_id": "proj", "api_key_id": "key", **more,
    }  # fmt: skip


def used(tokens: int = MILLION, requests: int = 1, **more: Any) -> Row:
    """One result of the usage export."""
    return {
        "object": "organization.usage.completions.result", "input_tokens": tokens, "output_tokens": 0,
        "input_cached_tokens": 0, "num_model_requests": requests, "project_id": "proj", "api_key_id": "key",
        "model": MINI, "batch": False, "service_tier": "default", **more,
    }  # fmt: skip


def billed(amount: str, item: str | None = f"{MINI}, input", currency: str = "usd", **more: Any) -> Row:
    """One line of the bill."""
    return {
        "object": "organization.costs.result", "amount": {"value": f"<{amount}>", "currency": currency},
        "line_item": item, "project_id": "proj", "api_key_id": None, **more,
    }  # fmt: skip


def page(of_day: date, results: Sequence[Row], hour: int = 0) -> str:
    """A page of OpenAI's admin API with one bucket of a day; amounts are numbers with all their digits."""
    start = int(datetime(of_day.year, of_day.month, of_day.day, hour, tzinfo=UTC).timestamp())
    bucket = {"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": list(results)}
    written = json.dumps({"object": "page", "data": [bucket], "has_more": False})
    return written.replace('"<', "").replace('>"', "")


def attempts(of_day: date, calls: Sequence[Row]) -> Iterator[Row]:
    """The lines of a day's log."""
    for number, each in enumerate(calls):
        ended = datetime(of_day.year, of_day.month, of_day.day, tzinfo=UTC) + timedelta(hours=each["hour"])
        said = {name: value for name, value in each.items() if name != "hour"}
        yield {"request_id": f"{of_day}-{number}", "ended_at": ended.isoformat(), **said}


def write_case(ledger: Ledger, of_day: date, case: Case) -> None:
    """The raw files of a case on its day."""
    if case.logs:
        ledger.write(f"request_log/{of_day}.jsonl", attempts(of_day, case.logs))
    if case.usage is not None:
        ledger.write(f"openai_usage/{of_day}.json", page(of_day, case.usage, case.hour))
    if case.bill is not None:
        ledger.write(f"openai_costs/{of_day}.json", page(of_day, case.bill, case.hour))


CASES = [
    Case("all sides agree", [call()], [used()], [billed("0.75")],
         {"logs": "0.75", "usage": "0.75", "billed": "0.75"}),
    Case("the same model under three names", [call()], [used(model="gpt-5.4-mini-2026-03-17")],
         [billed("0.75", "gpt-5.4-mini-2026-03-17, Input")],
         {"logs": "0.75", "usage": "0.75", "billed": "0.75"}),
    Case("a key that logs nothing", [call()], [used(), used(api_key_id="other")], [billed("1.50")],
         {"logs": "0.75", "usage_without_log": "0.75", "usage": "1.50", "billed": "1.50"}),
    Case("a request more than logged", [call()], [used(2 * MILLION, 2)], [billed("1.50")],
         {"logs": "0.75", "usage_without_log": "0.75", "usage": "1.50", "billed": "1.50"},
         frozenset({"usage_without_log"})),
    Case("a cancelled call whose tokens the log lacks", [call(), call(0, status="cancelled")],
         [used(1_400_000, 2)], [billed("1.05")],
         {"logs": "0.75", "unfinished_attempts": "0.30", "usage": "1.05", "billed": "1.05"},
         frozenset({"unfinished_attempts"})),
    # A million tokens more, two calls to hold them: one that no log has, one that failed.
    Case("a failed call and a request more", [call(), call(0, status="error")], [used(2 * MILLION, 3)],
         [billed("1.50")],
         {"logs": "0.75", "usage_without_log": "0.375", "unfinished_attempts": "0.375", "usage": "1.50",
          "billed": "1.50"}, frozenset({"usage_without_log", "unfinished_attempts"})),
    Case("the same call, counted otherwise", [call()], [used(1_200_000)], [billed("0.90")],
         {"logs": "0.75", "token_count": "0.15", "usage": "0.90", "billed": "0.90"},
         frozenset({"token_count"})),
    Case("a call that nobody bills", [call(), call()], [used()], [billed("0.75")],
         {"logs": "1.50", "log_without_usage": "-0.75", "usage": "0.75", "billed": "0.75"},
         frozenset({"log_without_usage"})),
    Case("a model that nobody bills", [call(), call(model="gpt-5.4-nano")], [used()], [billed("0.75")],
         {"logs": "0.95", "log_without_usage": "-0.20", "usage": "0.75", "billed": "0.75"}),
    Case("a batch that was logged as standard", [call()], [used(batch=True)],
         [billed("0.375", f"batch | {MINI}, input")],
         {"logs": "0.75", "tier_or_region": "-0.375", "usage": "0.375", "billed": "0.375"}),
    # 2.50 a million up to 272,000 tokens of input, 5 above; the export does not say which, the bill does.
    Case("a long context that the export does not tell", [call(400_000, model="gpt-5.4")],
         [used(400_000, model="gpt-5.4")], [billed("2.00", "gpt-5.4, input, long context")],
         {"logs": "2.00", "context_band": "-1.00", "usage": "1.00", "price": "1.00", "billed": "2.00"},
         frozenset({"price"})),
    Case("a contract", [call()], [used()], [billed("0.675")],
         {"logs": "0.75", "usage": "0.75", "contract": "-0.075", "billed": "0.675"}),
    Case("another price for the same tokens", [call()], [used()],
         [billed("0.60", quantity=MILLION, quantity_unit="tokens")],
         {"logs": "0.75", "usage": "0.75", "price": "-0.15", "billed": "0.60"}),
    Case("more tokens on the bill", [call()], [used()],
         [billed("0.90", quantity=1200, quantity_unit="1000_tokens")],
         {"logs": "0.75", "usage": "0.75", "billed_quantity": "0.15", "billed": "0.90"}),
    Case("another amount, and no quantity to tell why", [call()], [used()], [billed("0.60")],
         {"logs": "0.75", "usage": "0.75", "price": "-0.15", "billed": "0.60"}, frozenset({"price"})),
    Case("a bill in whole cents", [call(1_001_600)], [used(1_001_600)], [billed("0.75")],
         {"logs": "0.7512", "usage": "0.7512", "bill_rounding": "-0.0012", "billed": "0.75"}),
    Case("lines that are no usage", [call()], [used()],
         [billed("0.75"), billed("-0.25", "credit"), billed("0.07", "tax"), billed("0.01", "Vector storage"),
          billed("0.02", "web search tool calls"), billed("0.50", "commitment"), billed("0.03", "fee"),
          billed("0.004", "rounding"), billed("-0.001", "adjustment"), billed("0.40", "Evals, nightly")],
         {"logs": "0.75", "usage": "0.75", "server_tool": "0.02", "fee": "0.03", "storage": "0.01",
          "capacity": "0.50", "credit": "-0.25", "adjustment": "-0.001", "tax": "0.07",
          "bill_rounding": "0.004", "unknown_line": "0.40", "billed": "1.533"}),
    Case("a negative correction", [call()], [used()], [billed("0.75"), billed("-0.10")],
         {"logs": "0.75", "usage": "0.75", "correction": "-0.10", "billed": "0.65"}),
    Case("a bill in euros", [call(1_100_000)], [used(1_100_000)], [billed("0.75", currency="eur")],
         {"logs": "0.825", "usage": "0.825", "billed": "0.825"}),
    Case("a bill in a currency without a rate", [call()], [used()], [billed("0.75", currency="gbp")],
         {"logs": "0.75", "usage": "0.75", "no_exchange_rate": None, "billed": None}),
    Case("a bill and no logs", bill=[billed("3.00")],
         expected={"billed_without_logs": "3.00", "billed": "3.00"}),
    Case("logs and no bill", [call()], expected={"logs": "0.75"}),
    Case("usage on no bill line", [call(), call(model="gpt-5.4-nano")], [used(), used(model="gpt-5.4-nano")],
         [billed("0.75")],
         {"logs": "0.95", "usage": "0.95", "not_billed": "-0.20", "billed": "0.75"}),
    Case("a bill line without usage", [call()], [used()],
         [billed("0.75"), billed("0.20", "gpt-5.4-nano, input")],
         {"logs": "0.75", "usage": "0.75", "billed_without_usage": "0.20", "billed": "0.95"}),
    Case("a model without a price", [call(model="in-house")], [used(model="in-house")],
         [billed("0.30", "in-house, input")],
         {"logs": None, "unpriced_logs": None, "unpriced_usage": None, "usage": None, "unpriced": "0.30",
          "billed": "0.30"}),
    Case("a bill that is not itemised", [call(), call(model="gpt-5.4-nano")],
         [used(), used(model="gpt-5.4-nano")], [billed("0.95", item=None)],
         {"logs": "0.95", "usage": "0.95", "billed": "0.95"}),
    Case("no export, and a cancelled call", [call(), call(0, status="cancelled")], bill=[billed("0.80")],
         expected={"logs": "0.75", "unfinished_attempts": "0.05", "billed": "0.80"},
         inferred=frozenset({"unfinished_attempts"})),
    Case("no export, and nothing to explain it", [call()], bill=[billed("0.80")],
         expected={"logs": "0.75", "unexplained": "0.05", "billed": "0.80"},
         inferred=frozenset({"unexplained"})),
    Case("a day that begins at seven", [call(hour=8), call(hour=30)], [used(2 * MILLION, 2)],
         [billed("1.50")],
         {"logs": "1.50", "usage": "1.50", "billed": "1.50"}, hour=7),
]  # fmt: skip

FIRST = date(2026, 5, 1)


def day_of(case: Case) -> date:
    """Each case has a day, and the day after it to itself."""
    return FIRST + timedelta(days=2 * CASES.index(case))


def money(text: str | None) -> Decimal | None:
    """An amount from its text."""
    return None if text is None else Decimal(text)
