"""Builds a table for a day: name the inputs, write, check, name by content.

A part whose inputs did not change is left alone; so a run builds what is new and nothing else.
"""

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import xxhash

from pipelines.book.dimensions import Dimensions
from pipelines.book.second_opinion import SecondOpinion
from pipelines.errors import IntegrityError
from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.sources import SOURCES
from pipelines.warehouse.arrow import table as arrow_table
from pipelines.warehouse.checks import SHAPE, check_part
from pipelines.warehouse.contracts import Table, read_sql, staging_types, tables
from pipelines.warehouse.engine import Engine, compose
from pipelines.warehouse.layout import Layout, content_id
from pipelines.warehouse.pieces import Piece, pieces
from pipelines.warehouse.repricing import FACT, JOURNAL, Books, Change, closed_parts
from pipelines.warehouse.state import WHOLE, Part, Parts

STAGED = {"staged_attempt": "attempt", "staged_usage": "usage", "staged_charge": "charge"}
CHANGES = ("fct_before", "journal_entry")
"""Inputs of the journal."""

ENTRY_TYPES = {"day": "DATE", "entry": "VARCHAR", "entry_kind": "VARCHAR", "booked_month": "VARCHAR"}
FILE_TYPES = {
    "sequence": "BIGINT", "source": "VARCHAR", "account": "VARCHAR", "name": "VARCHAR",
    "content_id": "VARCHAR", "size_bytes": "BIGINT", "status": "VARCHAR", "reason": "VARCHAR",
    "same_as": "VARCHAR", "total_rows": "BIGINT", "staged_rows": "BIGINT", "rejected_rows": "BIGINT",
    "columns_unknown": "VARCHAR", "first_date": "DATE", "last_date": "DATE",
}  # fmt: skip


@dataclass
class Builder:
    """Builds parts over one connection and remembers them in `parts`."""

    engine: Engine
    layout: Layout
    journal: Sequence[IngestedFile]
    dimensions: Dimensions
    parts: Parts = field(default_factory=dict)
    books: Books = field(default_factory=lambda: Books({}, frozenset()))
    _by_day: dict[tuple[str, str], list[IngestedFile]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_day = defaultdict(list)
        for entry in self.journal:
            if entry.status == "staged":
                kind = SOURCES[entry.source].kind
                for day in (*entry.days, *([WHOLE] if entry.rejected_rows else [])):
                    self._by_day[kind, day].append(entry)

    def build(self, table: Table, day: str = WHOLE) -> bool:
        """Build one part unless it is up to date; tell whether it was built.

        Raises:
            IntegrityError: the shape or a check is wrong; nothing of the part is kept.
        """
        if self.is_current(table, day):
            return False
        unnamed = self._write(table, day)
        found = self.engine.register_files("part", unnamed)
        _check_shape(table, found)
        for name in table.inputs:
            if name not in STAGED and name not in self.dimensions.NAMES:
                self._register(self.engine, table, name, day)
        rows = check_part(self.engine, table, day, self.journal)
        files = tuple(self.keep(table.name, day, file) for file in unnamed)
        if table.appended:
            earlier = self.books.entries(day)
            files, rows = (*earlier.files, *files), earlier.rows + rows
        self.parts.setdefault(table.name, {})[day] = Part(
            files, rows, self._made_from(table, day), self._usage(table, day)
        )
        return True

    def _write(self, table: Table, day: str) -> list[Path]:
        """Write a part to scratch: one file, or one for each piece of its staged input."""
        cut = pieces(self._files(STAGED[table.cut_by], day), day) if table.cut_by else [Piece()]
        targets = [self.layout.scratch / f"{table.name}{day}.{number}.parquet" for number in range(len(cut))]
        if len(cut) == 1:
            self._write_piece(self.engine, table, day, cut[0], targets[0])
            return targets
        workers = min(len(cut), os.cpu_count() or 1)

        def work(number: int) -> None:
            with self.engine.share(workers) as engine:
                self._write_piece(engine, table, day, cut[number], targets[number])

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(work, range(len(cut))))
        return targets

    def _write_piece(self, engine: Engine, table: Table, day: str, piece: Piece, target: Path) -> None:
        for name in table.inputs:
            if name == table.cut_by:
                self.register_staged(engine, name, piece)
            else:
                self._register(engine, table, name, day)
        parameters = {"day": date.fromisoformat(day)} if day else {}
        for name in table.held:
            engine.hold(name, read_sql(dict(table.steps)[name]), parameters)
        steps = [(name, read_sql(file)) for name, file in table.steps if name not in table.held]
        engine.write(compose(steps, table.sql), parameters, target)

    def is_current(self, table: Table, day: str) -> bool:
        """Whether the part exists and was made from what is there now."""
        known = self.parts.get(table.name, {}).get(day)
        if table.appended and self._change(day) is None:
            return True
        if known is None or not all((self.layout.root / file).is_file() for file in known.files):
            return False
        return known.made_from == self._made_from(table, day)

    def publishable(self, published: Parts) -> Parts:
        """The built parts of every day that is built whole; of any other day what is published."""
        result: Parts = {}
        for day in sorted(
            {day for parts in (self.parts, published) for days in parts.values() for day in days}
        ):
            wanted = [table for table in in_order() if table.by_day == bool(day)]
            is_whole = all(self.is_current(table, day) for table in wanted)
            chosen = self._of_day(day) if is_whole else _of_day(published, day)
            for name, part in chosen.items():
                result.setdefault(name, {})[day] = part
        return result

    def _of_day(self, day: str) -> dict[str, Part]:
        """What is published of a day that is built whole."""
        if self.books.is_closed(day):
            return closed_parts(self.books, self.parts, day)
        chosen = _of_day(self.parts, day)
        if self._change(day) is None:
            chosen.pop(JOURNAL, None)
            chosen |= {
                name: part for name, part in _of_day(self.books.published, day).items() if name == JOURNAL
            }
        return chosen

    def keep(self, name: str, day: str, unnamed: Path) -> str:
        """Move a finished file to its place, named by its content; return the path below the warehouse."""
        folder = self.layout.table(name) / day if day else self.layout.table(name)
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / f"{content_id(unnamed)[0]}.parquet"
        unnamed.replace(kept)
        return kept.relative_to(self.layout.root).as_posix()

    def _made_from(self, table: Table, day: str) -> str:
        said: list[object] = [
            table.sql,
            [read_sql(file) for _, file in table.steps],
            list(table.types.items()),
        ]
        for name in table.inputs:
            if name in STAGED:
                said.append([(e.source, e.content_id, e.sequence) for e in self._files(STAGED[name], day)])
            elif name == "staged_file":
                said.append([vars(entry) for entry in self.journal] if not day else [])
            elif name in self.dimensions.NAMES:
                used, within_day = self._models(table, name, day), "staged_usage" not in table.inputs
                said.append(self._source(table).digest(name, day, used, within_day=within_day))
            elif name in CHANGES:
                change = self._change(day)
                said.append(change.entry if change else None)
            else:
                part = self.parts.get(name, {}).get(day)
                said.append(part.files if part else None)
        return xxhash.xxh3_128_hexdigest(json.dumps(said, sort_keys=True).encode())

    def _source(self, table: Table) -> Dimensions | SecondOpinion:
        return SecondOpinion() if table.second_opinion else self.dimensions

    def _usage(self, table: Table, day: str) -> str:
        """Digest of the usage a part holds: equal for two parts that differ in prices or owners alone."""
        said: list[object] = []
        for name in table.inputs:
            if name in STAGED:
                said.append([(entry.source, entry.content_id) for entry in self._files(STAGED[name], day)])
            elif name in self.parts:
                part = self.parts[name].get(day)
                said.append(part.files if part else None)
        return xxhash.xxh3_128_hexdigest(json.dumps(said).encode())

    def _models(self, table: Table, dimension: str, day: str) -> frozenset[tuple[str, str]]:
        """The models a dimension of a table's day is asked for: those that its staged files name."""
        kinds = {STAGED[name] for name in table.inputs if name in STAGED} or {"attempt"}
        files = [entry for kind in kinds for entry in self._files(kind, day)]
        if dimension == "dim_other_rate":
            files = [entry for entry in files if entry.other_meters]
        return frozenset((provider, model) for entry in files for provider, model in entry.models)

    def _register(self, engine: Engine, table: Table, name: str, day: str) -> None:
        if name in STAGED:
            self.register_staged(engine, name, Piece(tuple(self._files(STAGED[name], day))))
        elif name == "staged_file":
            engine.register(name, _file_table(self.journal))
        elif name in self.dimensions.NAMES:
            engine.register(name, self._source(table).table(name, day, self._models(table, name, day)))
        elif name in CHANGES:
            self._register_change(engine, name, day)
        else:
            part = self.parts.get(name, {}).get(day)
            if part is None:
                raise IntegrityError(SHAPE, f"{name} of {day or 'all days'} is needed and was not built")
            engine.register_files(name, [self.layout.root / file for file in part.files])

    def _change(self, day: str) -> Change | None:
        return self.books.change(day, self.parts.get(FACT, {}).get(day))

    def _register_change(self, engine: Engine, name: str, day: str) -> None:
        """The published fact that a new one is compared with, and what the entry says."""
        change = self._change(day)
        if name == "fct_before":
            files = change.before if change else ()
            paths = [self.layout.root / file for file in files] or [self.layout.empty(FACT)]
            engine.register_files(name, paths)
            return
        said = [] if change is None else [
            {"day": date.fromisoformat(day), "entry": change.entry, "entry_kind": change.kind,
             "booked_month": change.booked_month}
        ]  # fmt: skip
        engine.register(name, arrow_table(said, ENTRY_TYPES))

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

    def _staging_file(self, entry: IngestedFile) -> Path:
        return self.layout.staging(entry.source) / f"{entry.content_id}.parquet"

    def _files(self, kind: str, day: str) -> list[IngestedFile]:
        """Staged files of a kind with rows of a day; for a table that is not by day, those with rejects."""
        return self._by_day.get((kind, day), [])


def _of_day(parts: Parts, day: str) -> dict[str, Part]:
    return {name: days[day] for name, days in parts.items() if day in days}


def _check_shape(table: Table, found: Mapping[str, str]) -> None:
    if list(found.items()) != list(table.types.items()):
        wrong = [f"{name} {kind}" for name, kind in found.items() if table.types.get(name) != kind]
        missing = [name for name in table.types if name not in found]
        raise IntegrityError(
            SHAPE, f"{table.name}: columns wrong {wrong}, missing {missing}, or out of order"
        )


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


@cache
def in_order() -> list[Table]:
    """Every table after those it reads."""
    ordered: list[Table] = []
    waiting = list(tables().values())
    while waiting:
        done = {table.name for table in ordered}
        ready = [t for t in waiting if not {i for i in t.inputs if i in tables()} - done]
        ordered += ready
        waiting = [table for table in waiting if table not in ready]
    return ordered
