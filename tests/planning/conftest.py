"""The planning's SQL alone, over costs made in the test."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.warehouse.arrow import schema
from pipelines.warehouse.contracts import columns, read_sql, tables
from pipelines.warehouse.engine import Engine, compose

Rows = list[dict[str, Any]]


class Planned:
    """Computes a table of the planning from named inputs."""

    def __init__(self, folder: Path) -> None:
        self._engine = Engine([], folder)

    def of(self, name: str, day: date | None, inputs: Mapping[str, pa.Table]) -> Rows:
        """The rows of a table; `day` for one by day."""
        table = tables()[name]
        parameters = {"day": day} if day else {}
        for each, rows in inputs.items():
            self._engine.register(each, rows)
        for step in table.held:
            self._engine.hold(step, read_sql(dict(table.steps)[step]), parameters)
        steps = [(step, read_sql(file)) for step, file in table.steps if step not in table.held]
        found = self._engine.table(compose(steps, table.sql), parameters)
        assert found.schema.names == list(table.types)
        rows: Rows = found.to_pylist()
        return rows


def costs(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> pa.Table:
    """Rows with columns of the warehouse, by their types of `columns.csv`."""
    return pa.Table.from_pylist(list(rows), schema=schema({name: columns()[name].type for name in names}))


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """One engine for all of them."""
    return Planned(tmp_path_factory.mktemp("planned"))
