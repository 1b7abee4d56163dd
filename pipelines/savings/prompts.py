"""The prompts of the log as a replay takes them: each with its scope, instants and the rule of its cache."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from pipelines.savings.attempts import ATTEMPTS, INSTANT, LIFETIMES, PREFIX, grows

INPUTS: Final = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens",
)  # fmt: skip
KEPT: Final = (
    "source", "request_id", "team", "feature", "provider", "model", "service_tier", "region",
    "output_tokens", "audio_input_tokens", "audio_output_tokens", "image_input_tokens", "web_search_requests",
    "other_meter", "other_quantity", "other_attribute", "ended_at", "context_tokens", "cost_usd",
)  # fmt: skip
"""What the priced rows take over from the fact."""

TOLD: Final = (
    "fact_row", "is_of_day", "evidence", "session_id", "known_read_tokens", "prefix_hash",
    "short_write_meter", "long_write_meter",
)  # fmt: skip

HASHES, LENGTHS, SESSION, NONE = "prefix_hashes", "prefix_lengths", "session", "none"
"""What tells which input a prompt shares with others: its hashes, the lengths of what is behind a volatile
part, the turn before in its session, or nothing."""


def prompts(
    facts: Sequence[Path], before: Sequence[Path], rules: pl.DataFrame, first_token_seconds: int
) -> pl.LazyFrame:
    """The finished attempts whose model has a cache, as `attempts.ATTEMPTS` and what is told of them.

    Args:
        facts: files of fct_attempt_cost of the day.
        before: those of the day before.
        rules: `named_rules.NAMED_RULE`.
        first_token_seconds: when an answer begins to stream, at the latest when it ends.

    Returns:
        `KEPT`, `ATTEMPTS` and `TOLD`, one row per attempt.
        Prefixes that do not grow say nothing of what is shared; the turns of a session have theirs from
        `sessions`, and `known_read_tokens` of what they share with others is what they did read.
    """
    finished = pl.concat(
        [_finished(facts, is_of_day=True), _finished(before, is_of_day=False)], how="diagonal"
    )
    prefixes, is_told = pl.col("prefixes"), pl.col("evidence") == HASHES
    is_turn, is_dark = pl.col("evidence") == SESSION, pl.col("evidence") == NONE
    return (
        _ruled(finished.with_row_index("row"), rules)
        .with_columns(
            begins_at=pl.min_horizontal(
                pl.col("started_at") + pl.duration(seconds=first_token_seconds),
                pl.max_horizontal("started_at", pl.col("ended_at").cast(INSTANT)),
            ),
            input_tokens=pl.sum_horizontal(*INPUTS),
            prefixes=pl.col("prefix_hashes").str.json_decode(pl.List(PREFIX)),
        )
        .with_columns(evidence=_evidence())
        .with_columns(
            pl.when(is_told).then(prefixes).alias("prefixes"),
            *(pl.when(~is_dark).then(pl.col(name)).alias(name) for name in LIFETIMES),
            known_read_tokens=pl.when(is_turn).then("cache_read_tokens").fill_null(0),
            scope=pl.concat_str("evidence", "provider", "sharers", separator="/"),
            prefix_hash=pl.when(is_told).then(prefixes.list.first().struct.field("hash")),
        )
        .select(*dict.fromkeys((*KEPT, *ATTEMPTS.names(), *TOLD)))
    )


def _finished(files: Sequence[Path], *, is_of_day: bool) -> pl.LazyFrame:
    """The successful attempts of some files of the fact."""
    named = (*KEPT, *INPUTS, "started_at", "prefix_hashes", "session_id", "status", "project_id")
    if not files:
        return pl.LazyFrame(schema={"is_of_day": pl.Boolean})
    return (
        pl.scan_parquet(list(files), row_index_name="fact_row")
        .select(pl.col("fact_row").cast(pl.Int64), *named)
        .filter(pl.col("status") == "success")
        .with_columns(is_of_day=pl.lit(is_of_day))
    )


def _ruled(finished: pl.LazyFrame, rules: pl.DataFrame) -> pl.LazyFrame:
    """Each attempt under the rule of its model, tier and instant; without a rule there is no cache."""
    is_shared = pl.col("isolation") == "organization"
    project = pl.col("project_id").fill_null("")
    return (
        finished.with_columns(
            pl.col("row").cast(pl.Int64), started_at=pl.coalesce("started_at", "ended_at").cast(INSTANT)
        )
        .join(
            rules.lazy(),
            left_on=["provider", "model", "service_tier"],
            right_on=["provider", "alias", "service_tier"],
        )
        .filter(pl.col("started_at").is_between("valid_from", "valid_to", closed="left"))
        .with_columns(sharers=pl.when(is_shared).then(pl.lit("")).otherwise(project))
    )


def _evidence() -> pl.Expr:
    # One prefix is a chain that grows; an empty one says nothing.
    grow = grows(pl.col("prefixes")).fill_null(pl.col("prefixes").list.len() == 1)
    is_turn = pl.col("prefix_hashes").is_null() & pl.col("session_id").is_not_null()
    return pl.when(grow).then(pl.lit(HASHES)).when(is_turn).then(pl.lit(SESSION)).otherwise(pl.lit(NONE))
