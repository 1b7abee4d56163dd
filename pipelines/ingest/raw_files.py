"""Which files lie below RAW, what identifies them, and plain bytes of compressed ones; no parsing."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import xxhash

from pipelines.errors import TooLargeError, UnreadableFileError
from pipelines.ingest.source import DEFAULT_ACCOUNT, RawFile
from pipelines.ingest.walk import cannot_be_read, walk
from pipelines.warehouse.layout import CHUNK, Layout, content_id, write_json

FORMATS = (".json", ".jsonl", ".ndjson", ".csv", ".parquet")
_ODD = re.compile(r"[*?\[\udc80-\udcff]")
"""In a path the engine takes these for a pattern, or cannot take them: it gets a link instead."""

CODECS = {".gz": "gzip", ".zst": "zstd"}


def format_of(path: Path) -> str:
    """The format by extension, without the compression: `.jsonl` for `log.jsonl.gz`; "" when not read."""
    suffix = path.suffixes[-2] if path.suffix in CODECS and len(path.suffixes) > 1 else path.suffix
    return suffix if suffix in FORMATS else ""


def raw_files(raw: Path, layout: Layout) -> Iterator[RawFile]:
    """Yield everything below RAW but folders, in the order of its relative path; hidden names are left out.

    What is no file, cannot be read or leads out of RAW is yielded with a fault and never opened.
    """
    seen: dict[str, list[object]] = _load_seen(layout)
    now: dict[str, list[object]] = {}
    for path, fault in walk(raw):
        relative = path.relative_to(raw)
        name = _name(relative)
        if fault:
            yield _unopened(relative, path, fault)
            continue
        try:
            now[name] = _known(path, seen.get(name))
        except OSError as error:
            yield _unopened(relative, path, cannot_be_read(error))
        else:
            yield _raw_file(relative, path, now[name])
    write_json(layout.seen, now)


def _known(path: Path, seen: list[object] | None) -> list[object]:
    """Size, time of change, digest and lines of a file, hashed unless it is as it was seen."""
    status = path.stat()
    stamp: list[object] = [status.st_size, status.st_mtime_ns]
    return seen if seen and seen[:2] == stamp else [*stamp, *content_id(path)]


def files_seen(layout: Layout) -> int | None:
    """How many files lay below RAW when a run last looked; None where none did."""
    return len(names_seen(layout)) if layout.seen.is_file() else None


def names_seen(layout: Layout) -> frozenset[str]:
    """The files that lay below RAW when a run last looked."""
    return frozenset(_load_seen(layout))


def _load_seen(layout: Layout) -> dict[str, list[object]]:
    if not layout.seen.is_file():
        return {}
    loaded: dict[str, list[object]] = json.loads(layout.seen.read_text(encoding="utf-8"))
    return loaded


def _raw_file(relative: Path, path: Path, known: list[object]) -> RawFile:
    size_bytes, changed_ns, content, lines = known
    return RawFile(
        source=_name(Path(relative.parts[0])) if len(relative.parts) > 1 else "",
        account=_account(relative),
        name=_name(relative),
        path=path,
        digest=str(content),
        lines=int(str(lines)),
        size_bytes=int(str(size_bytes)),
        changed_ns=int(str(changed_ns)),
    )


def is_as_it_was(file: RawFile) -> bool:
    """Whether a file still has the size and the time of change that it had before its bytes were hashed."""
    try:
        status = file.path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size_bytes, file.changed_ns)


def _account(relative: Path) -> str:
    """The provider account a file belongs to: a folder `account=NAME` on its path, else `default`."""
    named = [part.removeprefix("account=") for part in relative.parts[:-1] if part.startswith("account=")]
    return _name(Path(named[-1])) if named else DEFAULT_ACCOUNT


def _unopened(relative: Path, path: Path, fault: str) -> RawFile:
    target = path.readlink() if path.is_symlink() else path
    content = xxhash.xxh3_128(os.fsencode(f"{relative.as_posix()} -> {target}")).hexdigest()
    return replace(_raw_file(relative, path, [0, 0, content, 0]), fault=fault)


def _name(relative: Path) -> str:
    """The relative path as text; bytes that are no UTF-8 are escaped."""
    return os.fsencode(relative.as_posix()).decode("utf-8", errors="backslashreplace")


@contextmanager
def plain(file: RawFile, scratch: Path, max_bytes: int) -> Iterator[Path]:
    """Yield a path to the uncompressed bytes: the file itself, or a temporary copy that is removed after.

    Raises:
        UnreadableFileError: truncated or broken compression.
        TooLargeError: more than `max_bytes` bytes.
        OSError: the machine cannot read or write, which says nothing of the file.
    """
    if file.path.suffix not in CODECS:
        if file.size_bytes > max_bytes:
            raise TooLargeError(f"{file.size_bytes} bytes, more than max_file_bytes {max_bytes}")
        if not _ODD.search(str(file.path)):
            yield file.path
            return
    target = scratch / f"{file.content}{format_of(file.path)}"
    try:
        if file.path.suffix not in CODECS:
            target.symlink_to(file.path)
            yield target
            return
        _decompress(file.path, target, max_bytes)
        yield target
    finally:
        target.unlink(missing_ok=True)


def _decompress(path: Path, target: Path, max_bytes: int) -> None:
    written = 0
    with target.open("wb") as out:
        for chunk in _decompressed(path):
            written += len(chunk)
            if written > max_bytes:
                raise TooLargeError(f"more than max_file_bytes {max_bytes} after decompression")
            out.write(chunk)


def _decompressed(path: Path) -> Iterator[bytes]:
    codec = CODECS[path.suffix]
    try:
        with pa.input_stream(str(path), compression=codec) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except (OSError, EOFError, pa.ArrowException) as error:
        # An error of the system has its number; one without is what the codec says of the bytes.
        if isinstance(error, MemoryError) or getattr(error, "errno", None):
            raise
        reason = str(error).split("\n", maxsplit=1)[0]
        raise UnreadableFileError(f"broken {codec} data: {reason}") from None
