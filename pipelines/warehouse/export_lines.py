"""What the staged files of exports state of some days, bucket by bucket."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pipelines.ingest.sources import SOURCES
from pipelines.warehouse.build import Builder
from pipelines.warehouse.contents import DIMENSIONS, Contents, Values
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.holdings import STAGED
from pipelines.warehouse.pieces import Piece
from pipelines.warehouse.pulls import Days, Read, instants
from pipelines.warehouse.stated import Pull, StatedBucket

LINES = "2_intake/export_line.sql"
PLACE = 5
"""So many columns of a line say of which bucket it is: source, file, number, start, end."""

Line = tuple[Any, ...]


@dataclass(frozen=True)
class ContentBucket:
    """A bucket of a content, whoever read it; `line` is its first."""

    number: int
    start: datetime
    end: datetime
    contents: Contents
    line: int

    def is_in(self, days: Days) -> bool:
        """Whether it starts in some days."""
        return days[0] <= self.start.date().isoformat() <= days[1]

    def of(self, pull: Pull) -> StatedBucket:
        """The bucket as a pull states it: what was asked for tells the grouping."""
        contents = self.contents
        if pull.request:
            contents = Contents(pull.request.grouping, contents.values, contents.quantities, pull.request)
        return StatedBucket(pull, self.number, self.start, self.end, contents, self.line)


def content_buckets(
    builder: Builder, reads: Iterable[Read], days: Days
) -> Mapping[tuple[str, str], Sequence[ContentBucket]]:
    """The buckets that start in some days, by source and content; only files among `reads` are opened."""
    entries = {read.staged.sequence: read.staged for read in reads}
    for name in ("staged_usage", "staged_charge"):
        files = tuple(entry for entry in entries.values() if SOURCES[entry.source].kind == STAGED[name])
        builder.inputs.staged.register_piece(builder.engine, name, Piece(files))
    first, until = instants(days)
    by_bucket: dict[Line, list[Line]] = defaultdict(list)
    for line in builder.engine.rows(read_sql(LINES), {"from": first, "to": until}):
        by_bucket[line[:PLACE]].append(line)
    buckets = defaultdict(list)
    for (source, content, number, start, end), lines in by_bucket.items():
        bucket = ContentBucket(number, start, end, _contents(lines), min(line[-1] for line in lines))
        buckets[source, content].append(bucket)
    return buckets


def _contents(lines: Sequence[Line]) -> Contents:
    """Lines of one bucket: after its place the grouping, the dimensions, unit, quantity, first line."""
    values: set[Values] = set()
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        values.add(line[PLACE + 1 : PLACE + 1 + len(DIMENSIONS)])
        sums[line[-3]] += line[-2]
    names = {name for line in lines for name in (line[PLACE] or "").split(",") if name}
    return Contents(frozenset(names), frozenset(values), dict(sums))
