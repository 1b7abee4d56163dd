"""Which buckets of exports a later file replaces, and which files contradict each other; kept by day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.warehouse.arrow import table
from pipelines.warehouse.build import Builder
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.export_decision import Row, decide, reads_of
from pipelines.warehouse.export_lines import LINES
from pipelines.warehouse.holdings import KEPT, REPLACED_BUCKET, STATED_TWICE
from pipelines.warehouse.layout import content_digest
from pipelines.warehouse.pulls import Days, Read, by_day, exports, groups, instants
from pipelines.warehouse.state import Part

RULES = (
    "contents.py", "doubts.py", "export_decision.py", "export_lines.py", "pulls.py", "stated.py",
    "supersede.py",
)  # fmt: skip
"""The modules that say what replaces what: days are decided anew when one of them changes."""

DAYS_AT_ONCE = 92
"""So many days of buckets are held in memory at once, unless more of them hang together."""


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
        decision = decide(builder, at_once, of_day)
        for group in at_once:
            for day in (day for day in known if group[0] <= day <= group[1]):
                is_other = _keep(builder, REPLACED_BUCKET, day, decision.replaced[day], stale[group])
                is_other |= _keep(builder, STATED_TWICE, day, decision.stated_twice[day], stale[group])
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
    return content_digest([[read.says for read in reads_of(group, of_day)], _rules_digest(), list(group)])


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
