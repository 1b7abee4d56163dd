"""What a source is: a folder name, the kind of row it gives, and how its files become text records."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import xxhash

from pipelines.settings import SQL

DEFAULT_ACCOUNT = "default"
"""The account of a file that no folder names one for."""

Kind = Literal["attempt", "usage", "charge"]
Record = dict[str, str | None]
Flatten = Callable[[dict[str, object]], Iterator[Record]]


@dataclass(frozen=True)
class Source:
    """One source system.

    Attributes:
        name: the folder below RAW, and the name of its SQL file in `sql/1_staging/`.
        kind: which staging table its rows belong to.
        fields: the text fields its SQL reads.
        flatten: for a source of JSON pages, one page as flat records; None for a source of records.
        endpoint: for a source of JSON pages, the path of the request that returns them.
        dimensions: what such a request can be grouped and filtered by.
        is_contract: whether its fields are the staging table's own, so that a clean Parquet file of the
            contract's types is staged as it is.
        other_columns: columns that its files have and its SQL does not read.
        macros: the files in `sql/1_staging/` that define what its SQL calls.
    """

    name: str
    kind: Kind
    fields: tuple[str, ...]
    flatten: Flatten | None = None
    endpoint: str = ""
    dimensions: tuple[str, ...] = ()
    is_contract: bool = False
    macros: tuple[str, ...] = ("types.sql",)
    other_columns: tuple[str, ...] = ()

    @property
    def counts_every_column(self) -> bool:
        """Whether a measure that it does not know is one that nothing counts."""
        return self.is_contract or self.flatten is not None

    @property
    def sql(self) -> str:
        """The select that types the records named `raw`."""
        return (SQL / "1_staging" / f"{self.name}.sql").read_text(encoding="utf-8")

    @cached_property
    def reader(self) -> str:
        """The version of what reads its files: a digest of the code and SQL that shape a staged row.

        Told from the code itself, so that no change of a reader can be forgotten; reading a file once too
        often costs time, reading it once too seldom costs money.
        """
        digest = xxhash.xxh3_64()
        for path in (*_shaping(), SQL / "1_staging" / f"{self.name}.sql"):
            digest.update(path.read_bytes())
        return digest.hexdigest()


ORDERING = (
    "descriptions.py",
    "journal.py",
    "moved.py",
    "raw_files.py",
    "retry.py",
    "run.py",
    "sources.py",
    "walk.py",
)
"""Modules that say which files are read and when, and nothing of their rows."""


def _shaping() -> list[Path]:
    """Every file that has a part in what a staged row is, whatever its source."""
    code = (path for path in Path(__file__).parent.glob("*.py") if path.name not in ORDERING)
    staging = SQL / "1_staging"
    return sorted((*code, *staging.glob("types*.sql"), *staging.glob("*.yml")))


@dataclass(frozen=True)
class RawFile:
    """One file below RAW: `name` is its path relative to RAW, `digest` identifies its bytes.

    `changed_ns` is when it was last changed; `fault` says why it is not even opened.
    """

    source: str
    account: str
    name: str
    path: Path
    digest: str
    lines: int
    size_bytes: int
    changed_ns: int = 0
    fault: str | None = None

    @property
    def content(self) -> str:
        """What identifies it: its bytes and whose they are, as two accounts may have the same bill."""
        if self.account == DEFAULT_ACCOUNT:
            return self.digest
        return xxhash.xxh3_128_hexdigest(os.fsencode(f"{self.account}/{self.digest}"))
