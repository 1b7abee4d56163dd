"""What several commands share: their options, each read from INFERLEDGER_* too, and how they fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.errors import LedgerError
from pipelines.screen_text import escaped

PUBLISHED_WITH_FINDINGS, NOTHING_PUBLISHED = 3, 1


class Format(StrEnum):
    """How a command prints rows."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def option(name: str, said: str, flag: str = "", **more: Any) -> Any:
    """An option whose environment variable is INFERLEDGER_`name`."""
    flags = [flag] if flag else []
    return typer.Option(*flags, help=said, envvar=f"INFERLEDGER_{name}", show_default=False, **more)


def day(written: str) -> str:
    """A UTC day as it is written, or nothing."""
    if not written:
        return ""
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{written!r} is no day like 2026-08-31") from None


def _instant(written: str) -> str:
    from pipelines.book.text import instant  # noqa: PLC0415

    try:
        return instant(written).isoformat() if written else ""
    except LedgerError as error:
        raise typer.BadParameter(str(error)) from None


Raw = Annotated[Path | None, option("RAW", "Folder of raw files, one folder per source.")]
Warehouse = Annotated[Path | None, option("WAREHOUSE", "Folder the tables are published in.")]
Config = Annotated[Path | None, option("CONFIG", "Folder of settings.yml and ownership.csv.")]
Prices = Annotated[Path | None, option("PRICES", "Folder of the price book.")]
First = Annotated[str, option("FROM", "First UTC day.", "--from", callback=day)]
Last = Annotated[str, option("TO", "Last UTC day, included.", "--to", callback=day)]
AsKnownAt = Annotated[
    str, option("AS_KNOWN_AT", "Price with what was believed at this RFC 3339 instant.", callback=_instant)
]
Printed = Annotated[Format, option("FORMAT", "How to print: table, csv or json.", "--format")]


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn an error of ours into one sentence on standard error and exit code 1."""
    try:
        yield
    except LedgerError as error:
        typer.echo(f"error: {escaped(str(error))}", err=True)
        raise typer.Exit(NOTHING_PUBLISHED) from None
