"""Builds a table for a day: name the inputs, write, check, name by content.

A part whose inputs did not change is left alone; so a run builds what is new and nothing else.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue

from pipelines.progress import tracked
from pipelines.warehouse.checks import check_part
from pipelines.warehouse.contracts import Table, follows_days, in_order, read_sql
from pipelines.warehouse.engine import Engine, Parameters, compose
from pipelines.warehouse.holdings import STAGED
from pipelines.warehouse.inputs import Inputs
from pipelines.warehouse.layout import Layout, content_id
from pipelines.warehouse.pieces import Piece, pieces
from pipelines.warehouse.repricing import JOURNAL, closed_parts
from pipelines.warehouse.state import WHOLE, Part, Parts

DAYS_A_WORKER = 2
"""Fewer days do not earn back another connection."""

SMALL_ROWS = 50_000
"""So few rows are written by one thread in less time than several take to share them."""


@dataclass
class Builder:
    """Builds parts over one connection and remembers them in the holdings."""

    engine: Engine
    inputs: Inputs

    @property
    def layout(self) -> Layout:
        """Paths of the warehouse."""
        return self.inputs.holdings.layout

    @property
    def parts(self) -> Parts:
        """What is built."""
        return self.inputs.holdings.parts

    def build_all(self, table: Table, days: Sequence[str]) -> int:
        """Build parts, large days one after the other, the others side by side; return how many were built.

        Raises:
            IntegrityError: the shape or a check of a part is wrong; the days after it may be missing.
        """
        self._follow_days(table)
        are_few = len(days) < 2 * DAYS_A_WORKER
        large = [day for day in days if self._takes_all(table, day, are_few=are_few)]
        built = sum(self.build(table, day) for day in tracked(large, table.name))
        return built + self._side_by_side(table, sorted(set(days) - set(large)))

    def _takes_all(self, table: Table, day: str, *, are_few: bool) -> bool:
        """Whether all cores write a day: it comes in pieces, or is not small and has few beside it."""
        return len(self._pieces(table, day)) > 1 or (are_few and self.inputs.rows(table, day) > SMALL_ROWS)

    def _side_by_side(self, table: Table, days: Sequence[str]) -> int:
        """Each day by one thread."""
        workers = min(max(len(days) // DAYS_A_WORKER, 1), os.cpu_count() or 1)
        with ExitStack() as stack:
            free = SimpleQueue[Builder]()
            for _ in range(workers):
                engine = stack.enter_context(self.engine.share(threads=1))
                free.put(Builder(engine, self.inputs))

            def work(day: str) -> bool:
                builder = free.get()
                try:
                    return builder.build(table, day)
                finally:
                    free.put(builder)

            pool = stack.enter_context(ThreadPoolExecutor(workers))
            stack.callback(pool.shutdown, cancel_futures=True)
            started = [pool.submit(work, day) for day in days]
            return sum(future.result() for future in tracked(started, table.name))

    def build(self, table: Table, day: str = WHOLE) -> bool:
        """Build one part unless it is up to date; tell whether it was built.

        Raises:
            IntegrityError: the shape or a check is wrong; nothing of the part is kept.
        """
        if self.is_current(table, day):
            return False
        files, rows = ((), 0) if self.inputs.are_empty(table, day) else self._make(table, day)
        if table.appended:
            earlier = self.inputs.holdings.books.entries(day)
            files, rows = (*earlier.files, *files), earlier.rows + rows
        self.parts.setdefault(table.name, {})[day] = Part(
            files,
            rows,
            self.inputs.made_from(table, day),
            self.inputs.usage(table, day),
            self.inputs.readers(table, day),
        )
        return True

    def _make(self, table: Table, day: str) -> tuple[tuple[str, ...], int]:
        """Write and check a part; a part without rows has no file."""
        unnamed = self._write(table, day)
        rows = check_part(self.engine, table, day, unnamed, self.inputs.holdings.journal)
        self.inputs.replay.drop(table, day)
        if not rows:
            for file in unnamed:
                file.unlink()
            return (), 0
        return tuple(self.keep(table.name, day, file) for file in unnamed), rows

    def _write(self, table: Table, day: str) -> list[Path]:
        """Write a part to scratch: one file, or one for each piece of its staged input."""
        cut = self._pieces(table, day)
        targets = [self.layout.scratch / f"{table.name}{day}.{number}.parquet" for number in range(len(cut))]
        if len(cut) == 1:
            self._write_piece(self.engine, table, day, cut[0], targets[0])
            return targets
        self._register(self.engine, table, day, cut[0])
        workers = min(len(cut), os.cpu_count() or 1)

        def work(number: int) -> None:
            with self.engine.share() as engine:
                self._write_piece(engine, table, day, cut[number], targets[number])

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(work, range(len(cut))))
        return targets

    def _pieces(self, table: Table, day: str) -> Sequence[Piece]:
        return (
            pieces(self.inputs.holdings.files(STAGED[table.cut_by], day), day) if table.cut_by else [Piece()]
        )

    def _write_piece(self, engine: Engine, table: Table, day: str, piece: Piece, target: Path) -> None:
        self._register(engine, table, day, piece)
        parameters = {"day": date.fromisoformat(day)} if day else {}
        engine.write(prepared(engine, table, parameters), parameters, target)

    def _register(self, engine: Engine, table: Table, day: str, piece: Piece) -> None:
        for name in table.inputs:
            if name == table.cut_by:
                self.inputs.staged.register_piece(engine, name, piece)
            else:
                self.inputs.register(engine, table, name, day)

    def is_current(self, table: Table, day: str) -> bool:
        """Whether the part exists and was made from what is there now."""
        self._follow_days(table)
        known = self.parts.get(table.name, {}).get(day)
        if table.appended and self.inputs.holdings.change(day) is None:
            return True
        if known is None or not all((self.layout.root / file).is_file() for file in known.files):
            return False
        return known.made_from == self.inputs.made_from(table, day)

    def _follow_days(self, table: Table) -> None:
        if follows_days(table) and not self.inputs.holdings.every_day:
            self.inputs.holdings.every_day = self.days_to_publish

    def publishable(self) -> Parts:
        """The built parts of every day that is built whole; of any other day what is published."""
        chosen = {name: dict(days) for name, days in self.days_to_publish.items()}
        for name, part in self._publishable_of(WHOLE).items():
            chosen.setdefault(name, {})[WHOLE] = part
        return chosen

    @cached_property
    def days_to_publish(self) -> Parts:
        """The part of `publishable` that is by day; no day is built any more once it is asked for."""
        chosen: Parts = {}
        for day in self.inputs.days:
            for name, part in self._publishable_of(day).items():
                chosen.setdefault(name, {})[day] = part
        return chosen

    def _publishable_of(self, day: str) -> dict[str, Part]:
        published = _of_day(self.inputs.holdings.books.published, day)
        # What is published already needs no proof that it is built whole.
        if published == _of_day(self.parts, day):
            return published
        wanted = [table for table in in_order() if table.by_day == bool(day)]
        return self._of_day(day) if all(self.is_current(table, day) for table in wanted) else published

    def _of_day(self, day: str) -> dict[str, Part]:
        """What is published of a day that is built whole."""
        books = self.inputs.holdings.books
        if books.is_closed(day):
            return closed_parts(books, self.parts, day)
        chosen = _of_day(self.parts, day)
        if self.inputs.holdings.change(day) is None:
            chosen.pop(JOURNAL, None)
            chosen |= {name: part for name, part in _of_day(books.published, day).items() if name == JOURNAL}
        return chosen

    def keep(self, name: str, day: str, unnamed: Path) -> str:
        """Move a finished file to its place, named by its content; return the path below the warehouse."""
        folder = self.layout.table(name) / day if day else self.layout.table(name)
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / f"{content_id(unnamed)[0]}.parquet"
        unnamed.replace(kept)
        return kept.relative_to(self.layout.root).as_posix()


def prepared(engine: Engine, table: Table, parameters: Parameters) -> str:
    """The statement of a table whose inputs are named: its select with its steps, those held already run."""
    steps: list[tuple[str, str]] = []
    for name, file in table.steps:
        if name in table.held:
            engine.hold(name, compose(steps, read_sql(file)), parameters)
        else:
            steps.append((name, read_sql(file)))
    return compose(steps, table.sql)


def _of_day(parts: Parts, day: str) -> dict[str, Part]:
    return {name: days[day] for name, days in parts.items() if day in days}
