"""Files of records (NDJSON, CSV, Parquet) and of pages as one named input `raw` of text fields.

The fast way is DuckDB's own reader over the whole file; where it refuses, the file goes through the sieve.
"""

from pathlib import Path

import duckdb
import polars as pl

from pipelines.errors import UnreadableFileError
from pipelines.ingest import sieve
from pipelines.ingest.coverage import Coverage
from pipelines.ingest.csv_rows import sieve_csv
from pipelines.ingest.pages import MAX_PAGE_BYTES, read_pages
from pipelines.ingest.source import Source
from pipelines.warehouse.contracts import staging_types
from pipelines.warehouse.engine import Engine, is_of_the_machine

PLACE = ("_line", "_error")
"""Line number and reader's error of a record; both null when the row number is the line number."""

UTC_TIME, PLAIN_TIME = "TIMESTAMP WITH TIME ZONE", "TIMESTAMP"
ZONED = (UTC_TIME, "TIMESTAMPTZ_NS")
"""Types of Parquet's instants; a time without a zone is UTC, as its writers normalise it."""

SAMPLE = 10_000
"""How many first records are searched for unknown columns."""


def read_json_lines(engine: Engine, source: Source, path: Path, *, sieved: bool = False) -> None:
    """Name the records of a clean NDJSON file `raw`; errors come when it is read.

    Only a sieved file has the reader's own fields; in any other they would be the writer's.
    """
    columns = dict.fromkeys((*(PLACE if sieved else ()), *source.fields), "VARCHAR")
    relation = engine.connection.read_json(
        str(path),
        format="newline_delimited",
        columns=columns,
        maximum_object_size=sieve.MAX_LINE_BYTES,
        hive_partitioning=False,
    )
    if not sieved:
        fields = [duckdb.ColumnExpression(name) for name in source.fields]
        relation = relation.select(*fields, *[_null(name) for name in PLACE])
    engine.name("raw", relation)


def read_through_sieve(engine: Engine, source: Source, path: Path, extension: str, scratch: Path) -> Path:
    """Rewrite a file of records as clean NDJSON with line numbers and name that `raw`; return its path.

    Raises:
        UnreadableFileError: nothing of the file can be read.
    """
    clean = scratch / f"{path.stem}.clean.ndjson"
    try:
        with clean.open("wb") as out:
            if extension == ".csv":
                sieve_csv(path, source.fields, out)
            elif extension == ".json" and not _is_lines(path):
                sieve.sieve_documents(path, out, MAX_PAGE_BYTES)
            else:
                sieve.sieve_lines(path, out)
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"not UTF-8: {error.reason} at byte {error.start}") from None
    read_json_lines(engine, source, clean, sieved=True)
    return clean


def _is_lines(path: Path) -> bool:
    """Whether the first line of a `.json` file is a whole object: JSON Lines by another name."""
    with path.open("rb") as file:
        first = file.readline(sieve.MAX_LINE_BYTES).strip()
    return first.startswith(b"{") and first.endswith(b"}")


def read_page_file(
    engine: Engine, source: Source, path: Path, extension: str
) -> tuple[Coverage, frozenset[str]]:
    """Name the records of a file of pages `raw`; return what its buckets cover, and the keys of its results.

    Raises:
        UnreadableFileError: the file is no page of this source.
    """
    if extension not in {".json", ".jsonl", ".ndjson"}:
        raise UnreadableFileError(f"{source.name} is read from JSON pages, not from {extension}")
    records, coverage, columns = read_pages(source, path, lines=extension != ".json")
    schema = dict.fromkeys((*PLACE, *source.fields), pl.String)
    engine.register("raw", pl.DataFrame(records, schema=schema).to_arrow())
    return coverage, columns


def read_parquet(engine: Engine, source: Source, path: Path) -> dict[str, str]:
    """Name the rows of a Parquet file `raw`, every field as text, and return the types the file has.

    Raises:
        UnreadableFileError: the file is no Parquet.
    """
    types = parquet_types(engine, path)
    relation = engine.connection.read_parquet(str(path))
    fields = [_as_text(name, types.get(name)) for name in source.fields]
    engine.name("raw", relation.select(*fields, *[_null(name) for name in PLACE]))
    return types


def parquet_types(engine: Engine, path: Path) -> dict[str, str]:
    """Column names and DuckDB types of a Parquet file; raise `UnreadableFileError` when it is none."""
    try:
        relation = engine.connection.read_parquet(str(path))
    except duckdb.Error as error:
        if is_of_the_machine(error):
            raise
        raise UnreadableFileError(f"no Parquet: {first_line(error)}") from None
    return dict(zip(relation.columns, map(str, relation.types), strict=True))


def read_typed_parquet(engine: Engine, source: Source, path: Path, types: dict[str, str]) -> None:
    """Name the rows of a Parquet file whose columns already have the contract's types `raw`, uncast."""
    relation = engine.connection.read_parquet(str(path))
    contract = staging_types(source.kind)
    fields = [
        duckdb.ColumnExpression(name) if name in types else _null(name, contract.get(name, "VARCHAR"))
        for name in source.fields
    ]
    engine.name("raw", relation.select(*fields, *[_null(name) for name in PLACE]))


def _null(name: str, kind: str = "VARCHAR") -> duckdb.Expression:
    return duckdb.ConstantExpression(None).cast(duckdb.sqltype(kind)).alias(name)


def _as_text(name: str, kind: str | None) -> duckdb.Expression:
    if kind is None:
        return _null(name)
    column = duckdb.ColumnExpression(name)
    if kind.startswith("TIMESTAMP"):
        form = duckdb.ConstantExpression("%Y-%m-%dT%H:%M:%S.%fZ")
        instant = column.cast(duckdb.sqltype(UTC_TIME if kind in ZONED else PLAIN_TIME))
        return duckdb.FunctionExpression("strftime", instant, form).alias(name)
    if kind in {"FLOAT", "DOUBLE"}:
        isnan = duckdb.FunctionExpression("isnan", column)
        column = duckdb.CaseExpression(isnan, duckdb.ConstantExpression(None)).otherwise(column)
    if kind.startswith(("MAP", "STRUCT")) or kind.endswith("]"):
        column = duckdb.FunctionExpression("to_json", column)
    return column.cast(duckdb.sqltype("VARCHAR")).alias(name)


def json_columns(engine: Engine, path: Path) -> set[str]:
    """The keys of the first `SAMPLE` records of an NDJSON file, without our own."""
    found = engine.rows(
        "select distinct unnest(json_keys(json)) from (select json from read_json_objects($path, format ="
        " 'newline_delimited', maximum_object_size = $limit) limit $sample) where json_type(json) = 'OBJECT'",
        {"path": str(path), "limit": sieve.MAX_LINE_BYTES, "sample": SAMPLE},
    )
    return {str(key) for (key,) in found} - set(PLACE)


def first_line(error: Exception) -> str:
    """The first line of an engine's message, without the name of the file it stands for."""
    return str(error).split("\n", maxsplit=1)[0]
