"""The named inputs of a table for a day: where they come from, and a digest of what they were."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from pipelines.analysis.norms import NO_NORMS, Norms
from pipelines.analysis.periods import COMPARED, Comparison, compared, months
from pipelines.book.dimensions import Dimensions, period_of
from pipelines.book.second_opinion import SecondOpinion
from pipelines.errors import IntegrityError
from pipelines.ingest.journal import IngestedFile, days_of
from pipelines.ingest.sources import SOURCES
from pipelines.planning.planning import Planning
from pipelines.savings.capacity import Capacity
from pipelines.savings.named_rules import named_rules
from pipelines.savings.prompt_replay import REPLAYED, write_replayed
from pipelines.savings.routes import ROUTED, routed
from pipelines.savings.scenarios import Scenarios
from pipelines.warehouse.arrow import schema, write_empty
from pipelines.warehouse.arrow import table as arrow_table
from pipelines.warehouse.checks import SHAPE
from pipelines.warehouse.contracts import Table, in_order, read_sql, staging_types, tables
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.layout import Layout, replacing
from pipelines.warehouse.pieces import Piece
from pipelines.warehouse.repricing import FACT, Books, Change
from pipelines.warehouse.staged import file_table, located
from pipelines.warehouse.state import WHOLE, Part, Parts

STAGED = {"staged_attempt": "attempt", "staged_usage": "usage", "staged_charge": "charge"}
CHANGES = ("fct_before", "journal_entry")
"""Inputs of the journal."""

PLANNED = (*Scenarios.NAMES, *Capacity.NAMES)
"""Inputs that the company's files of the savings give."""

ANALYSED = (Norms.NAME, COMPARED)
"""Inputs of the analysis: what is normal, and which periods are compared."""

REPLACED = "replaced_attempt"
"""Kept by day like a table, and not published."""

REPLAYED_PROMPT = "replayed_prompt"
"""The input that is made of the fact of a day and of the day before."""

RESERVED = "reserved_hour"
"""The input that only a company with capacity of its own has rows of."""

SERIES = "5_marts/forecast_series.sql"
"""The costs that forecasts are made of, from tables that their own names before."""

DAYS_AHEAD = 100
"""How far the dimensions of a table that is not by day go beyond the last day: as far as forecasts do."""

FACT_ROW = "fact_row"
"""The place of an attempt in the fact of its day: a key for as long as the day's savings are computed."""

ENTRY_TYPES = {"day": "DATE", "entry": "VARCHAR", "entry_kind": "VARCHAR", "booked_month": "VARCHAR"}


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
    norms: Norms = NO_NORMS
    comparisons: Sequence[Comparison] = ()
    """The periods that are compared; where none is named, each month with the one before it."""
    planning: Planning = field(default_factory=Planning)
    every_day: Parts = field(default_factory=dict)
    """The parts of all days that a table which is not by day is made of: those that are to be published."""
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

    def is_off(self, table: Table) -> bool:
        """Whether the company has no file, or no entry, of what a table compares with."""
        return (
            (table.scenarios and not self.scenarios.entries)
            or (table.capacity and not self.capacity.entries)
            or (_is_of_replay(table) and self.scenarios.first_token_seconds is None)
            or (RESERVED in table.inputs and not self.planning.reserved)
        )

    def are_empty(self, table: Table, day: str) -> bool:
        """Whether no input of a table by day has a row; dimensions only describe rows of others."""
        if COMPARED in table.inputs:
            return not self._compared()
        if not table.by_day or table.appended:
            return False
        staged = [STAGED[name] for name in table.inputs if name in STAGED]
        read = [self._parts_read(table, name, day) for name in table.inputs if self._is_table(name)]
        if self.is_off(table) or RESERVED in table.inputs:
            # Capacity is paid whether there are calls or not.
            return self.is_off(table)
        rows = any(part.rows for parts in read for part in parts)
        return not rows and not any(self.files(kind, day) for kind in staged)

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
                used, within_day = self._models(table, name, day), "usage" not in kinds_of(table.name)
                period = self._period(table, day)
                said.append(self._source(table).digest(name, period, used, within_day=within_day))
            elif name in PLANNED or name == ROUTED:
                said.append([self.scenarios.digest, self.capacity.digest])
            elif name in ANALYSED:
                said.append(repr(self._analysed(name).to_pylist()))
            elif name in (*Planning.OF_DAY, *Planning.NAMES):
                said.append([self.planning.digest(name, day), read_sql(SERIES)])
            elif name == REPLAYED_PROMPT:
                said.append(self._replay_of(day))
            elif name in CHANGES:
                change = self.change(day)
                said.append(change.entry if change else None)
            else:
                said.append(self._files_read(table, name, day))
        return _digest(said)

    def usage(self, table: Table, day: str) -> str:
        """Digest of the usage a part holds: equal for two parts that differ in prices or owners alone."""
        said: list[object] = []
        for name in table.inputs:
            if name in STAGED:
                said.append([(entry.source, entry.content_id) for entry in self.files(STAGED[name], day)])
            elif name in self.parts:
                part = self.parts[name].get(day)
                said.append(part.files if part else None)
        return _digest(said)

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:
        """Name an input of a table for a day.

        Raises:
            IntegrityError: a table that is read was not built.
        """
        if name in STAGED:
            self.register_staged(engine, name, Piece(tuple(self.files(STAGED[name], day))))
        elif name == "staged_file":
            engine.register(name, file_table(self.journal))
        elif name in self.dimensions.NAMES:
            used = self._models(table, name, day)
            engine.register(name, self._source(table).table(name, self._period(table, day), used))
        elif name in PLANNED:
            engine.register(name, self._planned(name, day))
        elif name == ROUTED:
            # A contract names the fact before what is chosen of it.
            engine.name(name, routed(engine.connection.view(FACT), self.scenarios.routes))
        elif name in ANALYSED:
            engine.register(name, self._analysed(name))
        elif name in (*Planning.OF_DAY, *Planning.NAMES):
            first, last = (date.fromisoformat(each) for each in ((day, day) if day else self._staged_days()))
            series = partial(engine.table, read_sql(SERIES))
            engine.register(name, self.planning.table(name, first, last, series))
        elif name == REPLAYED_PROMPT:
            engine.register_files(name, [self._replayed_prompts(day)])
        elif name in CHANGES:
            self._register_change(engine, name, day)
        else:
            self._register_parts(engine, table, name, day)

    def _register_parts(self, engine: Engine, table: Table, name: str, day: str) -> None:
        """Name the parts of another table; the savings number the rows of the fact."""
        read = self._parts_read(table, name, day)
        paths = self._paths(name, [file for part in read for file in part.files])
        if name == FACT and table.scenarios:
            engine.register_numbered(name, paths, FACT_ROW)
        else:
            engine.register_files(name, paths)

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
        engine.name(name, relation.select(*located(staging_types(STAGED[name]))))

    def _is_table(self, name: str) -> bool:
        return name in tables() or name == REPLACED

    def _planned(self, name: str, day: str) -> pa.Table:
        """What the company's files of the savings say."""
        if name in Capacity.NAMES:
            return self.capacity.table(name, day)
        found = self.scenarios.table(name, day)
        return pa.concat_tables([found, self.capacity.assumptions]) if name == "assumption" else found

    def _analysed(self, name: str) -> pa.Table:
        """What is normal for the features, or the periods that are compared."""
        if name == Norms.NAME:
            return self.norms.table()
        return compared(self._compared())

    def _compared(self) -> Sequence[Comparison]:
        return self.comparisons or months(days_of(self.journal))

    def _parts_of(self, table: Table, name: str) -> Mapping[str, Part]:
        """The parts of an input, by day."""
        is_over_days = not table.by_day and name in tables() and tables()[name].by_day
        return (self.every_day if is_over_days else self.parts).get(name, {})

    def _days_read(self, table: Table, name: str, day: str) -> list[str]:
        """The days of an input that a part is made of: its own, those in its reach, or every day."""
        if not table.by_day:
            return sorted(self._parts_of(table, name)) if tables()[name].by_day else [WHOLE]
        first, last = table.reach.get(name, (0, 0))
        return [day_after(day, days) for days in range(first, last + 1)]

    def _files_read(self, table: Table, name: str, day: str) -> list[tuple[str, ...] | None]:
        """The files of each day of an input that a part is made of; None where a day has no part."""
        found = self._parts_of(table, name)
        return [found[each].files if each in found else None for each in self._days_read(table, name, day)]

    def _parts_read(self, table: Table, name: str, day: str) -> list[Part]:
        """The parts that a part is made of; a day in its reach may have none, its own has to."""
        found = self._parts_of(table, name)
        days = self._days_read(table, name, day)
        if day in days and day not in found:
            raise IntegrityError(SHAPE, f"{name} of {day or 'all days'} is needed and was not built")
        return [found[each] for each in days if each in found]

    def _period(self, table: Table, day: str) -> str:
        """The days of a table's dimensions: those it reads, or all that are staged and `DAYS_AHEAD` more."""
        if table.by_day:
            return f"{day_after(day, table.span[0])}/{day_after(day, table.span[1])}"
        first, last = self._staged_days()
        return f"{first}/{day_after(last, DAYS_AHEAD)}"

    def _staged_days(self) -> tuple[str, str]:
        staged = days_of(self.journal) or ["2020-01-01"]
        return staged[0], staged[-1]

    def _paths(self, table: str, files: Sequence[str]) -> list[Path]:
        """The files of a table; where there are none, one with its columns and no rows."""
        return [self.layout.root / file for file in files] or [write_empty(self.layout, tables()[table])]

    def _register_change(self, engine: Engine, name: str, day: str) -> None:
        """The published fact that a new one is compared with, and what the entry says."""
        change = self.change(day)
        if name == "fct_before":
            engine.register_files(name, self._paths(FACT, change.before if change else ()))
            return
        said = [] if change is None else [
            {"day": date.fromisoformat(day), "entry": change.entry, "entry_kind": change.kind,
             "booked_month": change.booked_month}
        ]  # fmt: skip
        engine.register(name, arrow_table(said, ENTRY_TYPES))

    def _files_of(self, name: str, day: str) -> list[str]:
        part = self.parts.get(name, {}).get(day)
        return list(part.files) if part else []

    def drop_replayed(self, table: Table, day: str) -> None:
        """Remove the replayed prompts of a day once the last table that reads them is made."""
        readers = [each.name for each in in_order() if REPLAYED_PROMPT in each.inputs]
        if table.name == readers[-1]:
            for file in self.layout.scratch.glob(f"{REPLAYED_PROMPT}{day}.*"):
                file.unlink()

    def _replayed_prompts(self, day: str) -> Path:
        """The prompts of a day, replayed once for the tables that read them; without a scenario none."""
        target = self.layout.scratch / f"{REPLAYED_PROMPT}{day}.{_digest(self._replay_of(day))}.parquet"
        if not target.is_file():
            with replacing(target) as unfinished:
                self._replay(day, unfinished)
        return target

    def _replay_of(self, day: str) -> list[object]:
        """What the replay of a day is made of."""
        days = [] if self.scenarios.first_token_seconds is None else [day, day_after(day, -1)]
        return [self.scenarios.digest, [self._files_of(FACT, each) for each in days]]

    def _replay(self, day: str, target: Path) -> None:
        """Replay the prompts of a day, the caches warm from the day before."""
        scenarios = self.scenarios
        if scenarios.first_token_seconds is None:
            pq.write_table(schema(REPLAYED).empty_table(), target)
            return
        days = day, day_after(day, -1)
        of_day, before = ([self.layout.root / file for file in self._files_of(FACT, each)] for each in days)
        entries = [entry for each in days for entry in self.files("attempt", each)]
        used = {(provider, model) for entry in entries for provider, model in entry.models}
        period = period_of("/".join(reversed(days)))
        rules = named_rules(used, self.dimensions.rates, period, scenarios.cache_rules, scenarios.known_at)
        write_replayed(
            of_day, before, rules, target,
            first_token_seconds=scenarios.first_token_seconds, moves_volatile=scenarios.moves_volatile,
        )  # fmt: skip

    def _source(self, table: Table) -> Dimensions | SecondOpinion:
        return SecondOpinion() if table.second_opinion else self.dimensions

    def _models(self, table: Table, dimension: str, day: str) -> frozenset[tuple[str, str]]:
        """The models a dimension of a table's day is asked for: those that its staged files name."""
        if RESERVED in table.inputs:
            return self.planning.models
        if table.capacity:
            return self.capacity.models
        kinds = kinds_of(table.name) or {"attempt"}
        first, last = table.span
        reached = [day_after(day, number) for number in range(first, last + 1)] if table.by_day else []
        days = reached or days_of(self.journal)
        files = [entry for kind in kinds for each in days for entry in self.files(kind, each)]
        if dimension == "dim_other_rate" and REPLAYED_PROMPT not in table.inputs:
            files = [entry for entry in files if entry.other_meters]
        used = frozenset((provider, model) for entry in files for provider, model in entry.models)
        if Norms.NAME in table.inputs:
            used |= self.norms.models
        return self.scenarios.concerning(used) if table.scenarios else used

    def _staging_file(self, entry: IngestedFile) -> Path:
        return self.layout.staging(entry.source) / f"{entry.content_id}.parquet"


@cache
def kinds_of(name: str) -> frozenset[str]:
    """Kinds of the staged rows that a table is made of, through whatever tables lie between."""
    if name in STAGED:
        return frozenset({STAGED[name]})
    inputs = tables()[name].inputs if name in tables() else ()
    return frozenset().union(*(kinds_of(each) for each in inputs))


def day_after(day: str, days: int = 1) -> str:
    """The UTC day so many days later, or earlier where they are negative, as ISO text."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _is_of_replay(table: Table) -> bool:
    """Whether a table is made of replayed prompts alone; one that reads scenarios too has rows without."""
    return REPLAYED_PROMPT in table.inputs and "scenario" not in table.inputs


def _digest(said: list[object]) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(said, sort_keys=True).encode())
