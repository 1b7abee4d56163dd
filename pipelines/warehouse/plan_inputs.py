"""Inputs that the company's own files give: scenarios, options, norms, periods to compare, budgets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import pyarrow as pa

from pipelines.analysis.norms import Norms
from pipelines.analysis.periods import COMPARED, Comparison, compared, months
from pipelines.planning.planning import Planning
from pipelines.plans import Plans
from pipelines.savings.capacity import Capacity
from pipelines.savings.routes import ROUTED, routed
from pipelines.savings.scenarios import Scenarios
from pipelines.warehouse.contracts import Table, read_sql
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.holdings import Holdings
from pipelines.warehouse.repricing import FACT

SAVINGS = (*Scenarios.NAMES, *Capacity.NAMES, ROUTED)
ANALYSED = (Norms.NAME, COMPARED)
PLANNED = (*Planning.OF_DAY, *Planning.NAMES)

RESERVED = "reserved_hour"
"""The input that only a company with capacity of its own has rows of."""

SERIES = "5_marts/forecast_series.sql"
"""The costs that forecasts are made of, from tables that their own names before."""


@dataclass(frozen=True)
class SavingsInputs:
    """Scenarios, rules and options, and the attempts that rules of routing take."""

    plans: Plans

    def says(self, table: Table, name: str, day: str) -> object:  # noqa: ARG002 a kind of input
        """Everything that both files and the rules say."""
        return [self.plans.scenarios.digest, self.plans.capacity.digest]

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:  # noqa: ARG002
        """Of the routed attempts: a contract names the fact before what is chosen of it."""
        if name == ROUTED:
            engine.name(name, routed(engine.connection.view(FACT), self.plans.scenarios.routes))
        else:
            engine.register(name, self._table(name, day))

    def _table(self, name: str, day: str) -> pa.Table:
        if name in Capacity.NAMES:
            return self.plans.capacity.table(name, day)
        found = self.plans.scenarios.table(name, day)
        return pa.concat_tables([found, self.plans.capacity.assumptions]) if name == "assumption" else found


@dataclass(frozen=True)
class AnalysisInputs:
    """What is normal, and which periods are compared: by default each month with the one before it."""

    holdings: Holdings
    norms: Norms
    comparisons: Sequence[Comparison] = ()

    def says(self, table: Table, name: str, day: str) -> object:  # noqa: ARG002
        """The rows themselves: they are few."""
        return repr(self._table(name).to_pylist())

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:  # noqa: ARG002
        """The same for every day."""
        engine.register(name, self._table(name))

    @property
    def compared(self) -> Sequence[Comparison]:
        """The pairs of periods."""
        return self.comparisons or months(self.holdings.staged_days)

    def _table(self, name: str) -> pa.Table:
        return self.norms.table() if name == Norms.NAME else compared(self.compared)


@dataclass(frozen=True)
class PlanningInputs:
    """Budgets, limits, forecasts and reserved capacity."""

    holdings: Holdings
    planning: Planning

    def says(self, table: Table, name: str, day: str) -> object:  # noqa: ARG002
        """The entries, and how the series of the forecasts are read."""
        return [self.planning.digest(name, day), read_sql(SERIES)]

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:  # noqa: ARG002
        """Of a day, or of all that are staged; the forecasts read tables that are named before."""
        first, last = map(date.fromisoformat, (day, day) if day else self.holdings.staged_span)
        series = partial(engine.table, read_sql(SERIES))
        engine.register(name, self.planning.table(name, first, last, series))
