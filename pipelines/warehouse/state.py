"""What is built and what is published: the files of each table and day, its rows, what it was made from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.warehouse.layout import write_json

WHOLE = ""
"""The day of a table that is not kept by day."""


@dataclass(frozen=True)
class Part:
    """The files of a table and day.

    Attributes:
        files: paths relative to the warehouse, in the order of their rows.
        rows: number of rows.
        made_from: digest of the SQL and of every input; equal digests mean equal bytes.
        usage: digest of the usage in it alone, without prices and owners.
        readers: which version read the files of each source that it is made of, as `source version`.
    """

    files: tuple[str, ...]
    rows: int
    made_from: str
    usage: str = ""
    readers: tuple[str, ...] = ()


Parts = dict[str, dict[str, Part]]


_KNOWN: dict[Path, tuple[bytes, Parts]] = {}
"""The bytes of a state file and what they say: each step of a run reads what the one before has written."""


def load_parts(path: Path) -> Parts:
    """Read a state file: table → day → part; empty when there is none."""
    if not path.is_file():
        return {}
    written = path.read_bytes()
    known, parts = _KNOWN.get(path, (b"", {}))
    if known != written:
        parts = _parsed(written)
        _KNOWN[path] = written, parts
    return _copied(parts)


def _copied(parts: Mapping[str, Mapping[str, Part]]) -> Parts:
    return {name: dict(days) for name, days in parts.items()}


def _parsed(written: bytes) -> Parts:
    return {
        name: {
            day: Part(
                tuple(part["files"]),
                part["rows"],
                part["made_from"],
                part.get("usage", ""),
                tuple(part.get("readers", ())),
            )
            for day, part in days.items()
        }
        for name, days in json.loads(written).items()
    }


def save_parts(path: Path, parts: Mapping[str, Mapping[str, Part]]) -> None:
    """Write a state file atomically."""
    said = {name: {day: vars(part) for day, part in days.items()} for name, days in parts.items()}
    _KNOWN[path] = write_json(path, said), _copied(parts)
