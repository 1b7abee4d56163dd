"""The small dimensions: owners, lines of bills, exchange rates, money of record, as Arrow tables."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pyarrow as pa
import xxhash

from pipelines.book.bill_lines import BillLine
from pipelines.book.card import Row
from pipelines.book.dated import V
from pipelines.book.fx import Exchange
from pipelines.book.money_of_record import MoneyOfRecord
from pipelines.book.ownership import Rule
from pipelines.book.rates import Day
from pipelines.warehouse.arrow import table

INSTANT = "TIMESTAMP WITH TIME ZONE"
OWNERSHIP = {
    "source": "VARCHAR", "id_kind": "VARCHAR", "id": "VARCHAR", "tag_text": "VARCHAR", "team": "VARCHAR",
    "feature": "VARCHAR", "environment": "VARCHAR", "valid_from": INSTANT, "valid_to": INSTANT,
}  # fmt: skip
BILL_LINE = {
    "provider": "VARCHAR", "text_before": "VARCHAR", "text_after": "VARCHAR", "names_model": "BOOLEAN",
    "charge_category": "VARCHAR", "meter": "VARCHAR", "service_tier": "VARCHAR", "context_window": "VARCHAR",
}  # fmt: skip
EXCHANGE = {
    "currency": "VARCHAR", "usd_per_unit": "DECIMAL(38,18)", "valid_from": INSTANT, "valid_to": INSTANT,
}  # fmt: skip
MONEY = {
    "provider": "VARCHAR", "account": "VARCHAR", "money_of_record": "VARCHAR", "unlogged_cost": "VARCHAR",
    "precedence": "BIGINT", "valid_from": INSTANT, "valid_to": INSTANT,
}  # fmt: skip


def period_of(written: str) -> Day:
    """The first instant of a UTC day, or of the days `FIRST/LAST`, and the first one after it."""
    first, _, last = written.partition("/")
    start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last or first))
    return start, end + timedelta(days=1)


def within(rows: Iterable[V], day: str) -> Iterator[V]:
    """Those of some dated rows that hold on a part of a day."""
    start, end = period_of(day)
    return (row for row in rows if row.valid_from < end and start < row.valid_to)


def digest_of(said: object) -> str:
    """Equal for what is written alike."""
    return xxhash.xxh3_128_hexdigest(json.dumps(said).encode())


def _owner(rule: Rule) -> Row:
    return {**vars(rule), "tag_text": json.dumps(rule.id, ensure_ascii=False)}


def _money(rule: MoneyOfRecord) -> Row:
    return {**vars(rule), "precedence": rule.precedence}


def _bill_line(line: BillLine) -> Row:
    row = vars(line)
    return {**row, **{name: row[name] or None for name in ("meter", "service_tier", "context_window")}}


def _exchange(each: Exchange) -> Row:
    usd = Decimal(each.usd.numerator) / each.usd.denominator
    return {
        "currency": each.currency, "usd_per_unit": usd, "valid_from": each.valid_from,
        "valid_to": each.valid_to,
    }  # fmt: skip


STATED: Mapping[str, tuple[Mapping[str, str], Callable[[Any], Row]]] = {
    "dim_bill_line": (BILL_LINE, _bill_line),
    "dim_exchange": (EXCHANGE, _exchange),
    "dim_money_of_record": (MONEY, _money),
    "ownership": (OWNERSHIP, _owner),
}
"""Column types and rows of the small dimensions whose rows may hold for a part of a day."""


@lru_cache(maxsize=16)
def stated(name: str, said: tuple[object, ...]) -> tuple[pa.Table, str]:
    """A small dimension and its digest: made once, as most days say the same."""
    types, row = STATED[name]
    rows = list(map(row, said))
    return table(rows, types), digest_of(list(map(repr, rows)))
