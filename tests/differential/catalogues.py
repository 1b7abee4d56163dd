"""The lists of other catalogues beside our book: every listed rate is priced by us at its own instant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from pipelines.book.dimensions import Dimensions
from pipelines.book.names import Names
from tests.differential import list_azure, list_litellm, list_metergraph, list_model_prices, list_openrouter
from tests.differential.comparison import is_same
from tests.differential.disagreement import Disagreement
from tests.differential.generated import Books
from tests.differential.listed import Listed
from tests.differential.ours import MILLION, PICODOLLARS, Line, Priced, priced

LISTS = {
    source.NAME: source.listed
    for source in (list_litellm, list_metergraph, list_model_prices, list_azure, list_openrouter)
}
"""By the name of the catalogue: what gives its rates."""


@dataclass(frozen=True)
class Quote:
    """A listed rate as the call of a million tokens that we price; `model` is our name of it."""

    listed: Listed
    model: str

    @property
    def provider(self) -> str:
        """Who bills."""
        return self.listed.provider

    @property
    def tier(self) -> str:
        """Our service tier."""
        return self.listed.tier

    @property
    def region(self) -> str:
        """Where it ran; empty where the list names no place."""
        return self.listed.region

    @property
    def at(self) -> datetime:
        """The instant for which the list is read."""
        return self.listed.at

    @property
    def input_tokens(self) -> int:
        """A size of the prompt for which the rate holds."""
        return self.listed.input_tokens

    @cached_property
    def units(self) -> dict[str, int]:
        """A million tokens of the one meter."""
        return {self.listed.meter: MILLION}


@dataclass(frozen=True)
class Compared:
    """A listed rate and ours."""

    quote: Quote
    ours: Priced

    @cached_property
    def disagreement(self) -> Disagreement | None:
        """None where both are one, up to the rounding of our line."""
        listed = self.quote.listed
        theirs = Line(Fraction(listed.rate) * PICODOLLARS, MILLION)
        ours = self.ours.lines[listed.meter]
        if is_same(ours.picodollars, theirs.picodollars):
            return None
        has_rates, reason = bool(self.ours.rate_id), self.ours.reason or ""
        return Disagreement(listed.catalogue, self.quote, listed.meter, ours, theirs, has_rates, reason)


def compare(books: Books, dimensions: Dimensions, spill: Path) -> list[Compared]:
    """Every rate of every list beside ours, in the order of the lists."""
    names = dimensions.edition.names
    quotes = [_quote(listed, books, names) for rates in LISTS.values() for listed in rates()]
    return _compared(quotes, dimensions, spill)


def _quote(listed: Listed, books: Books, names: Names) -> Quote:
    """The call as a run makes it of a log: by a name of the book, or by one that is rewritten to it."""
    for name in listed.names:
        if (listed.provider, name) in books.meanings:
            return Quote(listed, name)
    for name in listed.names:
        found = names.resolve((listed.provider, name), listed.at)
        if found.name in books.meanings:
            return Quote(replace(listed, region=listed.region or found.region), found.model)
    return Quote(listed, listed.names[-1])


def _compared(quotes: Sequence[Quote], dimensions: Dimensions, spill: Path) -> list[Compared]:
    found = zip(quotes, priced(quotes, dimensions, spill), strict=True)
    return [Compared(quote, ours) for quote, ours in found]
