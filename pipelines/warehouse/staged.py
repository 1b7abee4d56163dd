"""What the SQL sees of staging: the columns of a staged row, and the journal of files as a table."""

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import pyarrow as pa

from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.run import reader_of
from pipelines.warehouse.arrow import table as arrow_table

FILE_TYPES = {
    "sequence": "BIGINT", "source": "VARCHAR", "account": "VARCHAR", "name": "VARCHAR",
    "content_id": "VARCHAR", "size_bytes": "BIGINT", "status": "VARCHAR", "reason": "VARCHAR",
    "same_as": "VARCHAR", "total_rows": "BIGINT", "staged_rows": "BIGINT", "rejected_rows": "BIGINT",
    "columns_unknown": "VARCHAR", "first_date": "DATE", "last_date": "DATE", "is_outdated": "BOOLEAN",
}  # fmt: skip


def located(types: Mapping[str, str]) -> list[duckdb.Expression]:
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


def is_outdated(entry: IngestedFile) -> bool:
    """Whether rows in use were read by an earlier reader: their raw file was gone when the reader changed."""
    return entry.status == "staged" and entry.reader != reader_of(entry.source)


def file_table(journal: Sequence[IngestedFile]) -> pa.Table:
    """The journal as the SQL names it: one row per raw file."""
    rows = [
        {
            **vars(entry),
            "columns_unknown": ", ".join(entry.columns_unknown),
            "first_date": date.fromisoformat(min(entry.days)) if entry.days else None,
            "last_date": date.fromisoformat(max(entry.days)) if entry.days else None,
            "is_outdated": is_outdated(entry),
        }
        for entry in journal
    ]
    return arrow_table(rows, FILE_TYPES)
