"""What one unit of another currency, or of a provider's own unit such as a DBU, is worth in US dollars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from pipelines.book.dated import believed, known_edges
from pipelines.book.text import read_rows
from pipelines.errors import BookError

HEADER = ("currency", "usd", "valid_from", "valid_to", "known_from", "known_to", "source", "source_ref")
USD = "USD"


@dataclass(frozen=True)
class Exchange:
    """From `valid_from` until before `valid_to`, one `currency` is `usd` US dollars, exactly."""

    currency: str
    usd: Fraction
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime


def load_exchanges(config: Path) -> tuple[Exchange, ...]:
    """Read `config/fx.csv`, which need not exist; raise `BookError` for two rates at one instant."""
    path = config / "fx.csv"
    if not path.is_file():
        return ()
    found = []
    for row in read_rows(path, HEADER):
        row.need("source_ref")
        found.append(
            Exchange(
                row.need("currency"), Fraction(row.decimal("usd")),
                *row.interval("valid_from", "valid_to"), *row.known(),
            )
        )  # fmt: skip
    _prove(found)
    return tuple(found)


def _prove(exchanges: Sequence[Exchange]) -> None:
    for known_at in known_edges(exchanges)[:-1]:
        dated = sorted(believed(exchanges, known_at), key=lambda each: (each.currency, each.valid_from))
        for earlier, later in pairwise(dated):
            if earlier.currency == later.currency and later.valid_from < earlier.valid_to:
                raise BookError(f"fx.csv: {later.currency} has two rates at {later.valid_from.isoformat()}")
