"""CSV as databases, data frames and spreadsheets write it, row by row as clean NDJSON.

Read are: a byte order mark, a first line `sep=;`, commas, semicolons (then with decimal commas), tabs or bars
between cells, the words that stand for nothing, and maps and lists as Python prints them.
"""

import ast
import csv
import json
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import IO

from pipelines.errors import UnreadableFileError
from pipelines.ingest.sieve import MAX_LINE_BYTES, own_record, write_record

DELIMITERS = (",", ";", "\t", "|")
COMMA = DELIMITERS[0]

NOTHING = frozenset({"", "nan", "NaN", "None", "NaT", "<NA>", "null", "NULL", "\\N"})
"""Cells that programs write for a value that is not there."""

AS_WRITTEN = frozenset({"request_id"})
"""Which words are no id, the source says."""

MAX_LITERAL = 1 << 20
"""The longest text that is parsed as a Python literal."""

_SEPARATOR = re.compile(r"sep=(.)\r?\n?")
_DECIMAL_COMMA = re.compile(r"-?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+),[0-9]+([eE][+-]?[0-9]+)?")


def sieve_csv(path: Path, fields: Collection[str], out: IO[bytes]) -> None:
    """Copy a CSV file with a header as records of text; a cell for nothing is a value that was not given.

    Args:
        path: the file.
        fields: the columns its source knows; the header has most of them between its true delimiters.
        out: where the records go, one JSON object a line.

    Raises:
        UnreadableFileError: no header, two columns of one name, or bytes that are no UTF-8.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        csv.field_size_limit(MAX_LINE_BYTES)
        delimiter, skipped = _delimiter(file, fields)
        rows = _rows(_Lines(file), delimiter)
        header = _header(next(rows, None), fields)
        if header is None:
            return
        for line, cells in rows:
            if cells is None or len(cells) != len(header):
                fault = (
                    "broken quotes" if cells is None else f"{len(cells)} cells under {len(header)} columns"
                )
                write_record(out, {"_line": line + skipped, "_error": fault})
            else:
                row = zip(header, cells, strict=True)
                write_record(out, own_record(line + skipped, _record(row, delimiter)))


def _header(first: tuple[int, list[str] | None] | None, fields: Collection[str]) -> list[str] | None:
    """The names of the columns, those the source knows in its spelling: programs change their case."""
    if first is None:
        return None
    if first[1] is None:
        raise UnreadableFileError("no header: broken quotes")
    spelled = {name.lower(): name for name in fields}
    header = [spelled.get(cell.strip().lower(), cell) for cell in first[1]]
    if len(set(header)) < len(header):
        raise UnreadableFileError("two columns have the same name")
    if not set(header) & set(fields):
        raise UnreadableFileError(f"no header: its first line has no name of a column: {header[0][:40]}, …")
    return header


def _delimiter(file: IO[str], fields: Collection[str]) -> tuple[str, int]:
    """What separates the cells, and how many lines stand before the header, which comes next."""
    first = file.readline(MAX_LINE_BYTES)
    if told := _SEPARATOR.fullmatch(first):
        return told[1], 1
    file.seek(0)
    return max(DELIMITERS, key=lambda each: _known_names(first, each, fields)), 0


def _known_names(header: str, delimiter: str, fields: Collection[str]) -> int:
    spelled = {name.lower() for name in fields}
    return sum(name.strip().strip('"').lower() in spelled for name in header.split(delimiter))


class _Lines:
    """The lines of a file, of which those of the last row can be read once more."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._of_row: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._file)
        self._of_row.append(line)
        self.number += 1
        return line

    def begin(self) -> int:
        """Begin a row; the number of its line."""
        self._of_row = []
        return self.number + 1

    @property
    def are_several(self) -> bool:
        """Whether the row has more than one line."""
        return len(self._of_row) > 1

    def keep_first(self) -> None:
        """Let the row be its first line alone; the others come once more."""
        self._again.extendleft(reversed(self._of_row[1:]))
        self.number -= len(self._of_row) - 1


def _rows(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each row with the number of its line; None for one whose quotes are broken, which costs its line alone.

    A quote that is never closed takes what follows for its own: where several lines make no row with as many
    cells as the header, the first is broken and the others are read by themselves.
    """
    reader, width = csv.reader(lines, strict=True, delimiter=delimiter), 0
    while True:
        line = lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        width = width or len(cells or ())
        if cells is None or (lines.are_several and len(cells) != width):
            lines.keep_first()
            reader = csv.reader(lines, strict=True, delimiter=delimiter)
            yield line, None
        elif cells:
            yield line, cells


def _record(row: Iterable[tuple[str, str]], delimiter: str) -> dict[str, object]:
    """The cells that say something, by the names of their columns; a column without a name is an index."""
    return {
        name: cell if name in AS_WRITTEN else _value(cell, delimiter)
        for name, cell in row
        if name and (cell not in NOTHING or (name in AS_WRITTEN and cell))
    }


def _value(cell: str, delimiter: str) -> str:
    if cell[0] in "{[" and "'" in cell:
        return _as_json(cell)
    if delimiter != COMMA and _DECIMAL_COMMA.fullmatch(cell):
        return cell.replace(".", "").replace(",", ".")
    return cell


def _as_json(cell: str) -> str:
    """A map or a list that Python printed, as JSON; any other text as it is."""
    try:
        json.loads(cell)
    except (ValueError, RecursionError):
        pass
    else:
        return cell
    if len(cell) > MAX_LITERAL:
        return cell
    try:
        return json.dumps(ast.literal_eval(cell), ensure_ascii=False, allow_nan=False)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return cell
