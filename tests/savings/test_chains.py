"""Prefixes of sessions, and of prompts that begin with something volatile: by hand and by a plain program."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.savings.attempts import PREFIX
from pipelines.savings.prefix_order import reordered
from pipelines.savings.sessions import turns
from tests.savings.chains_oracle import Chains, reordered_chains, turn_chains
from tests.savings.logs import DAWN, NOON, attempt, replayed
from tests.savings.replay_oracle import simulate

Log = list[dict[str, Any]]


def turn(row: int, tokens: int, session: str | None = "s", **cells: Any) -> dict[str, Any]:
    """A turn of a session, a minute after the one before."""
    said = {"input_tokens": tokens, "session_id": session, "feature": "chat"}
    return attempt(row, 60 * row, None) | said | cells


def tokens_of_turns(log: Log) -> dict[int, list[int]]:
    return {row: [prefix["tokens"] for prefix in chain] for row, chain in turns_of(log).items()}


def turns_of(log: Log) -> Chains:
    """What `turns` says by row."""
    kinds = {"row": pl.Int64, "input_tokens": pl.Int64}
    kept = ("row", "started_at", "input_tokens", "scope", "model", "feature", "session_id")
    frame = pl.LazyFrame([{name: one[name] for name in kept} for one in log], schema_overrides=kinds)
    return dict(turns(frame).collect().iter_rows())


def test_a_turn_repeats_the_input_of_the_one_before() -> None:
    log = [turn(1, 3000), turn(2, 4000), turn(3, 4500)]
    assert tokens_of_turns(log) == {1: [3000], 2: [3000, 4000], 3: [4000, 4500]}
    chains = turns_of(log)
    assert chains[3][0] == chains[2][1]


def test_a_turn_that_shrinks_begins_anew_and_one_that_stays_is_the_same_prompt() -> None:
    log = [turn(1, 3000), turn(2, 4000), turn(3, 4000), turn(4, 2500), turn(5, 4000)]
    assert tokens_of_turns(log) == {
        1: [3000], 2: [3000, 4000], 3: [3000, 4000], 4: [2500], 5: [2500, 4000],
    }  # fmt: skip
    chains = turns_of(log)
    assert chains[2] == chains[3]
    assert chains[5][1] not in chains[2]


def test_neither_sessions_nor_features_follow_on_each_other() -> None:
    log = [turn(1, 3000), turn(2, 4000, "other"), turn(3, 5000, feature="titles"), turn(4, 6000)]
    assert tokens_of_turns(log) == {1: [3000], 2: [4000], 3: [5000], 4: [3000, 6000]}


def test_a_chat_reads_turn_by_turn_what_it_wrote() -> None:
    log = [turn(1, 3000), turn(2, 4000), turn(3, 4500)]
    # Each turn writes what it adds: 3000, 1000, 500; and reads what was there.
    assert replays(log, turns_of) == {1: (0, 3000, 3000), 2: (3000, 1000, 1000), 3: (4000, 500, 0)}


def replays(log: Log, chains: Callable[[Log], Chains]) -> dict[int, tuple[int, int, int]]:
    """The replay of a log with prefixes of its own."""
    return replayed(with_chains(log, chains(log)))


def with_chains(log: Log, chains: Chains) -> Log:
    """The attempts that have prefixes, with them."""
    names = attempt(0, 0, None)
    return [
        {name: one[name] for name in names} | {"prefixes": chains[one["row"]]}
        for one in log
        if one["row"] in chains
    ]


def dated(row: int, lengths: Mapping[str, int], **cells: Any) -> dict[str, Any]:
    """A prompt of named blocks; a block `*` is another text in every call. Hashes stand for all before."""
    so_far, tokens, prefixes = "", 0, {}
    for block, length in lengths.items():
        so_far += f"/{block}{row}" if block == "*" else f"/{block}"
        tokens += length
        prefixes[so_far] = tokens
    return attempt(row, 60 * row, prefixes) | {"feature": "chat", "request": row} | cells


PART, PARTS = 2, 4
"""The prompts of a part at least, so that a few come in several, and into how many a longer log is cut."""


def reordered_of(log: Log) -> Chains:
    """What `reordered` says by row."""
    kinds = {
        "row": pl.Int64, "request": pl.UInt64, "scope": pl.String, "model": pl.String, "feature": pl.String,
        "prefixes": pl.List(PREFIX),
    }  # fmt: skip
    frame = pl.LazyFrame([{name: one[name] for name in kinds} for one in log], schema=kinds)
    with TemporaryDirectory() as scratch:
        rows = max(PART, len(log) // PARTS)
        parts = [frame.slice(first, rows) for first in range(0, max(len(log), 1), rows)]
        return {row: chain for part in reordered(parts, Path(scratch)) for row, chain in part.iter_rows()}


def moved_tokens(log: Log) -> dict[int, list[int]]:
    return {row: [prefix["tokens"] for prefix in chain] for row, chain in reordered_of(log).items()}


def test_a_date_before_the_instructions_goes_behind_them() -> None:
    log = [dated(row, {"*": 20 + row, "instructions": 4000, "question": 100 * row}) for row in (1, 2, 3)]
    # Questions are never as long as each other; the instructions always are.
    assert moved_tokens(log) == {1: [4000], 2: [4000], 3: [4000]}
    # As logged nothing is read; with the date last, all instructions but the first.
    logged = {1: (0, 4121, 0), 2: (0, 4222, 0), 3: (0, 4323, 0)}
    assert replays(log, lambda same: {one["row"]: one["prefixes"] for one in same}) == logged
    assert replays(log, reordered_of) == {1: (0, 4000, 4000), 2: (4000, 0, 0), 3: (4000, 0, 0)}


def test_what_is_stable_before_the_volatile_part_stays_first() -> None:
    log = [dated(row, {"tools": 1000, "*": 50, "instructions": 2000, "question": row}) for row in (1, 2, 3)]
    assert moved_tokens(log) == {row: [1000, 3000] for row in (1, 2, 3)}
    assert reordered_of(log)[1][0] == {"hash": "/tools", "tokens": 1000}


def test_a_prompt_that_only_ends_in_something_new_has_nothing_to_move() -> None:
    log = [dated(row, {"instructions": 4000, "*": 100}) for row in (1, 2, 3)]
    assert moved_tokens(log) == {}


def test_lengths_that_fewer_than_most_have_are_no_sign_of_one_text() -> None:
    lengths = (4000, 4000, 5000, 6000)
    log = [dated(row, {"*": 20, "text": length}) for row, length in enumerate(lengths)]
    assert moved_tokens(log) == {}
    assert moved_tokens(log[:3]) == {0: [4000], 1: [4000]}


def test_a_retry_does_not_make_a_volatile_part_a_shared_one() -> None:
    log = [dated(row, {"*": 20, "instructions": 4000}) for row in (1, 2)]
    log.append(log[1] | {"row": 3, "started_at": NOON + timedelta(seconds=125)})
    assert moved_tokens(log) == {1: [4000], 2: [4000], 3: [4000]}
    log[2]["request"] = 3
    assert moved_tokens(log) == {1: [4000]}


CHOICES: dict[str, Sequence[Any]] = {
    "second": range(40), "microsecond": (0, 0, 1, -1), "delay": (0, 1_000_000, 3_999_999),
    "input_tokens": (600, 1000, 1000, 1500, 2100, 3000), "session_id": "ssst", "feature": ("f", "f", None),
    "scope": "AAAB", "model": "mmmn", "blocks": ("*ab", "*abc", "a*bc", "ab*c", "*", "**ab", "abc"),
    "first": (400, 400, 500), "other": (700, 700, 700, 900), "request": range(12),
}  # fmt: skip


def chosen(number: int) -> dict[str, Any]:
    """The attempt of a number: a digit for each choice."""
    one: dict[str, Any] = {}
    for name, options in CHOICES.items():
        number, digit = divmod(number, len(options))
        one[name] = options[digit]
    at = timedelta(seconds=one.pop("second"), microseconds=one.pop("microsecond"))
    begins = NOON + at + timedelta(microseconds=one.pop("delay"))
    blocks, first, other = one.pop("blocks"), one.pop("first"), one.pop("other")
    prefixes = [
        {"hash": blocks[: end + 1].replace("*", f"*{one['request']}"), "tokens": first + other * end}
        for end in range(len(blocks))
    ]
    made = attempt(0, at, None, begins_at=begins, minimum_tokens=700, ttl_seconds=8, **one)
    return made | {"prefixes": prefixes}


attempts = st.integers(0, prod(map(len, CHOICES.values())) - 1).map(chosen)


def numbered(logs: Iterable[Log]) -> Log:
    """Logs that share nothing, as one; requests have a number each."""
    together = [
        one | {"scope": f"{one['scope']}{n}", "request": 100 * n + one["request"]}
        for n, log in enumerate(logs)
        for one in log
    ]
    return [one | {"row": row} for row, one in enumerate(together)]


logs = st.lists(st.lists(attempts, min_size=1, max_size=12), min_size=25, max_size=25).map(numbered)


@settings(max_examples=40, deadline=None)
@given(logs)
def test_sessions_replay_as_a_plain_program_says(log: Log) -> None:
    assert replays(log, turns_of) == simulate(with_chains(log, turn_chains(log)), DAWN)


@settings(max_examples=40, deadline=None)
@given(logs)
def test_reordered_prompts_replay_as_a_plain_program_says(log: Log) -> None:
    assert replays(log, reordered_of) == simulate(with_chains(log, reordered_chains(log)), DAWN)
