"""The SQL of the analysis alone, over attempts made in the test and priced by the pricing query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.analysis.norms import NO_NORMS, Norms
from pipelines.analysis.periods import COMPARED, Comparison, Period, compared
from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.book.rates import Name
from pipelines.ingest.sources import SOURCES
from pipelines.settings import PROJECT
from pipelines.warehouse.arrow import schema
from pipelines.warehouse.build import prepared
from pipelines.warehouse.contracts import tables
from pipelines.warehouse.engine import Engine, Parameters
from tests.book.small import write_terms
from tests.oracle import Oracle
from tests.pricing.direct import DIMENSIONS, Asked, Pricing

PRICES = PROJECT / "prices"
DAY = date(2026, 7, 23)
NOON = datetime(2026, 7, 23, 12, tzinfo=UTC)
FACT, HOURS, RECORDED = "fct_attempt_cost", "mart_cost_hourly", "mart_recorded_cost"
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Call:
    """One attempt; `units` by meter, `seconds` after noon."""

    units: Mapping[str, int]
    name: str = "openai/gpt-5.4-mini"
    seconds: int = 0
    day: date = DAY
    tier: str = "standard"
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> Asked:
        """The attempt as it is priced."""
        provider, _, model = self.name.partition("/")
        at = NOON + (self.day - DAY) + timedelta(seconds=self.seconds)
        return Asked(provider, model, self.tier, at, self.units)


class Analysis:
    """Computes a table for attempts made in the test."""

    def __init__(self, dimensions: Dimensions, spill: Path, oracle: Oracle) -> None:
        self.oracle = oracle
        self._dimensions = dimensions
        self._pricing = Pricing(dimensions, spill)
        self._engine = Engine([], spill)

    @cached_property
    def _rates(self) -> pa.Table:
        return self._dimensions.edition.published

    def facts(self, calls: Sequence[Call]) -> Rows:
        """The attempts as rows of the fact, in their order."""
        priced = self._pricing.price(call.asked.usage for call in calls)
        return [
            {
                "source": "request_log", "account": "default", "request_id": f"r{number}", "attempt": 1,
                "status": "success",
                "team": "t", "feature": "f", "environment": "e", **row, "day": call.day,
                "ended_at": row["priced_at"], **call.said,
            }
            for number, (call, row) in enumerate(zip(calls, priced, strict=True))
        ]  # fmt: skip

    def of(
        self,
        name: str,
        facts: Rows,
        norms: Norms = NO_NORMS,
        day: date = DAY,
        beside: Mapping[str, Rows] = {},
    ) -> Rows:
        """The rows of a table for the attempts of a day, and for rows of other tables beside them."""
        inputs = {FACT: _table(FACT, facts), Norms.NAME: norms.table()}
        if HOURS in tables()[name].inputs:
            inputs[HOURS] = _table(HOURS, self.of(HOURS, facts, day=day))
        inputs |= {each: _table(each, rows) for each, rows in beside.items()}
        used = {(row["provider"], row["model"]) for row in facts} | norms.models
        return self._rows(name, inputs, day.isoformat(), used, {"day": day})

    def varied(self, facts: Rows, earlier: Period, later: Period, recorded: Rows | None = None) -> Rows:
        """Why two periods differ in cost; what is recorded is by default what the logs say."""
        days = sorted({row["day"] for row in facts})
        hours = [
            row for day in days for row in self.of(HOURS, [f for f in facts if f["day"] == day], day=day)
        ]
        logs = [{**row, "money_of_record": "logs"} for row in hours]
        inputs = {
            HOURS: _table(HOURS, hours),
            RECORDED: _table(RECORDED, logs if recorded is None else recorded),
            COMPARED: compared([Comparison("c", earlier, later)]),
        }
        used = {(row["provider"], row["model"]) for row in facts}
        return self._rows("mart_variance", inputs, f"{earlier.first}/{later.last}", used, {})

    def _rows(
        self, name: str, inputs: Mapping[str, pa.Table], period: str, used: set[Name], parameters: Parameters
    ) -> Rows:
        table = tables()[name]
        for each in table.inputs:
            if each in inputs:
                found = inputs[each]
            elif each in DIMENSIONS:
                found = self._dimensions.table(each, period, used)
            else:
                found = self._rates if each == "dim_rate" else _table(each, [])
            self._engine.register(each, found)
        rows: Rows = self._engine.table(prepared(self._engine, table, parameters), parameters).to_pylist()
        return rows


def _table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    types = schema(tables()[name].types)
    return pa.Table.from_pylist([{column: row.get(column) for column in types.names} for row in rows], types)


@pytest.fixture(scope="session")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """The analysis by the book that ships, for a company without terms of its own."""
    config = write_terms(tmp_path_factory.mktemp("analysis"))
    dimensions = load_dimensions(PRICES, config, tuple(SOURCES), assumed_rates=True)
    return Analysis(dimensions, config, Oracle(PRICES))
