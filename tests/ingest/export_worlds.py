"""Worlds of usage and the exports that somebody pulls of them: what each file states, and the right total.

A world has two days, three keys and two models. Its usage appears hour by hour and is restated; a pull sees
what is there at its time. Nothing here knows the rules of the product.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import combinations, compress, product

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
    """Cells that have usage, and the pulls of it, oldest first.

    Attributes:
        is_fading: whether usage that is restated is gone, and not another amount.
    """

    cells: frozenset[Cell]
    steps: Sequence[Step]
    is_fading: bool = False

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
            yield step, {cell: self._tokens(cell, version) for cell, version in seen.items()}

    def _tokens(self, cell: Cell, version: int) -> int:
        return 0 if self.is_fading and version else cell.tokens(version)


def _buckets(asked: Asked, state: Mapping[Cell, int]) -> Iterator[Bucket]:
    for hour in range(asked.first, asked.last, asked.width):
        tokens: dict[tuple[tuple[str, str | None], ...], int] = {}
        for cell, amount in state.items():
            if amount and hour <= cell.hour < hour + asked.width and asked.is_about(cell):
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
_DAYS = ((0, 24), (24, 48), (0, 48))
_SPANS = [(24, days) for days in _DAYS * 4] + [(1, span) for span in combinations((0, 6, 18, 24, 30, 48), 2)]
_GROUPINGS = [tuple(compress(NAMES, chosen)) for chosen in product((True, False), repeat=len(NAMES))]
_ANY = [
    Asked(name, width, *span, grouping, keys, has_nulls, is_described)
    for name, (width, span), grouping, keys, has_nulls, is_described in product(
        "abc", _SPANS, _GROUPINGS, [frozenset(), *_SUBSETS], (False, True), (False, True)
    )
    # Without a description nobody can know of a filter that no dimension shows.
    if is_described or not keys or "api_key_id" in grouping
]
_NAMED = ("first", "second", "")
"""Names of pulls; one without gets a name that no other pull has."""

_RESTATED = [
    *[frozenset[Cell]()] * 24, *[frozenset({cell}) for cell in CELLS],
    *[frozenset(cell for cell in CELLS if cell.api_key_id == key) for key in KEYS], frozenset(CELLS),
]  # fmt: skip


def _cells(one: int, two: int) -> frozenset[Cell]:
    """The cells of which both numbers have the bit, a quarter of them; never none."""
    return frozenset(cell for bit, cell in enumerate(CELLS) if one & two & 1 << bit) or frozenset(CELLS[:1])


_BITS = st.integers(1, 2 ** len(CELLS) - 1)
_USAGE = st.builds(_cells, _BITS, _BITS)
_TIMES = st.tuples(st.integers(1, HOURS), st.sampled_from(_RESTATED))


def _world(cells: frozenset[Cell], pulls: Sequence[tuple[Asked, tuple[int, frozenset[Cell]]]]) -> World:
    """Pulls in the order of their times."""
    hours = sorted(now for _, (now, _) in pulls)
    return World(
        cells, [Step(asked, now, restated) for now, (asked, (_, restated)) in zip(hours, pulls, strict=True)]
    )


def any_worlds() -> st.SearchStrategy[World]:
    """Up to five pulls of any kind."""
    pulls = st.lists(st.tuples(st.sampled_from(_ANY), _TIMES), min_size=1, max_size=5)
    return st.builds(_world, _USAGE, pulls)


_SHAPES = st.lists(
    st.tuples(st.sampled_from(_DAYS), st.sampled_from(KEYS), st.sampled_from(_NAMED), _TIMES),
    min_size=1,
    max_size=6,
)


@st.composite
def plain_worlds(draw: st.DrawFn, *, is_restated: bool = True) -> World:
    """Pulls of one shape with any names and times: of all keys, or each name of a key of its own."""
    width, is_per_key = draw(st.sampled_from((1, 24))), draw(st.booleans())
    is_described = draw(st.booleans())
    pulls = []
    for number, (days, key, named, (now, restated)) in enumerate(draw(_SHAPES)):
        whose = key if is_per_key else "all"
        name = f"{whose} {named or number}"
        keys = frozenset({key}) if is_per_key else frozenset()
        asked = Asked(name, width, *days, NAMES, keys, is_described=is_described)
        pulls.append((asked, (now, restated if is_restated else frozenset())))
    return _world(draw(_USAGE), pulls)


def fading_worlds() -> st.SearchStrategy[World]:
    """Pulls of one shape that have one name each key, or one request under any name; usage may be gone."""
    return plain_worlds().map(_with_one_name)


def _with_one_name(world: World) -> World:
    steps = [
        step
        if step.asked.is_described
        else replace(step, asked=replace(step.asked, name=step.asked.name.split(" ", maxsplit=1)[0]))
        for step in world.steps
    ]
    return World(world.cells, steps, is_fading=True)
