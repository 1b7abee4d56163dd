"""Where everything lies below the warehouse folder, and how a file gets there whole or not at all."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import xxhash

CHUNK = 1 << 20


@dataclass(frozen=True)
class Layout:
    """Paths of one warehouse."""

    root: Path

    @property
    def catalogue(self) -> Path:
        """The views-only DuckDB file that readers open."""
        return self.root / "inferledger.duckdb"

    @property
    def published(self) -> Path:
        """The list of files the catalogue was built from."""
        return self.root / "published.json"

    @property
    def journal(self) -> Path:
        """The ingested files, one JSON line each, in the order of ingestion."""
        return self.root / "state" / "ingested.jsonl"

    @property
    def company(self) -> Path:
        """Whose warehouse it is."""
        return self.root / "state" / "company.json"

    @property
    def seen(self) -> Path:
        """Sizes and times of raw files already hashed; only saves work."""
        return self.root / "state" / "seen.json"

    @property
    def built(self) -> Path:
        """Tables built and checked since the last publication."""
        return self.root / "state" / "built.json"

    @property
    def scratch(self) -> Path:
        """Unfinished files; emptied at the start of a run."""
        return self.root / "scratch"

    def staged(self, source: str, content_id: str) -> Path:
        """The staging file of a raw file."""
        return self.root / "staging" / source / f"{content_id}.parquet"

    def template(self, kind: str) -> Path:
        """An empty staging file of a kind: gives every column its type where no file has it."""
        return self.root / "staging" / f"staged_{kind}.parquet"

    def table(self, name: str) -> Path:
        """Files of one table."""
        return self.root / "tables" / name

    def empty(self, name: str) -> Path:
        """A file of a table without rows: gives its view the columns where no file has any."""
        return self.table(name) / "empty.parquet"

    def prepare(self) -> None:
        """Make the folders and drop what a killed run left unfinished."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        for folder in (self.scratch, self.journal.parent):
            folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target` that replaces it on success and vanishes on failure."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)  # of a run that was killed here
    try:
        yield unfinished
        os.replace(unfinished, target)  # noqa: PTH105 the atomic call by its own name
    finally:
        unfinished.unlink(missing_ok=True)


def write_json(target: Path, value: object) -> bytes:
    """Write JSON atomically, keys sorted, so that equal values are equal bytes; return them."""
    written = (json.dumps(value, sort_keys=True) + "\n").encode()
    with replacing(target) as unfinished:
        unfinished.write_bytes(written)
    return written


def content_id(path: Path) -> tuple[str, int]:
    """The XXH3-128 of a file's bytes as hex, and how many lines it has.

    Not a cryptographic digest: it tells files apart that were not made to collide, ten times as fast.
    """
    digest, lines, last = xxhash.xxh3_128(), 0, b"\n"
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return digest.hexdigest(), lines + (last != b"\n")


def content_digest(said: object) -> str:
    """The XXH3-128 of a value as JSON: equal for equal values."""
    return xxhash.xxh3_128_hexdigest(json.dumps(said, sort_keys=True).encode())
