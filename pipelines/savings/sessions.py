"""Prefixes of the turns of a session, for logs without hashes: a turn repeats the input of the one before."""

from typing import Final

import polars as pl

SESSION: Final = ("scope", "model", "feature", "session_id")
"""Whose turns follow on each other; another feature has another prompt."""


def turns(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """Give each attempt of a session the prefixes it would have if its history only grew.

    In order of time the input of a turn is taken for a prefix of the next one, until the input shrinks: then
    the history began anew. Turns of equal input are one prompt. Nothing proves it, so what a replay makes of
    these prefixes is a bound.

    Args:
        attempts: `row`, `started_at`, `input_tokens` and `SESSION`.

    Returns:
        `row` and `prefixes`: the input of the turn before, where it is one, and that of the turn itself.
    """
    tokens, before = pl.col("input_tokens"), pl.col("input_tokens").shift()
    is_other = pl.col("session") != pl.col("session").shift()
    own = pl.struct(hash=pl.col("prompt").cast(pl.String), tokens="input_tokens")
    last = pl.struct(hash=(pl.col("prompt") - 1).cast(pl.String), tokens="before")
    return (
        _in_order(attempts)
        .with_columns(is_first=(is_other | (tokens < before)).fill_null(value=True))
        .with_columns(is_prompt=pl.col("is_first") | (tokens > before))
        .with_columns(
            prompt=pl.col("is_prompt").cast(pl.Int64).cum_sum(),
            before=pl.when("is_first").then(0).when("is_prompt").then(before).forward_fill(),
        )
        .select(
            "row",
            prefixes=pl.when(pl.col("before") > 0)
            .then(pl.concat_list(last, own))
            .otherwise(pl.concat_list(own)),
        )
    )


def _in_order(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """Turns by session and time; texts are slow to sort by, so a session gets the number of a row."""
    return (
        attempts.select("row", "started_at", "input_tokens", *SESSION)
        .with_columns(session=pl.col("row").first().over(*SESSION))
        .drop(SESSION)
        .sort("session", "started_at", "row")
    )
