"""The prompts of a day, with what each cache policy would have read and written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from pipelines.savings.attempts import ATTEMPTS, INSTANT, PREFIX, tokens_of
from pipelines.savings.replay import replay

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
INPUTS: Final = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens",
)  # fmt: skip
KEPT: Final = (
    "source", "request_id", "attempt", "team", "feature", "provider", "model", "service_tier", "region", "output_tokens", "audio_input_tokens",
    "audio_output_tokens", "image_input_tokens", "web_search_requests", "other_meter", "other_quantity",
    "other_attribute", "ended_at", "context_tokens", "cost_usd",
)  # fmt: skip
LIVES: Final = ("short", "long")
"""The two lifetimes a rule may give: five minutes and one hour, or what the provider has instead."""

REPLAYED: Final = {
    "source": "VARCHAR", "request_id": "VARCHAR", "attempt": "BIGINT", "team": "VARCHAR", "feature": "VARCHAR", "provider": "VARCHAR", "model": "VARCHAR",
    "service_tier": "VARCHAR", "region": "VARCHAR", "output_tokens": "BIGINT",
    "audio_input_tokens": "BIGINT", "audio_output_tokens": "BIGINT", "image_input_tokens": "BIGINT",
    "web_search_requests": "BIGINT", "other_meter": "VARCHAR", "other_quantity": "DECIMAL(18,3)",
    "other_attribute": "VARCHAR", "ended_at": "TIMESTAMP WITH TIME ZONE", "context_tokens": "BIGINT",
    "cost_usd": "DECIMAL(38,12)", "input_tokens": "BIGINT", "prefix_hash": "VARCHAR",
    **{
        f"{life}_{what}": kind
        for life in LIVES
        for what, kind in (
            ("ttl_seconds", "BIGINT"), ("write_meter", "VARCHAR"), ("read_tokens", "BIGINT"),
            ("write_tokens", "BIGINT"), ("hindsight_write_tokens", "BIGINT"),
        )
    },
}  # fmt: skip
"""Columns of `replayed_prompt`, one row per attempt of the day whose prefixes the log has and whose model has
a cache. Tokens of a life are those its policy reads and writes of `input_tokens`."""


def write_replayed(
    facts: Sequence[Path], before: Sequence[Path], rules: pl.DataFrame, first_token_seconds: int, target: Path
) -> None:
    """Replay a day under both lifetimes and write `REPLAYED` as Parquet.

    Args:
        facts: files of fct_attempt_cost of the day.
        before: those of the day before, which only warm the cache.
        rules: `CACHE_RULE` of `pipelines.savings.scenarios`, by the names of models.
        first_token_seconds: when an answer begins to stream, at the latest when it ends.
        target: the file to write.

    Raises:
        LedgerError: prefixes that do not grow; see `pipelines.savings.attempts.prove`.
    """
    prompts = pl.concat([_prompts(facts, is_of_day=True), _prompts(before, is_of_day=False)], how="diagonal")
    with TemporaryDirectory(dir=target.parent) as scratch:
        # Through files: ten million prompts with their prefixes would not fit into memory beside the replay.
        kept = Path(scratch) / "prompts.parquet"
        _attempts(prompts, rules, first_token_seconds).sink_parquet(kept)
        outcomes = [_outcome(kept, life, Path(scratch) / f"{life}.parquet") for life in LIVES]
        # One row per prompt, in one order: side by side without a join.
        side_by_side = pl.concat([pl.scan_parquet(kept), *outcomes], how="horizontal")
        side_by_side.filter("is_of_day").select(*REPLAYED).sink_parquet(target)


def _outcome(prompts: Path, life: str, target: Path) -> pl.LazyFrame:
    """What the policy of one life reads and writes of each prompt, in their order."""
    attempts = pl.scan_parquet(prompts).with_columns(ttl_seconds=f"{life}_ttl_seconds")
    found = replay(attempts.select(*ATTEMPTS.names()), since=BEGINNING)
    tokens = ("read_tokens", "write_tokens", "hindsight_write_tokens")
    found.select(**{f"{life}_{name}": pl.col(name) for name in tokens}).sink_parquet(target)
    return pl.scan_parquet(target)


def _prompts(files: Sequence[Path], *, is_of_day: bool) -> pl.LazyFrame:
    """The successful attempts with prefixes of some files of the fact."""
    named = (*KEPT, *INPUTS, "started_at", "prefix_hashes", "status", "project_id")
    if not files:
        return pl.LazyFrame(schema={"is_of_day": pl.Boolean})
    return (
        pl.scan_parquet(list(files))
        .select(*named)
        .filter(pl.col("prefix_hashes").is_not_null() & (pl.col("status") == "success"))
        .with_columns(is_of_day=pl.lit(is_of_day))
    )


def _attempts(prompts: pl.LazyFrame, rules: pl.DataFrame, first_token_seconds: int) -> pl.LazyFrame:
    """The prompts as the replay takes them, each under the rule of its model and instant.

    One whose prefixes do not grow says nothing of what it shares, and takes no part.
    """
    started = pl.coalesce("started_at", "ended_at").cast(INSTANT)
    is_shared = pl.col("isolation") == "organization"
    return (
        prompts.with_row_index("row")
        .with_columns(pl.col("row").cast(pl.Int64), started_at=started)
        .join(rules.lazy(), left_on=["provider", "model"], right_on=["provider", "alias"])
        .filter(pl.col("started_at").is_between("valid_from", "valid_to", closed="left"))
        .with_columns(
            scope=pl.concat_str("provider", pl.when(is_shared).then(pl.lit("")).otherwise(
                pl.col("project_id").fill_null("")), separator="/"),
            begins_at=pl.min_horizontal(
                pl.col("started_at") + pl.duration(seconds=first_token_seconds),
                pl.max_horizontal("started_at", pl.col("ended_at").cast(INSTANT)),
            ),
            input_tokens=pl.sum_horizontal(*INPUTS),
            prefixes=pl.col("prefix_hashes").str.json_decode(pl.List(PREFIX)),
        )
        .filter(tokens_of(pl.col("prefixes")).list.diff().list.min().fill_null(1) > 0)
        .with_columns(prefix_hash=pl.col("prefixes").list.first().struct.field("hash"))
    )  # fmt: skip
