"""What each team and feature will cost by day: medians of its own weekdays, chosen by how they did before.

The statistics are coreforecast's. They are medians of whole microdollars, halves at most, so that floating
point is exact below 2**53 of them (9 billion USD a day) and the result is the same on every machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import numpy as np
import numpy.typing as npt
from coreforecast.rolling import rolling_quantile, seasonal_rolling_quantile

from pipelines.planning.history import FORECAST_PAST_DAYS

WEEK = 7
BACKTEST_DAYS = 56
LEAST_BACKTEST_DAYS = 7
INTERVAL = 0.9
"""Share of the backtested days whose error lies within the interval."""

WEEKS = (1, 4, 8)
METHODS = tuple(product(WEEKS, (False, True)))
"""Median of so many of the same weekdays, with or without the median weekly change carried on."""

Costs = npt.NDArray[np.float64]
Cell = tuple[str, str]


@dataclass(frozen=True)
class Forecaster:
    """One method over one series: what it says for every day and how many weeks after it.

    Attributes:
        medians: per day, of the day and the same weekdays before it.
        drifts: per day, the median change from one week to the next; zero for a method without it.
    """

    medians: Costs
    drifts: Costs

    @classmethod
    def of(cls, costs: Costs, weeks: int, *, has_drift: bool) -> "Forecaster":
        """Look at a series; NaN stands for a day nobody logged anything on."""
        medians = seasonal_rolling_quantile(costs, 0.5, WEEK, weeks, min_samples=1, skipna=True)
        recent = rolling_quantile(costs, 0.5, 4 * WEEK, min_samples=1, skipna=True)
        medians = np.where(np.isnan(medians), recent, medians)
        medians[-1] = medians[-1] if len(costs) >= WEEK else recent[-1]
        drifts = np.zeros_like(costs)
        if has_drift and len(costs) > WEEK:
            changes = np.append(np.full(WEEK, np.nan), costs[WEEK:] - costs[:-WEEK])
            drifts = rolling_quantile(changes, 0.5, BACKTEST_DAYS, min_samples=1, skipna=True)
        return cls(medians, np.nan_to_num(drifts))

    def ahead(self, weeks: int) -> Costs:
        """What each day says of the same weekday so many weeks later; no cost is below zero."""
        return np.maximum(self.medians + weeks * self.drifts, 0)

    def day_ahead(self, number: int) -> int:
        """The microdollars of a day after the last one; of a weekday not seen, what the last day says."""
        weeks = -(-number // WEEK)
        source = len(self.medians) - 1 + number - weeks * WEEK
        said = self.ahead(weeks)
        return _whole(said[-1] if source < 0 or np.isnan(said[source]) else said[source])

    def backtest(self, weeks: int) -> Costs:
        """What was said of each of the last days so many weeks before; NaN where nothing could be."""
        said = np.append(np.full(weeks * WEEK, np.nan), self.ahead(weeks))[: len(self.medians)]
        return said[-BACKTEST_DAYS:]


def forecasts(
    days: Sequence[date], costs: Mapping[Cell, Sequence[int | None]], ahead: int
) -> Iterator[dict[str, object]]:
    """Rows of the input `seasonal_forecast`: by team and feature, and for `*`, all of a kind together.

    Args:
        days: every day from the first to the last, none left out.
        costs: microdollars by (team, feature), one for each day; None on a day without any log.
        ahead: how many days to look ahead.
    """
    series = {
        cell: np.array(row[-FORECAST_PAST_DAYS:], dtype=np.float64) for cell, row in sorted(costs.items())
    }
    chosen = {cell: _choose(row) for cell, row in series.items()}
    for place in sorted({place for cell in series for place in _places(cell)}):
        cells = [cell for cell in series if place in _places(cell)]
        whole = np.sum([series[cell][-BACKTEST_DAYS:] for cell in cells], axis=0)
        methods = {chosen[cell][0] for cell in cells}
        method = methods.pop() if len(methods) == 1 else "sum of its parts"
        said = [chosen[cell][1] for cell in cells]
        for number in range(1, ahead + 1):
            weeks = -(-number // WEEK)
            errors = np.abs(whole - np.sum([each.backtest(weeks) for each in said], axis=0))
            yield {
                "day": days[-1] + timedelta(days=number), "team": place[0], "feature": place[1],
                "weeks_ahead": weeks, "forecast": sum(each.day_ahead(number) for each in said),
                **_backtested(np.sort(errors[~np.isnan(errors)])),
                "forecast_method": method,
            }  # fmt: skip


def _places(cell: Cell) -> set[Cell]:
    team, feature = cell
    return {cell, (team, "*"), ("*", feature), ("*", "*")}


def _choose(costs: Costs) -> tuple[str, Forecaster]:
    """The method that was off least, one to four weeks ahead; without a history to test it, four weeks."""
    found = {}
    for weeks, has_drift in METHODS:
        each = Forecaster.of(costs, weeks, has_drift=has_drift)
        errors = [np.abs(costs[-BACKTEST_DAYS:] - each.backtest(ahead)) for ahead in range(1, 5)]
        found[weeks, has_drift] = each, float(np.nansum(errors))
    order = [(4, False), *METHODS]
    weeks, has_drift = min(order, key=lambda method: (found[method][1], order.index(method)))
    named = f"median of {weeks} weeks" if weeks > 1 else "the week before"
    return named + (" with drift" if has_drift else ""), found[weeks, has_drift][0]


def _backtested(errors: Costs) -> dict[str, object]:
    """The error that `INTERVAL` of the days stayed within, and that of the middle one; null for few days."""
    count = len(errors)
    if count < LEAST_BACKTEST_DAYS:
        return {"distance": None, "backtest_error": None, "backtest_days": count}
    within = errors[int(np.ceil(INTERVAL * count)) - 1]
    middle = errors[(count - 1) // 2]
    return {"distance": _whole(within), "backtest_error": _whole(middle), "backtest_days": count}


def _whole(microdollars: float) -> int:
    """Half up."""
    return int(np.floor(microdollars + 0.5))
