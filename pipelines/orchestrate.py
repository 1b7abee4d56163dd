"""A run from the command line: the same assets as every night, in this process.

The first pass reads new files; only then is known which days there are to build; the last one publishes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dagster as dg

from pipelines.defs.assets import ASSETS, CATALOGUE, INTAKE
from pipelines.defs.ledger import Ledger
from pipelines.defs.partitions import FIRST_DAY, LAST_DAY, days_tags
from pipelines.errors import LedgerError
from pipelines.settings import Locations
from pipelines.warehouse.contracts import follows_days, tables
from pipelines.warehouse.findings import Finding
from pipelines.warehouse.replaced import NAME as REPLACED
from pipelines.warehouse.repricing import new_entries
from pipelines.warehouse.run import Run
from pipelines.warehouse.state import load_parts

AFTER_DAYS = {CATALOGUE, *(table.name for table in tables().values() if follows_days(table))}
"""What is made of all days: it is built and published when they are."""

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Asked:
    """What a run is to do.

    Attributes:
        first, last: UTC days as ISO text; empty is without end on that side, both empty is what is stale.
        as_known_at: price with what was believed at this instant; empty is now.
        reads_raw: whether new raw files are read first.
    """

    first: str = ""
    last: str = ""
    as_known_at: str = ""
    reads_raw: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a run did: the days it built for, what it found, and the files of new entries in the journal."""

    days: list[str]
    findings: list[Finding]
    new_entries: list[str]


def run_ledger(locations: Locations, asked: Asked) -> Outcome:
    """Read what is new, build what it touches (or the days asked for), check and publish.

    Raises:
        LedgerError: nothing was published; the message says why.
    """
    run = Run.of(locations, asked.as_known_at)
    first, last = asked.first or FIRST_DAY, asked.last or LAST_DAY
    folders = {name: str(path) for name, path in vars(locations).items()}
    ledger = Ledger(**folders, as_known_at=asked.as_known_at)
    by_day = [asset for asset in ASSETS if asset.partitions_def is not None]
    whole = [asset for asset in ASSETS if asset.partitions_def is None]
    closing = [asset for asset in whole if _name(asset) in AFTER_DAYS]
    reading = [] if asked.reads_raw else [INTAKE, REPLACED]
    before = load_parts(run.layout.published)
    with dg.DagsterInstance.ephemeral() as instance:
        passes = Passes(instance, ledger)
        first_pass = [asset for asset in whole if asset not in closing and _name(asset) not in reading]
        touched = _touched_days(passes.materialize(first_pass))
        days = sorted({*run.days(asked.first, asked.last), *touched})
        if not (asked.first or asked.last):
            days = run.stale_days()
        for start, end in day_ranges(days):
            passes.materialize(by_day, days_tags(start, end))
        published = passes.materialize(closing, days_tags(first, last))
    entries = new_entries(load_parts(run.layout.published), before)
    return Outcome(days, _findings(published), entries)


def _name(asset: dg.AssetsDefinition) -> str:
    return asset.key.to_user_string()


def day_ranges(days: Sequence[str]) -> list[tuple[str, str]]:
    """The days as the fewest ranges without a gap, so that no other day is touched; `days` are sorted."""
    ranges: list[tuple[str, str]] = []
    for day in days:
        before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        start = ranges.pop()[0] if ranges and ranges[-1][1] == before else day
        ranges.append((start, day))
    return ranges


@dataclass(frozen=True)
class Passes:
    """Runs in this process, one after another, that share an event log in memory."""

    instance: dg.DagsterInstance
    ledger: Ledger

    def materialize(
        self, selected: Iterable[dg.AssetsDefinition], tags: dict[str, str] | None = None
    ) -> dg.ExecuteInProcessResult:
        """Materialize assets; raise `LedgerError` with the sentence of the first that fails."""
        result = dg.materialize(
            ASSETS,
            selection=list(selected),
            resources={"ledger": self.ledger},
            instance=self.instance,
            run_config=QUIET,
            tags=tags,
            raise_on_error=False,
        )
        if not result.success:
            raise LedgerError(_first_failure(result))
        return result


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


def _findings(result: dg.ExecuteInProcessResult) -> list[Finding]:
    """What the checks of the catalogue said, in their order."""
    found: list[Finding] = []
    for evaluation in result.get_asset_check_evaluations():
        if evaluation.asset_key != dg.AssetKey(CATALOGUE):
            continue
        said: Any = evaluation.metadata["findings"].value
        found += [Finding(evaluation.check_name, sentence) for sentence in said]
    return found
