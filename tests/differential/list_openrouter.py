"""What OpenRouter's own list of models said on 2026-08-01, for the skus that the book had then."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.differential.listed import Listed, rate

NAME = "openrouter"
AT = datetime(2026, 8, 1, 12, tzinfo=UTC)
FILE = Path(__file__).parent / "openrouter_2026_08_01.csv"
"""In our terms: sku, meter, rate in USD per million tokens. From https://openrouter.ai/api/v1/models."""


def listed() -> Iterator[Listed]:
    """Every rate of the day."""
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names = (row["sku"],)
            yield Listed(NAME, "openrouter", names, "standard", row["meter"], AT, rate(row["rate"]))
