"""The one door to DuckDB: in memory, in UTC, closed to the network, the environment and other folders.

Table SQL belongs in `sql/`; only what concerns the connection itself belongs here.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache, reduce
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.settings import SQL

MEMORY_MB = 1200
"""Leaves room for Python and Arrow under 2 GiB; larger work spills to the temporary folder."""

_NUMBERS = count()
"""Every step's own catalogue has its own name."""

Parameters = Mapping[str, object]


class Engine:
    """A connection that lives for one step, with named inputs registered on it."""

    def __init__(self, folders: Sequence[Path], spill: Path, threads: int = 0) -> None:
        """May read and write below `folders` and spill to `spill`, nothing else.

        Args:
            folders: what it may read and write.
            spill: where it puts what does not fit into memory.
            threads: how many it may use; 0 is one for each core.
        """
        self._folders, self._spill, self._threads = tuple(folders), spill, threads
        self._macros = ""

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The bare connection, for readers that register relations of their own.

        Opened when it is first needed, as most steps of a run find nothing to do; a catalogue of its own
        keeps the names of one step from the next.
        """
        connection = _opened(self._folders, self._spill, self._threads).cursor()
        connection.execute(f"attach ':memory:' as {self._catalogue}")
        connection.execute(f"use {self._catalogue}")
        for statement, value in (
            ("set timezone = $value", "UTC"),
            ("set python_enable_replacements = $value", False),
        ):
            connection.execute(statement, {"value": value})
        return connection

    def share(self, threads: int = 0) -> "Engine":
        """Another connection; to the same database and its memory where it may use as many threads."""
        return Engine(self._folders, self._spill, threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "connection" not in vars(self):
            return
        self.connection.execute("use memory")
        self.connection.execute(f"detach {self._catalogue}")
        self.connection.close()

    @cached_property
    def _catalogue(self) -> str:
        return str(duckdb.ColumnExpression(f"step {next(_NUMBERS)}"))

    def macros(self, name: str) -> None:
        """Load the macros of `sql/<name>`, one statement each, unless they were the last that were loaded."""
        if name != self._macros:
            self.connection.execute((SQL / name).read_text(encoding="utf-8"))
            self._macros = name

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table available under `name`."""
        self.connection.register(name, table)

    def name(self, name: str, relation: duckdb.DuckDBPyRelation) -> None:
        """Make a relation available under `name`, in place of whatever had the name."""
        self.connection.unregister(name)
        relation.create_view(name, replace=True)

    def register_files(self, name: str, files: Iterable[Path]) -> None:
        """Make Parquet files of one table available under `name`, missing columns as null."""
        self.name(name, self.connection.read_parquet([str(file) for file in files], union_by_name=True))

    def register_numbered(self, name: str, files: Sequence[Path], number: str) -> None:
        """The same with a column `number`: the place of each row in all files, one after another, from 0."""
        numbered, first = [], 0
        for file in files:
            relation = self.connection.read_parquet([str(file)], file_row_number=True)
            place = duckdb.ColumnExpression("file_row_number") + duckdb.ConstantExpression(first)
            others = duckdb.StarExpression(exclude=["file_row_number"])
            numbered.append(relation.select(others, place.alias(number)))
            first += pq.read_metadata(file).num_rows
        self.name(name, reduce(duckdb.DuckDBPyRelation.union, numbered))

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and fetch everything it returns."""
        return self.connection.execute(_parsed(sql), dict(parameters or {})).fetchall()

    def table(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Run a select and fetch it as an Arrow table."""
        statement = _parsed(sql)
        return self.connection.sql(statement, params=_used(statement, parameters or {})).to_arrow_table()

    def hold(self, name: str, sql: str, parameters: Parameters) -> None:
        """Run a select now and keep its rows under `name`; they spill to disk when they are many."""
        quoted = duckdb.ColumnExpression(name)
        self._run(f"create or replace temp table {quoted} as {sql}", parameters)

    def write(self, sql: str, parameters: Parameters, target: Path) -> None:
        """Write a select as one Parquet file, its rows in the order of the select, so that the bytes repeat.

        `preserve_order` says so outright: where a plan holds a window, DuckDB takes no order for wanted.
        Level 1 and small dictionaries: a quarter less time for 5 % more bytes than the defaults.
        """
        self._run(
            f"copy (\n{sql}\n) to $target (format parquet, compression zstd, compression_level 1,"
            " parquet_version v2, dictionary_size_limit 5000, preserve_order true)",
            {**parameters, "target": str(target)},
        )

    def _run(self, sql: str, parameters: Parameters) -> None:
        statement = _parsed(sql)
        self.connection.execute(statement, _used(statement, parameters))


@lru_cache(maxsize=3)
def _opened(folders: tuple[Path, ...], spill: Path, threads: int) -> duckdb.DuckDBPyConnection:
    """A database in memory, closed to everything but its folders.

    Opening one takes longer than a small step; those of reading and of building are kept.
    """
    allowed = [str(folder) for folder in (*folders, spill)]
    connection = duckdb.connect(":memory:")
    for statement, value in (
        ("set memory_limit = $value", f"{MEMORY_MB}MB"),
        ("set temp_directory = $value", str(spill)),
        ("set threads = $value", threads or os.cpu_count() or 1),
        # A left join turned round, or an input held in memory, loses the order of its rows: other bytes.
        ("set disabled_optimizers = $value", "build_side_probe_side,common_subplan"),
        # A database outlives a step; what a step has read is not kept for the next.
        ("set enable_external_file_cache = $value", False),
        ("set allowed_directories = $value", allowed),
        ("set enable_external_access = $value", False),
        ("set autoinstall_known_extensions = $value", False),
        ("set autoload_known_extensions = $value", False),
        ("set enable_progress_bar = $value", False),
    ):
        connection.execute(statement, {"value": value})
    return connection


@lru_cache(maxsize=256)
def _parsed(sql: str) -> duckdb.Statement:
    """A statement is parsed once: to parse the long ones takes a third of their time over a small day."""
    [statement] = duckdb.extract_statements(sql)
    return statement


def _used(statement: duckdb.Statement, parameters: Parameters) -> dict[str, object]:
    """The parameters a statement names; DuckDB refuses one that is given and not used."""
    return {name: value for name, value in parameters.items() if name in statement.named_parameters}


def is_of_the_machine(error: duckdb.Error) -> bool:
    """Whether an error says nothing of what was read: memory or disk are short, or cannot be read or written.

    A file that is cut raises an `IOException` too: there the bytes end before what they announce.
    """
    if isinstance(error, duckdb.IOException):
        return "Could not read enough bytes" not in str(error)
    return isinstance(error, duckdb.OutOfMemoryException)


def compose(steps: Sequence[tuple[str, str]], select: str) -> str:
    """Put named selects in front of a select, so that one statement holds the whole path of a row.

    Those that it does not read are left out: DuckDB plans every one it is given.
    """
    texts, named = [select], list[str]()
    for name, sql in reversed(steps):
        if any(re.search(rf"\b{name}\b", text) for text in texts):
            texts.append(sql)
            named.insert(0, f"{name} as (\n{sql}\n)")
    if not named:
        return select
    steps_named = ",\n".join(named)
    return f"with\n{steps_named}\nselect * from (\n{select}\n)"
