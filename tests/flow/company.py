"""The example company in a folder of its own."""

import shutil
from pathlib import Path

from pipelines.settings import PROJECT
from tests.ledger import Ledger

RAW, LATE = PROJECT / "fixtures" / "raw", PROJECT / "fixtures" / "late"
LATE_FILE = "request_log/2026-07-25.late.jsonl"


def example_at(root: Path, *files: str) -> Ledger:
    """The example company's raw files (or only some of them) with its configuration, not yet run."""
    shutil.copytree(PROJECT / "fixtures" / "config", root / "config")
    for name in files or sorted(path.relative_to(RAW).as_posix() for path in RAW.rglob("*.*")):
        (root / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(RAW / name, root / "raw" / name)
    return Ledger(root)


def add_late_file(ledger: Ledger) -> None:
    """What arrives after the first run of the example."""
    shutil.copyfile(LATE / LATE_FILE, ledger.raw / LATE_FILE)


def copied(ledger: Ledger, root: Path) -> Ledger:
    """A company as it stands, warehouse included, in a folder of its own."""
    shutil.copytree(ledger.root, root)
    return Ledger(root, ledger.prices)
