"""Prompts with the volatile part behind the stable one, as far as a log of hashes can show it.

A hash stands for all text up to its end, so one text that changes from call to call, such as a date, changes
every hash behind it. That the rest is the same text cannot be seen; that it is as long each time can.
"""

from typing import Final

import polars as pl

from pipelines.savings.attempts import PREFIX

ENTRY: Final = ("scope", "model", "hash")
ALIKE: Final = ("scope", "model", "feature", "volatile_at", "parent")
"""Prompts that begin alike and have the volatile part in the same place."""

REORDERED: Final = pl.Schema({"row": pl.Int64(), "prefixes": pl.List(PREFIX)})


def reordered(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """The prompts that have a volatile part before a stable one, with their prefixes in the better order.

    The volatile part of a prompt ends with its first prefix that no other request has. Prefixes behind it are
    stable as long as more than half of the prompts alike have one of the same length there.

    Args:
        attempts: a scan of `row`, `request` (a number for each), `scope`, `model`, `feature` and growing
            `prefixes`.

    Returns:
        `row` and `prefixes`: those before the volatile part, then the stable ones without its tokens, named
        by what they follow and how long they are.
    """
    # Now, for few prompts have one, and in most logs none: what follows reads those alone.
    volatile = _volatile(attempts)
    if volatile.is_empty():
        return pl.LazyFrame(schema=REORDERED)
    return _in_better_order(attempts, volatile.lazy())


def _in_better_order(attempts: pl.LazyFrame, volatile: pl.LazyFrame) -> pl.LazyFrame:
    listed = _listed(attempts.join(volatile, on="row")).join(
        _before(attempts, volatile), on="row", how="left"
    )
    listed = listed.with_columns(pl.col("parent").fill_null(""), pl.col("stable_to").fill_null(0))
    stable = _stable(listed)
    kept = listed.filter(pl.col("place") < pl.col("volatile_at")).join(stable, on="row", how="semi")
    columns = ("row", "place", "hash", "tokens")
    return (
        pl.concat([kept.select(columns), stable.select(columns)])
        .sort("row", "place")
        .group_by("row", maintain_order=True)
        .agg(prefixes=pl.struct("hash", "tokens"))
    )


def _listed(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per prefix, with its place in the chain."""
    places = pl.int_ranges(pl.col("prefixes").list.len().cast(pl.Int64))
    return attempts.with_columns(place=places).explode("prefixes", "place").unnest("prefixes")


def _volatile(attempts: pl.LazyFrame) -> pl.DataFrame:
    """Place and tokens of the first prefix that only one request has, where another follows it."""
    length = pl.col("prefixes").list.len().cast(pl.Int64)
    followed = _listed(
        attempts.filter(length > 1).select(
            "row", "request", "scope", "model", pl.col("prefixes").list.head(length - 1)
        )
    ).select("row", "request", "place", "tokens", entry=pl.struct(ENTRY).hash())
    requests = followed.group_by("entry").agg(least=pl.col("request").min(), most=pl.col("request").max())
    # Apart from the join, which would hold every prefix of the log to find that all are shared.
    alone = requests.filter(pl.col("least") == pl.col("most")).select("entry").collect(engine="streaming")
    first = (
        followed.join(alone.lazy(), on="entry", how="semi")
        .group_by("row")
        .agg(volatile_at=pl.col("place").min(), volatile_to=pl.col("tokens").min())
    )
    return (first.head(0) if alone.is_empty() else first).collect(engine="streaming")


def _before(attempts: pl.LazyFrame, volatile: pl.LazyFrame) -> pl.LazyFrame:
    """Hash and tokens of the prefix before the volatile one, where there is any."""
    last = pl.col("prefixes").list.get(pl.col("volatile_at") - 1)
    return (
        attempts.select("row", "prefixes")
        .join(volatile.filter(pl.col("volatile_at") > 0), on="row")
        .select("row", parent=last.struct.field("hash"), stable_to=last.struct.field("tokens"))
    )


def _stable(listed: pl.LazyFrame) -> pl.LazyFrame:
    """The prefixes behind the volatile one that most prompts alike have, without its tokens."""
    prompts = (pl.col("place") == pl.col("volatile_at") + 1).sum().over(ALIKE)
    same = pl.len().over(*ALIKE, "place", "length")
    return (
        listed.filter(pl.col("place") > pl.col("volatile_at"))
        .sort("row", "place")
        .with_columns(length=pl.col("tokens") - pl.col("volatile_to"))
        .with_columns(is_usual=(same * 2 > prompts).cast(pl.Int8))
        # A prefix holds all before it, so behind an unusual one nothing is the same.
        .filter(pl.col("is_usual").cum_min().over("row") == 1)
        .with_columns(
            tokens=pl.col("stable_to") + pl.col("length"),
            hash=pl.concat_str(pl.col("feature").fill_null(""), "parent", "place", "length", separator="/"),
        )
    )
