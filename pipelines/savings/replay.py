"""Replay of a log under two cache policies: which input would have been read, which written.

Tokens only; what they cost is for the pricing query. Nothing is simulated row by row: touches of an entry are
sorted and cut into lives, see `touches`.
"""

from collections.abc import Iterator
from datetime import datetime
from math import ceil

import polars as pl

from pipelines.savings.attempts import LIFETIMES, LIVES, prove
from pipelines.savings.touches import ENTRY, by_entry, touches, with_outcome, with_touched

SHARD_TOUCHES = 2_500_000
"""Touches that are sorted at a time, for the sake of memory; entries are independent, so any cut will do."""


def replay(
    attempts: pl.LazyFrame, *, since: datetime, until: datetime | None = None, shards: int | None = None
) -> pl.LazyFrame:
    """Replay both lifetimes; one row per attempt that started from `since` until before `until`.

    An attempt touches some of its prefixes (`touches.with_touched`) when it starts. A touch is a hit if its
    entry is there and can be read, else it writes it; either way the entry then lives for another
    lifetime, the last instant included. A `scope` shares entries, models never do.

    Attempts outside of `since` and `until` only warm the cache, and show which writes were of use. Reach
    back from `since`, and ahead of `until`, by the longest lifetime plus the longest
    `begins_at - started_at`: what is further away changes no row. Without that much past, hits at the
    beginning are missed; without that much future, `hindsight_write_tokens` at the end are too few.

    Args:
        attempts: `ATTEMPTS` of `pipelines.savings.attempts`. It is read several times: a scan or a frame, not
            a query that is dear to run.
        since: start of the first attempt that is answered for, UTC.
        until: before this instant the last one starts, UTC; None is all that follow.
        shards: into how many parts touches are divided, one in memory at a time; by default as many as they
            need. The result does not depend on it.

    Returns:
        In the order of `attempts`, all tokens `Int64` and not null:

        * `row`
        * `short_read_tokens`, `long_read_tokens`: input read, the longest hit in whole `step_tokens`
        * `short_write_tokens`, …: input written, from the longest hit to the deepest touched prefix
        * `short_hindsight_write_tokens`, …: the same with only those writes that a later attempt hits

        The rest of `input_tokens` stays uncached.

    Raises:
        LedgerError: attempts that cannot be replayed; see `attempts.prove`.
    """
    prove(attempts)
    marked = with_touched(attempts)
    best = _best_touches(marked, shards or _shards(marked))
    outcomes = [column for life in LIVES for column in _outcome(life)]
    is_answered = pl.col("started_at") >= since
    if until is not None:
        is_answered &= pl.col("started_at") < until
    return (
        marked.filter(is_answered)
        .select("row", "step_tokens", "deepest", *LIFETIMES)
        .join(best.lazy(), on="row", how="left", maintain_order="left")
        .select("row", *outcomes)
    )


def _outcome(life: str) -> Iterator[pl.Expr]:
    """The tokens of a life from its longest hit and longest needed write."""
    hit, needed = (pl.col(f"{life}_{name}").fill_null(0) for name in ("hit", "needed"))
    deepest = pl.when(pl.col(f"{life}_ttl_seconds").is_not_null()).then("deepest").otherwise(0)
    yield (hit // pl.col("step_tokens") * pl.col("step_tokens")).alias(f"{life}_read_tokens")
    yield pl.max_horizontal(deepest - hit, 0).alias(f"{life}_write_tokens")
    yield pl.max_horizontal(needed - hit, 0).alias(f"{life}_hindsight_write_tokens")


def _shards(marked: pl.LazyFrame) -> int:
    """As many shards as keep each below `SHARD_TOUCHES`, entries being spread evenly."""
    counted: int = marked.select(pl.col("touched").list.len().sum()).collect().item()
    return max(1, ceil(counted / SHARD_TOUCHES))


def _best_touches(marked: pl.LazyFrame, shards: int) -> pl.DataFrame:
    """Tokens of the longest hit and the longest needed write of each life, of attempts that have any."""
    shard = pl.struct(ENTRY).hash() % shards
    found = [_best(touches(marked).filter(shard == number)) for number in range(shards)]
    return found[0] if shards == 1 else _longest(pl.concat(found).lazy()).collect()


def _best(touched: pl.LazyFrame) -> pl.DataFrame:
    in_order = by_entry(touched).collect().lazy()
    of_use = pl.concat([_of_use(in_order, life) for life in LIVES], how="diagonal")
    return _longest(of_use).collect()


def _of_use(touched: pl.LazyFrame, life: str) -> pl.LazyFrame:
    """The touches that are hits, or writes that are needed, under one lifetime."""
    found = with_outcome(touched, f"{life}_ttl_seconds").filter(pl.col("is_hit") | pl.col("is_needed"))
    return found.select(
        "row",
        pl.when("is_hit").then("tokens").alias(f"{life}_hit"),
        pl.when("is_needed").then("tokens").alias(f"{life}_needed"),
    )


def _longest(of_use: pl.LazyFrame) -> pl.LazyFrame:
    return of_use.group_by("row").agg(pl.all().max())
