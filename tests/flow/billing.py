"""A company whose accounts each show one thing that logs, usage exports and bills may differ by."""

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

FINE = "fine"
"""A model of the tests' own: 0.3333333 USD a million tokens in."""

FIRST = date(2026, 5, 1)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A day of an account: what each side says, and what the table must say of it, money as text.

    `hour` is when the provider's day begins; `logs` may name the hours of their calls from the UTC midnight.
    """

    name: str
    logs: Sequence[Row] = ()
    usage: Sequence[Row] | None = None
    bill: Sequence[Row] | None = None
    expected: Mapping[str, str | None] = field(default_factory=dict)
    inferred: frozenset[str] = frozenset()
    hour: int = 0
    provider: str = "openai"


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


def attempts(of_day: date, calls: Sequence[Row], name: str = "") -> Iterator[Row]:
    """The lines of a day's log; `name` tells those of one account from those of another."""
    for number, each in enumerate(calls):
        ended = datetime(of_day.year, of_day.month, of_day.day, tzinfo=UTC) + timedelta(hours=each["hour"])
        said = {name: value for name, value in each.items() if name != "hour"}
        yield {
            "request_id": f"{of_day}-{each['provider']}-{name}{number}",
            "ended_at": ended.isoformat(),
            **said,
        }


def anthropic_page(of_day: date, results: Sequence[Row], hour: int) -> str:
    """A page of Anthropic's admin API with one bucket of a day."""
    start = datetime(of_day.year, of_day.month, of_day.day, hour, tzinfo=UTC)
    ends = {"starting_at": start.isoformat(), "ending_at": (start + timedelta(days=1)).isoformat()}
    bucket = {**ends, "results": list(results)}
    return json.dumps({"data": [bucket], "has_more": False, "next_page": None})


def write_case(ledger: Ledger, of_day: date, case: Case, account: str) -> None:
    """The raw files of a case, whose ids are those of its account alone."""
    write = {"openai": page, "anthropic": anthropic_page}[case.provider]
    for side, rows in (("usage", case.usage), ("costs", case.bill)):
        if rows is not None:
            name = f"{case.provider}_{side}/account={account}/{of_day}.json"
            ledger.write(name, write(of_day, _owned(rows, account), case.hour))
    if case.logs:
        ledger.write(f"request_log/{account}.jsonl", attempts(of_day, _owned(case.logs, account), account))


def _owned(rows: Sequence[Row], account: str) -> list[Row]:
    ids = ("project_id", "workspace_id", "api_key_id")
    return [{**row, **{name: f"{row[name]}-{account}" for name in ids if row.get(name)}} for row in rows]


def money(text: str | None) -> Decimal | None:
    """An amount from its text."""
    return None if text is None else Decimal(text)
