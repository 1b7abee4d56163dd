"""The journal of ingested files: one line each, in the order of ingestion, which is also who wins.

A file that is read again has another line with its old place in that order; the last line of a place stands.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class IngestedFile:
    """What became of one raw file.

    Attributes:
        sequence: order of ingestion; among rows of the same thing the highest wins.
        status: `staged`, `duplicate` (same bytes as `same_as`), `request` (describes another file) or
            `rejected` (see `reason`): it cannot be read, or none of its rows can be used.
        days: rows staged per UTC day, days as ISO text.
        models: the (provider, model) pairs of its rows, so that a price concerns the days that used it.
        other_meters: the meters without a column that its rows name.
        reader: version of what read it; empty in the lines of before versions were told.
        covered: of an export, the spans of its buckets, with or without results, as pairs of instants; never
            joined over a midnight that no bucket crosses.
        cuts: the last bucket of each page that says that there are more and is not followed by the next one;
            an empty list for a page without buckets.
        repeats_buckets: whether buckets of the file overlap each other.
        values: of an export, the values of the dimensions that say whose usage it is, and of which model.
        request: what an export asked for, where a description lies beside it.
        described_by: content of that description.
        is_renamed: whether a duplicate took the place of the file that it has the bytes of: no new arrival.
        limit_bytes: of a file that is too large, the limit it was rejected by.
    """

    sequence: int
    source: str
    account: str
    name: str
    content_id: str
    size_bytes: int
    status: str
    reason: str = ""
    same_as: str = ""
    total_rows: int = 0
    staged_rows: int = 0
    rejected_rows: int = 0
    columns_unknown: list[str] = field(default_factory=list)
    days: dict[str, int] = field(default_factory=dict)
    models: list[list[str]] = field(default_factory=list)
    other_meters: list[str] = field(default_factory=list)
    reader: str = ""
    covered: list[list[str]] = field(default_factory=list)
    cuts: list[list[str]] = field(default_factory=list)
    repeats_buckets: bool = False
    values: dict[str, list[str | None]] = field(default_factory=dict)
    request: dict[str, Any] = field(default_factory=dict)
    described_by: str = ""
    limit_bytes: int = 0
    is_renamed: bool = False

    @property
    def has_rows(self) -> bool:
        """Whether it has a staging file: it was staged, or every one of its rows was refused."""
        return self.status == "staged" or self.rejected_rows > 0


def load_journal(path: Path) -> list[IngestedFile]:
    """Read the journal; an unfinished last line, left by a killed run, is not read."""
    return list(_entries(path.read_bytes())) if path.is_file() else []


@lru_cache(maxsize=2)
def _entries(written: bytes) -> tuple[IngestedFile, ...]:
    """The same bytes are parsed once: each step of a run reads them again."""
    entries = (IngestedFile(**json.loads(line)) for line in written.split(b"\n")[:-1])
    return tuple({entry.sequence: entry for entry in entries}.values())


def mend_journal(path: Path) -> None:
    """Cut off an unfinished last line before anything is added; only the writer of the warehouse may."""
    content = path.read_bytes() if path.is_file() else b""
    if content and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)


def append_to_journal(path: Path, entry: IngestedFile) -> None:
    """Add one entry and hand it to the operating system before going on."""
    with path.open("ab") as file:
        file.write(json.dumps(asdict(entry), sort_keys=True, ensure_ascii=False).encode() + b"\n")


def days_of(journal: Sequence[IngestedFile]) -> list[str]:
    """Every UTC day that has staged rows, sorted."""
    return sorted({day for entry in journal for day in entry.days})
