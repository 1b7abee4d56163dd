"""Replay of a log under a cache policy: which input would have been read from a cache, which written to it.

Tokens only; what they cost is for the pricing query. Nothing is simulated row by row: touches of an entry are
sorted and cut into lives, see `touches`.
"""

from datetime import datetime
from math import ceil

import polars as pl

from pipelines.savings.attempts import prove
from pipelines.savings.touches import ENTRY, touches, with_outcome, with_touched

SHARD_TOUCHES = 2_500_000
"""Touches that are sorted at a time, for the sake of memory; entries are independent, so any cut will do."""


def replay(
    attempts: pl.LazyFrame, *, since: datetime, until: datetime | None = None, shards: int | None = None
) -> pl.LazyFrame:
    """Replay one policy; one row per attempt that started from `since` until before `until`.

    An attempt touches some of its prefixes (`touches.with_touched`) when it starts. A touch is a hit if its
    entry is there and can be read, else it writes it; either way the entry then lives for another
    `ttl_seconds`, the last instant included. A `scope` shares entries, models never do.

    Attempts outside of `since` and `until` only warm the cache, and show which writes were of use. Reach
    back from `since`, and ahead of `until`, by the longest `ttl_seconds` plus the longest
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
        * `read_tokens`: input read from the cache, the longest hit in whole `step_tokens`
        * `write_tokens`: input written to it, from the longest hit to the deepest touched prefix
        * `hindsight_write_tokens`: the same with only those writes that a later attempt hits
        * `family`: hash of the first prefix; null without prefixes

        The rest of `input_tokens` stays uncached. A hash stands for all text up to its end, so prompts that
        have any prefix in common begin alike: families share no entry, as long as every prompt is logged with
        its prefixes from the same first one on. Nothing here relies on that.

    Raises:
        LedgerError: attempts that cannot be replayed; see `attempts.prove`.
    """
    prove(attempts)
    marked = with_touched(attempts)
    best = _best_touches(marked, shards or _shards(marked))
    is_answered = pl.col("started_at") >= since
    if until is not None:
        is_answered &= pl.col("started_at") < until
    return (
        marked.filter(is_answered)
        .select("row", "step_tokens", "deepest", family=pl.col("prefixes").list.first().struct.field("hash"))
        .join(best.lazy(), on="row", how="left", maintain_order="left")
        .with_columns(pl.col("hit", "needed").fill_null(0))
        .select(
            "row",
            read_tokens=pl.col("hit") // pl.col("step_tokens") * pl.col("step_tokens"),
            write_tokens=pl.max_horizontal(pl.col("deepest") - pl.col("hit"), 0),
            hindsight_write_tokens=pl.max_horizontal(pl.col("needed") - pl.col("hit"), 0),
            family="family",
        )
    )


def _shards(marked: pl.LazyFrame) -> int:
    """As many shards as keep each below `SHARD_TOUCHES`, entries being spread evenly."""
    counted: int = marked.select(pl.col("touched").list.len().sum()).collect().item()
    return max(1, ceil(counted / SHARD_TOUCHES))


def _best_touches(marked: pl.LazyFrame, shards: int) -> pl.DataFrame:
    """Tokens of the longest hit and of the longest needed write of each attempt that has one of them."""
    shard = pl.struct(ENTRY).hash() % shards
    found = [_best(touches(marked).filter(shard == number)).collect() for number in range(shards)]
    return pl.concat(found) if shards == 1 else _longest(pl.concat(found).lazy()).collect()


def _best(touched: pl.LazyFrame) -> pl.LazyFrame:
    of_use = with_outcome(touched).filter(pl.col("is_hit") | pl.col("is_needed"))
    return _longest(
        of_use.select(
            "row",
            hit=pl.when("is_hit").then("tokens"),
            needed=pl.when("is_needed").then("tokens"),
        )
    )


def _longest(of_use: pl.LazyFrame) -> pl.LazyFrame:
    return of_use.group_by("row").agg(pl.col("hit", "needed").max())
