"""What the company plans with, as named inputs of the SQL: budgets, limits, forecasts, capacity."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import xxhash

from pipelines.book.dated import believed
from pipelines.book.fx import Exchange, load_exchanges
from pipelines.book.rates import LATEST, Name
from pipelines.errors import BookError
from pipelines.planning.budgets import BUDGET_MONTH, Budget, budget_months, load_budgets
from pipelines.planning.history import HISTORY
from pipelines.planning.reserved import (
    RESERVED_HOUR,
    RESERVED_SERVES,
    Reserved,
    hours_of,
    load_reserved,
    reserved_hours,
    reserved_serves,
)
from pipelines.settings import Company
from pipelines.warehouse.arrow import table

PLANNING_LIMIT = {
    "anomaly_permille": "BIGINT", "least_anomaly": "BIGINT", **dict.fromkeys(HISTORY, "BIGINT"),
}  # fmt: skip
"""Of how many thousandths of a deviation and microdollars a change is told; how far is looked back."""

SEASONAL_FORECAST = {
    "day": "DATE", "team": "VARCHAR", "feature": "VARCHAR", "weeks_ahead": "BIGINT", "forecast": "BIGINT",
    "distance": "BIGINT", "backtest_error": "BIGINT", "backtest_days": "BIGINT", "forecast_method": "VARCHAR",
}  # fmt: skip
"""Amounts in whole microdollars; what they are is in `forecast.py`."""


@dataclass(frozen=True)
class Planning:
    """Named inputs of the planning's SQL that the company's files give."""

    budgets: tuple[Budget, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    anomaly_permille: int = 0
    least_anomaly: int = 0
    forecast_days: int = 0
    reserved: tuple[Reserved, ...] = ()

    NAMES = ("budget_month", "planning_limit", "seasonal_forecast")
    OF_DAY = ("reserved_hour", "reserved_serves")

    def digest(self, name: str, day: str) -> str:
        """Changes when what an input says of a day does; of all days, but for which days these are."""
        said: dict[str, object] = {
            "budget_month": (self.budgets, self.exchanges),
            "planning_limit": self._limit(),
            "seasonal_forecast": self.forecast_days,
        }
        if name in self.OF_DAY:
            said[name] = [each for each, _ in hours_of(self.reserved, date.fromisoformat(day))]
        return xxhash.xxh3_128_hexdigest(repr(said[name]).encode())

    def table(self, name: str, first: date, last: date, series: Callable[[], pa.Table]) -> pa.Table:
        """An input as the SQL names it.

        Args:
            name: one of `NAMES`, or of `OF_DAY` for one day.
            first: the first day with rows.
            last: the last one.
            series: gives costs by day, team and feature, as `5_marts/forecast_series.sql` does.
        """
        match name:
            case "planning_limit":
                return table([self._limit()], PLANNING_LIMIT)
            case "budget_month":
                return table(budget_months(self.budgets, self.exchanges, first, last), BUDGET_MONTH)
            case "reserved_hour":
                return table(reserved_hours(self.reserved, first), RESERVED_HOUR)
            case "reserved_serves":
                return table(reserved_serves(self.reserved, first), RESERVED_SERVES)
        return table(self._forecasts(series().to_pylist()), SEASONAL_FORECAST)

    def _forecasts(self, series: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, object]]:
        """Every day from the first with logs to the last; the costs of a day nobody logged are not known."""
        from pipelines.planning.forecast import forecasts  # noqa: PLC0415 loads numpy

        logged = {row["day"] for row in series}
        if not logged:
            return
        days = [
            min(logged) + timedelta(days=number) for number in range((max(logged) - min(logged)).days + 1)
        ]
        cells: dict[tuple[str, str], dict[date, int]] = {}
        for row in series:
            cells.setdefault((row["team"], row["feature"]), {})[row["day"]] = row["cost"]
        costs = {
            cell: [found.get(day, 0) if day in logged else None for day in days]
            for cell, found in cells.items()
        }
        yield from forecasts(days, costs, self.forecast_days)

    def days(self, staged: Sequence[str]) -> list[str]:
        """The days of the ledger: the staged ones, and between them those on which capacity is paid for."""
        if not self.reserved or not staged:
            return list(staged)
        first, last = date.fromisoformat(staged[0]), date.fromisoformat(staged[-1])
        between = (first + timedelta(days=number) for number in range((last - first).days))
        paid = (day.isoformat() for day in between if any(hours_of(self.reserved, day)))
        return sorted({*staged, *paid})

    @property
    def models(self) -> frozenset[Name]:
        """The (provider, sku) pairs that hours of reserved capacity are priced with."""
        return frozenset((each.provider, each.sku) for each in self.reserved)

    def require(self, knows: Callable[[Name], bool]) -> None:
        """Raise `BookError` for the first name that neither the price book nor `capacity.csv` knows."""
        for each in self.reserved:
            for provider, model in ((each.provider, each.sku), *each.serves):
                if not knows((provider, model)):
                    raise BookError(f"{each.place}: no rate of {provider}/{model}")

    def _limit(self) -> dict[str, object]:
        return {"anomaly_permille": self.anomaly_permille, "least_anomaly": self.least_anomaly, **HISTORY}


def load_planning(config: Path, company: Company, known_at: datetime = LATEST) -> Planning:
    """Read and prove the company's budgets and limits, as they were believed at `known_at`.

    Raises:
        BookError: a fault of `budgets.csv`, `fx.csv` or `reserved_capacity.csv`.
    """
    return Planning(
        tuple(believed(load_budgets(config), known_at)),
        tuple(believed(load_exchanges(config), known_at)),
        int(Decimal(company.anomaly_deviations) * 1000),
        int(Decimal(company.min_anomaly_usd) * 1_000_000),
        company.forecast_days,
        tuple(believed(load_reserved(config), known_at)),
    )
