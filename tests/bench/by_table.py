"""The seconds of every table over a log of one day, with the plans of the example company.

`python -m tests.bench.by_table RAW WAREHOUSE` prints them as JSON, by the name of the table.
"""

import json
import sys
import time
from pathlib import Path

from pipelines.settings import PROJECT, Locations
from pipelines.warehouse.contracts import in_order
from pipelines.warehouse.run import Run


def seconds(raw: Path, warehouse: Path) -> dict[str, float]:
    """Seconds that each table takes, built one after the other as a run does.

    Raises:
        RuntimeError: the usage or the bill beside the log was not taken, and so nothing is reconciled.
    """
    run = Run.of(Locations.resolve(raw, warehouse, PROJECT / "fixtures" / "config"))
    run.ingest()
    days = run.days()
    run.find_replaced(days)
    took = {}
    for table in in_order():
        started = time.process_time()
        run.build(table.name, days)
        took[table.name] = time.process_time() - started
    if not all(run.rows(fact, days) for fact in ("fct_usage_cost", "fct_charge")):
        raise RuntimeError(f"{raw} has no usage or no bill")
    return took


if __name__ == "__main__":
    sys.stdout.write(json.dumps(seconds(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
