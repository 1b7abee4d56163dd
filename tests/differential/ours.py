"""Prices usages with the one pricing query, with the rates of all days, and says what each line rests on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from pipelines.book.dimensions import Dimensions
from pipelines.book.rates import Name
from pipelines.estimate import METERS, PRICED_BY
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.engine import Engine, compose

MILLION = 10**6
PICODOLLARS = 10**12
OTHER = "dim_other_rate"
"""Holds the meters that no usage here has."""

LINES = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens", "output_tokens",
)  # fmt: skip
"""The meters compared."""

INSTANT = pa.timestamp("us", tz="UTC")
TEXTS = ("provider", "model", "service_tier", "region", "other_meter", "other_attribute")
COUNTS = ("number", "context_tokens", "largest_context_tokens", *METERS)
SCHEMA = pa.schema(
    [(name, pa.string()) for name in TEXTS]
    + [(name, INSTANT) for name in ("priced_at", "priced_until")]
    + [("other_quantity", pa.decimal128(18, 3))]
    + [(name, pa.int64()) for name in COUNTS]
)


class Call(Protocol):
    """What is priced."""

    @property
    def provider(self) -> str:
        """Who bills."""

    @property
    def model(self) -> str:
        """The name called."""

    @property
    def tier(self) -> str:
        """Our service tier."""

    @property
    def region(self) -> str:
        """Where it ran; empty where nobody says."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def units(self) -> Mapping[str, int]:
        """Tokens by meter."""

    @property
    def input_tokens(self) -> int:
        """The size of the prompt."""


@dataclass(frozen=True)
class Line:
    """One meter of one usage on one side: picodollars, none without a price, and what the price rests on.

    `sources` are those of the rate, side by side as the book has them.
    """

    picodollars: Fraction | None
    units: int
    basis: str = ""
    sources: str = ""

    @cached_property
    def rate(self) -> Decimal | None:
        """USD per million tokens; a rate of ours finer than a picodollar per token comes out rounded."""
        if self.picodollars is None:
            return None
        found = self.picodollars * MILLION / self.units / PICODOLLARS
        return (Decimal(found.numerator) / Decimal(found.denominator)).quantize(Decimal("1e-6")).normalize()


@dataclass(frozen=True)
class Priced:
    """A call as we price it."""

    lines: Mapping[str, Line]
    cost_usd: Decimal | None
    reason: str | None
    rate_id: str | None


def priced(calls: Sequence[Call], dimensions: Dimensions, spill: Path) -> list[Priced]:
    """Price every call in one query, with the rates of all days."""
    rates = dimensions.table("rate", "", ()).select(["rate_id", "meter", "basis", "source"])
    bases = {(row["rate_id"], row["meter"]): (row["basis"], row["source"]) for row in rates.to_pylist()}
    steps = [("priced", read_sql("4_facts/pricing.sql"))]
    with Engine([], spill, threads=1) as engine:
        for name, days in _inputs(calls, dimensions).items():
            engine.register(f"{name}_by_day", pa.concat_tables(days))
            steps.insert(0, (name, f"select distinct * from {name}_by_day"))  # noqa: S608
        rows = [_row(number, call) for number, call in enumerate(calls)]
        engine.register("usage", pa.Table.from_pylist(rows, schema=SCHEMA))
        columns = ", ".join(["number", "rate_id", "unpriced_reason", "cost_usd", *map(_picodollars, LINES)])
        sql = compose(steps, f"select {columns} from priced order by number")  # noqa: S608
        found = engine.table(sql).to_pylist()
    assert [row["number"] for row in found] == list(range(len(calls)))
    return [_priced(call, row, bases) for call, row in zip(calls, found, strict=True)]


def _inputs(calls: Iterable[Call], dimensions: Dimensions) -> dict[str, list[pa.Table]]:
    """The dimensions of every day and provider; a query for each day would take twice as long.

    A run has those of a day in one: each rate again for every region of any provider. A call without a region
    needs none of another provider.
    """
    used: dict[tuple[str, str], set[Name]] = defaultdict(set)
    for call in calls:
        alone = "" if call.region else call.provider
        used[f"{call.at:%Y-%m-%d}", alone].add((call.provider, call.model))
    inputs = {
        name: [dimensions.table(name, day, sorted(names)) for (day, _), names in used.items()]
        for name in PRICED_BY
        if name != OTHER
    }
    return inputs | {OTHER: [dimensions.table(OTHER, min(used)[0], ())]}


def _picodollars(meter: str) -> str:
    return meter.removesuffix("_tokens") + "_picodollars"


def _row(number: int, call: Call) -> dict[str, object]:
    return {
        "number": number, "provider": call.provider, "model": call.model, "service_tier": call.tier,
        "region": call.region or None, "priced_at": call.at, "priced_until": call.at,
        "context_tokens": call.input_tokens, "largest_context_tokens": 0, **call.units,
    }  # fmt: skip


def _priced(call: Call, row: Mapping[str, Any], bases: Mapping[tuple[str, str], tuple[str, str]]) -> Priced:
    lines = {}
    for meter, units in call.units.items():
        if units:
            found = row[_picodollars(meter)] if row["rate_id"] else None
            rests_on = bases.get((row["rate_id"], meter), ("", ""))
            lines[meter] = Line(None if found is None else Fraction(int(found)), units, *rests_on)
    return Priced(lines, row["cost_usd"], row["unpriced_reason"], row["rate_id"])
