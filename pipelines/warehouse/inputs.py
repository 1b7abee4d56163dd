"""The named inputs of a table for a day: where they come from, and a digest of what they were."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import xxhash

from pipelines.book.dimensions import Dimensions
from pipelines.book.second_opinion import SecondOpinion
from pipelines.errors import IntegrityError
from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.sources import SOURCES
from pipelines.savings.capacity import Capacity
from pipelines.savings.scenarios import Scenarios
from pipelines.warehouse.arrow import table as arrow_table
from pipelines.warehouse.arrow import write_empty
from pipelines.warehouse.checks import SHAPE
from pipelines.warehouse.contracts import Table, read_sql, staging_types, tables
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.layout import Layout
from pipelines.warehouse.pieces import Piece
from pipelines.warehouse.repricing import FACT, Books, Change
from pipelines.warehouse.state import WHOLE, Part, Parts

STAGED = {"staged_attempt": "attempt", "staged_usage": "usage", "staged_charge": "charge"}
CHANGES = ("fct_before", "journal_entry")
"""Inputs of the journal."""

PLANNED = (*Scenarios.NAMES, *Capacity.NAMES)
"""Inputs that the company's files of the savings give."""

ENTRY_TYPES = {"day": "DATE", "entry": "VARCHAR", "entry_kind": "VARCHAR", "booked_month": "VARCHAR"}
FILE_TYPES = {
    "sequence": "BIGINT", "source": "VARCHAR", "account": "VARCHAR", "name": "VARCHAR",
    "content_id": "VARCHAR", "size_bytes": "BIGINT", "status": "VARCHAR", "reason": "VARCHAR",
    "same_as": "VARCHAR", "total_rows": "BIGINT", "staged_rows": "BIGINT", "rejected_rows": "BIGINT",
    "columns_unknown": "VARCHAR", "first_date": "DATE", "last_date": "DATE",
}  # fmt: skip


@dataclass
class Inputs:
    """What the tables read: staged files by day, finished parts, dimensions and the books."""

    layout: Layout
    journal: Sequence[IngestedFile]
    dimensions: Dimensions
    parts: Parts = field(default_factory=dict)
    books: Books = field(default_factory=lambda: Books({}, frozenset()))
    scenarios: Scenarios = field(default_factory=Scenarios)
    capacity: Capacity = field(default_factory=Capacity)
    _by_day: dict[tuple[str, str], list[IngestedFile]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_day = defaultdict(list)
        for entry in self.journal:
            if entry.status == "staged":
                kind = SOURCES[entry.source].kind
                for day in (*entry.days, *([WHOLE] if entry.rejected_rows else [])):
                    self._by_day[kind, day].append(entry)

    def files(self, kind: str, day: str) -> list[IngestedFile]:
        """Staged files of a kind with rows of a day; for a table that is not by day, those with rejects."""
        return self._by_day.get((kind, day), [])

    def change(self, day: str) -> Change | None:
        """The difference between what is published of a day and its newest fact."""
        return self.books.change(day, self.parts.get(FACT, {}).get(day))

    def are_empty(self, table: Table, day: str) -> bool:
        """Whether no input of a table by day has a row; dimensions only describe rows of others."""
        if not table.by_day or table.appended:
            return False
        staged = [STAGED[name] for name in table.inputs if name in STAGED]
        rows = [self._part(name, day).rows for name in table.inputs if self._is_table(name)]
        if table.scenarios and not self.scenarios.entries:
            return True
        if table.capacity and not self.capacity.entries:
            return True
        return not any(rows) and not any(self.files(kind, day) for kind in staged)

    def made_from(self, table: Table, day: str) -> str:
        """Digest of the SQL and of every input of a part: equal digests mean equal bytes."""
        said: list[object] = [
            table.sql,
            [read_sql(file) for _, file in table.steps],
            list(table.types.items()),
        ]
        if table.capacity:
            said.append(bool(self.capacity.entries))
        for name in table.inputs:
            if name in STAGED:
                said.append([(e.source, e.content_id, e.sequence) for e in self.files(STAGED[name], day)])
            elif name == "staged_file":
                said.append([vars(entry) for entry in self.journal] if not day else [])
            elif name in self.dimensions.NAMES:
                used, within_day = self._models(table, name, day), "staged_usage" not in table.inputs
                said.append(self._source(table).digest(name, day, used, within_day=within_day))
            elif name in PLANNED:
                said.append([self.scenarios.digest, self.capacity.digest])
            elif name in CHANGES:
                change = self.change(day)
                said.append(change.entry if change else None)
            else:
                part = self.parts.get(name, {}).get(day)
                said.append(part.files if part else None)
        return xxhash.xxh3_128_hexdigest(json.dumps(said, sort_keys=True).encode())

    def usage(self, table: Table, day: str) -> str:
        """Digest of the usage a part holds: equal for two parts that differ in prices or owners alone."""
        said: list[object] = []
        for name in table.inputs:
            if name in STAGED:
                said.append([(entry.source, entry.content_id) for entry in self.files(STAGED[name], day)])
            elif name in self.parts:
                part = self.parts[name].get(day)
                said.append(part.files if part else None)
        return xxhash.xxh3_128_hexdigest(json.dumps(said).encode())

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:
        """Name an input of a table for a day.

        Raises:
            IntegrityError: a table that is read was not built.
        """
        if name in STAGED:
            self.register_staged(engine, name, Piece(tuple(self.files(STAGED[name], day))))
        elif name == "staged_file":
            engine.register(name, _file_table(self.journal))
        elif name in self.dimensions.NAMES:
            engine.register(name, self._source(table).table(name, day, self._models(table, name, day)))
        elif name in PLANNED:
            engine.register(name, self._planned(name, day))
        elif name in CHANGES:
            self._register_change(engine, name, day)
        else:
            self._register_files(engine, name, name, self._part(name, day).files)

    def register_staged(self, engine: Engine, name: str, piece: Piece) -> None:
        """Name the rows of a piece of the staging files, each with its source, file and line."""
        files = [self.layout.template(STAGED[name])]
        # By content, not by arrival: a file that came late leaves the same order of rows.
        files += sorted(self._staging_file(entry) for entry in piece.files)
        relation = engine.connection.read_parquet(
            [str(file) for file in files], union_by_name=True, filename=True, file_row_number=True
        )
        if piece.is_cut:
            row = duckdb.ColumnExpression("file_row_number")
            relation = relation.filter(row >= piece.first_row).filter(row < piece.end_row)
        engine.name(name, relation.select(*_located(staging_types(STAGED[name]))))

    def _is_table(self, name: str) -> bool:
        return name not in (*STAGED, *CHANGES, *self.dimensions.NAMES, *PLANNED, "staged_file")

    def _planned(self, name: str, day: str) -> pa.Table:
        """What the company's files of the savings say."""
        if name in Capacity.NAMES:
            return self.capacity.table(name, day)
        found = self.scenarios.table(name)
        return pa.concat_tables([found, self.capacity.assumptions]) if name == "assumption" else found

    def _part(self, name: str, day: str) -> Part:
        part = self.parts.get(name, {}).get(day)
        if part is None:
            raise IntegrityError(SHAPE, f"{name} of {day or 'all days'} is needed and was not built")
        return part

    def _register_files(self, engine: Engine, name: str, table: str, files: Sequence[str]) -> None:
        """Name the files of a table; where there are none, its columns without rows."""
        paths = [self.layout.root / file for file in files]
        engine.register_files(name, paths or [write_empty(self.layout, tables()[table])])

    def _register_change(self, engine: Engine, name: str, day: str) -> None:
        """The published fact that a new one is compared with, and what the entry says."""
        change = self.change(day)
        if name == "fct_before":
            self._register_files(engine, name, FACT, change.before if change else ())
            return
        said = [] if change is None else [
            {"day": date.fromisoformat(day), "entry": change.entry, "entry_kind": change.kind,
             "booked_month": change.booked_month}
        ]  # fmt: skip
        engine.register(name, arrow_table(said, ENTRY_TYPES))

    def _source(self, table: Table) -> Dimensions | SecondOpinion:
        return SecondOpinion() if table.second_opinion else self.dimensions

    def _models(self, table: Table, dimension: str, day: str) -> frozenset[tuple[str, str]]:
        """The models a dimension of a table's day is asked for: those that its staged files name."""
        if table.capacity:
            return self.capacity.models
        kinds = {STAGED[name] for name in table.inputs if name in STAGED} or {"attempt"}
        files = [entry for kind in kinds for entry in self.files(kind, day)]
        if dimension == "dim_other_rate":
            files = [entry for entry in files if entry.other_meters]
        used = frozenset((provider, model) for entry in files for provider, model in entry.models)
        return used | self.scenarios.models if table.scenarios else used

    def _staging_file(self, entry: IngestedFile) -> Path:
        return self.layout.staging(entry.source) / f"{entry.content_id}.parquet"


def _located(types: Mapping[str, str]) -> list[duckdb.Expression]:
    """Source, file and line of a staged row, from where its staging file lies, and its columns."""
    filename, number = duckdb.ColumnExpression("filename"), duckdb.ConstantExpression
    folders = duckdb.FunctionExpression("string_split", filename, number("/"))
    source = duckdb.FunctionExpression("list_extract", folders, number(-2))
    file = duckdb.FunctionExpression("parse_filename", filename, number(True))  # noqa: FBT003
    line = duckdb.CoalesceOperator(
        duckdb.ColumnExpression("source_line"), duckdb.ColumnExpression("file_row_number") + number(1)
    )
    columns = [duckdb.ColumnExpression(name) for name in types if name != "source_line"]
    return [source.alias("source"), file.alias("source_file"), line.alias("source_line"), *columns]


def _file_table(journal: Sequence[IngestedFile]) -> pa.Table:
    rows = [
        {
            **vars(entry),
            "columns_unknown": ", ".join(entry.columns_unknown),
            "first_date": date.fromisoformat(min(entry.days)) if entry.days else None,
            "last_date": date.fromisoformat(max(entry.days)) if entry.days else None,
        }
        for entry in journal
    ]
    return arrow_table(rows, FILE_TYPES)
