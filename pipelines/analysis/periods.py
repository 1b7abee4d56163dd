"""The pairs of periods that are compared: each month with the one before it, or any two."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import pyarrow as pa

from pipelines.errors import LedgerError
from pipelines.warehouse.arrow import table

COMPARED = "compared_period"
DATES = ("earlier_first_date", "earlier_last_date", "later_first_date", "later_last_date")
PERIOD = {"comparison": "VARCHAR"} | dict.fromkeys(DATES, "DATE")


@dataclass(frozen=True)
class Period:
    """The UTC days from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, written: str) -> Self:
        """A period written as FROM..TO, or as one day; raise `LedgerError` for anything else."""
        first, _, last = written.partition("..")
        try:
            period = cls(date.fromisoformat(first), date.fromisoformat(last or first))
        except ValueError:
            raise LedgerError(f"{written!r} is no period like 2026-07-01..2026-07-31") from None
        if period.last < period.first:
            raise LedgerError(f"{written!r} ends before it begins")
        return period

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


@dataclass(frozen=True)
class Comparison:
    """Two periods and the name of the pair."""

    name: str
    earlier: Period
    later: Period


def months(days: Iterable[str]) -> list[Comparison]:
    """Each calendar month of some days that has the month before it among them, against that."""
    starts = {date.fromisoformat(day).replace(day=1) for day in days}
    return list(_months(starts))


def _months(starts: set[date]) -> Iterator[Comparison]:
    for start in sorted(starts):
        before = (start - timedelta(days=1)).replace(day=1)
        if before in starts:
            yield Comparison(f"{start:%Y-%m}", _month(before), _month(start))


def _month(start: date) -> Period:
    following = (start + timedelta(days=31)).replace(day=1)
    return Period(start, following - timedelta(days=1))


def compared(comparisons: Iterable[Comparison]) -> pa.Table:
    """The comparisons as the SQL names them."""
    rows = (
        {
            "comparison": each.name,
            "earlier_first_date": each.earlier.first, "earlier_last_date": each.earlier.last,
            "later_first_date": each.later.first, "later_last_date": each.later.last,
        }
        for each in comparisons
    )  # fmt: skip
    return table(rows, PERIOD)
