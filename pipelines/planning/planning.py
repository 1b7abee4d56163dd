"""What the company plans with, as named inputs of the SQL: budgets and limits."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import xxhash

from pipelines.book.dated import believed
from pipelines.book.fx import Exchange, load_exchanges
from pipelines.book.rates import LATEST
from pipelines.planning.budgets import BUDGET_MONTH, Budget, budget_months, load_budgets
from pipelines.settings import Company
from pipelines.warehouse.arrow import table

PLANNING_LIMIT = {"anomaly_permille": "BIGINT", "least_anomaly": "BIGINT"}
"""Of how many thousandths of a deviation a change is told, and of how many microdollars."""


@dataclass(frozen=True)
class Planning:
    """Named inputs of the planning's SQL that the company's files give."""

    budgets: tuple[Budget, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    anomaly_permille: int = 0
    least_anomaly: int = 0

    NAMES = ("budget_month", "planning_limit")

    def digest(self, name: str) -> str:
        """Changes when what an input says does, but for the days it is asked for."""
        said = (self.budgets, self.exchanges) if name == "budget_month" else self._limit()
        return xxhash.xxh3_128_hexdigest(repr(said).encode())

    def table(self, name: str, period: str) -> pa.Table:
        """An input as the SQL names it, for the days `FIRST/LAST`."""
        if name == "planning_limit":
            return table([self._limit()], PLANNING_LIMIT)
        if not period:
            return table([], BUDGET_MONTH)
        first, _, last = period.partition("/")
        days = (date.fromisoformat(day) for day in (first, last or first))
        return table(budget_months(self.budgets, self.exchanges, *days), BUDGET_MONTH)

    def _limit(self) -> dict[str, object]:
        return {"anomaly_permille": self.anomaly_permille, "least_anomaly": self.least_anomaly}


def load_planning(config: Path, company: Company, known_at: datetime = LATEST) -> Planning:
    """Read and prove the company's budgets and limits, as they were believed at `known_at`.

    Raises:
        BookError: a fault of `budgets.csv` or `fx.csv`.
    """
    return Planning(
        tuple(believed(load_budgets(config), known_at)),
        tuple(believed(load_exchanges(config), known_at)),
        int(Decimal(company.anomaly_deviations) * 1000),
        int(Decimal(company.min_anomaly_usd) * 1_000_000),
    )
