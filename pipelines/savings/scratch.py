"""Rows that wait on disk for the next step, for the sake of memory."""

from pathlib import Path
from typing import Final

import polars as pl

CHUNK_ROWS: Final = 20_000
"""Rows that pass through a query at a time: fewer than by default, for they are wide."""


def kept(rows: pl.LazyFrame, target: Path) -> pl.LazyFrame:
    """Rows written to a Parquet file, and a scan of it."""
    with pl.Config(streaming_chunk_size=CHUNK_ROWS):
        rows.sink_parquet(target, compression="lz4", statistics=False)
    return pl.scan_parquet(target)
