"""Rows that hold from one instant until before another: when they applied, and when we believed so."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import datetime
from itertools import combinations
from typing import Protocol, TypeVar


class Valid(Protocol):
    """What applies for a time."""

    @property
    def valid_from(self) -> datetime:
        """First instant it applies."""
        ...

    @property
    def valid_to(self) -> datetime:
        """First instant it no longer applies."""
        ...


class Known(Protocol):
    """What is believed for a time."""

    @property
    def known_from(self) -> datetime:
        """First instant it is believed."""
        ...

    @property
    def known_to(self) -> datetime:
        """First instant it is no longer believed."""
        ...


class Dated(Valid, Known, Protocol):
    """What has both axes."""


V = TypeVar("V", bound=Valid)
K = TypeVar("K", bound=Known)
D = TypeVar("D", bound=Dated)


def applying(rows: Iterable[V], at: datetime) -> list[V]:
    """The rows that apply at an instant."""
    return [row for row in rows if row.valid_from <= at < row.valid_to]


def believed(rows: Iterable[K], at: datetime) -> list[K]:
    """The rows that are believed at an instant."""
    return [row for row in rows if row.known_from <= at < row.known_to]


def valid_edges(rows: Iterable[Valid]) -> list[datetime]:
    """Every instant at which a row begins or ceases to apply, in order."""
    return sorted({edge for row in rows for edge in (row.valid_from, row.valid_to)})


def known_edges(rows: Iterable[Known]) -> list[datetime]:
    """Every instant at which a row begins or ceases to be believed, in order."""
    return sorted({edge for row in rows for edge in (row.known_from, row.known_to)})


def both_from(one: Dated, other: Dated) -> datetime | None:
    """The first instant at which two rows apply that are ever believed together; None when there is none."""
    applies, is_believed = max(one.valid_from, other.valid_from), max(one.known_from, other.known_from)
    if applies < min(one.valid_to, other.valid_to) and is_believed < min(one.known_to, other.known_to):
        return applies
    return None


def overlaps(rows: Iterable[D], key: Callable[[D], Hashable]) -> Iterator[tuple[D, str]]:
    """Each row that says something else of a key than an earlier one, and the first instant of both."""
    by_key: dict[Hashable, list[D]] = defaultdict(list)
    for row in rows:
        by_key[key(row)].append(row)
    for several in by_key.values():
        for one, other in combinations(several, 2):
            at = both_from(one, other)
            if at is not None:
                yield other, at.isoformat()
