"""Names of models as logs and exports write them: exact, dated, one sku each. No prefixes, no patterns."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path

from pipelines.book.dated import both_from
from pipelines.book.prices import Book, Price
from pipelines.book.text import ALWAYS, OPEN, Row, read_rows
from pipelines.errors import BookError

HEADER = (
    "provider", "alias", "sku", "region", "valid_from", "valid_to", "known_from", "known_to", "source",
    "source_ref",
)  # fmt: skip
Sku = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Alias:
    """From `valid_from` until before `valid_to`, `alias` at `provider` means `sku`.

    A `region` says that the name itself stands for the prices of that region, whatever the call says.
    """

    provider: str
    alias: str
    sku: str
    region: str
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    place: str


def load_aliases(files: Iterable[Path], book: Book) -> tuple[Alias, ...]:
    """Read files of aliases, of which one may be missing; every sku is also its own alias while it has rates.

    Raises:
        BookError: an alias of an unknown sku, or two meanings at one instant.
    """
    lives = _lives(book.prices)
    found = [
        Alias(provider, sku, sku, "", *life, ALWAYS, OPEN, "skus") for (provider, sku), life in lives.items()
    ]
    for path in files:
        found += [_alias(row, lives) for row in read_rows(path, HEADER)] if path.is_file() else []
    found.sort(key=lambda alias: (alias.provider, alias.alias, alias.valid_from, alias.known_from))
    _prove_one_meaning(found)
    return tuple(found)


def _lives(prices: Iterable[Price]) -> dict[Sku, tuple[datetime, datetime]]:
    edges: dict[Sku, list[datetime]] = defaultdict(list)
    for price in prices:
        edges[price.provider, price.sku] += [price.valid_from, price.valid_to]
    return {sku: (min(instants), max(instants)) for sku, instants in edges.items()}


def _alias(row: Row, lives: dict[Sku, tuple[datetime, datetime]]) -> Alias:
    provider, sku = row.need("provider"), row.need("sku")
    row.need("source_ref")
    if (provider, sku) not in lives:
        raise row.fail(f"{provider} has no sku {sku!r}")
    starts, ends = row.instant("valid_from", lives[provider, sku][0]), row.instant("valid_to", OPEN)
    if starts >= ends:
        raise row.fail(f"valid_from {starts.isoformat()} is not before valid_to {row['valid_to']}")
    return Alias(provider, row.need("alias"), sku, row["region"], starts, ends, *row.known(), row.place)


def _prove_one_meaning(aliases: Iterable[Alias]) -> None:
    by_name: dict[Sku, list[Alias]] = defaultdict(list)
    for alias in aliases:
        by_name[alias.provider, alias.alias].append(alias)
    for meanings in by_name.values():
        for one, other in combinations(meanings, 2):
            at = both_from(one, other)
            if at is not None:
                place = one.place if other.place == "skus" else other.place
                raise BookError(
                    f"{place}: {other.provider} {other.alias} means {one.sku} and {other.sku}"
                    f" at {at.isoformat()}"
                )


SKUS = ("provider", "sku", "name", "first_date")


def load_names(folder: Path) -> dict[str, Sku]:
    """Display names from `skus.csv`, in lower case, to (provider, sku); the first of a name stands."""
    named = [row for row in read_rows(folder / "skus.csv", SKUS) if row["name"]]
    return {row["name"].lower(): (row["provider"], row["sku"]) for row in reversed(named)}


def load_providers(folder: Path) -> list[str]:
    """Providers in the order of `skus.csv`: makers first, then those who host the models of others."""
    return list(dict.fromkeys(row["provider"] for row in read_rows(folder / "skus.csv", SKUS)))
