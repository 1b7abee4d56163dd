"""A small company in a folder of its own: write raw files, run the steps, ask the published tables."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.settings import PROJECT, Locations
from pipelines.warehouse.contracts import Table, follows_days, in_order, tables
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.run import Run
from pipelines.warehouse.state import load_parts

OWNERSHIP = "source,id_kind,id,team,feature,environment,valid_from,valid_to\n"


@dataclass(frozen=True)
class Ledger:
    """Folders of one company below `root`; the price book is the project's unless another is copied in."""

    root: Path
    prices: Path = PROJECT / "prices"

    @classmethod
    def at(cls, root: Path, ownership: str = "", **settings: str) -> "Ledger":
        """A company without raw files; `settings` are the lines of its settings.yml."""
        config = root / "config"
        config.mkdir(parents=True)
        named = {"company": "a company of the tests", **settings}
        written = "".join(f"{key}: {value}\n" for key, value in named.items())
        (config / "settings.yml").write_text(written, encoding="utf-8")
        (config / "ownership.csv").write_text(OWNERSHIP + ownership, encoding="utf-8")
        (root / "raw").mkdir()
        return cls(root)

    @property
    def raw(self) -> Path:
        """Where raw files are written to."""
        return self.root / "raw"

    @property
    def warehouse(self) -> Path:
        """Where tables are published."""
        return self.root / "warehouse"

    @property
    def locations(self) -> Locations:
        """The folders, as the commands take them."""
        return Locations.resolve(self.raw, self.warehouse, self.root / "config", self.prices)

    def write(self, name: str, content: str | bytes | Iterable[Mapping[str, Any]]) -> Path:
        """Write a raw file: text, bytes, or records as JSON Lines."""
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            path.write_text("".join(json.dumps(record) + "\n" for record in content), encoding="utf-8")
        return path

    def run(self, first: str = "", last: str = "") -> None:
        """Every step of a run in order, without Dagster."""
        run = Run.of(self.locations)
        run.ingest()
        asked = run.days(first, last)
        days = sorted({*asked, *run.find_replaced(asked)})
        for table in in_order():
            run.build(table.name, days)
        run.publish()

    def publish_only(self, *names: str) -> None:
        """Publish some tables of every day, with all that they are made of; the others are empty.

        A part of the time of a run, for tests that read few tables.
        """
        run = Run.of(self.locations)
        run.ingest()
        days = run.days()
        run.find_replaced(days)
        for table in with_origins(names):
            assert not follows_days(table), f"{table.name} is made of days that are built whole"
            run.build(table.name, days)
        publish(run.layout, load_parts(run.layout.built))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a select over the published tables."""
        with Reader(self.warehouse / "inferledger.duckdb") as reader:
            return reader.select(sql)[1]

    def records(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a select as dictionaries."""
        with Reader(self.warehouse / "inferledger.duckdb") as reader:
            names, rows = reader.select(sql)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def rejects(self) -> list[tuple[str, int, str]]:
        """File, line (0 for a whole file) and reason of every reject, in order."""
        return [
            (str(f), n or 0, str(r))
            for f, n, r in self.rows("select name, source_line, reason from rejects order by all")
        ]

    def published_bytes(self) -> dict[str, bytes]:
        """The content of every published Parquet file by its path below the warehouse."""
        listed = json.loads((self.warehouse / "published.json").read_text(encoding="utf-8"))
        files = sorted(file for days in listed.values() for part in days.values() for file in part["files"])
        return {file: (self.warehouse / file).read_bytes() for file in files}

    def forget(self) -> None:
        """Remove the warehouse."""
        shutil.rmtree(self.warehouse, ignore_errors=True)


def with_origins(names: Iterable[str]) -> list[Table]:
    """Some tables and those that they read, through whatever tables lie between, in the order of a run."""
    needed, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name in tables() and name not in needed:
            needed.add(name)
            waiting += tables()[name].inputs
    return [table for table in in_order() if table.name in needed]


@contextmanager
def only(*names: str) -> Iterator[None]:
    """Make some tables and all that they are made of the only ones, for tests of what is the same for all."""
    every = tables()
    assert isinstance(every, dict)
    whole = dict(every)
    chosen = {table.name for table in with_origins(names)}
    try:
        for name in whole.keys() - chosen:
            del every[name]
        in_order.cache_clear()
        yield
    finally:
        every.clear()
        every.update(whole)
        in_order.cache_clear()
