"""A company of which only attempts are built: the tests of pricing ask nothing of exports, bills or marts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipelines.warehouse.arrow import write_empty
from pipelines.warehouse.contracts import tables
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.run import Run
from pipelines.warehouse.state import load_parts
from tests.ledger import Ledger

TABLES = ("duplicates", "rejects", "dim_rate", "fct_attempt_cost")


class Built(Ledger):
    """A company whose tables are read as they were built, before they are published."""

    def run(self, first: str = "", last: str = "") -> None:
        """Stage the raw files and build the tables, for every day."""
        run = Run.of(self.locations)
        run.ingest()
        days = run.days(first, last)
        run.find_replaced(days)
        for table in TABLES:
            run.build(table, days)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a select over the built tables."""
        with self._engine() as engine:
            return engine.rows(sql)

    def records(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a select as dictionaries."""
        with self._engine() as engine:
            found: list[dict[str, Any]] = engine.table(sql).to_pylist()
            return found

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        layout = Run.of(self.locations).layout
        parts = load_parts(layout.built)
        with Engine([self.warehouse], self.warehouse / "scratch") as engine:
            for table in TABLES:
                files = [self.warehouse / file for part in parts[table].values() for file in part.files]
                engine.register_files(table, files or [write_empty(layout, tables()[table])])
            yield engine
