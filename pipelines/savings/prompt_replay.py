"""The prompts of a day, with what each cache policy would have read and written."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from pipelines.savings.attempts import ATTEMPTS, LIVES
from pipelines.savings.prefix_order import reordered
from pipelines.savings.prompts import HASHES, LENGTHS, SESSION, prompts
from pipelines.savings.replay import replay
from pipelines.savings.scratch import kept
from pipelines.savings.sessions import turns

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
PART_ROWS: Final = 500_000
"""Prompts that are put into the better order at a time, for the sake of memory."""

REPLAYED: Final = {
    "fact_row": "BIGINT", "team": "VARCHAR",
    "feature": "VARCHAR", "provider": "VARCHAR", "model": "VARCHAR", "service_tier": "VARCHAR",
    "region": "VARCHAR", "output_tokens": "BIGINT", "audio_input_tokens": "BIGINT",
    "audio_output_tokens": "BIGINT", "image_input_tokens": "BIGINT", "web_search_requests": "BIGINT",
    "other_meter": "VARCHAR", "other_quantity": "DECIMAL(18,3)", "other_attribute": "VARCHAR",
    "ended_at": "TIMESTAMP WITH TIME ZONE", "context_tokens": "BIGINT", "cost_usd": "DECIMAL(38,12)",
    "input_tokens": "BIGINT", "evidence": "VARCHAR", "prefix_hash": "VARCHAR",
    **{
        f"{life}_{what}": kind
        for life in LIVES
        for what, kind in (
            ("ttl_seconds", "BIGINT"), ("write_meter", "VARCHAR"), ("read_tokens", "BIGINT"),
            ("write_tokens", "BIGINT"), ("hindsight_write_tokens", "BIGINT"),
        )
    },
}  # fmt: skip
"""Columns of `replayed_prompt`: one row per finished attempt of the day whose model has a cache, and another
with the evidence `prefix_lengths` for one with a volatile part. Tokens of a life are those of `input_tokens`
that its policy reads and writes; without evidence there is no life."""


def write_replayed(
    facts: Sequence[Path],
    before: Sequence[Path],
    rules: pl.DataFrame,
    target: Path,
    *,
    first_token_seconds: int,
    moves_volatile: bool,
) -> None:
    """Replay a day under both lifetimes and write `REPLAYED` as Parquet.

    Args:
        facts: files of fct_attempt_cost of the day.
        before: those of the day before, which only warm the cache.
        rules: `NAMED_RULE` of `pipelines.savings.named_rules`, by the names of models.
        target: the file to write.
        first_token_seconds: when an answer begins to stream, at the latest when it ends.
        moves_volatile: whether prompts are also replayed with their volatile part behind the stable one.

    Raises:
        LedgerError: attempts that cannot be replayed; see `pipelines.savings.attempts.prove`.
    """
    with TemporaryDirectory(dir=target.parent) as name:
        # Through files: ten million prompts with their prefixes would not fit into memory beside the replay.
        scratch = Path(name)
        logged = kept(prompts(facts, before, rules, first_token_seconds), scratch / "prompts.parquet")
        parts = [_replayed(logged, _with_turns(logged, scratch / "turns.parquet"), scratch / "told.parquet")]
        better = _reordered(logged, scratch) if moves_volatile else None
        if better is not None:
            parts.append(_replayed(better, better, scratch / "better.parquet"))
        kept(pl.concat(parts), target)


def _replayed(logged: pl.LazyFrame, attempts: pl.LazyFrame, scratch: Path) -> pl.LazyFrame:
    """`REPLAYED` of prompts, given the attempts to replay in their order."""
    outcome = kept(replay(attempts.select(*ATTEMPTS.names()), since=BEGINNING).drop("row"), scratch)
    # One row per prompt, in one order: side by side without a join.
    both = pl.concat([logged, outcome], how="horizontal").filter("is_of_day")
    return both.with_columns(column for life in LIVES for column in _known(life)).select(*REPLAYED)


def _known(life: str) -> Iterator[pl.Expr]:
    """The tokens of a life where a prompt reads at least what the log knows that it read."""
    read = pl.col(f"{life}_read_tokens")
    more = pl.max_horizontal(pl.col("known_read_tokens") - read, 0)
    yield read + more
    for name in (f"{life}_write_tokens", f"{life}_hindsight_write_tokens"):
        yield pl.max_horizontal(pl.col(name) - more, 0).alias(name)


def _with_turns(logged: pl.LazyFrame, scratch: Path) -> pl.LazyFrame:
    """The attempts with the prefixes of their sessions, where they have sessions alone."""
    of_sessions = logged.filter(pl.col("evidence") == SESSION)
    if not of_sessions.select(pl.len()).collect().item():
        return logged
    listed = turns(of_sessions).rename({"prefixes": "turns"})
    attempts = logged.select(*ATTEMPTS.names()).join(listed, on="row", how="left", maintain_order="left")
    return kept(attempts.with_columns(pl.coalesce("prefixes", "turns").alias("prefixes")), scratch)


def _reordered(logged: pl.LazyFrame, scratch: Path) -> pl.LazyFrame | None:
    """The prompts with a volatile part, with their prefixes in the better order; none if there are none."""
    rows: int = logged.select(pl.len()).collect().item()
    parts = [logged.slice(first, PART_ROWS) for first in range(0, max(rows, 1), PART_ROWS)]
    request = pl.struct("source", "request_id").hash().alias("request")
    columns = ("row", request, "scope", "model", "feature", "prefixes")
    told = [part.filter(pl.col("evidence") == HASHES).select(columns) for part in parts]
    changed = {"evidence": pl.lit(LENGTHS), "prefix_hash": pl.lit(None, pl.String)}
    files = []
    for number, (part, better) in enumerate(zip(parts, reordered(told, scratch), strict=False)):
        files.append(scratch / f"reordered{number}.parquet")
        kept(part.drop("prefixes").join(better.lazy(), on="row").with_columns(**changed), files[-1])
    return pl.scan_parquet(files) if files else None
