"""Assets are the tables, one per contract, plus the intake before them and the catalogue after them."""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from pipelines.defs.ledger import Ledger
from pipelines.defs.metadata import definition_metadata
from pipelines.defs.partitions import DAYS
from pipelines.errors import IntegrityError, LedgerError
from pipelines.warehouse.checks import checks_of
from pipelines.warehouse.contracts import Table, follows_days, in_order, tables
from pipelines.warehouse.export_holes import HOLES
from pipelines.warehouse.finding import Finding
from pipelines.warehouse.findings import CHECKS
from pipelines.warehouse.holdings import KEPT, REPLACED, STAGED
from pipelines.webhook import tell

INTAKE, CATALOGUE, WEBHOOK = "intake", "catalogue", "webhook"
Yielded = Iterator[dg.AssetCheckResult | dg.MaterializeResult[Any]]


def _failure(error: LedgerError) -> dg.Failure:
    """Bad data fails at once: trying again would read the same bytes."""
    return dg.Failure(description=str(error), allow_retries=False)


@dg.asset(name=INTAKE, group_name="1_staging", kinds={"polars", "duckdb", "parquet"})
def intake(ledger: Ledger) -> dg.MaterializeResult[Any]:
    """New raw files, typed and checked, as immutable staging files; a file is read once per content."""
    try:
        run = ledger.run()
        notes, journal = run.notes, run.ingest()
    except LedgerError as error:
        raise _failure(error) from None
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(entry.staged_rows for entry in journal),
            "configuration": "; ".join(notes),
            "files": len(journal),
            "rejected_rows": sum(entry.rejected_rows for entry in journal),
        }
    )


@dg.asset(name=REPLACED, deps=[INTAKE], group_name="2_intake", kinds={"duckdb", "parquet"})
def replaced_attempt(ledger: Ledger) -> dg.MaterializeResult[Any]:
    """Staged rows that a later version replaces, also over a midnight; decides which days are touched."""
    run = ledger.run()
    touched = run.find_replaced(run.days())
    return dg.MaterializeResult(metadata={"touched_days": touched})


def _last_day(context: dg.AssetExecutionContext) -> str:
    """The last day this run covers, from its tags; "" when it covers none in particular."""
    tags = context.run.tags
    return tags.get("dagster/asset_partition_range_end", tags.get("dagster/partition", ""))


def _deps(names: Iterable[str], *, by_day: bool) -> list[dg.AssetDep]:
    """What an asset reads; one of all days depends on the newest of each table by day.

    On all of them, every run would list 2,500 days for each of 190 dependencies; which days are stale the
    warehouse knows by content.
    """
    days = {table.name for table in tables().values() if table.by_day}
    newest = dg.LastPartitionMapping()
    return [
        dg.AssetDep(name, partition_mapping=newest if name in days and not by_day else None)
        for name in sorted(names)
    ]


def _asset_of(name: str) -> str:
    """The asset that makes an input."""
    if name in STAGED or name in {"staged_file", HOLES}:
        return INTAKE
    return REPLACED if name in KEPT else name


def _table_asset(table: Table) -> dg.AssetsDefinition:
    upstream = {_asset_of(name) for name in table.inputs}
    known = {INTAKE, REPLACED, *tables()}
    if follows_days(table):
        # Which days are whole is known when all of them are built.
        upstream |= {each.name for each in tables().values() if each.by_day}

    @dg.asset(
        name=table.name,
        deps=_deps(upstream & known, by_day=table.by_day),
        description=f"{table.grain[0].upper()}{table.grain[1:]}.",
        group_name=table.stage,
        kinds={"duckdb", "parquet"},
        partitions_def=DAYS if table.by_day else None,
        metadata=definition_metadata(table),
        check_specs=[
            dg.AssetCheckSpec(name, asset=table.name, description=said, blocking=True)
            for name, said in checks_of(table).items()
        ],
    )
    def build(context: dg.AssetExecutionContext, ledger: Ledger) -> Yielded:
        run = ledger.run(_last_day(context))
        days = run.days(*context.partition_key_range) if table.by_day else []
        try:
            built = run.build(table.name, days)
        except IntegrityError as error:
            yield dg.AssetCheckResult(check_name=error.check, passed=False, metadata={"said": str(error)})
            raise _failure(error) from None
        except LedgerError as error:
            raise _failure(error) from None
        for name in checks_of(table):
            yield dg.AssetCheckResult(check_name=name, passed=True)
        for day in context.partition_keys if table.by_day else []:
            rows = run.rows(table.name, [day])
            context.add_asset_metadata({"dagster/partition_row_count": rows}, partition_key=day)
        total = {} if table.by_day else {"dagster/row_count": run.rows(table.name, [])}
        yield dg.MaterializeResult(metadata={**total, "parts_built": built})

    return build


@dg.asset(
    name=CATALOGUE,
    deps=_deps((table.name for table in in_order()), by_day=False),
    group_name="7_publish",
    kinds={"duckdb"},
    check_specs=[
        dg.AssetCheckSpec(name, asset=CATALOGUE, description=said)
        for name, said in {**CHECKS, WEBHOOK: "the webhook, where one is set, took the findings"}.items()
    ],
)
def catalogue(context: dg.AssetExecutionContext, ledger: Ledger) -> Yielded:
    """The published version: a views-only DuckDB file over exactly the files that were checked."""
    run = ledger.run(_last_day(context))
    changed = run.publish()
    found = run.findings()
    for check in CHECKS:
        yield _told(check, [each for each in found if each.check == check])
    yield _told(WEBHOOK, [Finding(WEBHOOK, said) for said in tell(found)])
    yield dg.MaterializeResult(metadata={"changed": changed, "dagster/uri": str(run.layout.catalogue)})


def _told(check: str, found: list[Finding]) -> dg.AssetCheckResult:
    """A warning that stops nothing; its first sentence is shown without a click."""
    told = [finding.sentence for finding in found if finding.is_open]
    return dg.AssetCheckResult(
        check_name=check,
        passed=not told,
        description=told[0] if told else None,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"findings": told, "count": len(told), "acknowledged": len(found) - len(told)},
    )


TABLES: list[dg.AssetsDefinition] = [_table_asset(table) for table in in_order()]
ASSETS: list[dg.AssetsDefinition] = [intake, replaced_attempt, *TABLES, catalogue]
