"""Lines as clean NDJSON: what the fast reader refuses, this reads line by line and sorts out what is broken.

Every record gets its `_line`; a line that is no record becomes one with an `_error` instead.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipelines.errors import UnreadableFileError

if TYPE_CHECKING:
    from _csv import Reader

OWN = {"_line", "_error"}
"""What the sieve adds to a record; a record that has such a key of its own loses it."""

MAX_LINE_BYTES = 16 * 1024 * 1024
"""The fast reader's limit of one JSON object."""


def sieve_lines(path: Path, out: IO[bytes]) -> None:
    """Copy an NDJSON file, each line with its number; write an error record for a line that is no object."""
    with path.open("rb") as file:
        for number, raw in enumerate(_bounded_lines(file), start=1):
            line = raw.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else raw.strip()
            if not line:
                continue
            fault, record = _read(line)
            if fault is not None:
                _write(out, {"_line": number, "_error": fault})
            elif record.keys() & OWN:
                _write(out, _own(number, record))
            else:
                rest = line[1:].lstrip()
                comma = b"" if rest == b"}" else b", "
                out.write(b'{"_line": %d%b%b\n' % (number, comma, rest))


def sieve_documents(path: Path, out: IO[bytes], max_bytes: int) -> None:
    """Copy a file of JSON documents or lists of them, one record a line; `_line` is where each begins.

    Raises:
        UnreadableFileError: the file is no JSON, or larger than `max_bytes`.
    """
    if path.stat().st_size > max_bytes:
        raise UnreadableFileError(f"larger than {max_bytes} bytes for one JSON document; write JSON Lines")
    content = path.read_bytes().decode("utf-8-sig", errors="strict")
    decoder, position = json.JSONDecoder(), len(content) - len(content.lstrip())
    while position < len(content):
        line = content.count("\n", 0, position) + 1
        try:
            value, position = decoder.raw_decode(content, position)
        except (ValueError, RecursionError) as error:
            raise UnreadableFileError(f"not JSON: {error}") from None
        for each in value if isinstance(value, list) else [value]:
            _write_document(out, line, each)
        position += len(content[position:]) - len(content[position:].lstrip())


def _write_document(out: IO[bytes], line: int, value: object) -> None:
    if not isinstance(value, dict):
        _write(out, {"_line": line, "_error": "not a JSON object"})
        return
    try:
        _write(out, _own(line, value))
    except UnicodeEncodeError:
        _write(out, {"_line": line, "_error": "not UTF-8 text"})


def sieve_csv(path: Path, out: IO[bytes]) -> None:
    """Copy a CSV file with a header as records of text; an empty cell is a value that was not given.

    Raises:
        UnreadableFileError: no header, two columns of one name, or bytes that are no UTF-8.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        csv.field_size_limit(MAX_LINE_BYTES)
        reader = csv.reader(file, strict=True)
        try:
            header = next(reader, None)
        except csv.Error as error:
            raise UnreadableFileError(f"no header: {error}") from None
        if header is None:
            return
        if len(set(header)) < len(header):
            raise UnreadableFileError("two columns have the same name")
        for line, cells in _csv_rows(reader):
            if cells is None or len(cells) != len(header):
                found = (
                    "broken quotes" if cells is None else f"{len(cells)} cells under {len(header)} columns"
                )
                _write(out, {"_line": line, "_error": found})
            elif cells:
                given = {name: cell for name, cell in zip(header, cells, strict=True) if cell != ""}
                _write(out, _own(line, given))


def _csv_rows(reader: "Reader") -> Iterator[tuple[int, list[str] | None]]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, None
            continue
        if cells:
            yield line, cells


def _bounded_lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE_BYTES):
        if not line.endswith(b"\n") and len(line) == MAX_LINE_BYTES:
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE_BYTES)
            yield b"longer than 16 MiB"
        else:
            yield line


def _own(line: int, record: Mapping[str, object]) -> dict[str, object]:
    return {"_line": line, **{name: value for name, value in record.items() if name not in OWN}}


def _read(line: bytes) -> tuple[str | None, dict[str, object]]:
    try:
        record = json.loads(line, parse_constant=_refuse, object_pairs_hook=_unique)
        line.decode("utf-8")
        json.dumps(record, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} (column {error.colno})", {}
    except UnicodeError:
        return "not UTF-8 text", {}
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}", {}
    return (None, record) if isinstance(record, dict) else ("not a JSON object", {})


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key is given twice")
    return record


def _write(out: IO[bytes], record: dict[str, object]) -> None:
    out.write(json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n")
