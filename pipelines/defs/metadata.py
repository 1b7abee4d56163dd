"""What Dagster's catalogue shows of a table before it ever ran: columns, units, meaning, lineage, SQL."""

import json
from functools import cache
from typing import Any

import dagster as dg

from pipelines.settings import SQL
from pipelines.warehouse.contracts import Table, tables


def definition_metadata(table: Table) -> dict[str, Any]:
    """Column schema, column lineage and place of the SQL of one table."""
    return {
        "dagster/column_schema": dg.TableSchema(columns=[_column(table, name) for name in table.types]),
        "dagster/column_lineage": _lineage(table),
        "dagster/table_name": f"inferledger.main.{table.name}",
        "sql": f"sql/{table.stage}/{table.name}.sql",
        "grain": table.grain,
        "key": list(table.key),
    }


def _column(table: Table, name: str) -> dg.TableColumn:
    column = next(column for column in table.columns if column.name == name)
    said = f"{column.meaning} [{column.unit}]" if column.unit else column.meaning
    constraints = dg.TableColumnConstraints(other=["part of the key"] if name in table.key else [])
    return dg.TableColumn(name=name, type=column.type, description=said, constraints=constraints)


@cache
def _all_lineage() -> dict[str, dict[str, list[list[str]]]]:
    loaded: dict[str, dict[str, list[list[str]]]] = json.loads(
        (SQL / "lineage.json").read_text(encoding="utf-8")
    )
    return loaded


def _lineage(table: Table) -> dg.TableColumnLineage:
    of_table = _all_lineage().get(table.name, {})
    return dg.TableColumnLineage({
        column: [
            dg.TableColumnDep(asset_key=dg.AssetKey(source), column_name=name)
            for source, name in sources
            if source in tables()
        ]
        for column, sources in of_table.items()
    })  # fmt: skip
