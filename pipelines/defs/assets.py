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
from pipelines.warehouse.findings import FIRST_DAY, LAST_DAY
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
        journal = ledger.run().ingest()
    except LedgerError as error:
        raise _failure(error) from None
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(entry.staged_rows for entry in journal),
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
        run = ledger.run()
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


FINDINGS = {
    "unpriced": "every used meter of every row has a rate",
    "coverage": "each day's share of tokens and of dollars without a price is within max_unpriced_share",
    "stale_rate": "no promotion prices usage after the day it had to be looked at again",
    "reconciliation": "logs at list price are within max_reconciliation_share of the bill",
    "unknown_bill_line": "every line of a bill has a known form",
    "export_overlap": "exports of the same time do not contradict each other",
    "export_not_whole": "no page and no day of an export is missing",
    "budget": "every month stays within max_budget_share of its budgets at its run rate",
    "anomaly": "no day costs more or less than anomaly_deviations of its weeks explain",
    "rejected_file": "every raw file could be read",
    "yesterday_exists": "the newest day has rows",
}


@dg.asset(
    name=CATALOGUE,
    deps=_deps((table.name for table in in_order()), by_day=False),
    group_name="7_publish",
    kinds={"duckdb"},
    check_specs=[
        dg.AssetCheckSpec(name, asset=CATALOGUE, description=said)
        for name, said in {**FINDINGS, WEBHOOK: "the webhook, where one is set, took the findings"}.items()
    ],
)
def catalogue(context: dg.AssetExecutionContext, ledger: Ledger) -> Yielded:
    """The published version: a views-only DuckDB file over exactly the files that were checked."""
    run = ledger.run()
    first, last = _days_of(context)
    changed = run.publish()
    found = run.findings(first, last)
    for check in FINDINGS:
        said = [finding.sentence for finding in found if finding.check == check]
        yield _told(check, said)
    yield _told(WEBHOOK, tell(found, first, last))
    yield dg.MaterializeResult(metadata={"changed": changed, "dagster/uri": str(run.layout.catalogue)})


def _told(check: str, said: list[str]) -> dg.AssetCheckResult:
    """A warning that stops nothing; its first sentence is shown without a click."""
    return dg.AssetCheckResult(
        check_name=check,
        passed=not said,
        description=said[0] if said else None,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"findings": said, "count": len(said)},
    )


def _days_of(context: dg.AssetExecutionContext) -> tuple[str, str]:
    """The days this run covers, from its tags; all of them when it covers none in particular."""
    tags = context.run.tags
    one = tags.get("dagster/partition", "")
    first = tags.get("dagster/asset_partition_range_start", one)
    return first or FIRST_DAY, tags.get("dagster/asset_partition_range_end", one) or LAST_DAY


TABLES: list[dg.AssetsDefinition] = [_table_asset(table) for table in in_order()]
ASSETS: list[dg.AssetsDefinition] = [intake, replaced_attempt, *TABLES, catalogue]
