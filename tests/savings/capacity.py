"""The tables of capacity alone, over attempts and options made in the test."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from pipelines.book.dimensions import Dimensions
from pipelines.savings.capacity import Capacity, load_capacity
from pipelines.warehouse.arrow import schema
from pipelines.warehouse.contracts import read_sql, tables
from pipelines.warehouse.engine import Engine, compose
from tests.book.small import HEADER, line, write
from tests.oracle import Oracle
from tests.savings.replaced import Call

Rows = list[dict[str, Any]]
GPU, UNIT, PERSON = "hall/gpu", "cloud/unit", "firm/person"
FIRST = date(2026, 6, 15)
"""The first day of the company's own rates."""


def number(value: int, low: int | None = None, high: int | None = None) -> dict[str, Any]:
    """A number of self_hosting.yml."""
    ends = {"low": value if low is None else low, "high": value if high is None else high}
    return {"value": value, **ends, "source": "test"}


def own_rate(name: str, meter: str, rate: str, **more: object) -> str:
    """A line of capacity.csv: so much an hour."""
    provider, _, sku = name.partition("/")
    cells = {"sku": sku, "meter": meter, "rate": rate, "per": 1, "valid_from": FIRST.isoformat()}
    return f"{provider},{line(**(cells | more))}"


OWN_RATES = (
    own_rate(GPU, "gpu_hours", "2"),
    own_rate(UNIT, "capacity_unit_hours", "0.5"),
    own_rate(PERSON, "people_hours", "50"),
)


def write_capacity(config: Path, lines: Sequence[str] = OWN_RATES) -> Path:
    """Write the company's own rates beside its other files."""
    write(config / "capacity.csv", f"provider,{HEADER}", lines)
    return config


class Capacities:
    """Computes the three tables of one day."""

    def __init__(
        self,
        config: Path,
        dimensions: Dimensions,
        fact: Callable[[Call], dict[str, Any]],
        oracle: Oracle,
    ) -> None:
        self.oracle = oracle
        self._config, self._dimensions, self._fact = config, dimensions, fact
        self._engine = Engine([], config, threads=1)

    def of(self, calls: Sequence[Call], options: Mapping[str, Any], name: str = "sav_make_or_buy") -> Rows:
        """The rows of a table for the attempts of a day, computed like those it reads."""
        (self._config / "self_hosting.yml").write_text(yaml.safe_dump(dict(options)), encoding="utf-8")
        found, day = load_capacity(self._config), calls[0].ended_at.date()
        types = schema(tables()["fct_attempt_cost"].types)
        facts = [self._fact(call) for call in calls]
        self._engine.register("fct_attempt_cost", pa.Table.from_pylist(facts, schema=types))
        demand = self._select("sav_demand_minute", found, day)
        self._engine.register("sav_demand_minute", demand)
        rows: Rows = self._select(name, found, day).to_pylist()
        return rows

    def _select(self, name: str, found: Capacity, day: date) -> pa.Table:
        table = tables()[name]
        for each in table.inputs:
            if each in Capacity.NAMES:
                self._engine.register(each, found.table(each, day.isoformat()))
            elif each in self._dimensions.NAMES:
                self._engine.register(each, self._dimensions.table(each, day.isoformat(), found.models))
        sql = compose([(step, read_sql(file)) for step, file in table.steps], table.sql)
        return self._engine.table(sql, {"day": day})
