"""The savings' SQL alone, over attempts made in the test."""

import shutil
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.book.rates import LATEST
from pipelines.ingest.sources import SOURCES
from pipelines.savings.evaluations import FILE, HEADER
from pipelines.savings.routes import ROUTED, routed
from pipelines.savings.scenarios import load_scenarios
from pipelines.settings import PROJECT
from pipelines.warehouse.arrow import schema
from pipelines.warehouse.contracts import read_sql, tables
from pipelines.warehouse.engine import Engine, compose
from tests.book.small import write, write_terms
from tests.book.written import Text
from tests.oracle import INPUT_METERS, METERS, Oracle
from tests.savings.capacity import Capacities, write_capacity
from tests.savings.replaced import Call, cost

PRICES = PROJECT / "prices"
Rows = list[dict[str, Any]]


class Savings:
    """Computes a table of the savings for one day."""

    def __init__(self, config: Path, dimensions: Dimensions, oracle: Oracle) -> None:
        self.oracle = oracle
        self._config, self._dimensions = config, dimensions
        self._engine = Engine([], config)

    def of(
        self,
        calls: Sequence[Call],
        scenarios: Mapping[str, Any],
        name: str = "sav_scenario_daily",
        evaluations: Sequence[Text] = (),
    ) -> Rows:
        """The rows of a table for the attempts of a day."""
        write(
            self._config / FILE,
            ",".join(HEADER),
            [",".join(row[cell] for cell in HEADER) for row in evaluations],
        )
        table = tables()[name]
        sql = compose([(step, read_sql(file)) for step, file in table.steps], table.sql)
        (self._config / "scenarios.yml").write_text(
            yaml.safe_dump(dict(scenarios), sort_keys=False), encoding="utf-8"
        )
        found = load_scenarios(self._config, PRICES, self._dimensions.rates, LATEST)
        day = calls[0].ended_at.date()
        used = found.concerning(frozenset((call.provider, call.model) for call in calls))
        for each in table.inputs:
            if each in found.NAMES:
                self._engine.register(each, found.table(each, day.isoformat()))
            elif each in tables():
                self._engine.register(each, schema(tables()[each].types).empty_table())
            elif each in self._dimensions.NAMES:
                self._engine.register(each, self._dimensions.table(each, day.isoformat(), used))
        types = schema(tables()["fct_attempt_cost"].types)
        facts = [fact(call, self.oracle) for call in calls]
        self._engine.register("fct_attempt_cost", pa.Table.from_pylist(facts, schema=types))
        self._engine.name(ROUTED, routed(self._engine.connection.view("fct_attempt_cost"), found.routes))
        rows: Rows = self._engine.table(sql, {"day": day} if table.by_day else {}).to_pylist()
        return rows


def fact(call: Call, oracle: Oracle) -> dict[str, Any]:
    """A call as a row of fct_attempt_cost."""
    paid: Decimal | None = cost(call, oracle)
    return {
        **vars(call), **{meter: call.units.get(meter) for meter in METERS}, "day": call.ended_at.date(),
        "source": "request_log", "service_tier": call.tier, "reasoning_tokens": call.reasoning,
        "tokens": sum(count for meter, count in call.units.items() if meter.endswith("_tokens")),
        "cost_usd": paid, "list_cost_usd": paid,
        "context_tokens": sum(call.units.get(meter, 0) for meter in INPUT_METERS),
    }  # fmt: skip


@pytest.fixture(scope="session")
def savings(tmp_path_factory: pytest.TempPathFactory) -> Savings:
    """The savings by the book that ships, for a company without terms of its own."""
    config = write_terms(tmp_path_factory.mktemp("savings"))
    dimensions = load_dimensions(PRICES, config, tuple(SOURCES), assumed_rates=True)
    return Savings(config, dimensions, Oracle(PRICES))


@pytest.fixture(scope="session")
def capacities(tmp_path_factory: pytest.TempPathFactory) -> Capacities:
    """Make or buy by the book that ships, for a company with round rates of its own."""
    return _capacities(write_capacity(write_terms(tmp_path_factory.mktemp("capacity"))))


@pytest.fixture(scope="session")
def example_capacities(tmp_path_factory: pytest.TempPathFactory) -> Capacities:
    """Make or buy with the rates of the example company."""
    config = write_terms(tmp_path_factory.mktemp("example"))
    shutil.copy(PROJECT / "config" / "capacity.csv", config)
    return _capacities(config)


def _capacities(config: Path) -> Capacities:
    dimensions = load_dimensions(PRICES, config, tuple(SOURCES), assumed_rates=True)
    oracle = Oracle(PRICES)
    return Capacities(config, dimensions, lambda call: fact(call, oracle), oracle)
