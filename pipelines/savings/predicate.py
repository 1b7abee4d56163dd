"""The `where` of a scenario: one comparison of the columns of an attempt, proved when the file is read.

The text becomes a syntax tree of which every node must be one of `ALLOWED`, so that it holds no other select,
no file, no function with a memory or a clock. DuckDB gets the expression that was proved, never the text.
"""

from pathlib import Path

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pipelines.errors import BookError
from pipelines.warehouse.arrow import schema
from pipelines.warehouse.contracts import tables
from pipelines.warehouse.engine import Engine

FACT = "fct_attempt_cost"
DUCKDB = "duckdb"
ALLOWED = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.In,
    exp.Between, exp.Like, exp.Add, exp.Sub, exp.Neg, exp.Coalesce, exp.Column, exp.Identifier, exp.Literal,
    exp.Boolean, exp.Null,
)  # fmt: skip


def predicate(place: str, written: object) -> duckdb.Expression:
    """The expression that a text says.

    Raises:
        BookError: it is not one expression, or has a part that is none of `ALLOWED` or no column of the fact.
    """
    if not isinstance(written, str):
        raise BookError(f"{place}: {written!r} is no text")
    try:
        tree = sqlglot.parse_one(written, dialect=DUCKDB, into=exp.Condition)
    except SqlglotError as error:
        raise BookError(f"{place}: {str(error).splitlines()[0]}") from None
    for node in tree.walk():
        if not isinstance(node, ALLOWED):
            raise BookError(f"{place}: {node.sql(DUCKDB)} is no part of a comparison")
        if isinstance(node, exp.Column) and (node.table or node.name not in tables()[FACT].types):
            raise BookError(f"{place}: {node.sql(DUCKDB)} is no column of {FACT}")
    return duckdb.SQLExpression(tree.sql(DUCKDB, comments=False))


def prove_predicate(place: str, written: object, folder: Path) -> None:
    """Raise `BookError` unless a text is a comparison that DuckDB can answer for an attempt.

    Args:
        place: file and entry, for errors.
        written: the text.
        folder: where DuckDB may spill, which one row never does.
    """
    chosen = predicate(place, written)
    row = pa.Table.from_pylist([{}], schema=schema(tables()[FACT].types))
    with Engine([], folder) as engine:
        engine.register(FACT, row)
        try:
            answer = engine.connection.view(FACT).select(chosen)
            answer.fetchall()
        except duckdb.Error as error:
            raise BookError(f"{place}: {str(error).splitlines()[0]}") from None
        if str(answer.types[0]) != "BOOLEAN":
            raise BookError(f"{place}: {written} is {answer.types[0]}, neither true nor false")
