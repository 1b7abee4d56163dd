"""Which newer or smaller model of the same maker does the same work for less: dated lines of the book."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.book.dated import believed, overlaps
from pipelines.book.text import Row, read_rows
from pipelines.book.tokenizers import DATED, prove_sourced
from pipelines.errors import BookError

HEADER = ("provider", "sku", "relation", "equivalent_sku", *DATED)
RELATIONS = ("newer", "smaller")


@dataclass(frozen=True, slots=True)
class Equivalent:
    """From `valid_from` until before `valid_to`, `equivalent_sku` is the newer or smaller model of a sku."""

    provider: str
    sku: str
    relation: str
    equivalent_sku: str
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    place: str


def load_equivalents(folder: Path, as_known_at: datetime) -> tuple[Equivalent, ...]:
    """Read `equivalents.csv`, which a book need not have, as believed at an instant.

    Raises:
        BookError: no source, an unknown relation, a sku that is its own equivalent, or two equivalents of one
            relation at one instant.
    """
    path = folder / "equivalents.csv"
    found = [_equivalent(row) for row in read_rows(path, HEADER)] if path.is_file() else []
    for other, at in overlaps(found, lambda each: (each.provider, each.sku, each.relation)):
        raise BookError(f"{other.place}: {other.provider} {other.sku} has two {other.relation} at {at}")
    return tuple(believed(found, as_known_at))


def _equivalent(row: Row) -> Equivalent:
    prove_sourced(row)
    if row["relation"] not in RELATIONS:
        raise row.fail(f"relation {row['relation']!r} is none of {', '.join(RELATIONS)}")
    if row.need("sku") == row.need("equivalent_sku"):
        raise row.fail(f"{row['sku']} is its own equivalent")
    return Equivalent(
        row.need("provider"), row["sku"], row["relation"], row["equivalent_sku"],
        *row.interval("valid_from", "valid_to"), *row.known(), row.place,
    )  # fmt: skip
