"""Worlds of usage and the exports that somebody pulls of them: what each file states, and the right total.

A world has two days, three keys and two models. Its usage appears hour by hour and is restated; a pull sees
what is there at its time. Nothing here knows the rules of the product.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import product

from hypothesis import strategies as st

BEGIN = datetime(2026, 8, 3, tzinfo=UTC)
HOURS = 48
USERS = ((None, "key_1"), ("proj_a", "key_2"), ("proj_a", "key_3"))
MODELS = ("gpt-5.4-mini", "gpt-5.4-nano")
NAMES = ("project_id", "api_key_id", "model")
KEYS = tuple(key for _, key in USERS)


@dataclass(frozen=True)
class Cell:
    """The usage of one key and model in an hour of the world."""

    hour: int
    project_id: str | None
    api_key_id: str
    model: str

    def tokens(self, version: int) -> int:
        """How many tokens; every version has another number, and no two sums of them are alike by chance."""
        text = f"{self.hour} {self.api_key_id} {self.model} {version}"
        return 1 + int(hashlib.sha256(text.encode()).hexdigest()[:5], 16)


CELLS = tuple(Cell(hour, *user, model) for hour, user, model in product((2, 14, 27, 40), USERS, MODELS))


@dataclass(frozen=True)
class Asked:
    """What a pull asks for.

    Attributes:
        first: hours since the beginning of the world.
        keys: the keys it is limited to; empty where it is not.
        has_nulls: whether a dimension that it is not grouped by is there as null, or not there at all.
        is_described: whether a sidecar lies beside it.
    """

    name: str
    width: int
    first: int
    last: int
    grouping: tuple[str, ...]
    keys: frozenset[str] = frozenset()
    has_nulls: bool = False
    is_described: bool = False

    def is_about(self, cell: Cell) -> bool:
        """Whether the pull covers a cell."""
        return self.first <= cell.hour < self.last and (not self.keys or cell.api_key_id in self.keys)


@dataclass(frozen=True)
class Bucket:
    """A bucket of a file: its time, and its tokens by the values of the dimensions that it shows."""

    start: datetime
    end: datetime
    tokens: Mapping[tuple[tuple[str, str | None], ...], int]


@dataclass(frozen=True)
class File:
    """What a pull wrote."""

    asked: Asked
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True)
class Step:
    """A pull, the hour until which there is usage by then, and the cells that are restated before it."""

    asked: Asked
    now: int
    restated: frozenset[Cell] = frozenset()


@dataclass(frozen=True)
class World:
    """Cells that have usage, and the pulls of it, oldest first."""

    cells: frozenset[Cell]
    steps: Sequence[Step]

    @cached_property
    def files(self) -> list[File]:
        """What the pulls wrote, in their order."""
        return [File(step.asked, tuple(_buckets(step.asked, state))) for step, state in self._states()]

    @property
    def truth(self) -> int:
        """The tokens of every cell that some pull covers, each once, as the newest such pull saw it."""
        seen: dict[Cell, int] = {}
        for step, state in self._states():
            seen |= {cell: tokens for cell, tokens in state.items() if step.asked.is_about(cell)}
        return sum(seen.values())

    def _states(self) -> Iterator[tuple[Step, dict[Cell, int]]]:
        versions = dict.fromkeys(self.cells, 0)
        for step in self.steps:
            for cell in step.restated & self.cells:
                versions[cell] += 1
            seen = {cell: version for cell, version in versions.items() if cell.hour < step.now}
            yield step, {cell: cell.tokens(version) for cell, version in seen.items()}


def _buckets(asked: Asked, state: Mapping[Cell, int]) -> Iterator[Bucket]:
    for hour in range(asked.first, asked.last, asked.width):
        tokens: dict[tuple[tuple[str, str | None], ...], int] = {}
        for cell, amount in state.items():
            if hour <= cell.hour < hour + asked.width and asked.is_about(cell):
                shown = _shown(asked, cell)
                tokens[shown] = tokens.get(shown, 0) + amount
        start = BEGIN + timedelta(hours=hour)
        yield Bucket(start, start + timedelta(hours=asked.width), tokens)


def _shown(asked: Asked, cell: Cell) -> tuple[tuple[str, str | None], ...]:
    names = NAMES if asked.has_nulls else asked.grouping
    return tuple((name, getattr(cell, name) if name in asked.grouping else None) for name in names)


_SUBSETS = [
    frozenset(keys) for keys in ({"key_1"}, {"key_2"}, {"key_3"}, {"key_1", "key_2"}, {"key_2", "key_3"})
]
_CELLS = st.frozensets(st.sampled_from(CELLS), min_size=1)


@st.composite
def _asked(draw: st.DrawFn) -> Asked:
    width = draw(st.sampled_from((1, 24)))
    cuts = (0, 24, 48) if width == HOURS // 2 else (0, 6, 18, 24, 30, 48)
    first, last = sorted(draw(st.lists(st.sampled_from(cuts), min_size=2, max_size=2, unique=True)))
    grouping = tuple(name for name in NAMES if draw(st.booleans()))
    is_described = draw(st.booleans())
    # Without a description nobody can know of a filter that no dimension shows.
    can_be_limited = is_described or "api_key_id" in grouping
    keys = draw(st.sampled_from((frozenset(), *_SUBSETS))) if can_be_limited else frozenset()
    return Asked(
        draw(st.sampled_from("abc")), width, first, last, grouping, keys, draw(st.booleans()), is_described
    )


def _in_time(draw: st.DrawFn, asked: Sequence[Asked]) -> list[Step]:
    hours = draw(st.lists(st.integers(1, HOURS), min_size=len(asked), max_size=len(asked)).map(sorted))
    nothing: st.SearchStrategy[frozenset[Cell]] = st.just(frozenset())
    return [Step(each, now, draw(nothing | _CELLS)) for each, now in zip(asked, hours, strict=True)]


@st.composite
def any_worlds(draw: st.DrawFn) -> World:
    """Up to five pulls of any kind."""
    return World(draw(_CELLS), _in_time(draw, draw(st.lists(_asked(), min_size=1, max_size=5))))


@st.composite
def plain_worlds(draw: st.DrawFn) -> World:
    """Pulls of one shape with any names and times: of all keys, or each name of a key of its own."""
    width = draw(st.sampled_from((1, 24)))
    is_per_key, is_described = draw(st.booleans()), draw(st.booleans())
    asked = []
    for number in range(draw(st.integers(1, 6))):
        first, last = sorted(
            draw(st.lists(st.sampled_from((0, 24, 48)), min_size=2, max_size=2, unique=True))
        )
        key = draw(st.sampled_from(KEYS)) if is_per_key else ""
        name = f"{key or 'all'} {draw(st.integers(0, 2)) if draw(st.booleans()) else f'pull {number}'}"
        keys = frozenset({key}) if key else frozenset()
        asked.append(Asked(name, width, first, last, NAMES, keys, is_described=is_described))
    return World(draw(_CELLS), _in_time(draw, asked))
