"""A prompt cache as a dict of entries, one attempt at a time in order of time; slow, and on its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Attempt = Mapping[str, Any]


@dataclass
class Entry:
    """A cached prefix: until when it lives, from when it can be read, who wrote it."""

    lapses_at: datetime
    readable_at: datetime
    writes: list[tuple[datetime, datetime, int, int]] = field(default_factory=list)
    was_hit: bool = False


@dataclass
class Outcome:
    """What an attempt reads and writes."""

    read: int = 0
    deepest: int = 0
    needed: int = 0


def touched(attempt: Attempt) -> list[dict[str, Any]]:
    """The prefixes an attempt looks up and keeps."""
    if attempt["ttl_seconds"] is None:
        return []
    eligible = [
        prefix
        for prefix in attempt["prefixes"] or []
        if attempt["minimum_tokens"] <= prefix["tokens"] <= attempt["input_tokens"]
    ]
    most = attempt["breakpoints"]
    if most is None or len(eligible) <= most:
        return eligible
    return eligible[:1] + eligible[len(eligible) - most + 1 :]


def simulate(attempts: Iterable[Attempt], since: datetime) -> dict[int, tuple[int, int, int]]:
    """Row to tokens read, written, and written in hindsight, of the attempts from `since` on."""
    entries: dict[tuple[str, str, str], Entry] = {}
    outcomes: dict[int, Outcome] = {}
    log = sorted(attempts, key=lambda attempt: (attempt["started_at"], attempt["row"]))
    for attempt in log:
        outcome = outcomes[attempt["row"]] = Outcome()
        for prefix in touched(attempt):
            _touch(entries, outcomes, outcome, attempt, prefix)
    return {
        attempt["row"]: _tokens(outcomes[attempt["row"]], attempt["step_tokens"])
        for attempt in log
        if attempt["started_at"] >= since
    }


def _touch(
    entries: dict[tuple[str, str, str], Entry],
    outcomes: dict[int, Outcome],
    outcome: Outcome,
    attempt: Attempt,
    prefix: Mapping[str, Any],
) -> None:
    now, begins, tokens = attempt["started_at"], attempt["begins_at"], prefix["tokens"]
    key = (attempt["scope"], attempt["model"], prefix["hash"])
    outcome.deepest = max(outcome.deepest, tokens)
    entry = entries.get(key)
    if entry is None or now > entry.lapses_at:
        entry = entries[key] = Entry(now, begins)
    if entry.writes and entry.readable_at <= now:
        outcome.read = max(outcome.read, tokens)
        if not entry.was_hit:
            *_, row, written = min(entry.writes)
            outcomes[row].needed = max(outcomes[row].needed, written)
            entry.was_hit = True
    else:
        entry.readable_at = min(entry.readable_at, begins)
        entry.writes.append((begins, now, attempt["row"], tokens))
    entry.lapses_at = now + timedelta(seconds=attempt["ttl_seconds"])


def _tokens(outcome: Outcome, step: int) -> tuple[int, int, int]:
    return (
        outcome.read - outcome.read % step,
        max(0, outcome.deepest - outcome.read),
        max(0, outcome.needed - outcome.read),
    )
