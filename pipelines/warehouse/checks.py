"""Checks that stop a publication: they run on a finished part before anything is kept of it."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import IntegrityError
from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.sources import SOURCES
from pipelines.warehouse.arrow import ARROW
from pipelines.warehouse.contracts import Table, tables
from pipelines.warehouse.engine import Engine

KIND_OF_FACT = {"fct_attempt_cost": "attempt", "fct_usage_cost": "usage", "fct_charge": "charge"}
SUMS = ("list_cost_usd", "cost_usd", "tokens", "billed_cost_usd")
"""Columns whose totals a table repeats, as far as both tables have them."""

CONTRACT = {kind: name for name, kind in ARROW.items()}

WATERFALL = "mart_reconciliation"
SHAPE, UNIQUE_GRAIN = "shape", "unique_grain"
NOTHING_LOST, SAME_TOTALS, ADDS_UP = "nothing_lost", "same_totals", "adds_up"


def checks_of(table: Table) -> dict[str, str]:
    """The checks a table is built under, and what each one says."""
    said = {SHAPE: "the SQL gives exactly the columns and types of the contract"}
    if table.key:
        said[UNIQUE_GRAIN] = f"one row per ({', '.join(table.key)})"
    if table.name in KIND_OF_FACT:
        said[NOTHING_LOST] = "rows staged = rows kept + rows in duplicates"
    if table.appended:
        said[SAME_TOTALS] = "the deltas add up to the difference of the two facts to the last digit"
    if table.totals_of:
        said[SAME_TOTALS] = (
            f"sums of {', '.join(_sums(table))} equal those of {table.totals_of} to the last digit"
        )
    if table.name == WATERFALL:
        said[ADDS_UP] = "logs and causes add up to usage, and usage (or logs) and causes to the bill"
    return said


def check_part(
    engine: Engine, table: Table, day: str, files: Sequence[Path], journal: Sequence[IngestedFile]
) -> int:
    """Check the files of a part, whose inputs are still named, and return its number of rows.

    Raises:
        IntegrityError: a wrong column, two rows of one grain, a row lost or invented, or a total that is not
            its fact's.
    """
    footers = [pq.read_metadata(file) for file in files]
    for footer in footers:
        _shape(table, footer.schema.to_arrow_schema())
    rows = sum(int(footer.num_rows) for footer in footers)
    engine.register_files("part", files)
    place = f"{table.name} of {day}" if day else table.name
    _unique_grain(engine, table, rows, place)
    if table.name in KIND_OF_FACT:
        kind = KIND_OF_FACT[table.name]
        staged = sum(
            entry.days.get(day, 0) for entry in journal if entry.days and SOURCES[entry.source].kind == kind
        )
        _nothing_lost(engine, kind, staged, rows, place)
    if table.totals_of:
        _same_totals(engine, table, day, place)
    if table.name == WATERFALL:
        _adds_up(engine, place)
    if table.appended:
        _same_difference(engine, place)
    return rows


def _shape(table: Table, found: pa.Schema) -> None:
    types = {field.name: CONTRACT.get(field.type, str(field.type)) for field in found}
    if list(types.items()) == list(table.types.items()):
        return
    wrong = [f"{name} {kind}" for name, kind in types.items() if table.types.get(name) != kind]
    missing = [name for name in table.types if name not in types]
    raise IntegrityError(SHAPE, f"{table.name}: columns wrong {wrong}, missing {missing}, or out of order")


def _unique_grain(engine: Engine, table: Table, rows: int, place: str) -> None:
    """Compare hashes first: equal rows hash equally, so distinct hashes prove distinct keys."""
    if not table.key or rows < 2:  # noqa: PLR2004 one row is like no other
        return
    keys = ", ".join(f'"{column}"' for column in table.key)
    hashed = f"select hash({keys}) as key_hash from part group by key_hash having count(*) > 1"  # noqa: S608 contract
    if engine.rows(f"select count(*) from ({hashed})")[0][0]:  # noqa: S608
        distinct = engine.rows(f"select count(*) from (select distinct {keys} from part)")[0][0]  # noqa: S608
        if distinct != rows:
            raise IntegrityError(
                UNIQUE_GRAIN, f"{place}: {rows} rows but {distinct} different ({', '.join(table.key)})"
            )


def _nothing_lost(engine: Engine, kind: str, staged: int, rows: int, place: str) -> None:
    replaced = engine.rows("select count(*) from duplicates where kind = $kind", {"kind": kind})[0][0]
    if staged != rows + replaced:
        raise IntegrityError(
            NOTHING_LOST, f"{place}: {staged} rows staged, but {rows} kept and {replaced} replaced"
        )


def _same_difference(engine: Engine, place: str) -> None:
    cost = "coalesce(sum(cost_usd), 0)"
    found = engine.rows("select coalesce(sum(delta_cost_usd), 0) from part")[0][0]
    before, after = (
        engine.rows(f"select {cost} from {name}")[0][0]  # noqa: S608 constant names
        for name in ("fct_before", "fct_attempt_cost")
    )
    if found != after - before:
        raise IntegrityError(SAME_TOTALS, f"{place}: deltas add up to {found}, but {before} became {after}")


def _sums(table: Table) -> list[str]:
    of_fact = tables()[table.totals_of].types
    return [column for column in SUMS if column in table.types and column in of_fact]


def _same_totals(engine: Engine, table: Table, day: str, place: str) -> None:
    """Compare with the day of the fact alone: an input may reach beyond it."""
    sums = ", ".join(f"sum({column})" for column in _sums(table))
    found = engine.rows(f"select {sums} from part")[0]  # noqa: S608 constant names
    of_day = f"select {sums} from {table.totals_of} where day = cast($day as date)"  # noqa: S608 contract's name
    expected = engine.rows(of_day, {"day": day})[0]
    if found != expected:
        raise IntegrityError(
            SAME_TOTALS, f"{place}: totals {found} are not those of {table.totals_of}, {expected}"
        )


def _adds_up(engine: Engine, place: str) -> None:
    """Each account's levels and the causes between them; a level that is not there ends the way before it."""
    halves = {
        "logs to usage": ("step < 300", "step = 300"),
        "to the bill": ("step between 300 and 899 or (step < 300 and not has_usage)", "step = 900"),
    }
    marked = (
        "with marked as (select *, max(cause = 'usage') over (partition by provider, account) as has_usage"
        " from part)"
    )
    for half, (given, level) in halves.items():
        sums = ", ".join(f"coalesce(sum(amount_usd) filter (where {part}), 0)" for part in (given, level))
        there = f"count(*) filter (where {level} and amount_usd is not null)"
        sql = f"{marked} select provider, account, {sums}, {there} from marked group by all"  # noqa: S608 constants
        for provider, account, added, reached, rows in engine.rows(sql):
            if rows and added != reached:
                raise IntegrityError(
                    ADDS_UP, f"{place}: {provider} {account}, {half}: {added} and not {reached}, the level"
                )
