"""The exports of the journal as pulls: who read what, for which days, and which days hang together."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from pipelines.ingest.coverage import Span, from_text
from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.sources import SOURCES
from pipelines.warehouse.contents import Request, request_of
from pipelines.warehouse.stated import Pull

Days = tuple[str, str]
"""The first and the last of some UTC days, as ISO text."""

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Read:
    """An export as it was read at one time, with what its content is known by."""

    entry: IngestedFile
    staged: IngestedFile

    @property
    def key(self) -> tuple[str, str]:
        """Source and account: exports of one of them are compared with each other alone."""
        return self.entry.source, self.entry.account

    @cached_property
    def covered(self) -> list[Span]:
        """The spans of its buckets."""
        return from_text(self.staged.covered)

    @cached_property
    def days(self) -> set[str]:
        """Every UTC day that it says something of."""
        every = set(self.staged.days)
        for start, end in self.covered:
            every |= set(_days(start.date(), (end - MOMENT).date()))
        return every

    @property
    def says(self) -> list[object]:
        """What a decision depends on."""
        entry = self.entry
        return [
            entry.source,
            entry.account,
            entry.name,
            entry.content_id,
            entry.sequence,
            entry.request,
            self.staged.reader,
        ]

    def pull(self, days: Days, stated: Sequence[Span]) -> Pull:
        """What it is for a decision about some days.

        Args:
            days: the days.
            stated: the spans of its buckets with results: all that is known of a file of an earlier reader.
        """
        first, until = instants(days)
        return Pull(
            self.entry.sequence,
            self.entry.name,
            self.entry.content_id,
            [span for span in self.covered or stated if span[0] < until and first < span[1]],
            self.request,
            {name: frozenset(values) for name, values in self.staged.values.items()},
        )

    @property
    def request(self) -> Request | None:
        """What it asked for, where a description says so."""
        asked = self.entry.request
        scope = {name: value for name, value in asked.items() if name not in {"from", "to"}}
        return request_of(asked, json.dumps(scope, sort_keys=True))


def exports(journal: Iterable[IngestedFile]) -> list[Read]:
    """The exports of the journal in the order in which they were read.

    A file with bytes that were read before says them anew.
    """
    reads: list[Read] = []
    staged: dict[tuple[str, str], IngestedFile] = {}
    for entry in journal:
        if entry.status == "staged" and SOURCES[entry.source].kind != "attempt":
            staged[entry.source, entry.content_id] = entry
        of_content = staged.get((entry.source, entry.content_id))
        if of_content and entry.status in {"staged", "duplicate"}:
            reads.append(Read(entry, of_content))
    return reads


def groups(reads: Iterable[Read]) -> dict[str, Days]:
    """Days that are decided together because a bucket crosses a midnight between them, by each such day."""
    spans = [span for read in reads for span in read.covered]
    crossing = sorted({(start.date(), (end - MOMENT).date()) for start, end in spans})
    runs: list[tuple[date, date]] = []
    for first, last in crossing:
        if first == last:
            continue
        if runs and first <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(runs[-1][1], last))
        else:
            runs.append((first, last))
    return {day: (first.isoformat(), last.isoformat()) for first, last in runs for day in _days(first, last)}


def by_day(reads: Iterable[Read]) -> Mapping[str, Sequence[Read]]:
    """The exports that say something of a day."""
    reads_of: dict[str, list[Read]] = {}
    for read in reads:
        for day in read.days:
            reads_of.setdefault(day, []).append(read)
    return reads_of


def instants(days: Days) -> Span:
    """From the first instant of some days until that of the day after them."""
    return begin(days[0]), begin(days[1]) + timedelta(days=1)


def begin(day: str) -> datetime:
    """The first instant of a UTC day."""
    return datetime.combine(date.fromisoformat(day), time(), UTC)


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]
