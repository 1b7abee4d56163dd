"""The replay says what a cache kept as a dict says, and what must be true of any log."""

from collections.abc import Sequence
from datetime import timedelta
from math import prod
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.savings.logs import NOON, attempt, replayed
from tests.savings.replay_oracle import simulate

TTL = 8
"""Seconds an entry lives in these logs; attempts start on every second, or a microsecond beside it."""

LENGTHS = (400, 700, 1000, 1500, 1700, 2400)
"""Tokens of the first, second, … block of a prompt, added up; the least that is cached is 700."""

Log = list[dict[str, Any]]


def prompt(blocks: str, listed_from: int) -> dict[str, int]:
    """Prefixes of a prompt of blocks, each named by all up to its end; the shortest may not be listed."""
    return {blocks[: depth + 1]: LENGTHS[depth] for depth in range(listed_from, len(blocks))}


CHOICES: dict[str, Sequence[Any]] = {
    "second": range(25), "microsecond": (0, 0, 0, 1, -1),
    "delay": (0, 1, 500_000, 1_000_000, 2_000_000, 3_999_999),
    "blocks": [chain[:depth] for chain in ("xxxxxx", "xxxyxx", "xyyyyy") for depth in range(7)],
    "listed_from": (0, 0, 0, 1), "scope": "AAAB", "model": "mmmn", "input_tokens": (900, 2000, 3000),
    "step_tokens": (1, 128), "breakpoints": (4, 2, 1, None), "ttl_seconds": (TTL, TTL, TTL, 2 * TTL, None),
    "long_ttl_seconds": (3 * TTL, 3 * TTL, None),
}  # fmt: skip


def chosen(number: int) -> dict[str, Any]:
    """The attempt of a number: a digit for each choice. One number is drawn many times faster than eleven."""
    one: dict[str, Any] = {}
    for name, options in CHOICES.items():
        number, digit = divmod(number, len(options))
        one[name] = options[digit]
    at = timedelta(seconds=one.pop("second"), microseconds=one.pop("microsecond"))
    begins = NOON + at + timedelta(microseconds=one.pop("delay"))
    prefixes = prompt(one.pop("blocks"), one.pop("listed_from"))
    return attempt(0, at, prefixes, begins_at=begins, minimum_tokens=700, **one)


attempts = st.integers(0, prod(map(len, CHOICES.values())) - 1).map(chosen)


def numbered(logs: Sequence[Log]) -> Log:
    """Logs that share nothing, as one: each in scopes of its own, rows numbered through."""
    together = [one | {"scope": f"{one['scope']}{n}"} for n, log in enumerate(logs) for one in log]
    return [one | {"row": row} for row, one in enumerate(together)]


logs = st.lists(st.lists(attempts, min_size=1, max_size=12), min_size=25, max_size=25).map(numbered)
log = st.lists(attempts, min_size=1, max_size=25).map(lambda some: numbered([some]))


@settings(max_examples=80, deadline=None)
@given(logs, st.integers(-30, 25), st.integers(1, 3))
def test_the_replay_agrees_with_a_cache_kept_entry_by_entry(some: Log, second: int, shards: int) -> None:
    since = NOON + timedelta(seconds=second)
    assert replayed(some, since=since, shards=shards) == simulate(some, since)
    long = [one | {"ttl_seconds": one["long_ttl_seconds"]} for one in some]
    assert replayed(some, since=since, shards=shards, life="long") == simulate(long, since)


@settings(max_examples=30, deadline=None)
@given(log, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(some: Log, chance: Any) -> None:
    mixed = some.copy()
    chance.shuffle(mixed)
    assert replayed(mixed) == replayed(some)


@settings(max_examples=30, deadline=None)
@given(log)
def test_tokens_add_up_and_hindsight_never_writes_more(some: Log) -> None:
    found = replayed(some)
    for one in some:
        read, written, needed = found[one["row"]]
        assert 0 <= needed <= written
        assert read >= 0
        assert read % one["step_tokens"] == 0
        assert read + written <= one["input_tokens"]


@settings(max_examples=30, deadline=None)
@given(log, st.integers(0, 25))
def test_days_cut_anywhere_give_the_rows_of_the_whole(some: Log, second: int) -> None:
    whole, cut = replayed(some), NOON + timedelta(seconds=second)
    longest = max(one["ttl_seconds"] or 0 for one in some)
    reach = timedelta(seconds=longest) + max(one["begins_at"] - one["started_at"] for one in some)
    before = [one for one in some if one["started_at"] <= cut + reach]
    after = [one for one in some if one["started_at"] >= cut - reach]
    assert replayed(before, until=cut) | replayed(after, since=cut) == whole


@settings(max_examples=30, deadline=None)
@given(log)
def test_a_longer_lifetime_never_reads_less(some: Log) -> None:
    short = replayed(one | {"ttl_seconds": TTL} for one in some)
    long = replayed(one | {"ttl_seconds": TTL + 3} for one in some)
    assert [row for row in short if short[row][0] > long[row][0]] == []
