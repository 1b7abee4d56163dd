"""Small logs of attempts, and what a replay says of them by row."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.savings.attempts import ATTEMPTS
from pipelines.savings.replay import replay

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAWN = datetime(2026, 1, 1, tzinfo=UTC)
Tokens = tuple[int, int, int]
"""Read, written, written in hindsight."""


def attempt(
    row: int, at: timedelta | int, prefixes: Mapping[str, int] | None, **cells: Any
) -> dict[str, Any]:
    """An attempt `at` seconds after noon, streaming a second later; its cache keeps five minutes."""
    started = NOON + (at if isinstance(at, timedelta) else timedelta(seconds=at))
    listed = None if prefixes is None else [{"hash": name, "tokens": n} for name, n in prefixes.items()]
    return {
        "row": row, "scope": "workspace", "model": "m", "started_at": started,
        "begins_at": started + timedelta(seconds=1), "input_tokens": 10_000, "prefixes": listed,
        "minimum_tokens": 1024, "step_tokens": 1, "breakpoints": 4, "ttl_seconds": 300,
    } | cells  # fmt: skip


def frame(attempts: Iterable[Mapping[str, Any]]) -> pl.LazyFrame:
    """Attempts as a replay takes them; `ttl_seconds` is the short lifetime where it is given alone."""
    return pl.LazyFrame([_lives(one) for one in attempts], schema=ATTEMPTS)


def _lives(one: Mapping[str, Any]) -> dict[str, Any]:
    cells = {"long_ttl_seconds": None} | dict(one)
    return cells | {"short_ttl_seconds": cells.pop("ttl_seconds")}


def replayed(
    attempts: Iterable[Mapping[str, Any]],
    *,
    since: datetime = DAWN,
    until: datetime | None = None,
    shards: int | None = None,
    life: str = "short",
) -> dict[int, Tokens]:
    """Row to tokens read, written, and written in hindsight, of one of the two lifetimes."""
    found = replay(frame(attempts), since=since, until=until, shards=shards)
    names = [f"{life}_{what}" for what in ("read_tokens", "write_tokens", "hindsight_write_tokens")]
    return {
        row: (read, written, needed)
        for row, read, written, needed in found.select("row", *names).collect().iter_rows()
    }
