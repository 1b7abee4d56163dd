"""The savings' SQL alone, over attempts made in the test."""

import json
import shutil
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.book.rates import LATEST
from pipelines.book.stated import period_of
from pipelines.ingest.sources import SOURCES
from pipelines.savings.evaluations import FILE, HEADER
from pipelines.savings.named_rules import named_rules
from pipelines.savings.prompt_replay import REPLAYED, write_replayed
from pipelines.savings.routes import ROUTED, routed
from pipelines.savings.scenarios import Scenarios, load_scenarios
from pipelines.settings import PROJECT
from pipelines.warehouse.arrow import schema
from pipelines.warehouse.build import prepared
from pipelines.warehouse.contracts import Table, in_order, tables
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.held_inputs import FACT_ROW
from pipelines.warehouse.replay_input import REPLAYED_PROMPT
from pipelines.warehouse.repricing import FACT
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
        self._engine = Engine([config], config, threads=1)

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
        (self._config / "scenarios.yml").write_text(
            yaml.safe_dump(dict(scenarios), sort_keys=False), encoding="utf-8"
        )
        found = load_scenarios(self._config, PRICES, self._dimensions.rates, LATEST)
        self._write_facts(calls)
        self._engine.name(ROUTED, routed(self._engine.connection.view(FACT), found.routes))
        self._engine.register(REPLAYED_PROMPT, self._replay(calls, found))
        day = calls[0].ended_at.date()
        used = found.concerning(frozenset((call.provider, call.model) for call in calls))
        made = self._engine.table("select 1")
        for table in [*before(tables()[name]), tables()[name]]:
            if table.name == "sav_prompt_cache_prefix" and found.first_token_seconds is None:
                self._engine.register(table.name, schema(table.types).empty_table())
                continue
            for each in table.inputs:
                if each in found.NAMES:
                    self._engine.register(each, found.table(each, day.isoformat()))
                elif each in self._dimensions.NAMES:
                    self._engine.register(each, self._dimensions.table(each, day.isoformat(), used))
            parameters = {"day": day} if table.by_day else {}
            made = self._engine.table(prepared(self._engine, table, parameters), parameters)
            self._engine.register(table.name, made)
        rows: Rows = made.to_pylist()
        return rows

    def _write_facts(self, calls: Sequence[Call]) -> None:
        types = schema(tables()[FACT].types)
        file = self._config / "fact.parquet"
        pq.write_table(pa.Table.from_pylist([fact(call, self.oracle) for call in calls], schema=types), file)
        self._engine.register_numbered(FACT, [file], FACT_ROW)

    def _replay(self, calls: Sequence[Call], found: Scenarios) -> pa.Table:
        if found.first_token_seconds is None:
            return schema(REPLAYED).empty_table()
        used = {(call.provider, call.model) for call in calls}
        day = period_of(calls[0].ended_at.date().isoformat())
        rules = named_rules(used, self._dimensions.rates, day, found.cache_rules, found.known_at)
        target = self._config / "replayed.parquet"
        write_replayed(
            [self._config / "fact.parquet"], [], rules, target,
            first_token_seconds=found.first_token_seconds, moves_volatile=found.moves_volatile,
        )  # fmt: skip
        return pq.read_table(target)


def before(table: Table) -> list[Table]:
    """The tables of the savings that a table reads, each after those that it reads."""
    wanted = {each for each in table.inputs if each.startswith("sav_")}
    wanted |= {each.name for name in wanted for each in before(tables()[name])}
    return [each for each in in_order() if each.name in wanted]


def fact(call: Call, oracle: Oracle) -> dict[str, Any]:
    """A call as a row of fct_attempt_cost."""
    paid: Decimal | None = cost(call, oracle)
    return {
        **vars(call), **{meter: call.units.get(meter) for meter in METERS}, "day": call.ended_at.date(),
        "source": "request_log", "account": "default",
        "prefix_hashes": json.dumps(call.prefixes) if call.prefixes else None,
        "service_tier": call.tier, "reasoning_tokens": call.reasoning,
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
    shutil.copy(PROJECT / "fixtures" / "config" / "capacity.csv", config)
    return _capacities(config)


def _capacities(config: Path) -> Capacities:
    dimensions = load_dimensions(PRICES, config, tuple(SOURCES), assumed_rates=True)
    oracle = Oracle(PRICES)
    return Capacities(config, dimensions, lambda call: fact(call, oracle), oracle)
