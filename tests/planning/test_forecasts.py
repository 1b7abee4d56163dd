"""Forecasts: weekdays go on as they were, backtested honestly, and known prices change what is ahead."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.planning.forecast import forecasts
from pipelines.planning.planning import SEASONAL_FORECAST
from pipelines.warehouse.arrow import table
from pipelines.warehouse.contracts import columns
from tests.planning.conftest import Planned, costs, limits

FIRST = date(2026, 6, 1)  # a Monday
D = Decimal
PRICED = (
    "day", "team", "feature", "attempts", "provider", "model", "service_tier", "region", "cost_usd",
)  # fmt: skip


def days(count: int) -> list[date]:
    return [FIRST + timedelta(days=n) for n in range(count)]


def said(cells: dict[tuple[str, str], Sequence[int | None]], ahead: int = 35) -> dict[Any, dict[str, Any]]:
    count = len(next(iter(cells.values())))
    return {(row["team"], row["feature"], row["day"]): row for row in forecasts(days(count), cells, ahead)}


def test_a_week_repeats_with_its_weekend() -> None:
    week = [100, 110, 120, 130, 140, 10, 20]
    found = said({("t", "f"): week * 8})
    ahead = [found["t", "f", FIRST + timedelta(days=56 + n)] for n in range(35)]
    assert [row["forecast"] for row in ahead] == week * 5
    assert [row["weeks_ahead"] for row in ahead] == [n // 7 + 1 for n in range(35)]
    assert {(row["distance"], row["backtest_error"], row["forecast_method"]) for row in ahead} == {
        (0, 0, "median of 4 weeks")
    }
    # of the last 56 days, those that four weeks before had a weekday to go by
    assert [row["backtest_days"] for row in ahead[::7]] == [49, 42, 35, 28, 21]


def test_one_odd_day_moves_nothing_and_widens_little() -> None:
    steady = [1000 + n % 7 for n in range(70)]
    odd = [*steady]
    odd[60] = 50_000
    found = said({("t", "f"): odd})
    assert [found["t", "f", FIRST + timedelta(days=70 + n)]["forecast"] for n in range(7)] == steady[:7]
    assert found["t", "f", FIRST + timedelta(days=70)]["distance"] == 0


def test_growth_is_carried_on_where_that_did_better() -> None:
    found = said({("t", "f"): [1000 + 10 * (n // 7) for n in range(84)]})
    row = found["t", "f", FIRST + timedelta(days=84 + 21)]
    # the twelfth week was 1,110; four weeks on it is 1,150
    assert (row["forecast"], row["forecast_method"]) == (1150, "the week before with drift")


def test_the_interval_holds_nine_of_ten_days_and_few_days_have_none() -> None:
    # 60 days of the same cost, then 4 of the last 40 days, all alike by weekday, off by 1 to 4
    series = [100] * 64
    for n, error in ((30, 1), (38, 2), (46, 3), (54, 4)):
        series[n] += error
    found = said({("t", "f"): series})
    row = found["t", "f", FIRST + timedelta(days=64)]
    assert (row["forecast"], row["backtest_days"], row["backtest_error"]) == (100, 56, 0)
    assert row["distance"] == 0  # 52 of 56 days were not off at all
    few = said({("t", "f"): [100] * 13})["t", "f", FIRST + timedelta(days=13)]
    assert (few["forecast"], few["distance"], few["backtest_error"], few["backtest_days"]) == (
        100,
        None,
        None,
        6,
    )


def test_a_day_nobody_logged_is_not_a_day_without_costs() -> None:
    series: list[int | None] = [100, 200, 300, 400, 500, 600, 700] * 6
    series[-7] = None  # the last Monday
    found = said({("t", "f"): series})
    assert found["t", "f", FIRST + timedelta(days=42)]["forecast"] == 100


def test_without_a_week_of_history_the_days_there_are_count() -> None:
    found = said({("t", "f"): [10, 30, 20]})
    assert found["t", "f", FIRST + timedelta(days=3)]["forecast"] == 20  # a Thursday: the median of all


cells = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")),
    st.lists(st.integers(0, 10**12), min_size=40, max_size=40),
    min_size=1,
)


@settings(max_examples=25)
@given(cells)
def test_wholes_are_the_sums_of_their_parts(found: dict[tuple[str, str], list[int]]) -> None:
    ahead = said(dict(found))
    for (team, feature, day), row in ahead.items():
        parts = [
            ahead[cell[0], cell[1], day]["forecast"] for cell in found
            if team in ("*", cell[0]) and feature in ("*", cell[1])
        ]  # fmt: skip
        assert row["forecast"] == sum(parts)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 10**9), min_size=60, max_size=60))
def test_a_forecast_is_a_plain_median_of_its_weekdays(series: list[int]) -> None:
    found = said({("t", "f"): series})
    row = found["t", "f", FIRST + timedelta(days=60)]
    weeks = {"the week before": 1, "median of 4 weeks": 4, "median of 8 weeks": 8}
    method, _, drift = row["forecast_method"].partition(" with ")
    same = [series[60 - 7 * n] for n in range(1, weeks[method] + 1)]
    changes = [series[n] - series[n - 7] for n in range(7, 54)] if drift else [0]
    assert row["forecast"] == int(max(median(same) + median(changes), 0) + 0.5)


def priced(ago: int, weeks: int, usd: str | None, model: str = "m") -> dict[str, Any]:
    return {
        "day": FIRST - timedelta(days=ago), "team": "t", "feature": "f", "attempts": 3, "provider": "openai",
        "model": model, "service_tier": "standard", "region": None,
        "cost_usd": None if usd is None else D(usd), "weeks_ahead": weeks, "known_rate_id": "r",
    }  # fmt: skip


def ahead_of(number: int, micro: int, feature: str = "f", distance: int | None = 10) -> dict[str, Any]:
    return {
        "day": FIRST + timedelta(days=number), "team": "t", "feature": feature, "weeks_ahead": 1,
        "forecast": micro, "distance": distance, "backtest_error": 4, "backtest_days": 9,
        "forecast_method": "m",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("later", "change", "unpriced"), [("0.25", "-0.25", 0), ("0.5", "0", 0), (None, "0", 3)]
)
def test_prices_that_change_ahead_are_added(
    planned: Planned, later: str | None, change: str, unpriced: int
) -> None:
    types = {name: columns()[name].type for name in PRICED}
    prices = table(
        [priced(6, 0, "0.5"), priced(6, 1, later), priced(5, 0, "7"), priced(5, 1, "7")],
        {**types, "weeks_ahead": "BIGINT", "known_rate_id": "VARCHAR"},
    )
    ahead = table(
        [ahead_of(1, 1_000_000), ahead_of(1, 2_000_000, "*"), ahead_of(2, 5, distance=None)],
        SEASONAL_FORECAST,
    )
    names = ("day", "team", "feature", "money_of_record", "cost_usd")
    recorded = [
        {"day": FIRST - timedelta(days=ago), "team": "t", "feature": feature, "money_of_record": money}
        for ago, feature, money in (
            (0, "f", "billed"),
            (181, "f", "billed"),
            (182, "f", "logs"),
            (5, "g", "logs"),
        )
    ]
    inputs = {
        "mart_cost_daily": costs([{"day": FIRST}], names), "mart_cost_hourly": costs([], names),
        "mart_recorded_cost": costs(recorded, names), "seasonal_forecast": ahead,
        "priced": prices, "usage": prices, "planning_limit": limits(),
    }  # fmt: skip
    rows = {(row["day"], row["team"], row["feature"]): row for row in planned.of("mart_forecast", inputs)}
    row = rows[FIRST + timedelta(days=1), "t", "f"]
    assert (row["price_change_usd"], row["unpriced_attempts"]) == (D(change), unpriced)
    assert row["forecast_usd"] == 1 + D(change)
    assert (row["forecast_low_usd"], row["forecast_high_usd"]) == (
        row["forecast_usd"] - D("0.00001"), row["forecast_usd"] + D("0.00001"),
    )  # fmt: skip
    assert row["backtest_error_usd"] == D("0.000004")
    whole = rows[FIRST + timedelta(days=1), "*", "*"]
    # Half a year of f is billed; g is priced by its logs; what is older is not looked back on.
    assert (row["money_of_record"], whole["money_of_record"]) == ("billed", "mixed")
    assert whole["forecast_usd"] == row["forecast_usd"]
    open_ended = rows[FIRST + timedelta(days=2), "t", "f"]
    assert (open_ended["forecast_usd"], open_ended["forecast_low_usd"]) == (D("0.000005"), None)


def test_the_series_is_the_recorded_money_of_days_with_logs(planned: Planned) -> None:
    # The bill says 3; the second day is of logs, one without a price; the third has only a fee.
    names = ("day", "team", "feature", "cost_usd")
    paid = [(0, "t", "3"), (1, "t", "0.5"), (1, "t", None), (2, "unattributed", "9")]
    recorded = [
        {"day": FIRST + timedelta(days=n), "team": team, "feature": "f", "cost_usd": usd and D(usd)}
        for n, team, usd in paid
    ]
    logged = [{"day": FIRST + timedelta(days=n)} for n in range(2)]
    rows = planned.series(
        {"mart_recorded_cost": costs(recorded, names), "mart_cost_daily": costs(logged, names)}
    )
    assert [(row["day"], row["team"], row["cost"]) for row in rows] == [
        (FIRST, "t", 3_000_000),
        (FIRST + timedelta(days=1), "t", 500_000),
    ]
