"""Rows that wait on disk for the next step, for the sake of memory."""

from pathlib import Path

import polars as pl


def kept(rows: pl.LazyFrame, target: Path) -> pl.LazyFrame:
    """Rows written to a Parquet file, and a scan of it."""
    rows.sink_parquet(target, compression="lz4", statistics=False)
    return pl.scan_parquet(target)
