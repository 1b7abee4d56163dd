"""What a later export replaces in some days, and where two contradict each other, as rows to keep."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pipelines.warehouse.build import Builder
from pipelines.warehouse.doubts import Doubt, doubts, quantities
from pipelines.warehouse.export_lines import ContentBucket, content_buckets
from pipelines.warehouse.pulls import Days, Read
from pipelines.warehouse.supersede import Replacement, Supersession

Row = dict[str, object]
Rows = dict[str, list[Row]]
"""Rows by UTC day."""


@dataclass(frozen=True)
class Decision:
    """What is decided of some days.

    Attributes:
        replaced: the buckets that do not count.
        stated_twice: the pairs of files of which it is in doubt what counts.
    """

    replaced: Rows = field(default_factory=lambda: defaultdict(list))
    stated_twice: Rows = field(default_factory=lambda: defaultdict(list))

    def add(
        self, account: tuple[str, str], supersession: Supersession, first_read: Mapping[str, int]
    ) -> None:
        """Add what is decided of one source and account, by when its contents were first read."""
        for replacement in supersession.replacements():
            row = _replaced_row(account[0], replacement, first_read)
            self.replaced[str(row["day"])].append(row)
        for row in _doubt_rows(account, doubts(supersession)):
            self.stated_twice[str(row["day"])].append(row)


def decide(builder: Builder, groups: Sequence[Days], of_day: Mapping[str, Sequence[Read]]) -> Decision:
    """Decide about groups of days that hang together, oldest first; `of_day` has the exports of each day."""
    decision = Decision()
    contested = [group for group in groups if _is_contested(reads_of(group, of_day))]
    if not contested:
        return decision
    every = [read for group in contested for read in reads_of(group, of_day)]
    buckets = content_buckets(builder, every, (contested[0][0], contested[-1][1]))
    for group in contested:
        by_account = defaultdict(list)
        for read in reads_of(group, of_day):
            by_account[read.key].append(read)
        for account, reads in sorted(by_account.items()):
            first_read = {read.entry.content_id: read.staged.sequence for read in reads}
            decision.add(account, _supersession(reads, group, buckets), first_read)
    return decision


def reads_of(group: Days, of_day: Mapping[str, Sequence[Read]]) -> list[Read]:
    """The exports that say something of a group of days, in the order in which they were read."""
    first, last = map(date.fromisoformat, group)
    by_sequence: dict[int, Read] = {}
    for number in range((last - first).days + 1):
        day = (first + timedelta(days=number)).isoformat()
        by_sequence |= {read.entry.sequence: read for read in of_day.get(day, ())}
    return [by_sequence[sequence] for sequence in sorted(by_sequence)]


def _is_contested(reads: Sequence[Read]) -> bool:
    """Whether two files, or two buckets of one file, may be about the same time."""
    return len(reads) > len({read.key for read in reads}) or any(
        read.staged.repeats_buckets or not read.covered for read in reads
    )


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


def _replaced_row(source: str, replacement: Replacement, first_read: Mapping[str, int]) -> Row:
    bucket = replacement.bucket
    file, kept = bucket.pull.content_id, replacement.counting_pull.content_id
    return {
        "day": bucket.start.date(), "source": source, "source_file": file, "bucket_number": bucket.number,
        "kept_content_id": kept, "kept_line": replacement.counting_line,
        "kept_is_older": first_read[kept] < first_read[file],
    }  # fmt: skip


def _doubt_rows(account: tuple[str, str], every: Iterable[Doubt]) -> Iterator[Row]:
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
                "day": day, "source": account[0], "account": account[1], "source_file": file,
                "kept_content_id": counting, "overlap_reason": reason, "missing_values": missing,
                "quantity_unit": unit, "stated_quantity": stated.get(unit, Decimal()),
                "kept_quantity": counted.get(unit, Decimal()),
            }  # fmt: skip
