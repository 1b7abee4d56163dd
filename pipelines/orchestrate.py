"""A run from the command line: the same assets as every night, in this process, in two passes.

The first pass reads new files; only then is known which days there are to build in the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from pipelines.defs.assets import ASSETS
from pipelines.defs.ledger import Ledger
from pipelines.defs.partitions import days_tags
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
    touched = _materialize(intake, ASSETS, ledger, {})
    days = sorted({*run.days(first, last), *touched}) if first or last else run.stale_days()
    tags = days_tags(days[0], days[-1]) if days else {}
    _materialize([*by_day, *catalogue] if days else catalogue, ASSETS, ledger, tags)
    reported = days if first or last else ["0001-01-01", "9999-12-31"]
    return Outcome(days, run.findings(reported[0], reported[-1]) if reported else [])


def _materialize(
    selected: Sequence[dg.AssetsDefinition],
    assets: Sequence[dg.AssetsDefinition],
    ledger: Ledger,
    tags: dict[str, str],
) -> list[str]:
    """Materialize assets in process and return the days that replaced attempts touch."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            list(assets),
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
