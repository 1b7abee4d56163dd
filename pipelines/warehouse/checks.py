"""Checks that stop a publication: they run on a finished part before anything is kept of it."""

from collections.abc import Sequence

from pipelines.errors import IntegrityError
from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.sources import SOURCES
from pipelines.warehouse.contracts import Table
from pipelines.warehouse.engine import Engine

KIND_OF_FACT = {"fct_attempt_cost": "attempt", "fct_usage_cost": "usage", "fct_charge": "charge"}
SUMS = ("list_cost_usd", "cost_usd", "tokens")
SHAPE, UNIQUE_GRAIN = "shape", "unique_grain"
NOTHING_LOST, SAME_TOTALS = "nothing_lost", "same_totals"


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
        sums = ", ".join(_sums(table))
        said[SAME_TOTALS] = f"sums of {sums} equal those of {table.totals_of} to the last digit"
    return said


def check_part(engine: Engine, table: Table, day: str, journal: Sequence[IngestedFile]) -> int:
    """Check the part named `part` and return its number of rows.

    Raises:
        IntegrityError: two rows of one grain, a row lost or invented, or a total that is not its fact's.
    """
    rows = int(engine.rows("select count(*) from part")[0][0])
    place = f"{table.name} of {day}" if day else table.name
    _unique_grain(engine, table, rows, place)
    if table.name in KIND_OF_FACT:
        kind = KIND_OF_FACT[table.name]
        staged = sum(
            entry.days.get(day, 0) for entry in journal if entry.days and SOURCES[entry.source].kind == kind
        )
        _nothing_lost(engine, kind, staged, rows, place)
    if table.totals_of:
        _same_totals(engine, table, place)
    if table.appended:
        _same_difference(engine, place)
    return rows


def _unique_grain(engine: Engine, table: Table, rows: int, place: str) -> None:
    """Compare hashes first: equal rows hash equally, so distinct hashes prove distinct keys."""
    if not table.key:
        return
    keys = ", ".join(table.key)
    hashed = f"select hash({keys}) as key_hash from part group by key_hash having count(*) > 1"  # noqa: S608 contract
    if engine.rows(f"select count(*) from ({hashed})")[0][0]:  # noqa: S608
        distinct = engine.rows(f"select count(*) from (select distinct {keys} from part)")[0][0]  # noqa: S608
        if distinct != rows:
            raise IntegrityError(UNIQUE_GRAIN, f"{place}: {rows} rows but {distinct} different ({keys})")


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
    return [column for column in SUMS if column in table.types]


def _same_totals(engine: Engine, table: Table, place: str) -> None:
    sums = ", ".join(f"sum({column})" for column in _sums(table))
    found = engine.rows(f"select {sums} from part")[0]  # noqa: S608 constant names
    expected = engine.rows(f"select {sums} from {table.totals_of}")[0]  # noqa: S608 contract's name
    if found != expected:
        raise IntegrityError(
            SAME_TOTALS, f"{place}: totals {found} are not those of {table.totals_of}, {expected}"
        )
