"""Anomalies: a planted spike is found and explained, noise is quiet, every number is a plain median."""

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.planning.conftest import Planned, Rows, costs, limits

NAMES = ("day", "team", "feature", "provider", "model", "api_key_id", "cost_usd", "unpriced_attempts")
LAST = date(2026, 8, 5)
PERMILLE, LEAST = 5000, 1_000_000
"""Five deviations, one USD."""
D = Decimal


def cost(ago: int, micro: int, key: str = "k", team: str = "t", feature: str = "f") -> dict[str, Any]:
    return {
        "day": LAST - timedelta(days=ago), "team": team, "feature": feature, "provider": "openai",
        "model": "m", "api_key_id": key, "cost_usd": D(micro).scaleb(-6), "unpriced_attempts": 0,
    }  # fmt: skip


def found(planned: Planned, rows: Sequence[Any]) -> Rows:
    limit = limits(PERMILLE, LEAST)
    return planned.of("mart_anomaly", {"mart_cost_hourly": costs(rows, NAMES), "planning_limit": limit})


def week(ago: int, level: int = 100_000_000) -> int:
    """A steady week: weekends cost a tenth."""
    return level // 10 if (LAST - timedelta(days=ago)).weekday() >= 5 else level


def test_a_spike_is_found_where_it_was_and_explained(planned: Planned) -> None:
    # Two teams; growth's second key costs 60 USD more on a Monday.
    noise = random.Random(1)  # noqa: S311
    rows = [cost(ago, week(ago) + noise.randrange(5_000_000), team="search", key="a") for ago in range(60)]
    rows += [cost(ago, 40_000_000 + noise.randrange(1_000_000), team="growth", key="b") for ago in range(60)]
    copy = [noise.randrange(10_000_000) + 60_000_000 * (ago == 2) for ago in range(60)]
    rows += [cost(ago, micro, team="growth", key="c", feature="copy") for ago, micro in enumerate(copy)]
    spike = [row for row in found(planned, rows) if row["day"] == LAST - timedelta(days=2)]
    assert [(row["dimension"], row["dimension_value"]) for row in spike] == [
        ("all", "*"), ("api_key", "c"), ("feature", "copy"), ("model", "openai/m"), ("team", "growth"),
    ]  # fmt: skip
    whole = spike[0]
    assert (whole["moved_team"], whole["moved_feature"], whole["moved_api_key_id"]) == ("growth", "copy", "c")
    assert D(50) < whole["moved_api_key_usd"] < D(70)
    assert D(45) < whole["unexpected_usd"] < D(75)
    assert len(spike) == len(found(planned, rows))


def test_a_day_that_falls_is_found_too(planned: Planned) -> None:
    rows = [cost(ago, 0 if ago == 0 else 50_000_000 + ago % 4 * 1_000_000) for ago in range(60)]
    rows += [cost(ago, 2_000_000, key="steady", team="u") for ago in range(60)]
    fallen = [row for row in found(planned, rows) if row["dimension"] == "team"]
    assert [(row["dimension_value"], row["cost_usd"], row["unexpected_usd"] < 0) for row in fallen] == [
        ("t", D(0), True)
    ]


def test_a_new_key_is_told_from_its_first_day(planned: Planned) -> None:
    rows = [cost(ago, 5_000_000) for ago in range(30)] + [cost(0, 2_000_000, key="new")]
    keys = [row for row in found(planned, rows) if row["dimension"] == "api_key"]
    assert [(row["dimension_value"], row["expected_usd"], row["deviations_permille"]) for row in keys] == [
        ("new", D(0), None)
    ]


def test_a_week_of_history_is_needed_and_weekends_are_no_anomaly(planned: Planned) -> None:
    for days in (*range(7, 17), 22, 29):
        steady = [cost(ago, week(ago) + ago % 3 * 1_000_000) for ago in range(days)]
        assert found(planned, steady) == [], days
    assert found(planned, [cost(ago, 9_000_000_000 if ago == 0 else 1_000_000) for ago in range(7)]) == []
    assert found(planned, [cost(ago, 9_000_000_000 if ago == 0 else 1_000_000) for ago in range(8)]) != []


def test_steady_growth_is_no_anomaly(planned: Planned) -> None:
    noise = random.Random(2)  # noqa: S311
    rows = [cost(ago, int(week(ago) * 1.04 ** (-ago / 7) * noise.gauss(1, 0.05))) for ago in range(84)]
    assert found(planned, rows) == []


def test_a_day_nobody_logged_is_not_a_fall(planned: Planned) -> None:
    rows = [cost(ago, 50_000_000 + ago % 4 * 1_000_000) for ago in range(84) if ago not in {3, 10, 30}]
    assert found(planned, rows) == []


@pytest.mark.parametrize("days", [20, 40, 84])
def test_noise_around_a_level_is_quiet(planned: Planned, days: int) -> None:
    # 60 series of their own seed and spread, each judged on up to 28 days
    rows = []
    for seed in range(60):
        noise = random.Random(seed)  # noqa: S311
        levels = [max(0.0, noise.gauss(1, (seed % 10 + 1) / 25)) for _ in range(days)]
        rows += [
            cost(ago, int(level * 10**8), f"k{seed}", f"t{seed}", f"f{seed}")
            for ago, level in enumerate(levels)
        ]
    assert found(planned, rows) == []


def most_of(distances: Iterable[Fraction]) -> Fraction:
    """The least distance that three of four do not exceed."""
    ordered = sorted(distances)
    return next(each for n, each in enumerate(ordered, 1) if 4 * n >= 3 * len(ordered))


def expected(costs_by_ago: dict[int, int], judged: int) -> tuple[Fraction, Fraction, bool] | None:
    """What a day was to cost and the distance of most days, by the definition; None without a past."""
    past = {judged + n: costs_by_ago[judged + n] for n in range(1, 57) if judged + n in costs_by_ago}
    if len(past) < 7:
        return None
    changes = [Fraction(past[ago] - past[ago + 7]) for ago in past if ago + 7 in past]
    same = [ago for ago in past if ago - judged in (7, 14, 21, 28)]
    if len(changes) >= 35 and len(same) >= 3:
        return Fraction(median([Fraction(past[ago]) for ago in same])), most_of(map(abs, changes)), True
    middle = Fraction(median(map(Fraction, past.values())))
    return middle, most_of(abs(each - middle) for each in past.values()), False


@settings(max_examples=25)
@given(
    st.integers(1, 84),
    st.integers(0, 2**32),
    st.sampled_from([10, 10**7, 10**9]),
    st.sets(st.integers(1, 83)),
)
def test_what_is_told_is_what_the_definition_tells(
    planned: Planned, days: int, seed: int, level: int, missing: set[int]
) -> None:
    chance = random.Random(seed)  # noqa: S311
    by_ago = {
        ago: chance.choice([level, level + 1, level * 2, chance.randrange(level * 3)])
        for ago in range(days) if len(missing) > 40 or ago not in missing
    }  # fmt: skip
    told = {
        row["day"]: row
        for row in found(planned, [cost(*each) for each in by_ago.items()])
        if row["dimension"] == "all"
    }
    oldest = max(by_ago)
    for ago, paid in by_ago.items():
        known = expected(by_ago, ago) if ago < 28 else None
        row = told.pop(LAST - timedelta(days=ago), None)
        if known is None:
            assert row is None, (ago, oldest)
            continue
        middle, distance, is_seasonal = known
        deviation = Fraction(int((4 * distance * 8693 + 5000) // 10000), 4)
        past = [by_ago[ago + n] for n in range(1, 57) if ago + n in by_ago]
        off = Fraction(max(paid - max(past), min(past) - paid, 0))
        if is_seasonal and deviation:
            off = abs(paid - middle)
        is_told = off >= LEAST and off * 1000 > PERMILLE * deviation * (1 if is_seasonal else 2)
        assert (row is not None) == is_told, (ago, known, paid)
        if row is not None:
            assert row["cost_usd"] == D(paid).scaleb(-6)
            assert abs(row["expected_usd"] * 10**6 - D(int(middle))) <= 1
            assert row["is_seasonal"] is is_seasonal
            assert row["history_days"] == len(past)
    assert told == {}
