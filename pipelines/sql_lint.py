"""The SQL subset, checked on the syntax tree: what also runs on Spark, and what keeps the house readable.

`python -m pipelines.sql_lint` prints one line per fault and ends with 1 when there is any.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlglot import ErrorLevel, TokenType, exp, parse, tokenize, transpile
from sqlglot.errors import SqlglotError

from pipelines.settings import SQL
from pipelines.warehouse.contracts import tables

DUCKDB = "duckdb"
LONGEST_LINE = 140
GRAIN = re.compile(r"-- One row per .+")
PARAMETERS = {
    "2_intake/replaced_attempt.sql": {"from", "to", "window_days"},
    "2_intake/export_line.sql": {"from", "to"},
}
"""Files that need other parameters than `$day`: what is replaced is searched over a range of days."""

PRICING = "4_facts/pricing.sql"
RATIOS = "6_savings/sav_capacity_break_even.sql"
"""Divides priced amounts by one another; counts of tokens and units come out of it, no money."""

FUNCTIONS = frozenset({
    "abs", "and", "any_value", "array_agg", "array_contains", "case", "cast", "coalesce", "contains",
    "count", "count_if", "datediff", "exists", "filter", "first_value", "greatest", "hash", "hour", "if",
    "least", "max", "min", "nullif", "or", "rank", "row_number", "str_position", "substring", "sum",
})  # fmt: skip
"""What DuckDB and Spark compute alike."""

REFUSED: dict[type[exp.Expression], str] = {
    exp.Qualify: "qualify",
    exp.Pivot: "pivot",
    exp.Unnest: "unnest",
    exp.TableSample: "a sample",
}

Rule = Callable[[str, exp.Query], Iterator[str]]


def lint(name: str, text: str) -> Iterator[str]:
    """Yield the faults of one SQL file; `name` is its path below `sql/`."""
    yield from _layout(text)
    if name.startswith("1_staging/types"):
        return
    try:
        statements = [statement for statement in parse(text, dialect=DUCKDB) if statement]
    except SqlglotError as error:
        yield f"does not parse: {str(error).splitlines()[0]}"
        return
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        yield "is not one select"
        return
    if not GRAIN.match(text):
        yield "the first line does not say the grain (`-- One row per ...`)"
    rules = [_parameters] if name.startswith("1_staging/") else RULES
    for rule in rules:
        yield from rule(name, statements[0])


def _layout(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > LONGEST_LINE:
            yield f"line {number} has {len(line)} characters, more than {LONGEST_LINE}"
        if line != line.rstrip() or "\t" in line:
            yield f"line {number} has a tab or ends with a space"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield "does not end with one line end"
    quoted = {TokenType.STRING, TokenType.IDENTIFIER}
    for token in tokenize(text, dialect=DUCKDB):
        written = text[token.start : token.end + 1]
        if token.token_type not in quoted and written != written.lower():
            yield f"{written!r} is not in lower case"


def _parameters(name: str, tree: exp.Query) -> Iterator[str]:
    allowed = PARAMETERS.get(name, {"day"})
    found = {node.name for node in tree.find_all(exp.Placeholder, exp.Parameter)}
    for parameter in sorted(found - allowed):
        yield f"the parameter ${parameter} is not one of {', '.join(sorted(allowed))}"


def _functions(_: str, tree: exp.Query) -> Iterator[str]:
    for node in tree.walk():
        if isinstance(node, tuple(REFUSED)):
            yield next(said for kind, said in REFUSED.items() if isinstance(node, kind))
        elif isinstance(node, exp.Func) and _called(node) not in FUNCTIONS:
            yield f"the function {_called(node)} is not in the subset"


def _called(node: exp.Func) -> str:
    return (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()


def _joins(_: str, tree: exp.Query) -> Iterator[str]:
    inner = 0
    for join in tree.find_all(exp.Join):
        if join.method:
            yield f"a {join.method.lower()} join"
        if join.side != "LEFT":
            inner += 1
    comments = [
        comment for node in tree.walk() for comment in node.comments or () if "inner join" in comment.lower()
    ]
    if inner > len(comments):
        yield f"{inner} joins are not left joins, {len(comments)} comments say what an inner join may drop"


def _columns(_: str, tree: exp.Query) -> Iterator[str]:
    for node in tree.find_all(exp.Group, exp.Order):
        if node.args.get("all") or any(part.name == "ALL" for part in node.find_all(exp.Var)):
            yield "group by all or order by all"
    for node in tree.find_all(exp.Distinct):
        if node.args.get("on"):
            yield "distinct on"
    for table in tree.find_all(exp.Table):
        if table.this.args.get("quoted"):
            yield f"a file or a quoted table: {table.name}"
    for select in tree.find_all(exp.Select):
        for star in select.expressions:
            if isinstance(star, exp.Star):
                yield "a bare star; name the columns, or the input whose columns pass through"


def _money(name: str, tree: exp.Query) -> Iterator[str]:
    for kind in tree.find_all(exp.DataType):
        if kind.this in exp.DataType.REAL_TYPES and kind.this != exp.DataType.Type.DECIMAL:
            yield f"the type {kind.sql(DUCKDB).lower()}"
    for literal in tree.find_all(exp.Literal):
        if not literal.is_string and "e" in literal.this.lower():
            yield f"the number {literal.this} has an exponent"
    for node in tree.find_all(exp.Mul, exp.Div) if name not in (PRICING, RATIOS) else ():
        priced = [
            column.name for column in node.find_all(exp.Column) if column.name.endswith(("_rate", "_usd"))
        ]
        if priced:
            yield f"{priced[0]} is multiplied outside {PRICING}"


def _spark(_: str, tree: exp.Query) -> Iterator[str]:
    try:
        transpile(tree.sql(DUCKDB), read=DUCKDB, write="spark", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        yield f"does not run on Spark: {str(error).splitlines()[0]}"


def _contract(name: str, tree: exp.Query) -> Iterator[str]:
    table = tables().get(Path(name).stem)
    if table is None:
        return
    if tree.named_selects != list(table.types):
        yield "the selected columns are not those of the contract, in order"
    made = {step for step, _ in table.steps} | {cte.alias for cte in tree.find_all(exp.CTE)}
    named = {node.name for node in tree.find_all(exp.Table)} - made
    if not named <= set(table.inputs):
        yield f"reads {', '.join(sorted(named - set(table.inputs)))}, which the contract does not name"


RULES: list[Rule] = [_parameters, _functions, _joins, _columns, _money, _spark, _contract]


def main() -> int:
    """Lint every file of `sql/`; return the exit code."""
    faults = [
        f"sql/{path.relative_to(SQL).as_posix()}: {fault}"
        for path in sorted(SQL.rglob("*.sql"))
        for fault in lint(path.relative_to(SQL).as_posix(), path.read_text(encoding="utf-8"))
    ]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
