"""Names of providers as logs and exports write them: exact, dated, one provider of the book each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.book.dated import overlaps
from pipelines.book.prices import Book
from pipelines.book.text import ALWAYS, OPEN, Row, read_rows
from pipelines.errors import BookError

FILE = "providers.csv"
"""Names that the book knows, and those that a company adds."""

HEADER = ("provider", "name", "valid_from", "valid_to", "known_from", "known_to", "source", "source_ref")


@dataclass(frozen=True, slots=True)
class ProviderName:
    """From `valid_from` until before `valid_to`, logs that write `name` mean `provider`."""

    name: str
    provider: str
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    place: str


def load_provider_names(files: Iterable[Path], book: Book) -> tuple[ProviderName, ...]:
    """Read files of names, of which any may be missing; every provider of the book is its own name.

    Raises:
        BookError: a name that is not in lower case, an unknown provider, or two meanings at one instant.
    """
    providers = {price.provider for price in book.prices}
    found = [ProviderName(each, each, ALWAYS, OPEN, ALWAYS, OPEN, "prices") for each in sorted(providers)]
    for path in files:
        found += [_name(row, providers) for row in read_rows(path, HEADER)] if path.is_file() else []
    for name, at in overlaps(found, lambda each: each.name):
        raise BookError(f"{name.place}: {name.name} has another meaning at {at}")
    return tuple(found)


def _name(row: Row, providers: Iterable[str]) -> ProviderName:
    name, provider = row.need("name"), row.need("provider")
    row.need("source_ref")
    if name != name.lower():
        raise row.fail(f"name {name!r} is not in lower case, as it is compared")
    if provider not in providers:
        raise row.fail(f"the price book has no provider {provider!r}")
    return ProviderName(name, provider, *row.interval("valid_from", "valid_to"), *row.known(), row.place)
