"""How long an answer of a provider's batch tier may take: what a call must be able to wait."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.book.dated import overlaps
from pipelines.book.text import read_rows
from pipelines.errors import BookError

HEADER = (
    "provider", "window_seconds", "valid_from", "valid_to", "known_from", "known_to", "source", "source_ref",
)  # fmt: skip


@dataclass(frozen=True)
class BatchRule:
    """From `valid_from` until before `valid_to`, a batch of `provider` is done within `window_seconds`."""

    provider: str
    window_seconds: int
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    place: str


def load_batch_rules(prices: Path) -> tuple[BatchRule, ...]:
    """Read `batch_rules.csv`, which a book without batch tiers need not have.

    Raises:
        BookError: no source, no window, or two windows of a provider at one instant.
    """
    path = prices / "batch_rules.csv"
    found: list[BatchRule] = []
    for row in read_rows(path, HEADER) if path.is_file() else ():
        row.need("source_ref")
        window = row.integer("window_seconds", 0)
        if not window:
            raise row.fail("window_seconds must be above zero")
        valid = row.interval("valid_from", "valid_to")
        found.append(BatchRule(row.need("provider"), window, *valid, *row.known(), row.place))
    for other, at in overlaps(found, lambda rule: rule.provider):
        raise BookError(f"{other.place}: {other.provider} has two windows at {at}")
    return tuple(sorted(found, key=lambda rule: (rule.provider, rule.valid_from)))
