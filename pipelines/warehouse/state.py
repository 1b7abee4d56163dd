"""What is built and what is published: the files of each table and day, its rows, what it was made from."""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import LedgerError
from pipelines.warehouse.layout import Layout, write_json

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


@contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Hold the warehouse for one writer; the system frees it when the process ends, however it ends.

    Raises:
        LedgerError: another run holds it.
    """
    layout.root.mkdir(parents=True, exist_ok=True)
    with (layout.root / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerError(f"another run is writing {layout.root}") from None
        yield
