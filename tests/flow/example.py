"""The example company's planted facts, and how to ask its ledger for one."""
# ruff: noqa: S608 the tests write their own SQL

import json
from decimal import Decimal
from typing import Any

from pipelines.settings import PROJECT
from tests.ledger import Ledger

FIXTURES = PROJECT / "fixtures"
PLANTED: dict[str, Any] = json.loads((FIXTURES / "planted.json").read_text(encoding="utf-8"))
METERS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "output_tokens", "web_search_requests",
)  # fmt: skip
LOGS = "fct_attempt_cost"


def money(text: str) -> Decimal:
    return Decimal(text)


def total(ledger: Ledger, where: str, of: str = LOGS) -> Decimal:
    """Exact cost of the rows of a condition."""
    [(cost,)] = ledger.rows(f"select sum(cost_usd) from {of} where {where}")
    assert isinstance(cost, Decimal)
    return cost


def tokens(ledger: Ledger, where: str, of: str = LOGS) -> dict[str, int]:
    """Meters of the rows of a condition that are not zero."""
    sums = ", ".join(f"coalesce(sum({meter}), 0)" for meter in METERS)
    [row] = ledger.rows(f"select {sums} from {of} where {where}")
    return {meter: int(count) for meter, count in zip(METERS, row, strict=True) if count}


def count(ledger: Ledger, where: str, of: str = LOGS) -> int:
    [(rows,)] = ledger.rows(f"select count(*) from {of} where {where}")
    return int(rows)


def grouped(ledger: Ledger, sql: str) -> dict[str, Any]:
    return {str(key): value for key, value in ledger.rows(sql)}


def decimals(facts: dict[str, str]) -> dict[str, Decimal]:
    return {key: money(text) for key, text in facts.items()}
