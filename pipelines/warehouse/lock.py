"""One writer of a warehouse at a time; who comes second is told who writes, and since when."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pipelines.errors import LedgerError
from pipelines.warehouse.layout import Layout

_HELD: dict[Path, int] = {}
"""The warehouses that a thread of this process writes, by their folder, and which thread."""


@contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Hold the warehouse for one writer; the system frees it when the process ends, however it ends.

    A step of a run that holds it already goes on.

    Raises:
        LedgerError: another run holds it.
    """
    if _HELD.get(layout.root) == threading.get_ident():
        yield
        return
    layout.root.mkdir(parents=True, exist_ok=True)
    with (layout.root / ".lock").open("a+", encoding="utf-8") as file:
        _take(file, layout)
        _HELD[layout.root] = threading.get_ident()
        try:
            yield
        finally:
            del _HELD[layout.root]


def _take(file: IO[str], layout: Layout) -> None:
    file.seek(0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LedgerError(f"another run is writing {layout.root}: {file.read() or 'unknown'}") from None
    file.truncate(0)
    file.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
    file.flush()
