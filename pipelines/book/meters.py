"""The registry of meters: what can be billed, in which unit, and where a row of usage counts it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines.book.text import read_rows

HEADER = ("meter", "unit", "place", "parent", "meaning")
COLUMN, OTHER = "column", "other"
"""A meter of its own column, or one that a row names in `other_meter`."""


@dataclass(frozen=True)
class Meter:
    """One billable quantity; a row counts what it has of it instead of its parent, never in both."""

    name: str
    unit: str
    place: str
    parent: str

    @property
    def is_token(self) -> bool:
        """Whether it counts tokens."""
        return self.unit == "token"


def load_meters(folder: Path) -> tuple[Meter, ...]:
    """Read `meters.csv`; raise `BookError` for an unknown place or parent, or a meter given twice."""
    rows = list(read_rows(folder / "meters.csv", HEADER))
    names = {row.need("meter") for row in rows}
    found: list[Meter] = []
    for row in rows:
        if row["place"] not in (COLUMN, OTHER):
            raise row.fail(f"place {row['place']!r} is neither {COLUMN} nor {OTHER}")
        if row["parent"] and row["parent"] not in names:
            raise row.fail(f"unknown parent {row['parent']!r}")
        if row["meter"] in {meter.name for meter in found}:
            raise row.fail(f"{row['meter']} is given twice")
        found.append(Meter(row["meter"], row.need("unit"), row["place"], row["parent"]))
    return tuple(found)


def columns(meters: Iterable[Meter]) -> tuple[str, ...]:
    """Names of the meters that have a column of their own, in order."""
    return tuple(meter.name for meter in meters if meter.place == COLUMN)
