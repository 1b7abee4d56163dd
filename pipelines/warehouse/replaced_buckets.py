"""Which buckets of exports a later file replaces, and which files contradict each other; kept by day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq

from pipelines.ingest.sources import SOURCES
from pipelines.warehouse.arrow import table
from pipelines.warehouse.build import Builder
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.holdings import KEPT, REPLACED_BUCKET, STAGED, STATED_TWICE
from pipelines.warehouse.layout import content_digest
from pipelines.warehouse.pieces import Piece
from pipelines.warehouse.pulls import Days, Read, begin, by_day, exports, groups
from pipelines.warehouse.stated import DIMENSIONS, Contents, Pull, StatedBucket, Values, told
from pipelines.warehouse.state import Part
from pipelines.warehouse.supersede import Doubt, Replacement, Supersession, quantities

LINES, RULES = "2_intake/export_line.sql", 1
"""What a bucket states is read by this file; another number where the rules of what replaces what change."""

DAYS_AT_ONCE = 92
"""So many days of buckets are held in memory at once, unless more of them hang together."""

Row = dict[str, object]
Rows = dict[str, list[Row]]
"""Rows by name and UTC day."""


def find_replaced_buckets(builder: Builder, days: Iterable[str]) -> list[str]:
    """Bring the replaced buckets of `days` up to date; return every day on which they changed.

    Days that a bucket ties together by crossing a midnight are decided together; any other by itself.
    """
    reads = exports(builder.inputs.holdings.journal)
    tied, of_day = groups(reads), by_day(reads)
    known = {*days, *builder.inputs.days}
    wanted: dict[Days, str] = {}
    for day in sorted(days):
        group = tied.get(day, (day, day))
        made_from = wanted.get(group) or _made_from(group, of_day)
        if made_from != _known(builder, day):
            wanted[group] = made_from
    touched = set()
    for at_once in _batches(sorted(wanted)):
        found = _decide(builder, at_once, of_day)
        for group in at_once:
            inside = [day for day in sorted(known) if group[0] <= day <= group[1]]
            touched |= {day for day in inside if _keep(builder, day, found, wanted[group])}
    return sorted(touched)


def _batches(wanted: Sequence[Days]) -> Iterator[list[Days]]:
    batch: list[Days] = []
    for group in wanted:
        if batch and begin(group[1]) - begin(batch[0][0]) >= timedelta(days=DAYS_AT_ONCE):
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch


def _decide(
    builder: Builder, at_once: Sequence[Days], of_day: Mapping[str, Sequence[Read]]
) -> dict[str, Rows]:
    """The rows to keep of some groups of days, by name and day."""
    contested = [group for group in at_once if _is_contested(_reads(group, of_day))]
    found: dict[str, Rows] = {REPLACED_BUCKET: defaultdict(list), STATED_TWICE: defaultdict(list)}
    if not contested:
        return found
    stated = _stated(builder, contested, of_day)
    for group in contested:
        by_account = defaultdict(list)
        for read in _reads(group, of_day):
            by_account[read.key].append(read)
        for key, reads in sorted(by_account.items()):
            supersession = Supersession()
            for read in reads:
                pull = read.pull(group)
                contents = stated.get((key[0], read.entry.content_id), [])
                supersession.take(pull, [each.of(pull) for each in contents if each.is_in(group)])
            supersession.settle()
            for replacement in supersession.replacements():
                _add(found[REPLACED_BUCKET], _replaced_row(key[0], replacement))
            for row in _doubt_rows(key, supersession.doubts()):
                _add(found[STATED_TWICE], row)
    return found


def _reads(group: Days, of_day: Mapping[str, Sequence[Read]]) -> list[Read]:
    """The exports that say something of a group of days, in the order in which they were read."""
    day, every = date.fromisoformat(group[0]), {}
    while day.isoformat() <= group[1]:
        every |= {read.entry.sequence: read for read in of_day.get(day.isoformat(), ())}
        day += timedelta(days=1)
    return [every[sequence] for sequence in sorted(every)]


def _is_contested(reads: Sequence[Read]) -> bool:
    """Whether two files, or two buckets of one file, may be about the same time."""
    return len(reads) > len({read.key for read in reads}) or any(
        read.staged.repeats_buckets for read in reads
    )


@dataclass(frozen=True)
class _Stated:
    """A bucket of a content, whoever read it."""

    number: int
    start: Any
    end: Any
    contents: Contents
    line: int

    def is_in(self, group: Days) -> bool:
        return group[0] <= self.start.date().isoformat() <= group[1]

    def of(self, pull: Pull) -> StatedBucket:
        contents = self.contents
        if pull.request:
            contents = Contents(pull.request.grouping, contents.values, contents.quantities, pull.request)
        return StatedBucket(pull, self.number, self.start, self.end, contents, self.line)


def _stated(
    builder: Builder, contested: Sequence[Days], of_day: Mapping[str, Sequence[Read]]
) -> dict[tuple[str, str], list[_Stated]]:
    """What the files of some days state, by source and content."""
    entries = {read.staged.sequence: read.staged for group in contested for read in _reads(group, of_day)}
    for name in ("staged_usage", "staged_charge"):
        files = tuple(each for each in entries.values() if SOURCES[each.source].kind == STAGED[name])
        builder.inputs.staged.register_piece(builder.engine, name, Piece(files))
    until = begin(contested[-1][1]) + timedelta(days=1)
    lines = builder.engine.rows(read_sql(LINES), {"from": begin(contested[0][0]), "to": until})
    buckets: dict[tuple[object, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for line in lines:
        buckets[line[:5]].append(line)
    found = defaultdict(list)
    for (source, content, number, start, end), of_bucket in buckets.items():
        first = min(line[-1] for line in of_bucket)
        found[str(source), str(content)].append(
            _Stated(int(str(number)), start, end, _contents(of_bucket), first)
        )
    return found


def _contents(lines: Sequence[tuple[Any, ...]]) -> Contents:
    """Lines of `export_line.sql` of one bucket: grouping, dimensions, unit, quantity, line."""
    values: set[Values] = set()
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        values.add(line[6 : 6 + len(DIMENSIONS)])
        sums[line[-3]] += line[-2]
    names = {name for line in lines for name in (line[5] or "").split(",") if name}
    return Contents(told(names), frozenset(values), dict(sums))


def _replaced_row(source: str, replacement: Replacement) -> Row:
    bucket, kept = replacement.bucket, replacement.kept
    is_bucket = isinstance(kept, StatedBucket)
    return {
        "day": bucket.start.date(), "source": source, "source_file": bucket.pull.content_id,
        "bucket_number": bucket.number,
        "kept_content_id": kept.pull.content_id if is_bucket else kept.content_id,
        "kept_line": kept.line if is_bucket else None,
    }  # fmt: skip


def _doubt_rows(key: tuple[str, str], doubts: Iterable[Doubt]) -> Iterator[Row]:
    """One row for each day, pair of files, reason and unit: buckets of a day are told together."""
    told_together: dict[tuple[Any, ...], list[Doubt]] = defaultdict(list)
    for doubt in doubts:
        files = doubt.pull.content_id, doubt.kept.content_id
        told_together[doubt.start.date(), *files, str(doubt.reason), doubt.missing].append(doubt)
    for (day, file, kept, reason, missing), every in told_together.items():
        stated = quantities(bucket for doubt in every for bucket in doubt.stated)
        counted = quantities(bucket for doubt in every for bucket in doubt.holders)
        for unit in sorted({*stated, *counted}):
            yield {
                "day": day, "source": key[0], "account": key[1], "source_file": file,
                "kept_content_id": kept, "overlap_reason": reason, "missing_values": missing,
                "quantity_unit": unit, "stated_quantity": stated.get(unit, Decimal()),
                "kept_quantity": counted.get(unit, Decimal()),
            }  # fmt: skip


def _add(rows: Rows, row: Row) -> None:
    rows[str(row["day"])].append(row)


def _keep(builder: Builder, day: str, found: Mapping[str, Rows], made_from: str) -> bool:
    """Write what was found of a day; tell whether it is other than before."""
    is_other = False
    for name in (REPLACED_BUCKET, STATED_TWICE):
        part = builder.parts.get(name, {}).get(day)
        rows = found[name].get(day, [])
        files: tuple[str, ...] = ()
        if rows:
            columns = list(KEPT[name])
            rows.sort(key=lambda row: [(row[column] is not None, str(row[column])) for column in columns])
            unnamed = builder.layout.scratch / f"{name}{day}.parquet"
            pq.write_table(table(rows, KEPT[name]), unnamed)
            files = (builder.keep(name, day, unnamed),)
        builder.parts.setdefault(name, {})[day] = Part(files, len(rows), made_from)
        is_other |= files != (part.files if part else ())
    return is_other


def _made_from(group: Days, of_day: Mapping[str, Sequence[Read]]) -> str:
    """Digest of the exports of some days: what makes their replaced buckets stale."""
    return content_digest(
        [[read.says for read in _reads(group, of_day)], read_sql(LINES), RULES, list(group)]
    )


def _known(builder: Builder, day: str) -> str:
    part = builder.parts.get(REPLACED_BUCKET, {}).get(day)
    twice = builder.parts.get(STATED_TWICE, {}).get(day)
    there = (
        part and twice and all((builder.layout.root / file).is_file() for file in (*part.files, *twice.files))
    )
    return part.made_from if part and there else ""
