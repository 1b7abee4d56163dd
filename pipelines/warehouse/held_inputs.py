"""Inputs that lie in the warehouse: staged rows, the journal of files, finished parts, and what changed."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.errors import LedgerError
from pipelines.ingest.journal import IngestedFile
from pipelines.warehouse.arrow import table as arrow_table
from pipelines.warehouse.contracts import Table, staging_types
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.holdings import STAGED, Holdings
from pipelines.warehouse.pieces import Piece
from pipelines.warehouse.repricing import FACT
from pipelines.warehouse.staged import file_table, is_outdated, located

FILES = "staged_file"
CHANGES = ("fct_before", "journal_entry")
"""Inputs of the journal."""

FACT_ROW = "fact_row"
"""The place of an attempt in the fact of its day: a key for as long as the day's savings are computed."""

ENTRY_TYPES = {"day": "DATE", "entry": "VARCHAR", "entry_kind": "VARCHAR", "booked_month": "VARCHAR"}


@dataclass(frozen=True)
class StagedInputs:
    """Staged rows, with the source, file and line of each."""

    holdings: Holdings

    def says(self, table: Table, name: str, day: str) -> object:  # noqa: ARG002 a kind of input
        """The files, by content."""
        return [
            (e.source, e.content_id, e.sequence, e.reader) for e in self.holdings.files(STAGED[name], day)
        ]

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:  # noqa: ARG002
        """All files of the day."""
        self.register_piece(engine, name, Piece(tuple(self.holdings.files(STAGED[name], day))))

    def register_piece(self, engine: Engine, name: str, piece: Piece) -> None:
        """Name the rows of a piece of the staging files."""
        files = [self.holdings.layout.template(STAGED[name])]
        # By content, not by arrival: a file that came late leaves the same order of rows.
        files += sorted(self._file(entry) for entry in piece.files)
        relation = engine.connection.read_parquet(
            [str(file) for file in files], union_by_name=True, filename=True, file_row_number=True
        )
        if piece.is_cut:
            row = duckdb.ColumnExpression("file_row_number")
            relation = relation.filter(row >= piece.first_row).filter(row < piece.end_row)
        engine.name(name, relation.select(*located(staging_types(STAGED[name]))))

    def _file(self, entry: IngestedFile) -> Path:
        file = self.holdings.layout.staged(entry.source, entry.content_id)
        if not file.is_file():
            raise LedgerError(
                f"the staging file of {entry.name} is gone: put the raw file back, and run again"
            )
        return file


@dataclass(frozen=True)
class FileInputs:
    """The journal of ingested files; a table by day looks up names in it and is not stale with it."""

    holdings: Holdings

    def says(self, table: Table, name: str, day: str) -> object:  # noqa: ARG002
        """Every entry."""
        return [(vars(entry), is_outdated(entry)) for entry in self.holdings.journal] if not day else []

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:  # noqa: ARG002
        """The whole journal."""
        engine.register(name, file_table(self.holdings.journal))


@dataclass(frozen=True)
class PartInputs:
    """Tables that are built: of the day, of those in reach, or of every day."""

    holdings: Holdings

    def says(self, table: Table, name: str, day: str) -> object:
        """The files of each day."""
        found = self.holdings.parts_of(table, name)
        days = self.holdings.days_read(table, name, day)
        return [found[each].files if each in found else None for each in days]

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:
        """The rows of all days that are read; raise `IntegrityError` where the day itself was not built."""
        read = self.holdings.parts_read(table, name, day)
        files = [file for part in read for file in part.files]
        paths = self.holdings.paths(name, files, may_be_old=not table.by_day)
        if name == FACT and table.scenarios:
            engine.register_numbered(name, paths, FACT_ROW)
        else:
            engine.register_files(name, paths)


@dataclass(frozen=True)
class ChangeInputs:
    """The published fact that a new one is compared with, and what the entry of the journal says."""

    holdings: Holdings

    def says(self, table: Table, name: str, day: str) -> object:  # noqa: ARG002
        """The entry's name, which tells both versions."""
        change = self.holdings.change(day)
        return change.entry if change else None

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:  # noqa: ARG002
        """No rows where nothing changed."""
        change = self.holdings.change(day)
        if name == "fct_before":
            before = change.before if change else ()
            engine.register_files(name, self.holdings.paths(FACT, before, may_be_old=True))
            return
        said = [] if change is None else [
            {"day": date.fromisoformat(day), "entry": change.entry, "entry_kind": change.kind,
             "booked_month": change.booked_month}
        ]  # fmt: skip
        engine.register(name, arrow_table(said, ENTRY_TYPES))
