"""Where exports are not whole: a page that says there are more and no following one; times that are missing.

Both are read from the journal: a missing page or day that arrives closes its hole.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipelines.ingest.coverage import Span, from_text
from pipelines.ingest.journal import IngestedFile
from pipelines.warehouse.arrow import table as arrow_table
from pipelines.warehouse.contracts import Table
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.holdings import Holdings
from pipelines.warehouse.pulls import MOMENT, Read, begin, exports
from pipelines.warehouse.stated import covers

HOLES = "export_hole"
NO_NEXT_PAGE, MISSING_TIME = "no_next_page", "missing_time"
TYPES = {
    "source": "VARCHAR", "account": "VARCHAR", "hole_reason": "VARCHAR", "name": "VARCHAR",
    "hole_start": "TIMESTAMP WITH TIME ZONE", "hole_end": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
DAY = timedelta(days=1)

Row = dict[str, Any]


@dataclass(frozen=True)
class HoleInputs:
    """The holes in the exports of the journal."""

    holdings: Holdings

    def says(self, table: Table, name: str, day: str) -> object:  # noqa: ARG002 a kind of input
        """The rows."""
        return [[str(value) for value in row.values()] for row in holes(self.holdings.journal)]

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:  # noqa: ARG002
        """All of them."""
        engine.register(name, arrow_table(holes(self.holdings.journal), TYPES))


def holes(journal: Iterable[IngestedFile]) -> list[Row]:
    """What is missing, by source, account and time."""
    by_account: dict[tuple[str, str], list[Read]] = defaultdict(list)
    for read in exports(journal):
        by_account[read.key].append(read)
    return [
        row
        for key, reads in sorted(by_account.items())
        for row in (*_cuts(key, reads), *_missing_times(key, reads))
    ]


def _cuts(key: tuple[str, str], reads: Sequence[Read]) -> Iterator[Row]:
    """Pages that say there are more. Only the newest reading of a name counts."""
    newest = {read.entry.name: read for read in reads}
    for read in newest.values():
        if not all(read.staged.cuts):
            yield _row(key, NO_NEXT_PAGE, read.entry.name, None, None)
        for start, end in from_text(cut for cut in read.staged.cuts if cut):
            if not any(_goes_on(other, read, (start, end)) for other in newest.values()):
                yield _row(key, NO_NEXT_PAGE, read.entry.name, end, None)


def _goes_on(other: Read, read: Read, cut: Span) -> bool:
    """Whether another file is the following page, or says the same once more and what comes after it."""
    if other is read or not other.covered or _are_of_others(other, read):
        return False
    if min(other.covered)[0] == cut[1]:
        return True
    is_newer = other.entry.sequence > read.entry.sequence
    return is_newer and covers(other.covered, (cut[0], cut[1] + MOMENT))


def _are_of_others(one: Read, two: Read) -> bool:
    """Whether two files are of different requests: other filters, or other projects or keys throughout."""
    if one.request and two.request:
        return one.request.scope != two.request.scope
    for name in ("project_id", "api_key_id"):
        mine, others = (set(read.staged.values.get(name, [])) for read in (one, two))
        if mine and others and {None} not in (mine, others) and mine.isdisjoint(others):
            return True
    return False


def _missing_times(key: tuple[str, str], reads: Sequence[Read]) -> Iterator[Row]:
    """A time that no file covers, between others that some file does."""
    spans = [span for read in reads for span in read.covered]
    spans += [(begin(day), begin(day) + DAY) for read in reads for day in read.staged.days]
    reached: datetime | None = None
    for start, end in sorted(spans):
        if reached and start > reached:
            yield _row(key, MISSING_TIME, None, reached, start)
        reached = max(reached or end, end)


def _row(
    key: tuple[str, str], reason: str, name: str | None, start: datetime | None, end: datetime | None
) -> Row:
    values = (*key, reason, name, start, end)
    return dict(zip(TYPES, values, strict=True))
