"""Prompts with the volatile part behind the stable one, as far as a log of hashes can show it.

A hash stands for all text up to its end, so one text that changes from call to call, such as a date, changes
every hash behind it. That the rest is the same text cannot be seen; that it is as long each time can.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import Final

import polars as pl

from pipelines.savings.scratch import kept

ENTRY: Final = ("scope", "model", "hash")
ALIKE: Final = ("scope", "model", "feature", "volatile_at", "parent")
"""Prompts that begin alike and have the volatile part in the same place."""

SHARD_ENTRIES: Final = 2_500_000
"""Entries whose requests are compared at a time, for the sake of memory; any cut will do."""


def reordered(parts: Sequence[pl.LazyFrame], scratch: Path) -> Iterator[pl.DataFrame]:
    """The prompts that have a volatile part before a stable one, with their prefixes in the better order.

    The volatile part of a prompt ends with its first prefix that no other request has. Prefixes behind it are
    stable as long as more than half of the prompts alike have one of the same length there.

    Args:
        parts: scans of the prompts, a part of them in memory at a time: `row`, `request` (a number for each),
            `scope`, `model`, `feature` and growing `prefixes`.
        scratch: a folder for files that the caller removes.

    Yields:
        Of each part `row` and `prefixes`: those before the volatile part, then the stable ones without its
        tokens, named by what they follow and how long they are. Nothing if no prompt has a volatile part.
    """
    alone = _alone(parts, scratch)
    if alone.is_empty():
        return
    usual = _usual(parts, alone).lazy()
    for part in parts:
        yield _in_better_order(_with_volatile(part, alone), usual).collect()


def _alone(parts: Sequence[pl.LazyFrame], scratch: Path) -> pl.DataFrame:
    """Row and place of the prefixes that only one request has, where another follows them."""
    # As numbers in files: texts of ten million prompts are slow to compare and do not fit into memory.
    for number, part in enumerate(parts):
        kept(_followed(part), scratch / f"followed{number}.parquet")
    followed = pl.scan_parquet(scratch / "followed*.parquet")
    entries: int = followed.select(pl.col("entry").approx_n_unique()).collect().item()
    shards = max(1, ceil(entries / SHARD_ENTRIES))
    shard = pl.col("entry") % shards
    return pl.concat([_of_one_request(followed.filter(shard == number)) for number in range(shards)])


def _followed(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """The prefixes that another one follows, as numbers."""
    length = pl.col("prefixes").list.len().cast(pl.Int64)
    return (
        attempts.filter(length > 1)
        .select("row", "request", "scope", "model", pl.col("prefixes").list.head(length - 1))
        .with_columns(place=pl.int_ranges(length))
        .explode("prefixes", "place")
        .unnest("prefixes")
        .select("row", "request", "place", entry=pl.struct(ENTRY).hash())
    )


def _of_one_request(followed: pl.LazyFrame) -> pl.DataFrame:
    requests = followed.group_by("entry").agg(least=pl.col("request").min(), most=pl.col("request").max())
    # Apart from the join, which would hold all prefixes even if none is left.
    entries = requests.filter(pl.col("least") == pl.col("most")).select("entry").collect(engine="streaming")
    found = followed.join(entries.lazy(), on="entry", how="semi").select("row", "place")
    return (found.clear() if entries.is_empty() else found).collect(engine="streaming")


def _with_volatile(attempts: pl.LazyFrame, alone: pl.DataFrame) -> pl.LazyFrame:
    """The prompts with a volatile part, its place and end, and the hash and tokens of what is before it."""
    least, most = attempts.select(least=pl.col("row").min(), most=pl.col("row").max()).collect().row(0)
    of_part = alone.lazy().filter(pl.col("row").is_between(least, most))
    at, prefixes = pl.col("volatile_at"), pl.col("prefixes")
    before = pl.when(at > 0).then(prefixes.list.get(at - 1))
    return (
        attempts.join(of_part.group_by("row").agg(volatile_at=pl.col("place").min()), on="row")
        .with_columns(
            volatile_to=prefixes.list.get(at).struct.field("tokens"),
            parent=before.struct.field("hash").fill_null(""),
            stable_to=before.struct.field("tokens").fill_null(0),
        )
        .with_columns(alike=pl.struct(ALIKE).hash())
    )


def _behind(volatile: pl.LazyFrame) -> pl.LazyFrame:
    """One row per prefix behind the volatile one, numbered from 1, with its length beyond it."""
    prefixes = pl.col("prefixes").list.slice(pl.col("volatile_at") + 1)
    return (
        volatile.with_columns(prefixes, behind=pl.int_ranges(1, prefixes.list.len().cast(pl.Int64) + 1))
        .explode("prefixes", "behind")
        .with_columns(length=pl.col("prefixes").struct.field("tokens") - pl.col("volatile_to"))
    )


def _usual(parts: Sequence[pl.LazyFrame], alone: pl.DataFrame) -> pl.DataFrame:
    """The lengths behind the volatile part that most prompts alike have there, at most one in each place."""
    keys = ("alike", "behind", "length")
    counts = [
        _behind(_with_volatile(part, alone)).group_by(keys).agg(same=pl.len().cast(pl.Int64)).collect()
        for part in parts
    ]
    is_first = pl.col("behind") == 1
    prompts = pl.col("same").filter(is_first).sum().over("alike")
    counted = pl.concat(counts).group_by(keys).agg(pl.col("same").sum())
    return counted.filter(pl.col("same") * 2 > prompts).select(keys)


def _in_better_order(volatile: pl.LazyFrame, usual: pl.LazyFrame) -> pl.LazyFrame:
    """What is before the volatile prefix, and the usual ones behind it without its tokens."""
    place = pl.col("volatile_at") + pl.col("behind")
    stable = (
        _behind(volatile)
        .join(usual, on=["alike", "behind", "length"], how="semi")
        .sort("row", "behind")
        # A prefix holds all before it, so behind an unusual one nothing is the same.
        .filter(pl.col("behind") == pl.int_range(1, pl.len() + 1).over("row"))
        .select(
            "row",
            tokens=pl.col("stable_to") + pl.col("length"),
            hash=pl.concat_str(pl.col("feature").fill_null(""), "parent", place, "length", separator="/"),
        )
        .group_by("row", maintain_order=True)
        .agg(stable=pl.struct("hash", "tokens"))
    )
    first = pl.col("prefixes").list.head("volatile_at")
    return volatile.join(stable, on="row").sort("row").select("row", prefixes=pl.concat_list(first, "stable"))
