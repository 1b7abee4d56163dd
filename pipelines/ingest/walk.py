"""Everything below a folder: what is a file, and why anything else is none."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def walk(raw: Path) -> Iterator[tuple[Path, str]]:
    """Every path below RAW that is no folder, in order, with its fault or ""; hidden names are left out.

    A folder that cannot be listed is a path with a fault.
    """
    yield from sorted(_below(raw), key=lambda found: found[0].relative_to(raw).as_posix())


def _below(raw: Path) -> Iterator[tuple[Path, str]]:
    folders = [raw]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listed:
                entries = [entry for entry in listed if not entry.name.startswith(".")]
        except OSError as error:
            if folder == raw:
                raise
            yield folder, cannot_be_read(error)
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
            else:
                yield Path(entry.path), _fault(raw, Path(entry.path))


def _fault(raw: Path, path: Path) -> str:
    try:
        target, mode = path.resolve(strict=True), path.stat().st_mode
    except (OSError, RuntimeError) as error:
        if path.is_symlink():
            return "a link that leads nowhere"
        return cannot_be_read(error) if isinstance(error, OSError) else str(error)
    if not target.is_relative_to(raw):
        return "a link that leads out of RAW is not followed"
    if stat.S_ISDIR(mode):
        return "a link to a folder is not followed: link its files, or move them here"
    return "" if stat.S_ISREG(mode) else f"{KINDS.get(stat.S_IFMT(mode), 'no file')}, which is not read"


def cannot_be_read(error: OSError) -> str:
    """The reason of a path that the system does not let us read."""
    return f"it cannot be read: {error.strerror or error}"
