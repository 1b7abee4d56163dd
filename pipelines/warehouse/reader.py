"""Reading what is published: a read-only connection that can run a select over the views and nothing else."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
from sqlglot import exp

from pipelines.errors import LedgerError


class Reader:
    """A read-only connection to one published version."""

    def __init__(self, catalogue: Path) -> None:
        """Open the catalogue; raise `LedgerError` when nothing is published."""
        if not catalogue.is_file():
            raise LedgerError(f"nothing is published in {catalogue.parent}; run `inferledger run` first")
        # Attached to a database of its own: two connections of one process to one path share the version
        # that the first of them opened. A path is no parameter of DDL; the SQL builder quotes it.
        quoted = exp.Literal.string(str(catalogue)).sql("duckdb")
        self._connection = duckdb.connect(":memory:")
        self._connection.execute(f"attach {quoted} as inferledger (read_only)")
        self._connection.execute("use inferledger")
        for statement, value in (
            ("set timezone = $value", "UTC"),
            ("set allowed_directories = $value", [str(catalogue.parent)]),
            ("set enable_external_access = $value", False),
            ("set python_enable_replacements = $value", False),
        ):
            self._connection.execute(statement, {"value": value})
        self._connection.execute("set lock_configuration = true")
        self._refuse_moved(catalogue.parent)

    def _refuse_moved(self, folder: Path) -> None:
        """Views name their files by whole paths, and nothing outside of the folder is read."""
        beginning = exp.Literal.string(f"{folder}/").sql("duckdb")[:-1]
        views = self.rows("select sql from duckdb_views() where not internal limit 1", {})
        if any(beginning not in sql for (sql,) in views):
            raise LedgerError(
                f"{folder} was moved or copied after it was published; run with it to publish it here"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def rows(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Fetch all rows of a select."""
        return self._connection.execute(sql, dict(parameters)).fetchall()

    def select(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of a statement of the user.

        Raises:
            LedgerError: the statement is not valid, or is not one select.
        """
        try:
            kinds = [statement.type for statement in duckdb.extract_statements(sql)]
            if kinds != [duckdb.StatementType.SELECT]:
                raise LedgerError("a query is one select")
            result = self._connection.execute(sql)
            return [column[0] for column in result.description or []], result.fetchall()
        except duckdb.Error as error:
            raise LedgerError(_without_place(error)) from None


def _without_place(error: duckdb.Error) -> str:
    """What is wrong and what was meant instead, without the drawing of where it stands."""
    lines = itertools.takewhile(lambda line: not line.startswith("LINE "), str(error).splitlines())
    return "; ".join(filter(None, lines))
