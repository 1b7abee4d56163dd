"""The savings over a log of one day: their seconds beside those of the pricing step.

`python -m tests.bench.savings RAW WAREHOUSE` prints the seconds of the step, all savings and the replay.
"""

import sys
import time
from pathlib import Path

from pipelines.settings import PROJECT, Locations
from pipelines.warehouse.contracts import in_order
from pipelines.warehouse.repricing import FACT
from pipelines.warehouse.run import Run

REPLAY = "sav_prompt_cache_prefix"


def seconds(raw: Path, warehouse: Path) -> dict[str, float]:
    """Seconds that each table takes, with the scenarios and options of the example company."""
    run = Run.of(Locations.resolve(raw, warehouse, PROJECT / "config"))
    run.ingest()
    days = run.days()
    run.find_replaced(days)
    took = {}
    for table in in_order():
        started = time.perf_counter()
        run.build(table.name, days)
        took[table.name] = time.perf_counter() - started
    return took


if __name__ == "__main__":
    found = seconds(Path(sys.argv[1]), Path(sys.argv[2]))
    every = sum(took for name, took in found.items() if name.startswith("sav_"))
    sys.stdout.write(f"{found[FACT]:.3f} {every:.3f} {found[REPLAY]:.3f}\n")
