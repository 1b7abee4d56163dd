"""The floor of a run: one DuckDB statement reads the same log typed and writes its columns as zstd Parquet.

`python -m tests.bench.floor FOLDER OUT` prints the processor seconds of the statement alone.
"""

import sys
import time
from pathlib import Path

import duckdb

from pipelines.ingest.request_log import FIELDS
from pipelines.warehouse.contracts import staging_types

SAMPLE = 10_000


def write_floor(folder: Path, out: Path) -> float:
    """Write every log of `folder` to `out`; return the processor seconds it took."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    files = sorted(map(str, folder.glob("*")))
    if files[0].endswith(".parquet"):
        log = connection.read_parquet(files)
    else:
        columns = _columns(connection, files)
        log = connection.read_json(files, format="newline_delimited", columns=columns)
    started = time.process_time()
    log.write_parquet(str(out), compression="zstd")
    return time.process_time() - started


def _columns(connection: duckdb.DuckDBPyConnection, files: list[str]) -> dict[str, str]:
    """The contract's types of the columns that the log has."""
    types = staging_types("attempt")
    found = connection.read_json(files, format="newline_delimited", sample_size=SAMPLE).columns
    return {name: types[name] for name in FIELDS if name in found}


if __name__ == "__main__":
    sys.stdout.write(f"{write_floor(Path(sys.argv[1]), Path(sys.argv[2])):.3f}\n")
