"""What lies in the warehouse: staged files by day, finished parts, and what of them is to be published."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path

from pipelines.errors import IntegrityError
from pipelines.ingest.journal import IngestedFile, days_of
from pipelines.ingest.sources import SOURCES
from pipelines.warehouse.arrow import write_columns
from pipelines.warehouse.checks import SHAPE
from pipelines.warehouse.contracts import Table, tables
from pipelines.warehouse.layout import Layout
from pipelines.warehouse.repricing import FACT, Books, Change
from pipelines.warehouse.state import WHOLE, Part, Parts

STAGED = {"staged_attempt": "attempt", "staged_usage": "usage", "staged_charge": "charge"}

REPLACED, REPLACED_BUCKET, STATED_TWICE = "replaced_attempt", "replaced_bucket", "stated_twice"
KEPT: Mapping[str, Mapping[str, str]] = {
    REPLACED: {
        "day": "DATE", "source": "VARCHAR", "source_file": "VARCHAR", "source_line": "BIGINT",
        "kept_content_id": "VARCHAR", "kept_line": "BIGINT", "kept_is_older": "BOOLEAN",
        "is_other_call": "BOOLEAN",
    },
    REPLACED_BUCKET: {
        "day": "DATE", "source": "VARCHAR", "source_file": "VARCHAR", "bucket_number": "BIGINT",
        "kept_content_id": "VARCHAR", "kept_line": "BIGINT", "kept_is_older": "BOOLEAN",
    },
    STATED_TWICE: {
        "day": "DATE", "source": "VARCHAR", "account": "VARCHAR", "source_file": "VARCHAR",
        "kept_content_id": "VARCHAR", "overlap_reason": "VARCHAR", "missing_values": "VARCHAR",
        "quantity_unit": "VARCHAR", "stated_quantity": "DECIMAL(38,12)", "kept_quantity": "DECIMAL(38,12)",
    },
}  # fmt: skip
"""What is found over several days at once: kept by day like a table and not published, with its columns."""

FIRST_DAY = "2020-01-01"
"""Of a warehouse without rows."""


@dataclass
class Holdings:
    """The journal, the parts and the books of a warehouse.

    Attributes:
        every_day: the parts of all days that a table which is not by day is made of: those that are to be
            published.
    """

    layout: Layout
    journal: Sequence[IngestedFile]
    parts: Parts = field(default_factory=dict)
    books: Books = field(default_factory=lambda: Books({}, frozenset()))
    every_day: Parts = field(default_factory=dict)
    _by_day: dict[tuple[str, str], list[IngestedFile]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_day = defaultdict(list)
        for entry in self.journal:
            if entry.has_rows:
                kind = SOURCES[entry.source].kind
                for day in (*entry.days, *([WHOLE] if entry.rejected_rows else [])):
                    self._by_day[kind, day].append(entry)

    @property
    def staged_days(self) -> list[str]:
        """Every UTC day with staged rows, sorted."""
        return days_of(self.journal)

    @property
    def staged_span(self) -> tuple[str, str]:
        """The first and the last of the staged days; one long ago where nothing is staged."""
        days = self.staged_days or [FIRST_DAY]
        return days[0], days[-1]

    def files(self, kind: str, day: str) -> list[IngestedFile]:
        """Staged files of a kind with rows of a day; for a table that is not by day, those with rejects."""
        return self._by_day.get((kind, day), [])

    def change(self, day: str) -> Change | None:
        """The difference between what is published of a day and its newest fact."""
        return self.books.change(day, self.parts.get(FACT, {}).get(day))

    def parts_of(self, table: Table, name: str) -> Mapping[str, Part]:
        """The parts of an input, by day."""
        is_over_days = not table.by_day and name in tables() and tables()[name].by_day
        return (self.every_day if is_over_days else self.parts).get(name, {})

    def days_read(self, table: Table, name: str, day: str) -> list[str]:
        """The days of an input that a part is made of: its own, those in its reach, or every day."""
        if not table.by_day:
            return sorted(self.parts_of(table, name)) if tables()[name].by_day else [WHOLE]
        return days_around(day, table.reach.get(name, (0, 0)))

    def parts_read(self, table: Table, name: str, day: str) -> list[Part]:
        """The parts that a part is made of; a day in its reach may have none, its own has to."""
        found = self.parts_of(table, name)
        days = self.days_read(table, name, day)
        if day in days and day not in found:
            raise IntegrityError(SHAPE, f"{name} of {day or 'all days'} is needed and was not built")
        return [found[each] for each in days if each in found]

    def paths(self, table: str, files: Sequence[str], *, may_be_old: bool = False) -> list[Path]:
        """The files of a table; where there are none, one with its columns and no rows.

        Files of a closed month may be of an earlier version that lacked a column: then that one comes first.
        """
        named = [self.layout.root / file for file in files]
        if not named or (may_be_old and table in tables()):
            types = KEPT[table] if table in KEPT else tables()[table].types
            return [write_columns(self.layout.empty(table), types), *named]
        return named

    def files_of(self, name: str, day: str) -> list[str]:
        """The files of a table and day, none where it is not built."""
        part = self.parts.get(name, {}).get(day)
        return list(part.files) if part else []


def is_part(name: str) -> bool:
    """Whether an input is kept in parts."""
    return name in tables() or name in KEPT


@cache
def kinds_of(name: str) -> frozenset[str]:
    """Kinds of the staged rows that a table is made of, through whatever tables lie between."""
    if name in STAGED:
        return frozenset({STAGED[name]})
    inputs = tables()[name].inputs if name in tables() else ()
    return frozenset().union(*(kinds_of(each) for each in inputs))


@lru_cache(maxsize=10_000)
def day_after(day: str, days: int = 1) -> str:
    """The UTC day so many days later, or earlier where they are negative, as ISO text."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_around(day: str, reach: tuple[int, int]) -> list[str]:
    """The UTC days from the first to the last of `reach`, relative to a day."""
    return [day_after(day, number) for number in range(reach[0], reach[1] + 1)]
