"""Names of models as logs and exports write them: exact, dated, one sku each. No prefixes, no patterns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from pipelines.book.prices import Book
from pipelines.book.text import OPEN, read_rows
from pipelines.errors import BookError

HEADER = ("provider", "alias", "sku", "valid_from", "valid_to", "source", "source_ref")


@dataclass(frozen=True)
class Alias:
    """From `valid_from` until before `valid_to`, `alias` at `provider` means `sku`."""

    provider: str
    alias: str
    sku: str
    valid_from: datetime
    valid_to: datetime


def load_aliases(folder: Path, book: Book) -> tuple[Alias, ...]:
    """Read `aliases.csv`; every sku is also its own alias for the whole life of its rates.

    Raises:
        BookError: an alias of an unknown sku, an alias that is a sku, or two meanings at one instant.
    """
    lives: dict[tuple[str, str], list[datetime]] = {}
    for price in book.prices:
        lives.setdefault((price.provider, price.sku), []).extend((price.valid_from, price.valid_to))
    found = [Alias(provider, sku, sku, min(life), max(life)) for (provider, sku), life in lives.items()]
    for row in read_rows(folder / "aliases.csv", HEADER):
        provider, alias, sku = row.need("provider"), row.need("alias"), row.need("sku")
        row.need("source_ref")
        if (provider, sku) not in lives:
            raise row.fail(f"{provider} has no sku {sku!r}")
        if (provider, alias) in lives:
            raise row.fail(f"{alias!r} is a sku of {provider} and cannot be an alias too")
        starts, ends = row.instant("valid_from", min(lives[provider, sku])), row.instant("valid_to", OPEN)
        if starts >= ends:
            raise row.fail("valid_from is not before valid_to")
        found.append(Alias(provider, alias, sku, starts, ends))
    found.sort(key=lambda alias: (alias.provider, alias.alias, alias.valid_from))
    _prove_one_meaning(found)
    return tuple(found)


def _prove_one_meaning(aliases: Iterable[Alias]) -> None:
    for earlier, later in pairwise(aliases):
        same = (earlier.provider, earlier.alias) == (later.provider, later.alias)
        if same and later.valid_from < earlier.valid_to:
            raise BookError(
                f"aliases.csv: {later.provider} {later.alias} means {earlier.sku} and {later.sku}"
                f" at {later.valid_from.isoformat()}"
            )


def load_names(folder: Path) -> dict[str, tuple[str, str]]:
    """Makers' display names from `skus.csv`, in lower case, to (provider, sku)."""
    rows = read_rows(folder / "skus.csv", ("provider", "sku", "name", "first_date"))
    return {row["name"].lower(): (row["provider"], row["sku"]) for row in rows if row["name"]}
