"""Re-pricing one corrected rate: the command against the pricing step alone, over the days it concerns.

`python -m tests.bench.repricing WAREHOUSE PRICES DAY...` prints the seconds of the step for the days.
"""

import csv
import sys
import time
from pathlib import Path

from pipelines.settings import Locations
from pipelines.warehouse.repricing import FACT
from pipelines.warehouse.run import Run
from pipelines.warehouse.state import load_parts, save_parts

SKU, METER, TIER = "gpt-5.4-mini-2026-03-17", "output_tokens", "standard"


def correct_rate(prices: Path, from_day: str) -> None:
    """Let one output rate be another from a day on, as a correction of the book would."""
    path = prices / "openai.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    written = []
    for row in rows:
        written.append(row)
        if (row["sku"], row["meter"], row["service_tier"]) == (SKU, METER, TIER) and not row["valid_to"]:
            row["valid_to"] = from_day
            written.append({**row, "rate": "5", "valid_from": from_day, "valid_to": "", "basis": "cited"})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(written)


def seconds_of_step(locations: Locations, days: list[str]) -> float:
    """Seconds of pricing the attempts of `days` again, written and checked, and nothing else."""
    run = Run.of(locations)
    parts = load_parts(run.layout.built)
    for day in days:
        del parts[FACT][day]
    save_parts(run.layout.built, parts)
    started = time.process_time()
    run.build(FACT, days)
    return time.process_time() - started


if __name__ == "__main__":
    warehouse, prices, *asked = sys.argv[1:]
    places = Locations.resolve(warehouse=Path(warehouse), prices=Path(prices))
    sys.stdout.write(f"{seconds_of_step(places, asked):.6f}\n")
