"""Inputs from the price book: rates, names and owners of the days and models that a table prices."""

from dataclasses import dataclass

from pipelines.analysis.norms import Norms
from pipelines.book.dimensions import Dimensions
from pipelines.book.rates import Name
from pipelines.book.second_opinion import SecondOpinion
from pipelines.plans import Plans
from pipelines.warehouse.contracts import Table
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.holdings import Holdings, day_after, days_around, kinds_of
from pipelines.warehouse.plan_inputs import RESERVED
from pipelines.warehouse.replay_input import REPLAYED_PROMPT

LOGGED = "dim_name"
"""The dimension that is asked for names as logs write them."""

DAYS_AHEAD = 100
"""How far the dimensions of a table that is not by day go beyond the last day: as far as forecasts do."""


@dataclass(frozen=True)
class BookInputs:
    """The dimensions of the book, or for a table of second opinions those of the other catalogue."""

    holdings: Holdings
    dimensions: Dimensions
    plans: Plans

    def says(self, table: Table, name: str, day: str) -> object:
        """What decides the prices of the models used."""
        used, within_day = self._models(table, name, day), "usage" not in kinds_of(table.name)
        return self._source(table).digest(name, self._period(table, day), used, within_day=within_day)

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:
        """The rows of the dimension for the models used."""
        used = self._models(table, name, day)
        engine.register(name, self._source(table).table(name, self._period(table, day), used))

    def _source(self, table: Table) -> Dimensions | SecondOpinion:
        return SecondOpinion() if table.second_opinion else self.dimensions

    def _period(self, table: Table, day: str) -> str:
        """The days of a table's dimensions: those it reads, or all that are staged and `DAYS_AHEAD` more."""
        if table.by_day:
            return f"{day_after(day, table.span[0])}/{day_after(day, table.span[1])}"
        first, last = self.holdings.staged_span
        return f"{first}/{day_after(last, DAYS_AHEAD)}"

    def _models(self, table: Table, dimension: str, day: str) -> frozenset[Name]:
        """The models a dimension of a part is asked for: those that its staged files name.

        In the names of the book, but for the dimension that is made of names as they are logged.
        """
        if RESERVED in table.inputs:
            return self.plans.planning.models
        if table.capacity:
            return self.plans.capacity.models
        kinds = kinds_of(table.name) or {"attempt"}
        days = days_around(day, table.span) if table.by_day else self.holdings.staged_days
        files = [entry for kind in kinds for each in days for entry in self.holdings.files(kind, each)]
        if dimension == "dim_other_rate" and REPLAYED_PROMPT not in table.inputs:
            files = [entry for entry in files if entry.other_meters]
        used = frozenset((provider, model) for entry in files for provider, model in entry.models)
        if dimension == LOGGED:
            return used
        used = self.dimensions.resolved(used, self._period(table, day))
        if Norms.NAME in table.inputs:
            used |= self.plans.norms.models
        return self.plans.scenarios.concerning(used) if table.scenarios else used
