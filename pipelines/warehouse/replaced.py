"""Which staged attempts a later version replaces, over day boundaries; kept by day beside the tables."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.sources import SOURCES
from pipelines.warehouse.arrow import schema
from pipelines.warehouse.build import Builder
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.holdings import KEPT, REPLACED
from pipelines.warehouse.layout import content_digest
from pipelines.warehouse.pieces import Piece
from pipelines.warehouse.staged import FILE_TYPES
from pipelines.warehouse.state import Part

NAME = REPLACED


def find_replaced(builder: Builder, days: Sequence[str], window_days: int) -> list[str]:
    """Bring the replaced attempts of `days` up to date; return every day on which they changed.

    A new file may hold a newer version of an attempt of a neighbouring day, so days up to `window_days`
    away are looked at too.
    """
    every = builder.inputs.days
    made_from = _made_from(builder.inputs.holdings.journal, days)
    stale = [day for day in days if made_from[day] != _known(builder, day)]
    touched = set()
    for first, last in _ranges(stale, 2 * window_days):
        near = [day for day in every if _shift(first, -window_days) <= day <= _shift(last, window_days)]
        found = _search(builder, _shift(first, -2 * window_days), _shift(last, 2 * window_days), window_days)
        for day in near:
            if _keep(builder, day, found, made_from[day] if day in stale else ""):
                touched.add(day)
    return sorted(touched)


def _search(builder: Builder, first: str, last: str, window_days: int) -> pa.Table:
    """Replaced attempts among the rows from `first` to `last`."""
    entries = [
        entry
        for entry in _attempt_files(builder.inputs.holdings.journal)
        if any(first <= day <= last for day in entry.days)
    ]
    builder.inputs.staged.register_piece(builder.engine, "staged_attempt", Piece(tuple(entries)))
    builder.engine.register("staged_file", _file_order(builder.inputs.holdings.journal))
    until = date.fromisoformat(_shift(last, 1))
    parameters = {"from": date.fromisoformat(first), "to": until, "window_days": window_days}
    found = builder.engine.table(read_sql(f"2_intake/{NAME}.sql"), parameters)
    return found.cast(schema(KEPT[NAME]))


def _file_order(journal: Sequence[IngestedFile]) -> pa.Table:
    """The staged files with the places of their first and their last arrival."""
    last, names = _last_arrivals(journal), ("source", "account", "content_id")
    rows = [
        {
            **{name: vars(entry)[name] for name in names},
            "first_sequence": entry.sequence,
            "sequence": last[entry.source, entry.content_id],
        }
        for entry in journal
        if entry.status == "staged"
    ]
    types = {name: FILE_TYPES[name] for name in names} | {"first_sequence": "BIGINT", "sequence": "BIGINT"}
    return pa.Table.from_pylist(rows, schema=schema(types))


def _last_arrivals(journal: Sequence[IngestedFile]) -> dict[tuple[str, str], int]:
    """The place of the last file that had some bytes: bytes that come back say anew what they say."""
    arrived = (entry for entry in journal if entry.status in {"staged", "duplicate"} and not entry.is_renamed)
    return {(entry.source, entry.content_id): entry.sequence for entry in arrived}


def _keep(builder: Builder, day: str, found: pa.Table, made_from: str) -> bool:
    """Write the replaced attempts of one day when they are new; tell whether they are others than before.

    `made_from` is what a day that was stale is made from now.
    """
    part = builder.parts.get(NAME, {}).get(day)
    if part is None and not made_from:
        return False
    of_day = found.filter(pc.equal(found["day"], pa.scalar(date.fromisoformat(day))))
    unnamed = builder.layout.scratch / f"{NAME}{day}.parquet"
    pq.write_table(of_day, unnamed)
    file = builder.keep(NAME, day, unnamed)
    made_from = made_from or (part.made_from if part else "")
    builder.parts.setdefault(NAME, {})[day] = Part((file,), of_day.num_rows, made_from)
    return part is not None and part.files != (file,)


def _attempt_files(journal: Sequence[IngestedFile]) -> list[IngestedFile]:
    return [entry for entry in journal if entry.days and SOURCES[entry.source].kind == "attempt"]


def _made_from(journal: Sequence[IngestedFile], days: Iterable[str]) -> dict[str, str]:
    """By day the digest of the files with attempts of it: what makes its replaced attempts stale."""
    last, sql = _last_arrivals(journal), read_sql(f"2_intake/{NAME}.sql")
    of_day: dict[str, list[object]] = {day: [] for day in days}
    for entry in _attempt_files(journal):
        arrived = last.get((entry.source, entry.content_id), entry.sequence)
        for day in of_day.keys() & entry.days.keys():
            of_day[day].append((entry.source, entry.content_id, entry.sequence, arrived, entry.reader))
    return {day: content_digest([files, sql]) for day, files in of_day.items()}


def _known(builder: Builder, day: str) -> str:
    part = builder.parts.get(NAME, {}).get(day)
    there = part and all((builder.layout.root / file).is_file() for file in part.files)
    return part.made_from if part and there else ""


def _ranges(days: Sequence[str], reach: int) -> list[tuple[str, str]]:
    """Join days whose surroundings touch, so that each is searched once."""
    if not days:
        return []
    cuts = [i for i, (a, b) in enumerate(pairwise(days), start=1) if _shift(a, 2 * reach + 1) < b]
    bounds = [0, *cuts, len(days)]
    return [(days[start], days[end - 1]) for start, end in pairwise(bounds)]


def _shift(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
