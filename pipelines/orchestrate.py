"""A run from the command line: the same assets as every night, in this process.

The first pass reads new files; only then is known which days there are to build; the last one publishes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dagster as dg

from pipelines.defs.assets import ASSETS
from pipelines.defs.ledger import Ledger
from pipelines.defs.partitions import FIRST_DAY, LAST_DAY, days_tags
from pipelines.errors import LedgerError
from pipelines.settings import Locations
from pipelines.warehouse.findings import Finding
from pipelines.warehouse.replaced import NAME as REPLACED
from pipelines.warehouse.run import Run

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Outcome:
    """What a run did: the days it built for and what it found."""

    days: list[str]
    findings: list[Finding]


def run_ledger(locations: Locations, first: str = "", last: str = "") -> Outcome:
    """Read what is new, build what it touches (or the days from `first` to `last`), check and publish.

    Raises:
        LedgerError: nothing was published; the message says why.
    """
    run = Run.of(locations)
    ledger = Ledger(**{name: str(path) for name, path in vars(locations).items()})
    by_day = [asset for asset in ASSETS if asset.partitions_def is not None]
    whole = [asset for asset in ASSETS if asset.partitions_def is None]
    catalogue, intake = whole[-1:], whole[:-1]
    touched = _materialize(intake, ledger, {})
    days = sorted({*run.days(first, last), *touched}) if first or last else run.stale_days()
    for start, end in day_ranges(days):
        _materialize(by_day, ledger, days_tags(start, end))
    _materialize(catalogue, ledger, days_tags(first or FIRST_DAY, last or LAST_DAY))
    return Outcome(days, run.findings(first or FIRST_DAY, last or LAST_DAY))


def day_ranges(days: Sequence[str]) -> list[tuple[str, str]]:
    """The days as the fewest ranges without a gap, so that no other day is touched; `days` are sorted."""
    ranges: list[tuple[str, str]] = []
    for day in days:
        before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        start = ranges.pop()[0] if ranges and ranges[-1][1] == before else day
        ranges.append((start, day))
    return ranges


def _materialize(selected: Sequence[dg.AssetsDefinition], ledger: Ledger, tags: dict[str, str]) -> list[str]:
    """Materialize assets in process and return the days that replaced attempts touch."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            ASSETS,
            selection=list(selected),
            resources={"ledger": ledger},
            instance=instance,
            run_config=QUIET,
            tags=tags,
            raise_on_error=False,
        )
    if not result.success:
        raise LedgerError(_first_failure(result))
    return _touched_days(result)


def _first_failure(result: dg.ExecuteInProcessResult) -> str:
    for event in result.all_events:
        if event.event_type_value == "STEP_FAILURE":
            data: Any = event.step_failure_data
            failure = data.user_failure_data
            if failure and failure.description:
                return str(failure.description)
            cause = data.error.cause or data.error if data.error else None
            return cause.message.strip() if cause else "a step failed"
    return "the run failed before its first step"


def _touched_days(result: dg.ExecuteInProcessResult) -> list[str]:
    for event in result.get_asset_materialization_events():
        if event.asset_key == dg.AssetKey(REPLACED) and event.materialization:
            days: Any = event.materialization.metadata["touched_days"].value
            return list(days)
    return []
