"""Every figure of docs/performance.md, measured in one run and printed as its table.

`python -m tests.bench [--folder DIR] [--attempts N ...]`; the folder needs 12 GB at 10 million attempts.
"""

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pipelines.settings import PROJECT
from pipelines.warehouse.repricing import FACT
from tests.bench.bill import write_bill
from tests.bench.child import Took, ledger, python
from tests.bench.repricing import correct_rate

DAY = date(2026, 7, 23)
OLD_DAYS, OLD_ATTEMPTS, NEW_ATTEMPTS = 365, 365_000, 1_000_000
ROWS_PER_FILE = 1_000_000


@dataclass(frozen=True)
class Line:
    """One figure: what was measured, how much it is, what it should be, and what it was made of."""

    what: str
    figure: str
    target: str
    made_of: str


def load(
    folder: Path, attempts: int, *, form: str, start: date = DAY, days: int = 1, more: tuple[str, ...] = ()
) -> Path:
    """Write a generated log below `folder` and return the folder."""
    files = max(days, -(-attempts // ROWS_PER_FILE))
    size = ["--requests", attempts, "--days", days, "--start", start, "--files", files]
    python("fixtures/generate.py", *size, "--format", form, "--out", folder, *more)
    return folder


def fresh(raw: Path, warehouse: Path) -> Took:
    """A run into an empty warehouse."""
    shutil.rmtree(warehouse, ignore_errors=True)
    return ledger("run", "--raw", raw, "--warehouse", warehouse)


def end_to_end(root: Path, attempts: int, form: str, target: str) -> tuple[Took, Line]:
    """A run over a log of one day against the floor of the same log."""
    raw = load(root / f"{form}-{attempts}", attempts, form=form)
    took = fresh(raw, root / "warehouse")
    floor = float(python("-m", "tests.bench.floor", raw / "request_log", root / "floor.parquet").output)
    shutil.rmtree(raw)
    line = Line(
        f"{attempts:,} attempts, {form} to published marts, over the floor",
        f"{took.seconds / floor:.2f}",
        f"at most {target}",
        f"{took.seconds:.1f} s over {floor:.1f} s; peak memory {took.peak_gib:.2f} GiB",
    )
    return took, line


def pricing(root: Path) -> Line:
    """The pricing query alone over the last warehouse, against a library called per row."""
    query, library = map(float, python("-m", "tests.bench.pricing", root / "warehouse").output.split())
    made_of = f"{1e9 * query:.0f} ns and {1e6 * library:.1f} us an attempt"
    return Line(
        "pricing alone, against `genai-prices` per row", f"{library / query:.0f}x", "at least 1000x", made_of
    )


def new_day(root: Path) -> Iterator[Line]:
    """A new day on top of a year, against the same day alone; then a day without any rows."""
    shutil.rmtree(root / "warehouse", ignore_errors=True)
    raw = load(root / "year", OLD_ATTEMPTS, form="jsonl", start=DAY - timedelta(days=OLD_DAYS), days=OLD_DAYS)
    ledger("run", "--raw", raw, "--warehouse", root / "warehouse")
    load(root / "new", NEW_ATTEMPTS, form="jsonl")
    for file in sorted((root / "new" / "request_log").iterdir()):
        file.rename(raw / "request_log" / f"new-{file.name}")
    on_top = ledger("run", "--raw", raw, "--warehouse", root / "warehouse")
    alone = fresh(load(root / "alone", NEW_ATTEMPTS, form="jsonl"), root / "alone-warehouse")
    yield Line(
        f"a new day of {NEW_ATTEMPTS:,} on {OLD_DAYS} days of {OLD_ATTEMPTS // OLD_DAYS:,}, over it alone",
        f"{on_top.seconds / alone.seconds:.2f}",
        "at most 1.1",
        f"{on_top.seconds:.1f} s over {alone.seconds:.1f} s",
    )
    empty = DAY + timedelta(days=1)
    took = ledger("run", "--raw", raw, "--warehouse", root / "warehouse", "--from", empty, "--to", empty)
    nightly = python("-m", "tests.bench.nightly", raw, root / "warehouse", empty)
    yield Line(
        "an empty day through Dagster",
        f"{nightly.seconds:.1f} s",
        "at most 5 s",
        f"process start included; {took.seconds:.1f} s by the command",
    )


def repricing(root: Path, attempts: int) -> Iterator[Line]:
    """The command that re-prices one corrected rate of a month, over the pricing step of its days alone."""
    start, days = date(DAY.year, DAY.month, 1), 30
    warehouse, prices = root / "warehouse", root / "prices"
    shutil.rmtree(warehouse, ignore_errors=True)
    shutil.copytree(PROJECT / "prices", prices)
    folders = ["--warehouse", warehouse, "--prices", prices]
    ledger("run", "--raw", load(root / "month", attempts, form="parquet", start=start, days=days), *folders)
    affected = [(start + timedelta(days=number)).isoformat() for number in range(20, days)]
    correct_rate(prices, affected[0])
    took = ledger("reprice", *folders)
    step = float(python("-m", "tests.bench.repricing", warehouse, prices, *affected).output)
    yield Line(
        f"re-pricing a rate of {len(affected)} days of a month of {attempts:,}, over their pricing step",
        f"{took.seconds / step:.2f}",
        "at most 1.2",
        f"{took.seconds:.1f} s over {step:.1f} s, process start included",
    )


REPLAY = "sav_prompt_cache_prefix"
BILL = (
    "mart_cost_hourly", "mart_reconciliation_state", "mart_reconciliation", "mart_reconciliation_daily",
    "mart_billed_cost", "mart_recorded_cost", "mart_waste", "mart_capacity_cost", "mart_cost_drivers",
    "mart_variance", "mart_unit_cost", "mart_budget", "mart_forecast", "mart_anomaly",
)  # fmt: skip
"""From the bill to the plan: what stands on the attempts beside the daily costs."""


def by_table(root: Path, attempts: int) -> Iterator[Line]:
    """The savings of the example company, of them the replay of its caches, and what explains its bill."""
    shutil.rmtree(root / "warehouse", ignore_errors=True)
    raw = load(root / "what-if", attempts, form="parquet", more=("--what-if",))
    write_bill(raw, DAY)
    took = python("-m", "tests.bench.by_table", raw, root / "warehouse")
    seconds: dict[str, float] = json.loads(took.output)
    step = seconds[FACT]
    every = sum(each for name, each in seconds.items() if name.startswith("sav_"))
    bill = sum(seconds[name] for name in BILL)
    for what, found, target in (
        ("all savings", every, "3"),
        ("the caching replay", seconds[REPLAY], "2"),
        ("reconciliation, drivers, unit costs and plan", bill, "0.5"),
    ):
        yield Line(
            f"{what} over {attempts:,} attempts, over the pricing step",
            f"{found / step:.2f}",
            f"at most {target}",
            f"{found:.1f} s over {step:.1f} s; peak memory of all {took.peak_gib:.2f} GiB",
        )


def plain_company(root: Path) -> Path:
    """A configuration without scenarios and options, which are measured apart."""
    config = root / "config"
    config.mkdir()
    for name in ("settings.yml", "ownership.csv"):
        shutil.copy(PROJECT / "fixtures" / "config" / name, config)
    return config


def figures(root: Path, sizes: list[int]) -> Iterator[Line]:
    """All lines, as they are measured."""
    took = {}
    for attempts in sizes:
        for form, target in (("parquet", "1.5"), ("jsonl", "2.0")):
            took[form, attempts], line = end_to_end(root, attempts, form, target)
            yield line
    yield pricing(root)
    small, large = min(sizes), max(sizes)
    for form in ("parquet", "jsonl") if large > small else ():
        ratio = took[form, large].seconds / took[form, small].seconds
        yield Line(
            f"{large:,} over {small:,} attempts, {form}",
            f"{ratio:.2f}",
            f"at most {1.1 * large / small:g}",
            "",
        )
    peak = max(run.peak_gib for run in took.values())
    yield Line(f"peak memory at {large:,} attempts", f"{peak:.2f} GiB", "at most 2 GiB", "")
    yield from new_day(root)
    yield from repricing(root, large)
    yield from by_table(root, large)


def main() -> None:
    """Measure and print, line by line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--attempts", type=int, nargs="+", default=[1_000_000, 10_000_000])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as root:
        os.environ["INFERLEDGER_CONFIG"] = str(plain_company(Path(root)))
        print("| what | measured | target | made of |\n|---|---|---|---|")
        for line in figures(Path(root), asked.attempts):
            print(f"| {line.what} | {line.figure} | {line.target} | {line.made_of} |", flush=True)


if __name__ == "__main__":
    main()
