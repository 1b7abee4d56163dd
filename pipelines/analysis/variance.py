"""Why the cost of two periods differs: the published logs through the SQL of `mart_variance`."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.analysis.periods import Comparison, Period
from pipelines.errors import LedgerError
from pipelines.ingest.journal import load_journal
from pipelines.settings import Locations
from pipelines.terminal import money
from pipelines.warehouse.build import prepared
from pipelines.warehouse.contracts import tables
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.holdings import Holdings
from pipelines.warehouse.inputs import Inputs
from pipelines.warehouse.run import Run
from pipelines.warehouse.state import WHOLE, load_parts

MART = "mart_variance"
PARTS = (
    "new_usd", "gone_usd", "volume_usd", "model_mix_usd", "tier_mix_usd", "meter_mix_usd", "price_usd",
    "other_meter_usd", "not_comparable_usd", "billed_difference_usd",
)  # fmt: skip
"""What adds up to the change."""

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Variance:
    """Names and rows of the table for one comparison."""

    names: list[str]
    rows: Rows

    def column(self, name: str) -> list[Any]:
        """One column, in the order of the rows."""
        place = self.names.index(name)
        return [row[place] for row in self.rows]

    def for_reading(self) -> tuple[list[str], Rows]:
        """Dollars by team and feature, the largest change first, with a line for all.

        Parts that are zero everywhere are left out.
        """
        parts = [name for name in PARTS if any(self.column(name))]
        amounts = ["earlier_cost_usd", *parts, "later_cost_usd", "change_usd"]
        columns = [self.column(name) for name in amounts]
        owners = zip(self.column("team"), self.column("feature"), strict=True)
        lines = sorted(zip(owners, zip(*columns, strict=True), strict=True), key=_by_change)
        printed = [(*owner, *map(money, costs)) for owner, costs in lines]
        return ["team", "feature", *amounts], [
            *printed,
            ("all", "", *(money(_sum(each)) for each in columns)),
        ]


def variance(locations: Locations, earlier: str, later: str) -> Variance:
    """Compare two periods, each FROM..TO, over what is published, at the prices as they are believed now.

    Raises:
        LedgerError: nothing is published, a period is none, or there are no logs in either.
    """
    periods = Period.of(earlier), Period.of(later)
    run = Run.of(locations)
    if not run.layout.catalogue.is_file():
        raise LedgerError(f"nothing is published in {run.layout.root}; run `inferledger run` first")
    comparison = Comparison(f"{periods[1]} against {periods[0]}", *periods)
    with tempfile.TemporaryDirectory() as spill:
        found = _compared(run, comparison, Path(spill))
    if not found.rows:
        raise LedgerError(f"neither {periods[0]} nor {periods[1]} has any logs")
    return found


def _compared(run: Run, comparison: Comparison, spill: Path) -> Variance:
    parts = load_parts(run.layout.published)
    journal = load_journal(run.layout.journal)
    holdings = Holdings(run.layout, journal, parts, every_day=parts)
    inputs = Inputs(holdings, run.dimensions, comparisons=[comparison])
    table = tables()[MART]
    with Engine([run.locations.warehouse], spill) as engine:
        for name in table.inputs:
            inputs.register(engine, table, name, WHOLE)
        return Variance(list(table.types), engine.rows(prepared(engine, table, {})))


def _sum(amounts: Sequence[Decimal | None]) -> Decimal:
    return sum((each for each in amounts if each is not None), Decimal(0))


def _by_change(line: tuple[tuple[str, str], tuple[Decimal | None, ...]]) -> tuple[Decimal, tuple[str, str]]:
    owner, costs = line
    return -abs(costs[-1] or Decimal(0)), owner
