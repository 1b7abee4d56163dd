"""A run from the command line: the steps of the nightly assets in their order, in this process.

New files are read first; only then is known which days there are to build; what is made of all days comes
last. Dagster runs the same steps; without its event log they take a few seconds less.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from pipelines.errors import LedgerError
from pipelines.settings import Locations
from pipelines.warehouse.contracts import in_order
from pipelines.warehouse.finding import Finding
from pipelines.warehouse.lock import locked
from pipelines.warehouse.repricing import new_entries
from pipelines.warehouse.run import Run
from pipelines.warehouse.state import load_parts
from pipelines.webhook import tell

WEBHOOK = "webhook"


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
    """What a run did.

    Attributes:
        days: those it built for.
        findings: what is open in the published version.
        new_entries: files of new entries in the journal of repricing.
        notes: sentences on whose files it used.
    """

    days: list[str]
    findings: list[Finding]
    new_entries: list[str]
    notes: list[str] = field(default_factory=list)


def run_ledger(locations: Locations, asked: Asked) -> Outcome:
    """Read what is new, build what it touches (or the days asked for), check and publish.

    Raises:
        LedgerError: nothing was published; the message says why.
    """
    run = Run.of(locations, asked.as_known_at, asked.last)
    if asked.reads_raw:
        locations.require_raw()
    with _one_sentence(), locked(run.layout):
        before, notes = load_parts(run.layout.published), run.notes
        days = _days_to_build(run, asked)
        for table in in_order():
            run.build(table.name, days)
        run.publish()
        found = _told(run)
        return Outcome(days, found, new_entries(load_parts(run.layout.published), before), notes)


def _days_to_build(run: Run, asked: Asked) -> list[str]:
    """The days asked for and those whose attempts they replace; without days whatever is not up to date."""
    touched: list[str] = []
    if asked.reads_raw:
        run.ingest()
        touched = run.find_replaced(run.days())
    if asked.first or asked.last:
        return sorted({*run.days(asked.first, asked.last), *touched})
    return run.stale_days()


def _told(run: Run) -> list[Finding]:
    """The findings, which the webhook is told too, and what became of that."""
    found = run.findings()
    return [Finding(WEBHOOK, said) for said in tell(found)] + found


@contextmanager
def _one_sentence() -> Iterator[None]:
    """A full disk or a folder without leave to write is something the user can mend."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        raise LedgerError(f"{type(error).__name__}: {error}".strip()) from error
