"""Column lineage of every table from the syntax tree of its SQL, kept in sql/lineage.json.

`python -m pipelines.lineage` writes the file, with `--check` it only tells whether it is up to date; reading
the trees at every start would cost seconds.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor

from sqlglot import exp, parse_one
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from pipelines.analysis.norms import NORM, Norms
from pipelines.analysis.periods import COMPARED, PERIOD
from pipelines.book.dimensions import ALIAS, NAME, OTHER, RATE, REGION, card_types
from pipelines.book.meters import columns, load_meters
from pipelines.book.stated import BILL_LINE, EXCHANGE, MONEY, OWNERSHIP
from pipelines.generated import write_or_check
from pipelines.planning.budgets import BUDGET_MONTH
from pipelines.planning.planning import PLANNING_LIMIT, SEASONAL_FORECAST
from pipelines.planning.reserved import RESERVED_HOUR, RESERVED_SERVES
from pipelines.savings.capacity import OPTION, SERVES
from pipelines.savings.portfolio import LEVER_COMBINATION, LEVER_STEP
from pipelines.savings.prompt_replay import REPLAYED
from pipelines.savings.routes import ROUTED, ROUTED_BY
from pipelines.savings.scenarios import ASSUMPTION, BATCH_RULE, EQUIVALENT, MAY_WAIT, SCENARIO
from pipelines.settings import PROJECT, SQL
from pipelines.warehouse.contracts import Table, read_sql, staging_types, tables
from pipelines.warehouse.engine import compose
from pipelines.warehouse.export_holes import HOLES
from pipelines.warehouse.export_holes import TYPES as HOLE_TYPES
from pipelines.warehouse.findings import OPEN_FINDING
from pipelines.warehouse.findings import TYPES as FINDING_TYPES
from pipelines.warehouse.held_inputs import ENTRY_TYPES, FACT_ROW
from pipelines.warehouse.holdings import KEPT, STAGED
from pipelines.warehouse.replay_input import REPLAYED_PROMPT
from pipelines.warehouse.repricing import FACT
from pipelines.warehouse.staged import FILE_TYPES

FILE = SQL / "lineage.json"


def column_lineage(table: Table) -> dict[str, list[list[str]]]:
    """For each column of a table the (input, column) pairs it is made of, sorted."""
    sql = _statement(table)
    schema: dict[str, object] = {name: dict(_types(name)) for name in table.inputs}
    tree = qualify(
        parse_one(sql, dialect="duckdb"), schema=schema, dialect="duckdb", validate_qualify_columns=False
    )
    scope = build_scope(tree)
    return {
        column: _leaves(lineage(column, tree, schema=schema, dialect="duckdb", scope=scope))
        for column in table.types
    }


def _statement(table: Table) -> str:
    return compose([(name, read_sql(file)) for name, file in table.steps], table.sql)


def _leaves(root: Node) -> list[list[str]]:
    found = {
        (node.source.name, node.name.rsplit(".", maxsplit=1)[-1].strip('"'))
        for node in root.walk()
        if not node.downstream and isinstance(node.source, exp.Table)
    }
    facts = {(FACT if each == ROUTED and name not in ROUTED_BY else each, name) for each, name in found}
    return sorted(map(list, facts))


def _types(name: str) -> Mapping[str, str]:
    """Column types of anything the SQL may name as an input."""
    if name in STAGED:
        return {"source": "VARCHAR", "source_file": "VARCHAR", **staging_types(STAGED[name])}
    if name == FACT:
        return {**tables()[name].types, FACT_ROW: "BIGINT"}
    if name in tables():
        return tables()[name].types
    made: dict[str, Mapping[str, str]] = {
        **KEPT, HOLES: HOLE_TYPES, "staged_file": FILE_TYPES,
        "ownership": OWNERSHIP, "dim_alias": ALIAS, "rate": RATE, "dim_name": NAME,
        OPEN_FINDING: FINDING_TYPES,
        "fct_before": tables()[FACT].types, "journal_entry": ENTRY_TYPES, "dim_other_rate": OTHER,
        "dim_money_of_record": MONEY,
        "dim_bill_line": BILL_LINE, "dim_exchange": EXCHANGE,
        "dim_region": REGION, "scenario": SCENARIO, "may_wait": MAY_WAIT, "batch_rule": BATCH_RULE,
        "assumption": ASSUMPTION, "equivalent": EQUIVALENT,
        ROUTED: {**tables()[FACT].types, FACT_ROW: "BIGINT", **ROUTED_BY},
        "capacity_option": OPTION, "capacity_serves": SERVES,
        REPLAYED_PROMPT: REPLAYED, "lever_combination": LEVER_COMBINATION, "lever_step": LEVER_STEP,
        Norms.NAME: NORM, COMPARED: PERIOD,
        "budget_month": BUDGET_MONTH, "planning_limit": PLANNING_LIMIT,
        "seasonal_forecast": SEASONAL_FORECAST, "reserved_hour": RESERVED_HOUR,
        "reserved_serves": RESERVED_SERVES,
        "dim_rate_card": card_types(columns(load_meters(PROJECT / "prices"))),
    }  # fmt: skip
    return made[name]


def all_lineage() -> str:
    """The text of sql/lineage.json; the trees of the longest statements take most of a minute."""
    longest_first = sorted(tables(), key=lambda name: -len(_statement(tables()[name])))
    with ProcessPoolExecutor() as pool:
        found = dict(zip(longest_first, pool.map(_column_lineage_of, longest_first), strict=True))
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def _column_lineage_of(name: str) -> dict[str, list[list[str]]]:
    return column_lineage(tables()[name])


if __name__ == "__main__":
    write_or_check({FILE: all_lineage()})
