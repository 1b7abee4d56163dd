"""Companies that several flow tests run: the example, and one small enough to run many times."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipelines.settings import PROJECT
from tests.ledger import Ledger

RAW, LATE = PROJECT / "fixtures" / "raw", PROJECT / "fixtures" / "late"
LATE_FILE, LATE_DAY = "request_log/2026-07-25.late.jsonl", "2026-07-25"
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05")
"""Days of the small company."""


def example_at(root: Path, *files: str) -> Ledger:
    """The example company's raw files (or only some of them) with its configuration, not yet run."""
    shutil.copytree(PROJECT / "config", root / "config")
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


def attempt(day: str, number: int, **more: Any) -> dict[str, Any]:
    """One priced attempt: `number` thousand tokens in, a hundred out, of gpt-5.4-mini (0.75 and 4.50)."""
    return {
        "request_id": f"{day}-{number}",
        "ended_at": f"{day}T12:{number % 60:02d}:00Z",
        "provider": "openai",
        "model": "gpt-5.4-mini",
        "uncached_input_tokens": 1000 * number,
        "output_tokens": 100,
        **more,
    }


def small_at(root: Path, days: Iterable[str] = DAYS) -> Ledger:
    """One log a day with three attempts, one of them again in the next day's file with other tokens."""
    ledger = Ledger.at(root)
    carried: list[dict[str, Any]] = []
    for place, day in enumerate(days, start=1):
        ledger.write(f"request_log/{day}.jsonl", [attempt(day, place + n) for n in range(3)] + carried)
        late = f"{day}T23:59:59Z"
        carried = [attempt(day, place, ended_at=late, output_tokens=200)]
    return ledger


def published(ledger: Ledger) -> dict[str, dict[str, dict[str, Any]]]:
    """Table, day, part: what the published version is made of."""
    listed: dict[str, dict[str, dict[str, Any]]] = json.loads(
        (ledger.warehouse / "published.json").read_text(encoding="utf-8")
    )
    return listed


def parts_by_table_and_day(ledger: Ledger, day: str = "") -> dict[tuple[str, str], str]:
    """File of each published part; those of every other day when `day` is given."""
    return {
        (table, each): part["file"]
        for table, parts in published(ledger).items()
        for each, part in parts.items()
        if each and each != day
    }
