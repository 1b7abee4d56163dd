"""A large day is written in pieces, several at a time; where it is cut depends on what is staged alone.

DuckDB writes rows in order with one thread, so that a day in one piece would leave the other cores idle.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.ingest.journal import IngestedFile

PIECE_ROWS = 500_000
"""A day of more rows is cut; small enough to share the work, large enough that files stay few."""


@dataclass(frozen=True)
class Piece:
    """Staged files that are read together; rows from `first_row` until before `end_row` of each."""

    files: tuple[IngestedFile, ...] = ()
    first_row: int = 0
    end_row: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether it is a part of one file instead of whole files."""
        return self.end_row > 0


def pieces(files: Iterable[IngestedFile], day: str) -> Sequence[Piece]:
    """Cut the staged files of a day; a day of few rows, or none, is one piece.

    Files are taken by content, not by arrival: one that came late leaves the same order of rows.
    """
    return list(_cut(sorted(files, key=lambda file: (file.source, file.content_id)), day)) or [Piece()]


def _cut(files: Sequence[IngestedFile], day: str) -> Iterator[Piece]:
    together: list[IngestedFile] = []
    for file in files:
        if file.days.get(day, 0) > PIECE_ROWS:
            if together:
                yield Piece(tuple(together))
                together = []
            yield from _ranges(file, -(-file.days[day] // PIECE_ROWS))
            continue
        if together and sum(each.days.get(day, 0) for each in (*together, file)) > PIECE_ROWS:
            yield Piece(tuple(together))
            together = []
        together.append(file)
    if together:
        yield Piece(tuple(together))


def _ranges(file: IngestedFile, count: int) -> Iterator[Piece]:
    edges = [number * file.total_rows // count for number in range(count + 1)]
    for first, end in pairwise(edges):
        yield Piece((file,), first, end)
