"""Which buckets of exports a later file replaces, and which files contradict each other; kept by day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.warehouse.arrow import table
from pipelines.warehouse.build import Builder
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.doubts import Doubt, doubts, quantities
from pipelines.warehouse.export_lines import LINES, ContentBucket, content_buckets
from pipelines.warehouse.holdings import KEPT, REPLACED_BUCKET, STATED_TWICE
from pipelines.warehouse.layout import content_digest
from pipelines.warehouse.pulls import Days, Read, by_day, exports, groups, instants
from pipelines.warehouse.state import Part
from pipelines.warehouse.supersede import Replacement, Supersession

RULES = (
    "contents.py",
    "doubts.py",
    "export_lines.py",
    "pulls.py",
    "replaced_buckets.py",
    "stated.py",
    "supersede.py",
)
"""The modules that say what replaces what: days are decided anew when one of them changes."""

DAYS_AT_ONCE = 92
"""So many days of buckets are held in memory at once, unless more of them hang together."""

Row = dict[str, object]
Rows = dict[str, list[Row]]
"""Rows by UTC day."""


def find_replaced_buckets(builder: Builder, days: Iterable[str]) -> list[str]:
    """Bring the replaced buckets of `days` up to date; return every day on which they changed.

    Days that a bucket ties together by crossing a midnight are decided together; any other by itself. Files
    are opened for days of which the journal has something new.
    """
    reads = exports(builder.inputs.holdings.journal)
    tied, of_day = groups(reads), by_day(reads)
    known = sorted({*days, *builder.inputs.days})
    stale: dict[Days, str] = {}
    for day in sorted(days):
        group = tied.get(day, (day, day))
        made_from = stale.get(group) or _made_from(group, of_day)
        if made_from != _kept_made_from(builder, day):
            stale[group] = made_from
    touched = set()
    for at_once in _batches(sorted(stale)):
        replaced, twice = _decide(builder, at_once, of_day)
        for group in at_once:
            for day in (day for day in known if group[0] <= day <= group[1]):
                is_other = _keep(builder, REPLACED_BUCKET, day, replaced[day], stale[group])
                is_other |= _keep(builder, STATED_TWICE, day, twice[day], stale[group])
                touched |= {day} if is_other else set()
    return sorted(touched)


def _batches(groups_of_days: Sequence[Days]) -> Iterator[list[Days]]:
    batch: list[Days] = []
    for group in groups_of_days:
        if batch and instants(group)[1] - instants(batch[0])[0] > timedelta(days=DAYS_AT_ONCE):
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch


def _decide(
    builder: Builder, at_once: Sequence[Days], of_day: Mapping[str, Sequence[Read]]
) -> tuple[Rows, Rows]:
    """What is replaced and what is stated twice in some groups of days."""
    replaced: Rows = defaultdict(list)
    twice: Rows = defaultdict(list)
    contested = [group for group in at_once if _is_contested(_reads(group, of_day))]
    if not contested:
        return replaced, twice
    every = [read for group in contested for read in _reads(group, of_day)]
    buckets = content_buckets(builder, every, (contested[0][0], contested[-1][1]))
    for group in contested:
        by_account = defaultdict(list)
        for read in _reads(group, of_day):
            by_account[read.key].append(read)
        for key, reads in sorted(by_account.items()):
            supersession = _supersession(reads, group, buckets)
            for replacement in supersession.replacements():
                _add(replaced, _replaced_row(key[0], replacement))
            for row in _doubt_rows(key, doubts(supersession)):
                _add(twice, row)
    return replaced, twice


def _supersession(
    reads: Sequence[Read], group: Days, buckets: Mapping[tuple[str, str], Sequence[ContentBucket]]
) -> Supersession:
    """What counts of the exports of one source and account in some days."""
    supersession = Supersession()
    for read in reads:
        of_content = buckets.get((read.entry.source, read.entry.content_id), [])
        in_group = [bucket for bucket in of_content if bucket.is_in(group)]
        pull = read.pull(group, [(bucket.start, bucket.end) for bucket in in_group])
        supersession.take(pull, [bucket.of(pull) for bucket in in_group])
    supersession.settle()
    return supersession


def _reads(group: Days, of_day: Mapping[str, Sequence[Read]]) -> list[Read]:
    """The exports that say something of a group of days, in the order in which they were read."""
    day = date.fromisoformat(group[0])
    by_sequence: dict[int, Read] = {}
    while day.isoformat() <= group[1]:
        by_sequence |= {read.entry.sequence: read for read in of_day.get(day.isoformat(), ())}
        day += timedelta(days=1)
    return [by_sequence[sequence] for sequence in sorted(by_sequence)]


def _is_contested(reads: Sequence[Read]) -> bool:
    """Whether two files, or two buckets of one file, may be about the same time."""
    return len(reads) > len({read.key for read in reads}) or any(
        read.staged.repeats_buckets or not read.covered for read in reads
    )


def _replaced_row(source: str, replacement: Replacement) -> Row:
    bucket = replacement.bucket
    return {
        "day": bucket.start.date(), "source": source, "source_file": bucket.pull.content_id,
        "bucket_number": bucket.number, "kept_content_id": replacement.counting_pull.content_id,
        "kept_line": replacement.counting_line,
    }  # fmt: skip


def _doubt_rows(key: tuple[str, str], every: Iterable[Doubt]) -> Iterator[Row]:
    """One row for each day, pair of files, reason and unit: buckets of a day are told together."""
    told_together: dict[tuple[Any, ...], list[Doubt]] = defaultdict(list)
    for doubt in every:
        files = doubt.pull.content_id, doubt.counting.content_id
        told_together[doubt.start.date(), *files, str(doubt.reason), doubt.missing].append(doubt)
    for (day, file, counting, reason, missing), of_pair in told_together.items():
        stated = quantities(bucket for doubt in of_pair for bucket in doubt.stated)
        counted = quantities(bucket for doubt in of_pair for bucket in doubt.holders)
        for unit in sorted({*stated, *counted}):
            yield {
                "day": day, "source": key[0], "account": key[1], "source_file": file,
                "kept_content_id": counting, "overlap_reason": reason, "missing_values": missing,
                "quantity_unit": unit, "stated_quantity": stated.get(unit, Decimal()),
                "kept_quantity": counted.get(unit, Decimal()),
            }  # fmt: skip


def _add(rows: Rows, row: Row) -> None:
    rows[str(row["day"])].append(row)


def _keep(builder: Builder, name: str, day: str, rows: Sequence[Row], made_from: str) -> bool:
    """Write the rows of a day, no file where there are none; tell whether they are others than before."""
    before = builder.parts.get(name, {}).get(day)
    files: tuple[str, ...] = ()
    if rows:
        ordered = sorted(
            rows, key=lambda row: [(row[column] is not None, str(row[column])) for column in row]
        )
        unnamed = builder.layout.scratch / f"{name}{day}.parquet"
        pq.write_table(table(ordered, KEPT[name]), unnamed)
        files = (builder.keep(name, day, unnamed),)
    builder.parts.setdefault(name, {})[day] = Part(files, len(rows), made_from)
    return files != (before.files if before else ())


def _made_from(group: Days, of_day: Mapping[str, Sequence[Read]]) -> str:
    """Digest of the exports of some days: what makes their replaced buckets stale."""
    return content_digest([[read.says for read in _reads(group, of_day)], _rules_digest(), list(group)])


@cache
def _rules_digest() -> str:
    modules = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in RULES]
    return content_digest([*modules, read_sql(LINES)])


def _kept_made_from(builder: Builder, day: str) -> str:
    """What a day was decided from; "" where it was not, or its files are gone."""
    parts = [builder.parts.get(name, {}).get(day) for name in (REPLACED_BUCKET, STATED_TWICE)]
    files = [file for part in parts if part for file in part.files]
    is_there = all(parts) and all((builder.layout.root / file).is_file() for file in files)
    return parts[0].made_from if parts[0] and is_there else ""
