"""The pricing query alone, over rows of usage made in the test."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from pipelines.book.dimensions import Dimensions
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.engine import Engine, compose
from tests.oracle import INPUT_METERS, METERS

INSTANT = pa.timestamp("us", tz="UTC")
TEXTS = ("provider", "model", "service_tier")
COUNTS = ("context_tokens", "largest_context_tokens", *METERS)
SCHEMA = pa.schema(
    [("number", pa.int64())]
    + [(name, pa.string()) for name in TEXTS]
    + [(name, INSTANT) for name in ("priced_at", "priced_until")]
    + [(name, pa.int64()) for name in COUNTS]
)


def usage(
    provider: str, model: str, tier: str, at: datetime, units: Mapping[str, int | None]
) -> dict[str, Any]:
    """One attempt as the pricing query takes it: all of its input is its context."""
    context = sum(units.get(meter) or 0 for meter in INPUT_METERS)
    return {
        "provider": provider, "model": model, "service_tier": tier, "priced_at": at, "priced_until": at,
        "context_tokens": context, "largest_context_tokens": 0, **{m: units.get(m) for m in METERS},
    }  # fmt: skip


class Pricing:
    """An engine that holds a rate card and prices rows of usage."""

    def __init__(self, dimensions: Dimensions, spill: Path) -> None:
        self._engine = Engine([], spill)
        for name in ("dim_rate_card", "dim_alias"):
            self._engine.register(name, dimensions.tables[name])
        steps = [("priced", read_sql("4_facts/pricing.sql"))]
        self._sql = compose(steps, "select * from priced order by number")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._engine.connection.close()

    def price(self, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The priced rows in the order they came."""
        numbered = [{**row, "number": number} for number, row in enumerate(rows)]
        self._engine.register("usage", pa.Table.from_pylist(numbered, schema=SCHEMA))
        found: list[dict[str, Any]] = self._engine.table(self._sql).to_pylist()
        return found
