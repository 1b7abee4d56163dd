"""Lines as clean NDJSON: what the fast reader refuses, this reads line by line and sorts out what is broken.

Every record gets its `_line`; a line that is no record becomes one with an `_error` instead.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from pipelines.errors import UnreadableFileError

OWN = {"_line", "_error"}
"""What the sieve adds to a record; a record that has such a key of its own loses it."""

_NO_SPACE = re.compile(r"\S")

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
                write_record(out, {"_line": number, "_error": fault})
            elif record.keys() & OWN:
                write_record(out, own_record(number, record))
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
    decoder, position = json.JSONDecoder(), _after_spaces(content, 0)
    line, counted = 1, 0
    while position < len(content):
        line, counted = line + content.count("\n", counted, position), position
        try:
            value, position = decoder.raw_decode(content, position)
        except (ValueError, RecursionError) as error:
            raise UnreadableFileError(f"not JSON: {error}") from None
        for each in value if isinstance(value, list) else [value]:
            _write_document(out, line, each)
        position = _after_spaces(content, position)


def _after_spaces(content: str, position: int) -> int:
    found = _NO_SPACE.search(content, position)
    return found.start() if found else len(content)


def _write_document(out: IO[bytes], line: int, value: object) -> None:
    if not isinstance(value, dict):
        write_record(out, {"_line": line, "_error": "not a JSON object"})
        return
    try:
        write_record(out, own_record(line, value))
    except UnicodeEncodeError:
        write_record(out, {"_line": line, "_error": "not UTF-8 text"})


def _bounded_lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE_BYTES):
        if not line.endswith(b"\n") and len(line) == MAX_LINE_BYTES:
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE_BYTES)
            yield b"longer than 16 MiB"
        else:
            yield line


def own_record(line: int, record: Mapping[str, object]) -> dict[str, object]:
    """A record with the number of its line; what it has under our own names goes."""
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


def write_record(out: IO[bytes], record: dict[str, object]) -> None:
    """Write one record as a line of JSON."""
    out.write(json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n")
