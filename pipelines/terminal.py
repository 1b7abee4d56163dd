"""What the commands print, and bars while they work: on a terminal, for a pipe, for a program."""

import csv
import errno
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipelines.progress import listening
from pipelines.screen_text import escaped

if TYPE_CHECKING:
    from pipelines.estimate import Answer
    from pipelines.options import Format
    from pipelines.warehouse.contracts import Table as Contract
    from pipelines.warehouse.state import Part

Rows = Sequence[Sequence[Any]]
CENT = Decimal("0.01")
UNLIMITED = 100_000


class _Console(Console):
    """A console that leaves it to its user what a reader who went away means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console() -> Console:
    """A terminal's own width; enough for a table where there is none."""
    return _Console() if sys.stdout.isatty() else _Console(width=int(os.environ.get("COLUMNS", "120")))


def text(written: str) -> Text:
    """Text of others on a screen."""
    return Text(escaped(written))


def print_what_can_be_shown() -> None:
    """Escape the characters that the encoding of the output has not, where it is no UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """What was done stays done, and ends as it would, though nobody reads on what is printed of it."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@contextmanager
def progress() -> Iterator[None]:
    """Bars on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.progress import Progress  # noqa: PLC0415

    with (
        Progress(console=Console(stderr=True), transient=True) as bars,
        listening(lambda items, what: bars.track(items, description=what)),
    ):
        yield


def print_rows(form: "Format", names: Sequence[str], rows: Rows) -> None:
    """Rows in one of the forms that an option asks for."""
    printing = {"table": print_table, "csv": print_csv, "json": print_json}
    printing[form](names, rows)


def print_table(names: Sequence[str], rows: Rows) -> None:
    """Rows for reading."""
    console().print(_table([Column(Text(name)) for name in names], rows))


def print_grid(names: Sequence[str], rows: Rows) -> None:
    """Rows for reading, numbers after the first column; nothing is cut, however narrow the terminal."""
    first, *others = (Text(name) for name in names)
    table = _table([Column(first), *(Column(name, justify="right") for name in others)], rows)
    wide = Console(width=UNLIMITED)
    wide.print(table, width=wide.measure(table).maximum, crop=False)


def _table(columns: Sequence[Column], rows: Rows) -> Table:
    table = Table(*columns, box=None, pad_edge=False)
    for row in _as_text(rows):
        table.add_row(*map(text, row))
    return table


def print_csv(names: Sequence[str], rows: Rows) -> None:
    """Rows as CSV with a header, null as an empty cell."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(_as_text(rows))


def print_json(names: Sequence[str], rows: Rows) -> None:
    """Rows as a JSON list of objects; decimals, days and instants as text, so that no digit is lost."""
    typer.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=_plain, indent=1))


def _as_text(rows: Rows) -> list[list[str]]:
    return [["" if cell is None else _plain(cell) for cell in row] for row in rows]


def _plain(cell: object) -> str:
    """Text of a cell; a decimal without an exponent, also a zero of twelve decimals."""
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def print_contract(contract: "Contract", parts: Mapping[str, "Part"]) -> None:
    """A table's grain, rows and days, and its columns with type, unit and meaning."""
    days = sorted(day for day in parts if day)
    span = f", {len(days)} days {days[0]} to {days[-1]}" if days else ""
    rows = sum(part.rows for part in parts.values())
    listed = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2))
    for column in contract.columns:
        kind = column.type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
        listed.add_row(*map(Text, (f"  {column.name}", kind, column.unit, column.meaning)))
    console().print(f"[bold]{contract.name}[/bold]  {contract.grain}: {rows:,} rows{span}", listed, "")


def print_estimate(answer: "Answer", requests: int, day: datetime, cost_usd: Decimal) -> None:
    """The cost of each meter and of all, in cents for reading and exactly."""
    width = max([24, *map(len, answer.lines)])
    for meter, cost in answer.lines.items():
        typer.echo(f"{meter:{width}} {_exact(cost):>16} USD")
    listed = sum(answer.lines.values(), Decimal(0))
    if listed != cost_usd:
        typer.echo(f"{'all at list price':{width}} {_exact(listed):>16} USD, below with the company's terms")
    assumed = ", on an assumed rate" if answer.is_assumed else ""
    typer.echo(f"{answer.provider} {answer.model}, {requests:,} requests on {day:%Y-%m-%d}{assumed}")
    in_cents = cost_usd == cost_usd.quantize(CENT)
    exactly = "" if in_cents else f" ({_exact(cost_usd)} exactly)"
    typer.echo(f"{money(cost_usd)} USD{exactly}")


def money(amount: Decimal | None) -> str:
    """Dollars with cents for reading; the tables keep every digit."""
    return "-" if amount is None else f"{amount.quantize(CENT, ROUND_HALF_UP):,}"


def _exact(amount: Decimal) -> str:
    return f"{amount:f}".rstrip("0").rstrip(".") if amount else "0"
