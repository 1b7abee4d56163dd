"""What one unit of another currency, or of a provider's own unit such as a DBU, is worth in US dollars."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from pipelines.book.dated import both_from
from pipelines.book.text import read_rows
from pipelines.errors import BookError

HEADER = ("currency", "usd", "valid_from", "valid_to", "known_from", "known_to", "source", "source_ref")
USD = "USD"
MOST, SCALE = 100, 12
"""So that a bill in the currency is converted in 38 digits; see `usd_per_unit`."""


@dataclass(frozen=True)
class Exchange:
    """From `valid_from` until before `valid_to`, one `currency` is `usd` US dollars, exactly."""

    currency: str
    usd: Fraction
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    place: str


def load_exchanges(config: Path) -> tuple[Exchange, ...]:
    """Read `config/fx.csv`, which need not exist; raise `BookError` for two rates at one instant."""
    path = config / "fx.csv"
    if not path.is_file():
        return ()
    found: list[Exchange] = []
    for row in read_rows(path, HEADER):
        row.need("source_ref")
        usd = Fraction(row.decimal("usd"))
        if not usd:
            raise row.fail("usd must be above zero")
        if usd >= MOST or usd * 10**SCALE % 1:
            raise row.fail(f"usd must be below {MOST} and have at most {SCALE} decimals")
        if row["currency"] == USD:
            raise row.fail("a USD is one USD")
        dates = (*row.interval("valid_from", "valid_to"), *row.known())
        found.append(Exchange(row.need("currency"), usd, *dates, row.place))
        _prove(found[-1], found[:-1])
    return tuple(found)


def _prove(each: Exchange, earlier: Iterable[Exchange]) -> None:
    for other in earlier:
        at = both_from(each, other)
        if at is not None and each.currency == other.currency:
            raise BookError(f"{each.place}: {each.currency} has two rates at {at.isoformat()}")
