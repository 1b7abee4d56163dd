"""Which prefixes an attempt touches in the cache, and what becomes of each touch: hit or write."""

import polars as pl

from pipelines.savings.attempts import LIFETIMES, tokens_of

ENTRY = ("scope", "model", "hash")
"""What is cached: a prefix of one model, for all who share a cache. A hash covers all text to its end."""


def with_touched(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """Add `touched`, the prefixes an attempt looks up and keeps, and `deepest`, the tokens of the longest.

    Eligible are prefixes of at least `minimum_tokens` and at most `input_tokens`. Where they are more than
    `breakpoints`, the first and the deepest `breakpoints - 1` are touched: the first is what most attempts
    have in common, the deepest are what the next turn continues.
    """
    tokens, touched = tokens_of(pl.col("prefixes")), pl.col("touched")
    below = _how_many(tokens - pl.col("minimum_tokens"), pl.element() < 0)
    within = _how_many(tokens - pl.col("input_tokens"), pl.element() <= 0)
    eligible = pl.col("prefixes").list.slice(below, pl.max_horizontal(within, below) - below)
    outermost = pl.concat_list(touched.list.head(1), touched.list.tail(pl.col("breakpoints") - 1))
    is_crowded = touched.list.len() > pl.col("breakpoints")
    return (
        attempts.with_columns(touched=eligible)
        .with_columns(touched=pl.when(is_crowded).then(outermost).otherwise("touched"))
        .with_columns(deepest=tokens_of(touched).list.max().fill_null(0))
    )


def touches(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per touched prefix of attempts with `touched`: its entry and tokens, the attempt's instants."""
    return (
        attempts.filter(pl.col("touched").list.len() > 0)
        .select("row", "scope", "model", "started_at", "begins_at", *LIFETIMES, "touched")
        .explode("touched")
        .unnest("touched")
    )


def by_entry(touched: pl.LazyFrame) -> pl.LazyFrame:
    """Touches in order of entry and time; texts are slow to sort by, so an `entry` gets a number."""
    return (
        touched.with_row_index("entry")
        .with_columns(pl.col("entry").first().over(*ENTRY))
        .drop(ENTRY)
        .sort("entry", "started_at", "row")
    )


def with_outcome(touched: pl.LazyFrame, lifetime: str) -> pl.LazyFrame:
    """Add `is_hit`, and `is_needed`: a write without which no later touch would be a hit.

    Args:
        touched: in the order of `by_entry`. Touches without a lifetime are left out.
        lifetime: the column that says for how many seconds a touch keeps its entry.

    The touches of an entry, in order of `started_at` and `row`, fall into lives: in a life each comes within
    the lifetime of the one before. A hit needs an earlier touch of its life that can be read: a write from
    its `begins_at` on, a hit at once. So the first hit waits for a write, and all that follow are hits.

    The same without going from touch to touch: let W be the touch of a life with the least `begins_at`, the
    first in order if several have it. A touch is a hit if it comes after W and starts at W's `begins_at` or
    later. For W is a write: a touch that could be read by W's start would have begun by W's `begins_at`,
    and W would not be the first of the least. So what comes after W, once W can be read, is a hit. Any other
    touch starts before every write of its life can be read, or is before the one that can: it has nothing to
    read, and by the same token neither had those before it. Delays of less than half a lifetime see to it
    that an entry can be read before it lapses, so that what W wrote is what the hits of its life read.

    In hindsight W is the one write that a life with a hit needs.
    """
    gap = pl.col("started_at") - pl.col("started_at").shift()
    has_lapsed = gap > pl.duration(seconds=pl.col(lifetime).shift())
    is_other = pl.col("entry") != pl.col("entry").shift()
    writer = pl.col("place").get(pl.col("begins_at").arg_min())
    is_hit = (pl.col("started_at") >= pl.col("readable_at")) & (pl.col("place") > pl.col("writer"))
    return (
        touched.filter(pl.col(lifetime).is_not_null())
        .with_columns(place=pl.int_range(pl.len()), life=(is_other | has_lapsed).fill_null(value=True))
        .with_columns(pl.col("life").cum_sum().set_sorted())
        .with_columns(readable_at=pl.col("begins_at").min().over("life"), writer=writer.over("life"))
        .with_columns(is_hit=is_hit)
        .with_columns(is_needed=(pl.col("place") == pl.col("writer")) & pl.col("is_hit").last().over("life"))
    )


def _how_many(numbers: pl.Expr, is_counted: pl.Expr) -> pl.Expr:
    """How many numbers of a list are counted."""
    return numbers.list.eval(is_counted.cast(pl.Int64)).list.sum()
