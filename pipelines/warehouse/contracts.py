"""The registry of tables: columns, types, units, meaning and grain, read from the files beside the SQL.

It feeds the shape check, the grain check, Dagster's catalogue, the comments of the views and the docs.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import LedgerError
from pipelines.settings import SQL
from pipelines.warehouse.layout import content_digest


@dataclass(frozen=True)
class Column:
    """One column of the warehouse; it has the same type, unit and meaning in every table."""

    name: str
    type: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table: its SQL, what it reads and what it promises.

    Attributes:
        name: also the name of its SQL file.
        stage: the folder of `sql/` it stands in.
        grain: what one row is.
        key: the columns that are unique together; empty where rows repeat.
        by_day: one file per UTC day, with the day as `$day`; else one file for everything, made of every day
            of its inputs.
        reach: for an input by day that is read beyond the day itself, the first and the last day relative to
            it: (-1, 0) is the day before too. Days without a part of it have no rows.
        inputs: tables, staging tables and dimensions its SQL names.
        steps: named selects put in front of its own, as (name, file below `sql/`).
        held: the steps that are run first and kept: a window or an aggregate inside the statement would
            make DuckDB write its rows with one thread.
        cut_by: the staging table in whose pieces it is written, or "" when it is written in one.
        appended: whether a part keeps the files it has and gains one (a journal).
        second_opinion: whether its dimensions are those of the second catalogue of prices.
        scenarios: whether the models its dimensions are asked for include those that scenarios move calls to.
        capacity: whether it compares with the company's options of capacity; its dimensions are theirs.
        columns: the published columns in order.
        totals_of: the table whose sums it must repeat to the last digit, or "".
    """

    name: str
    stage: str
    grain: str
    key: tuple[str, ...]
    by_day: bool
    inputs: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    held: tuple[str, ...]
    columns: tuple[Column, ...]
    totals_of: str = ""
    cut_by: str = ""
    appended: bool = False
    second_opinion: bool = False
    scenarios: bool = False
    capacity: bool = False
    reach: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @cached_property
    def span(self) -> tuple[int, int]:
        """The first and the last day that it reads of any input, relative to its own."""
        reached = [(0, 0), *self.reach.values()]
        return min(first for first, _ in reached), max(last for _, last in reached)

    @property
    def types(self) -> dict[str, str]:
        """Column names and types in order."""
        return {column.name: column.type for column in self.columns}

    @property
    def sql(self) -> str:
        """The select of the table's own file."""
        return read_sql(f"{self.stage}/{self.name}.sql")

    @cached_property
    def digest(self) -> str:
        """Of its SQL, that of its steps, and its columns: what makes its rows of the inputs."""
        steps = [read_sql(file) for _, file in self.steps]
        return content_digest([self.sql, steps, list(self.types.items())])


@cache
def read_sql(name: str) -> str:
    """The text of a file below `sql/`, without a closing semicolon."""
    return (SQL / name).read_text(encoding="utf-8").rstrip().rstrip(";")


@cache
def columns() -> Mapping[str, Column]:
    """Every column of the warehouse by name, from `sql/columns.csv`."""
    with (SQL / "columns.csv").open(encoding="utf-8", newline="") as file:
        found = [Column(**row) for row in csv.DictReader(file)]
    return {column.name: column for column in found}


@cache
def staging_types(kind: str) -> Mapping[str, str]:
    """Column names and types of the staging table of a kind of row."""
    contract = _load(SQL / "1_staging" / f"staged_{kind}.yml")
    return {column.name: column.type for column in _columns(contract, f"staged_{kind}")}


@cache
def staging_time(kind: str) -> str:
    """The column whose UTC day is the partition of a kind of row."""
    return str(_load(SQL / "1_staging" / f"staged_{kind}.yml")["time"])


@cache
def tables() -> Mapping[str, Table]:
    """Every published table by name, in the order of the flow."""
    contracts = sorted(path for path in SQL.glob("[2-9]_*/*.yml"))
    found = [_table(path) for path in contracts]
    return {table.name: table for table in found}


def _table(path: Path) -> Table:
    contract = _load(path)
    return Table(
        name=path.stem,
        stage=path.parent.name,
        grain=contract["grain"],
        key=tuple(contract["key"]),
        by_day=contract.get("by_day", True),
        inputs=tuple(contract["inputs"]),
        steps=tuple((contract.get("steps") or {}).items()),
        held=tuple(contract.get("held") or ()),
        columns=_columns(contract, path.stem),
        totals_of=contract.get("totals_of", ""),
        cut_by=contract.get("cut_by", ""),
        appended=contract.get("appended", False),
        second_opinion=contract.get("second_opinion", False),
        scenarios=contract.get("scenarios", False),
        capacity=contract.get("capacity", False),
        reach={name: (first, last) for name, (first, last) in (contract.get("reach") or {}).items()},
    )


def _columns(contract: Mapping[str, Any], table: str) -> tuple[Column, ...]:
    unknown = [name for name in contract["columns"] if name not in columns()]
    if unknown:
        raise LedgerError(f"{table}: columns.csv does not describe {', '.join(unknown)}")
    return tuple(columns()[name] for name in contract["columns"])


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def follows_days(table: Table) -> bool:
    """Whether a table that is not kept by day is made of tables that are, and so is built after all days."""
    inputs = [tables()[name] for name in table.inputs if name in tables()]
    return not table.by_day and any(each.by_day or follows_days(each) for each in inputs)


def neighbours(of: Iterable[Table]) -> tuple[int, int]:
    """The first and last day, relative to a day that changed, on which one of some tables reads it."""
    spans: dict[str, tuple[int, int]] = {}
    for table in of:
        reached = [(table.reach.get(name, (0, 0)), spans.get(name, (0, 0))) for name in table.inputs]
        spans[table.name] = (
            min(reach[0] + span[0] for reach, span in reached),
            max(reach[1] + span[1] for reach, span in reached),
        )
    # What reads the day before is another on the day after.
    return -max(last for _, last in spans.values()), -min(first for first, _ in spans.values())


@cache
def in_order() -> list[Table]:
    """Every table after those it reads; what is made of all days comes last, when they are built whole."""
    ordered: list[Table] = []
    waiting = list(tables().values())
    while waiting:
        done = {table.name for table in ordered}
        ready = [t for t in waiting if not {i for i in t.inputs if i in tables()} - done]
        ordered += ready
        waiting = [table for table in waiting if table not in ready]
    return sorted(ordered, key=follows_days)
