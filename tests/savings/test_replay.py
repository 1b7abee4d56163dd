"""One rule of a prompt cache a case, in numbers that can be added up by hand."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from pipelines.errors import LedgerError
from pipelines.savings import replay as module
from pipelines.savings.replay import replay
from tests.savings.logs import DAWN, NOON, attempt, frame, replayed

SYSTEM = {"system": 2000}
TURN = {"system": 2000, "system+question": 3000}
MICROSECOND = timedelta(microseconds=1)


def test_the_first_writes_and_the_second_reads() -> None:
    log = [attempt(1, 0, TURN), attempt(2, 60, TURN)]
    assert replayed(log) == {1: (0, 3000, 3000), 2: (3000, 0, 0)}


def test_a_longer_prompt_reads_what_is_there_and_writes_the_rest() -> None:
    longer = TURN | {"system+question+answer": 4500}
    log = [attempt(1, 0, TURN), attempt(2, 60, longer), attempt(3, 120, longer)]
    # 3000 are there; from 3000 to 4500 is written.
    assert replayed(log) == {1: (0, 3000, 3000), 2: (3000, 1500, 1500), 3: (4500, 0, 0)}


def test_another_question_reads_the_common_beginning() -> None:
    log = [attempt(1, 0, TURN), attempt(2, 60, {"system": 2000, "system+other": 2600})]
    assert replayed(log) == {1: (0, 3000, 2000), 2: (2000, 600, 0)}


def test_an_entry_lives_to_the_last_instant_of_its_lifetime() -> None:
    [last, lapsed] = [timedelta(seconds=300), timedelta(seconds=300) + MICROSECOND]
    assert replayed([attempt(1, 0, SYSTEM), attempt(2, last, SYSTEM)])[2] == (2000, 0, 0)
    assert replayed([attempt(1, 0, SYSTEM), attempt(2, lapsed, SYSTEM)])[2] == (0, 2000, 0)


def test_every_hit_gives_an_entry_another_lifetime() -> None:
    log = [attempt(row, 299 * row, SYSTEM) for row in range(5)]
    assert replayed(log) == {0: (0, 2000, 2000)} | dict.fromkeys(range(1, 5), (2000, 0, 0))


def test_an_attempt_that_reads_a_longer_prefix_refreshes_the_shorter_one() -> None:
    log = [attempt(1, 0, TURN), attempt(2, 200, TURN), attempt(3, 400, SYSTEM)]
    assert replayed(log)[3] == (2000, 0, 0)


def test_the_lifetime_is_that_of_who_touched_last() -> None:
    hour = {"ttl_seconds": 3600}
    assert replayed([attempt(1, 0, SYSTEM, **hour), attempt(2, 3600, SYSTEM)])[2] == (2000, 0, 0)
    assert replayed([attempt(1, 0, SYSTEM), attempt(2, 3600, SYSTEM, **hour)])[2] == (0, 2000, 0)


def test_an_hour_reads_what_five_minutes_have_lost() -> None:
    log = [attempt(row, 600 * row, SYSTEM) for row in range(3)]
    assert replayed(log) == dict.fromkeys(range(3), (0, 2000, 0))
    hour = [one | {"ttl_seconds": 3600} for one in log]
    assert replayed(hour) == {0: (0, 2000, 2000), 1: (2000, 0, 0), 2: (2000, 0, 0)}


def test_attempts_at_once_all_write_and_hindsight_needs_one() -> None:
    log = [attempt(row, 0, SYSTEM) for row in (1, 2, 3)] + [attempt(4, 10, SYSTEM)]
    assert replayed(log) == {
        1: (0, 2000, 2000), 2: (0, 2000, 0), 3: (0, 2000, 0), 4: (2000, 0, 0),
    }  # fmt: skip


def test_an_entry_can_be_read_from_the_instant_its_stream_begins() -> None:
    at = timedelta(seconds=1)
    log = [attempt(1, 0, SYSTEM), attempt(2, at - MICROSECOND, SYSTEM), attempt(3, at, SYSTEM)]
    assert replayed(log) == {1: (0, 2000, 2000), 2: (0, 2000, 0), 3: (2000, 0, 0)}


def test_who_streams_first_is_who_hindsight_keeps() -> None:
    slow, quick = NOON + timedelta(seconds=9), NOON + timedelta(seconds=3)
    log = [
        attempt(1, 0, SYSTEM, begins_at=slow), attempt(2, 1, SYSTEM, begins_at=quick), attempt(3, 3, SYSTEM),
    ]  # fmt: skip
    assert replayed(log) == {1: (0, 2000, 0), 2: (0, 2000, 2000), 3: (2000, 0, 0)}


def test_a_stream_that_begins_at_once_is_read_by_the_next_at_the_same_instant() -> None:
    log = [attempt(row, 0, SYSTEM, begins_at=NOON) for row in (1, 2)]
    assert replayed(log) == {1: (0, 2000, 2000), 2: (2000, 0, 0)}


def test_a_lapsed_entry_is_written_and_waited_for_anew() -> None:
    log = [attempt(1, 0, SYSTEM), attempt(2, 400, SYSTEM), attempt(3, 400, SYSTEM), attempt(4, 402, SYSTEM)]
    assert replayed(log) == {
        1: (0, 2000, 0), 2: (0, 2000, 2000), 3: (0, 2000, 0), 4: (2000, 0, 0),
    }  # fmt: skip


@pytest.mark.parametrize(("tokens", "read"), [(1023, 0), (1024, 1024), (1025, 1025)])
def test_nothing_shorter_than_the_minimum_is_cached(tokens: int, read: int) -> None:
    log = [attempt(row, row, {"system": tokens}) for row in (1, 2)]
    assert replayed(log) == {1: (0, read, read), 2: (read, 0, 0)}


@pytest.mark.parametrize(("tokens", "read"), [(10_000, 10_000), (10_001, 0)])
def test_a_prefix_longer_than_the_input_is_none_of_it(tokens: int, read: int) -> None:
    log = [attempt(row, row, {"system": tokens}) for row in (1, 2)]
    assert replayed(log) == {1: (0, read, read), 2: (read, 0, 0)}


@pytest.mark.parametrize("other", [{"scope": "another workspace"}, {"model": "another model"}])
def test_neither_workspaces_nor_models_share_an_entry(other: dict[str, str]) -> None:
    log = [attempt(1, 0, SYSTEM), attempt(2, 60, SYSTEM, **other), attempt(3, 61, SYSTEM, **other)]
    assert replayed(log) == {1: (0, 2000, 0), 2: (0, 2000, 2000), 3: (2000, 0, 0)}


SIX = {letter: 1100 * number for number, letter in enumerate("abcdef", 1)}


@pytest.mark.parametrize(
    ("breakpoints", "touched"),
    [(1, "a"), (2, "af"), (4, "adef"), (5, "acdef"), (6, "abcdef"), (7, "abcdef"), (None, "abcdef")],
)
def test_of_too_many_prefixes_the_first_and_the_deepest_are_cached(
    breakpoints: int | None, touched: str
) -> None:
    for letter, tokens in SIX.items():
        log = [attempt(1, 0, SIX, breakpoints=breakpoints), attempt(2, 60, {letter: tokens})]
        assert replayed(log)[2][0] == (tokens if letter in touched else 0)
        assert replayed(log)[1][1] == SIX[touched[-1]]


def test_prefixes_below_the_minimum_take_no_breakpoint() -> None:
    log = [attempt(1, 0, {"tools": 500} | SIX, breakpoints=2), attempt(2, 60, {"a": 1100})]
    assert replayed(log)[2] == (1100, 0, 0)


@pytest.mark.parametrize(("tokens", "read"), [(1151, 1024), (1152, 1152), (1153, 1152)])
def test_hits_count_in_whole_steps(tokens: int, read: int) -> None:
    log = [attempt(row, row, {"system": tokens}, step_tokens=128) for row in (1, 2)]
    # What a step cuts off stays uncached; it is not written again.
    assert replayed(log)[2] == (read, 0, 0)


def test_hindsight_writes_nothing_that_is_not_read() -> None:
    log = [attempt(row, row, {f"question {row}": 2000}) for row in (1, 2)]
    assert replayed(log) == {1: (0, 2000, 0), 2: (0, 2000, 0)}


def test_hindsight_writes_as_deep_as_is_read_later() -> None:
    log = [attempt(1, 0, TURN | {"1": 9000}), attempt(2, 60, TURN | {"2": 9000}), attempt(3, 90, SYSTEM)]
    # 3000 of the 9000 are read again; of the second nothing is.
    assert replayed(log) == {1: (0, 9000, 3000), 2: (3000, 6000, 0), 3: (2000, 0, 0)}


@pytest.mark.parametrize("nothing", [None, {}])
def test_an_attempt_without_prefixes_stays_uncached(nothing: dict[str, int] | None) -> None:
    assert replayed([attempt(1, 0, SYSTEM), attempt(2, 1, nothing)])[2] == (0, 0, 0)


def test_without_a_lifetime_nothing_is_cached() -> None:
    log = [attempt(row, row, SYSTEM, ttl_seconds=None) for row in (1, 2)]
    assert replayed(log) == {1: (0, 0, 0), 2: (0, 0, 0)}


def test_what_came_before_warms_the_cache_and_is_not_answered_for() -> None:
    log = [attempt(1, -60, SYSTEM), attempt(2, 0, SYSTEM)]
    assert replayed(log, since=NOON) == {2: (2000, 0, 0)}


def test_what_comes_after_shows_which_writes_are_of_use() -> None:
    log = [attempt(1, 0, SYSTEM), attempt(2, 60, SYSTEM)]
    assert replayed(log, until=NOON + timedelta(seconds=60)) == {1: (0, 2000, 2000)}
    assert replayed(log[:1]) == {1: (0, 2000, 0)}


def test_rows_come_in_the_order_they_were_given() -> None:
    log = [attempt(row, row, SYSTEM) for row in (5, 2, 9, 1)]
    assert list(replayed(log)) == [5, 2, 9, 1]


def test_time_counts_and_not_the_number_of_a_row() -> None:
    assert replayed([attempt(2, 0, SYSTEM), attempt(1, 60, SYSTEM)]) == {2: (0, 2000, 2000), 1: (2000, 0, 0)}


def test_no_attempts_are_no_rows() -> None:
    assert replayed([]) == {}


def test_a_large_log_is_cut_into_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    log = [attempt(row, row, {f"question {row % 7}": 2000}) for row in range(50)]
    whole = replayed(log)
    monkeypatch.setattr(module, "SHARD_TOUCHES", 9)
    assert replayed(log) == whole


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"scope": None}, "row 7: a column is null that must not be"),
    ({"prefixes": [{"hash": None, "tokens": 2000}]}, "row 7: a prefix has no hash or no tokens"),
    ({"prefixes": [{"hash": "a", "tokens": None}]}, "row 7: a prefix has no hash or no tokens"),
    ({"prefixes": [None]}, "row 7: a prefix has no hash or no tokens"),
    ({"prefixes": [{"hash": name, "tokens": 2000} for name in "ab"]}, "row 7: prefixes must grow"),
    ({"step_tokens": 0}, "row 7: step_tokens and breakpoints must be at least 1"),
    ({"breakpoints": 0}, "row 7: step_tokens and breakpoints must be at least 1"),
    ({"begins_at": NOON - MICROSECOND}, "row 7: begins_at is before started_at"),
    ({"begins_at": NOON + timedelta(seconds=150)},
     "row 7: begins_at is half of a lifetime or more after started_at"),
    ({"ttl_seconds": 0}, "row 7: begins_at is half of a lifetime or more after started_at"),
    ({"row": 8}, "2 attempts, 1 values of row"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "sentence"), FAULTS)
def test_attempts_that_cannot_be_replayed_are_refused(cells: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LedgerError) as error:
        replayed([attempt(8, 5, SYSTEM), attempt(7, 0, SYSTEM) | cells])
    assert str(error.value) == f"replay: {sentence}"


@pytest.mark.parametrize("prefixes", [None, {}])
def test_a_slow_stream_without_prefixes_does_no_harm(prefixes: dict[str, int] | None) -> None:
    slow = {"begins_at": NOON + timedelta(seconds=900)}
    assert replayed([attempt(1, 0, prefixes, **slow)]) == {1: (0, 0, 0)}
    assert replayed([attempt(1, 0, SYSTEM, ttl_seconds=None, **slow)]) == {1: (0, 0, 0)}


def test_just_less_than_half_a_lifetime_is_not_too_slow() -> None:
    begins = NOON + timedelta(seconds=150) - MICROSECOND
    log = [attempt(1, 0, SYSTEM, begins_at=begins), attempt(2, 149, SYSTEM), attempt(3, 150, SYSTEM)]
    assert replayed(log) == {1: (0, 2000, 2000), 2: (0, 2000, 0), 3: (2000, 0, 0)}


def test_a_column_that_is_missing_or_of_another_type_is_refused() -> None:
    log = frame([attempt(1, 0, SYSTEM)])
    with pytest.raises(LedgerError, match=r"^replay: column model is None, expected String$"):
        replay(log.drop("model"), since=DAWN)
    with pytest.raises(LedgerError, match=r"^replay: column row is String, expected Int64$"):
        replay(log.cast({"row": pl.String}), since=DAWN)
