"""Arrow types of the contract's types, for empty files and for tables made in Python."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.warehouse.contracts import Table, staging_types
from pipelines.warehouse.layout import Layout, replacing

ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
    "DECIMAL(18,3)": pa.decimal128(18, 3),
    "DECIMAL(38,12)": pa.decimal128(38, 12),
    "DECIMAL(38,18)": pa.decimal128(38, 18),
}

_WRITING = Lock()
"""Days that are built side by side may miss the same file at once."""


def schema(types: Mapping[str, str]) -> pa.Schema:
    """The Arrow schema of contract types by column name."""
    return pa.schema([(name, ARROW[kind]) for name, kind in types.items()])


def table(rows: Iterable[Mapping[str, object]], types: Mapping[str, str]) -> pa.Table:
    """An Arrow table of rows with exactly the contract's columns."""
    return pa.Table.from_pylist(list(rows), schema=schema(types))


def write_templates(layout: Layout) -> None:
    """Write the empty staging file of each kind, unless it has the columns of today's contract."""
    for kind in ("attempt", "usage", "charge"):
        write_columns(layout.template(kind), staging_types(kind))


def write_empty(layout: Layout, table: Table) -> Path:
    """Write the file of a table without rows, unless it has the columns of today's contract; its path."""
    return write_columns(layout.empty(table.name), table.types)


def write_columns(target: Path, types: Mapping[str, str]) -> Path:
    """Write a file with columns and no rows, unless it has them already; its path."""
    wanted = schema(types)
    with _WRITING:
        if not target.is_file() or not pq.read_schema(target).equals(wanted):
            with replacing(target) as unfinished:
                pq.write_table(wanted.empty_table(), unfinished)
    return target
