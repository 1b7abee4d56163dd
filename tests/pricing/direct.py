"""The pricing query alone, over rows of usage made in the test."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from pipelines.book.dimensions import Dimensions
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.engine import Engine, compose
from tests.book.written import instant
from tests.oracle import INPUT_METERS, METERS, Oracle, Other, Priced, cost_column

INSTANT = pa.timestamp("us", tz="UTC")
TEXTS = ("provider", "model", "service_tier", "region", "other_meter", "other_attribute")
COUNTS = ("context_tokens", "largest_context_tokens", *METERS)
SCHEMA = pa.schema(
    [("number", pa.int64())]
    + [(name, pa.string()) for name in TEXTS]
    + [("other_quantity", pa.decimal128(18, 3))]
    + [(name, INSTANT) for name in ("priced_at", "priced_until")]
    + [(name, pa.int64()) for name in COUNTS]
)
DIMENSIONS = ("dim_rate_card", "dim_other_rate", "dim_region", "dim_alias")

Priceable = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One attempt, to be put to the query and to the oracle."""

    provider: str
    model: str
    tier: str
    at: datetime
    units: Mapping[str, int | None]
    region: str | None = None
    other: Other | None = None

    @property
    def usage(self) -> Priceable:
        """The attempt as the pricing query takes it: all of its input is its context."""
        context = sum(self.units.get(meter) or 0 for meter in INPUT_METERS)
        other = self.other
        return {
            "provider": self.provider, "model": self.model, "service_tier": self.tier, "region": self.region,
            "priced_at": self.at, "priced_until": self.at,
            "context_tokens": context, "largest_context_tokens": 0,
            "other_meter": other.meter if other else None,
            "other_quantity": other.quantity if other else None,
            "other_attribute": (other.attribute or None) if other else None,
            **{meter: self.units.get(meter) for meter in METERS},
        }  # fmt: skip

    def by(self, oracle: Oracle) -> Priced:
        """What the oracle says."""
        where = (self.provider, self.model, self.tier, self.at)
        return oracle.price(*where, self.units, region=self.region, other=self.other)


def told(row: Mapping[str, Any]) -> Priced:
    """What the query says of a row, as the oracle would say it."""
    return Priced(
        row["unpriced_reason"], {meter: row[cost_column(meter)] for meter in METERS},
        row["list_other_cost_usd"], row["list_cost_usd"], row["cost_usd"], row["price_is_assumed"],
    )  # fmt: skip


class Pricing:
    """An engine that prices rows of usage, each by the dimensions of its day and the models used on it."""

    def __init__(self, dimensions: Dimensions, spill: Path) -> None:
        self._dimensions = dimensions
        self._engine = Engine([], spill, threads=1)
        steps = [("priced", read_sql("4_facts/pricing.sql"))]
        self._sql = compose(steps, "select * from priced order by number")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._engine.connection.close()

    def price(self, rows: Iterable[Priceable]) -> list[dict[str, Any]]:
        """The priced rows in the order they came."""
        by_day: dict[str, list[Priceable]] = defaultdict(list)
        for number, row in enumerate(rows):
            by_day[f"{row['priced_at']:%Y-%m-%d}"].append({**row, "number": number})
        found = [priced for day, some in by_day.items() for priced in self._price_day(day, some)]
        return sorted(found, key=lambda row: row["number"])

    def _price_day(self, day: str, rows: list[Priceable]) -> list[dict[str, Any]]:
        used = {(row["provider"], row["model"]) for row in rows}
        for name in DIMENSIONS:
            self._engine.register(name, self._dimensions.table(name, day, used))
        self._engine.register("usage", pa.Table.from_pylist(rows, schema=SCHEMA))
        found: list[dict[str, Any]] = self._engine.table(self._sql).to_pylist()
        assert len(found) == len(rows), "a row has two prices, or none"
        return found

    def one(
        self, name: str, at: str, *, tier: str = "standard", region: str | None = None,
        other: tuple[str, str] | tuple[str, str, str] | None = None, **units: int,
    ) -> dict[str, Any]:  # fmt: skip
        """One priced attempt at provider/model; counts by the short name of their meter."""
        provider, _, model = name.partition("/")
        counts = {full(meter): count for meter, count in units.items()}
        named = Other(other[0], Decimal(other[1]), *other[2:]) if other else None
        asked = Asked(provider, model, tier, instant(at), counts, region, named)
        return self.price([asked.usage])[0]

    def alone(self, name: str, at: str, **units: int) -> list[Decimal]:
        """The list price of each of some counts as an attempt of its own."""
        provider, _, model = name.partition("/")
        rows = [
            Asked(provider, model, "standard", instant(at), {full(meter): count})
            for meter, count in units.items()
        ]
        found = self.price([row.usage for row in rows])
        assert [row["unpriced_reason"] for row in found] == [None] * len(rows)
        return [row["list_cost_usd"] for row in found]

    def cost(self, name: str, at: str, **asked: Any) -> Decimal:
        """The list price of one attempt, which has one."""
        row = self.one(name, at, **asked)
        assert row["unpriced_reason"] is None, row
        cost: Decimal = row["list_cost_usd"]
        return cost

    def reason(self, name: str, at: str, **asked: Any) -> str:
        """Why one attempt has no price."""
        row = self.one(name, at, **asked)
        assert (row["list_cost_usd"], row["cost_usd"], row["price_is_assumed"]) == (None, None, None)
        reason: str = row["unpriced_reason"]
        return reason


def full(meter: str) -> str:
    """The name of a meter from its short form."""
    short = {"uncached": "uncached_input_tokens", "searches": "web_search_requests"}
    return short.get(meter, f"{meter}_tokens")
