"""The SQL of the analysis alone, over attempts made in the test and priced by the pricing query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.analysis.norms import Norms
from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.ingest.sources import SOURCES
from pipelines.settings import PROJECT
from pipelines.warehouse.arrow import schema
from pipelines.warehouse.contracts import read_sql, tables
from pipelines.warehouse.engine import Engine, compose
from tests.book.small import write_terms
from tests.oracle import Oracle
from tests.pricing.direct import DIMENSIONS, Asked, Pricing

PRICES = PROJECT / "prices"
DAY = date(2026, 7, 23)
NOON = datetime(2026, 7, 23, 12, tzinfo=UTC)
FACT = "fct_attempt_cost"
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

    def facts(self, calls: Sequence[Call]) -> Rows:
        """The attempts as rows of the fact, in their order."""
        priced = self._pricing.price(call.asked.usage for call in calls)
        return [
            {
                "source": "request_log", "request_id": f"r{number}", "attempt": 1, "status": "success",
                "team": "t", "feature": "f", "environment": "e", **row, "day": call.day, "ended_at": row["priced_at"],
                **call.said,
            }
            for number, (call, row) in enumerate(zip(calls, priced, strict=True))
        ]  # fmt: skip

    def of(self, name: str, facts: Rows, norms: Norms, day: date = DAY) -> Rows:
        """The rows of a table for the attempts of a day."""
        table = tables()[name]
        used = {(row["provider"], row["model"]) for row in facts} | norms.models
        for each in DIMENSIONS:
            self._engine.register(each, self._dimensions.table(each, day.isoformat(), used))
        self._engine.register(Norms.NAME, norms.table())
        self._engine.register(FACT, _table(facts))
        for each in table.held:
            self._engine.hold(each, read_sql(dict(table.steps)[each]), {"day": day})
        steps = [(step, read_sql(file)) for step, file in table.steps if step not in table.held]
        sql = compose(steps, table.sql)
        found: Rows = self._engine.table(sql, {"day": day}).to_pylist()
        return found


def _table(facts: Iterable[Mapping[str, Any]]) -> pa.Table:
    types = schema(tables()[FACT].types)
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in types.names} for row in facts], schema=types
    )


@pytest.fixture(scope="session")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """The analysis by the book that ships, for a company without terms of its own."""
    config = write_terms(tmp_path_factory.mktemp("analysis"))
    dimensions = load_dimensions(PRICES, config, tuple(SOURCES), assumed_rates=True)
    return Analysis(dimensions, config, Oracle(PRICES))
