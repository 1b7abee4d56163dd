"""The planning's SQL alone, over costs made in the test."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from pipelines.planning.history import HISTORY
from pipelines.planning.planning import PLANNING_LIMIT
from pipelines.warehouse.arrow import schema, table
from pipelines.warehouse.contracts import columns, read_sql, tables
from pipelines.warehouse.engine import Engine, compose
from pipelines.warehouse.plan_inputs import SERIES

Rows = list[dict[str, Any]]


class Planned:
    """Computes a table of the planning from named inputs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, name: str, inputs: Mapping[str, pa.Table], day: date | None = None) -> Rows:
        """The rows of a table, `day` for one by day; a held step may be among the inputs."""
        contract = tables()[name]
        parameters = {"day": day} if day else {}
        for each, rows in inputs.items():
            self._engine.register(each, rows)
        for step in [each for each in contract.held if each not in inputs]:
            self._engine.hold(step, read_sql(dict(contract.steps)[step]), parameters)
        steps = [(step, read_sql(file)) for step, file in contract.steps if step not in contract.held]
        found = self._engine.table(compose(steps, contract.sql), parameters)
        assert found.schema.names == list(contract.types)
        rows: Rows = found.to_pylist()
        return rows

    def series(self, inputs: Mapping[str, pa.Table]) -> Rows:
        """The costs that forecasts are made of."""
        for each, rows in inputs.items():
            self._engine.register(each, rows)
        found: Rows = self._engine.table(read_sql(SERIES)).to_pylist()
        return found


def limits(permille: int = 0, least: int = 0) -> pa.Table:
    """The input that says what is told and how far is looked back."""
    return table([{"anomaly_permille": permille, "least_anomaly": least, **HISTORY}], PLANNING_LIMIT)


def costs(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> pa.Table:
    """Rows with columns of the warehouse, by their types of `columns.csv`."""
    return pa.Table.from_pylist(list(rows), schema=schema({name: columns()[name].type for name in names}))


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One engine for all of them."""
    folder = tmp_path_factory.mktemp("planned")
    with Engine([], folder, threads=1) as engine:
        yield Planned(engine)
