"""What a new version of a day changes in published numbers: an entry in the journal, never silently.

An open day is published anew; its entry says what other prices or owners changed, or a newer reader of the
same files. Late or restated usage of an open day is no entry: the files tell it. A day of a closed month
stays as it was published; any difference is booked as an adjustment in the first month that is open.
"""

from dataclasses import dataclass

import xxhash

from pipelines.errors import LedgerError
from pipelines.warehouse.state import Part, Parts

FACT, JOURNAL = "fct_attempt_cost", "mart_reprice_journal"
BOOKED = "booked"
"""Not a table: the fact of a closed day up to which adjustments are booked."""

REPRICED, REREAD, ADJUSTMENT = "repriced", "reread", "adjustment"


@dataclass(frozen=True)
class Change:
    """One published version of a day's fact and the next."""

    day: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    kind: str
    booked_month: str

    @property
    def entry(self) -> str:
        """Names the entry by what it compares; the same comparison is never booked twice."""
        return xxhash.xxh3_64_hexdigest(repr((self.day, self.before, self.after)).encode())


@dataclass(frozen=True)
class Books:
    """What is published, and which months are closed."""

    published: Parts
    closed_months: frozenset[str]

    def is_closed(self, day: str) -> bool:
        """Whether numbers of a day may not change: its month is closed, and was published."""
        month = day[:7]
        return month in self.closed_months and any(
            of_day.startswith(month) for of_day in self.published.get(FACT, {})
        )

    def change(self, day: str, built: Part | None) -> Change | None:
        """The difference to be booked between what is published of a day and its newest fact, if any."""
        booked = self.published.get(BOOKED, {}).get(day) or self.published.get(FACT, {}).get(day)
        before = booked.files if booked else ()
        if built is None or before == built.files or (not before and not self.is_closed(day)):
            return None
        if not self.is_closed(day):
            kind = _kind(booked, built)
            return Change(day, before, built.files, kind, day[:7]) if kind else None
        return Change(day, before, built.files, ADJUSTMENT, self._open_month(day[:7]))

    def entries(self, day: str) -> Part:
        """The entries published for a day."""
        return self.published.get(JOURNAL, {}).get(day) or Part((), 0, "")

    def refuse_reopening(self) -> None:
        """Raise `LedgerError` when a month with booked adjustments is closed no more."""
        for day in sorted(self.published.get(BOOKED, {})):
            if day[:7] not in self.closed_months:
                raise LedgerError(
                    f"settings.yml: closed_months lacks {day[:7]}, whose changes are booked as adjustments"
                )

    def _open_month(self, month: str) -> str:
        while month in self.closed_months:
            year, number = int(month[:4]), int(month[5:])
            month = f"{year + number // 12:04}-{number % 12 + 1:02}"
        return month


def _kind(booked: Part | None, built: Part) -> str:
    """Why an open day has other numbers; empty where it is new, or other files alone explain it."""
    if booked is None:
        return ""
    # Readers were not told in warehouses of before; whatever read their files was an earlier one.
    if not booked.readers or set(booked.readers) - set(built.readers):
        return REREAD
    return REPRICED if booked.usage == built.usage else ""


def closed_parts(books: Books, built: Parts, day: str) -> dict[str, Part]:
    """What is published of a closed day: the old tables, the new entry, and up to where it is booked."""
    kept = {name: days[day] for name, days in books.published.items() if day in days}
    change = books.change(day, built.get(FACT, {}).get(day))
    if change is not None:
        kept[JOURNAL] = built[JOURNAL][day]
        kept[BOOKED] = built[FACT][day]
    return kept


def new_entries(published: Parts, before: Parts) -> list[str]:
    """Files of the journal's entries that an earlier version did not have, in order of their days."""
    old = {file for part in before.get(JOURNAL, {}).values() for file in part.files}
    return [
        file
        for _, part in sorted(published.get(JOURNAL, {}).items())
        for file in part.files
        if file not in old
    ]
