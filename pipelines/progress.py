"""Who is told how far the work is: nobody, unless a terminal asks."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

T = TypeVar("T")


class Listener(Protocol):
    """Wraps an iteration that may take long."""

    def __call__(self, items: Sequence[T], what: str) -> Iterable[T]:
        """Yield the items, showing how many of them are done."""
        ...


def _silent(items: Sequence[T], what: str) -> Iterable[T]:  # noqa: ARG001 the listener's signature
    return items


_listeners: list[Listener] = [_silent]


def tracked(items: Sequence[T], what: str) -> Iterable[T]:
    """The items, under the eyes of whoever listens."""
    return _listeners[-1](items, what)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell `listener` of all work inside the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.pop()
