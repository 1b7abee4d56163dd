"""Reading reviewed CSV text: exact header, UTC instants, exact decimals; an error names file and line."""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import BookError

if TYPE_CHECKING:
    from _csv import Reader

OPEN = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of an interval that has none."""

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""The beginning of an interval that has none."""

_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


def instant(written: str) -> datetime:
    """A UTC day or an RFC 3339 instant with its offset; raise `BookError` for anything else."""
    try:
        value = datetime.fromisoformat(written)
    except ValueError:
        raise BookError(f"{written!r} is neither a day nor an instant") from None
    if value.tzinfo is None and len(written) > len("2026-01-01"):
        raise BookError(f"{written!r} has no offset from UTC")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(dict[str, str]):
    """One line of a reviewed file, with its place for error messages."""

    place: str

    def fail(self, reason: str) -> BookError:
        """An error that names the line."""
        return BookError(f"{self.place}: {reason}")

    def need(self, name: str) -> str:
        """A cell that must not be empty."""
        if not self[name]:
            raise self.fail(f"{name} is empty")
        return self[name]

    def instant(self, name: str, empty: datetime) -> datetime:
        """A UTC day or an RFC 3339 instant; `empty` where the cell is empty."""
        try:
            return instant(self[name]) if self[name] else empty
        except BookError as error:
            raise self.fail(f"{name} {error}") from None

    def known(self) -> tuple[datetime, datetime]:
        """When the line was believed: from `known_from` until before `known_to`, both optional."""
        return self.interval("known_from", "known_to")

    def interval(self, first: str, last: str) -> tuple[datetime, datetime]:
        """Two instants, the second after the first; an empty cell is without end on its side."""
        starts, ends = self.instant(first, ALWAYS), self.instant(last, OPEN)
        if starts >= ends:
            raise self.fail(f"{first} {self[first]} is not before {last} {self[last]}")
        return starts, ends

    def decimal(self, name: str) -> Decimal:
        """A plain decimal without sign or exponent."""
        if not _DECIMAL.fullmatch(self[name]):
            raise self.fail(f"{name} {self[name]!r} is no plain decimal")
        return Decimal(self[name])

    def integer(self, name: str, empty: int) -> int:
        """A whole number; `empty` where the cell is empty."""
        if not self[name]:
            return empty
        if not self[name].isdecimal():
            raise self.fail(f"{name} {self[name]!r} is no whole number")
        return int(self[name])


def read_rows(path: Path, header: Sequence[str]) -> Iterator[Row]:
    """Yield the lines of a CSV file that has exactly this header.

    Raises:
        BookError: the file is missing or no UTF-8 CSV, has other columns, or a line of other length.
    """
    if not path.is_file():
        raise BookError(f"{path} does not exist")
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BookError(f"{path.name}: not UTF-8 at byte {error.start}") from None
    reader = csv.reader(StringIO(content, newline=""), strict=True)
    found = next(reader, [])
    if found != list(header):
        raise BookError(f"{path.name}: columns are {','.join(found)}, expected {','.join(header)}")
    for place, cells in _cells(reader, path.name):
        if len(cells) != len(header):
            raise BookError(f"{place}: {len(cells)} cells, {len(header)} columns")
        row = Row(zip(header, cells, strict=True))
        row.place = place
        yield row


def _cells(reader: "Reader", name: str) -> Iterator[tuple[str, list[str]]]:
    """Lines with their place; a line that is no CSV is an error of its place."""
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BookError(f"{name} line {reader.line_num}: {error}") from None
        yield f"{name} line {reader.line_num}", cells
