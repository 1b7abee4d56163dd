"""What a log calls a provider and a model, in the names of the book: the first spelling that the book has."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from pipelines.book.card import Row
from pipelines.book.dated import applying, valid_edges
from pipelines.book.providers import ProviderName
from pipelines.book.rates import Day, Name
from pipelines.book.spellings import spellings
from pipelines.book.text import ALWAYS, OPEN


@dataclass(frozen=True, slots=True)
class Resolved:
    """A provider and a model in the names of the book, or as logged where it has none.

    `region` is the one that the logged name held, empty where it held none.
    """

    provider: str
    model: str
    region: str = ""

    @property
    def name(self) -> Name:
        """Provider and model, as the book is asked for them."""
        return self.provider, self.model


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a logged name is from `valid_from` until before `valid_to`."""

    resolved: Resolved
    valid_from: datetime
    valid_to: datetime


class Names:
    """The names of one edition of the book; each logged name is resolved once."""

    def __init__(self, providers: Iterable[ProviderName], knows: Callable[[Name], bool]) -> None:
        """Take the names of providers as believed, and what tells a name of the book."""
        self._providers: dict[str, list[ProviderName]] = defaultdict(list)
        for each in providers:
            self._providers[each.name].append(each)
        self._knows = knows
        self._meanings: dict[Name, tuple[Meaning, ...]] = {}

    def resolve(self, logged: Name, at: datetime) -> Resolved:
        """What a log means by a provider and a model at an instant."""
        written, model = logged
        provider = self.provider(written, at)
        if not provider:
            return Resolved(written, model)
        for spelling in spellings(provider, model, lambda word: self.provider(word, at) == provider):
            if self._knows((provider, spelling.model)):
                return Resolved(provider, *spelling)
        return Resolved(provider, model)

    def provider(self, written: str, at: datetime) -> str:
        """The provider of the book that a log means; empty where neither it nor the table knows one.

        A provider of the book may have capital letters (a company's own); other names have none.
        """
        for name in (written, written.lower()):
            for each in applying(self._providers.get(name, ()), at):
                return each.provider
        return ""

    def resolved(self, logged: Iterable[Name], period: Day) -> frozenset[Name]:
        """The names of the book that some logged names have within a period."""
        return frozenset(meaning.resolved.name for name in logged for meaning in self._within(name, period))

    def rows(self, logged: Collection[Name], period: Day) -> Iterator[Row]:
        """What differs from the log within a period: the rows of `dim_name`."""
        for name in sorted(set(logged)):
            for meaning in self._within(name, period):
                if meaning.resolved != Resolved(*name):
                    yield {
                        "logged_provider": name[0], "logged_model": name[1],
                        "provider": meaning.resolved.provider, "model": meaning.resolved.model,
                        "region": meaning.resolved.region or None,
                        "valid_from": max(meaning.valid_from, period[0]),
                        "valid_to": min(meaning.valid_to, period[1]),
                    }  # fmt: skip

    def _within(self, name: Name, period: Day) -> Iterator[Meaning]:
        for meaning in self._all_of(name):
            if meaning.valid_from < period[1] and period[0] < meaning.valid_to:
                yield meaning

    def _all_of(self, name: Name) -> tuple[Meaning, ...]:
        """The meanings of a name, one between each two instants at which a name of a provider changes."""
        if name not in self._meanings:
            written = {name[0], *name[1].split("/")[:-1]}
            words = {*written, *(word.lower() for word in written)}
            rows = [row for word in words for row in self._providers.get(word, ())]
            edges = sorted({ALWAYS, OPEN, *valid_edges(rows)})
            self._meanings[name] = tuple(
                Meaning(self.resolve(name, start), start, end) for start, end in pairwise(edges)
            )
        return self._meanings[name]
