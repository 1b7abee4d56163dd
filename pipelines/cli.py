"""The command line: run, query, tables, estimate. Heavy libraries are loaded inside the commands."""

import csv
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipelines.errors import LedgerError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="What every token of LLM inference cost, who caused it, and whether it matches the bill.",
)

PUBLISHED_WITH_FINDINGS, NOTHING_PUBLISHED = 3, 1

Folder = Annotated[Path | None, typer.Option(show_default=False)]


class Format(StrEnum):
    """How `query` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def _option(name: str, said: str) -> Any:
    return typer.Option(help=said, envvar=f"INFERLEDGER_{name}", show_default=False)


def _day(written: str) -> str:
    if not written:
        return ""
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{written!r} is no day like 2026-08-31") from None


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn an error of ours into one sentence on standard error and exit code 1."""
    try:
        yield
    except LedgerError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(NOTHING_PUBLISHED) from None


@app.command()
def run(
    raw: Annotated[Path | None, _option("RAW", "Folder of raw files, one folder per source.")] = None,
    warehouse: Annotated[Path | None, _option("WAREHOUSE", "Folder the tables are published in.")] = None,
    config: Annotated[Path | None, _option("CONFIG", "Folder of settings.yml and ownership.csv.")] = None,
    prices: Annotated[Path | None, _option("PRICES", "Folder of the price book.")] = None,
    first: Annotated[
        str,
        typer.Option(
            "--from", envvar="INFERLEDGER_FROM", callback=_day, help="First UTC day.", show_default=False
        ),
    ] = "",
    last: Annotated[
        str,
        typer.Option(
            "--to", envvar="INFERLEDGER_TO", callback=_day, help="Last UTC day, included.", show_default=False
        ),
    ] = "",
) -> None:
    """Read what is new, price it, check it, publish it. Without days: whatever is new or changed.

    Exit codes: 0 published and all checks passed, 3 published with findings, 1 nothing published,
    2 wrong usage.
    """
    from pipelines.orchestrate import run_ledger  # noqa: PLC0415 loads Dagster
    from pipelines.report import show_answer  # noqa: PLC0415
    from pipelines.settings import Locations  # noqa: PLC0415

    if first and last and last < first:
        raise typer.BadParameter(f"--to {last} is before --from {first}")
    with _one_sentence(), _progress():
        locations = Locations.resolve(raw, warehouse, config, prices)
        outcome = run_ledger(locations, first, last)
    console = _console()
    show_answer(console, locations.warehouse, outcome.findings)
    console.print(_what_next(locations.warehouse))
    if outcome.findings:
        raise typer.Exit(PUBLISHED_WITH_FINDINGS)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One select over the published tables.")],
    warehouse: Annotated[Path | None, _option("WAREHOUSE", "Folder the tables are published in.")] = None,
    format_: Annotated[
        Format, typer.Option("--format", envvar="INFERLEDGER_FORMAT", help="How to print.")
    ] = Format.TABLE,
) -> None:
    """Run SQL over what is published; read only."""
    from pipelines.settings import Locations  # noqa: PLC0415
    from pipelines.warehouse.reader import Reader  # noqa: PLC0415

    with (
        _one_sentence(),
        Reader(Locations.resolve(warehouse=warehouse).warehouse / "inferledger.duckdb") as reader,
    ):
        names, rows = reader.select(sql)
    _print_rows(names, rows, format_)


@app.command()
def tables(
    warehouse: Annotated[Path | None, _option("WAREHOUSE", "Folder the tables are published in.")] = None,
) -> None:
    """Every published table: grain, rows, days, columns with unit and meaning."""
    from pipelines.settings import Locations  # noqa: PLC0415
    from pipelines.warehouse import contracts  # noqa: PLC0415
    from pipelines.warehouse.layout import Layout  # noqa: PLC0415
    from pipelines.warehouse.state import load_parts  # noqa: PLC0415

    layout = Layout(Locations.resolve(warehouse=warehouse).warehouse)
    with _one_sentence():
        if not layout.catalogue.is_file():
            raise LedgerError(f"nothing is published in {layout.root}; run `inferledger run` first")
        parts = load_parts(layout.published)
    console = _console()
    for table in contracts.tables().values():
        of_table = parts.get(table.name, {})
        days = sorted(day for day in of_table if day)
        span = f", {len(days)} days {days[0]} to {days[-1]}" if days else ""
        rows = sum(part.rows for part in of_table.values())
        console.print(f"[bold]{table.name}[/bold]  {table.grain}: {rows:,} rows{span}")
        listed = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2))
        for column in table.columns:
            listed.add_row(
                f"  {column.name}",
                column.type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"),
                column.unit,
                column.meaning,
            )
        console.print(listed)
        console.print()


@app.command()
def estimate(
    model: Annotated[str, _option("MODEL", "Model id, provider/id or the maker's name of it.")],
    input_tokens: Annotated[
        int,
        typer.Option(min=0, envvar="INFERLEDGER_INPUT_TOKENS", help="Uncached input tokens of one request."),
    ],
    output_tokens: Annotated[
        int, typer.Option(min=0, envvar="INFERLEDGER_OUTPUT_TOKENS", help="Output tokens of one request.")
    ],
    cache_read_tokens: Annotated[
        int,
        typer.Option(
            min=0,
            envvar="INFERLEDGER_CACHE_READ_TOKENS",
            help="Further input tokens of one request read from the prompt cache.",
        ),
    ] = 0,
    requests: Annotated[
        int, typer.Option(min=1, envvar="INFERLEDGER_REQUESTS", help="Number of requests.")
    ] = 1,
    service_tier: Annotated[
        str, typer.Option(envvar="INFERLEDGER_SERVICE_TIER", help="standard, batch, flex or priority.")
    ] = "standard",
    on: Annotated[
        str,
        typer.Option(
            envvar="INFERLEDGER_ON",
            callback=_day,
            help="UTC day of the prices; today when not given.",
            show_default=False,
        ),
    ] = "",
    config: Annotated[Path | None, _option("CONFIG", "Folder of settings.yml.")] = None,
    prices: Annotated[Path | None, _option("PRICES", "Folder of the price book.")] = None,
) -> None:
    """What requests of a model cost on a day, exactly, from the dated price book."""
    from pipelines.book.dimensions import load_dimensions  # noqa: PLC0415
    from pipelines.estimate import Question  # noqa: PLC0415
    from pipelines.estimate import estimate as price  # noqa: PLC0415
    from pipelines.ingest.sources import SOURCES  # noqa: PLC0415
    from pipelines.settings import Locations, load_company  # noqa: PLC0415

    day = datetime.fromisoformat(on).replace(tzinfo=UTC) if on else datetime.now(UTC)
    question = Question(model, input_tokens, output_tokens, cache_read_tokens, requests, service_tier, day)
    with _one_sentence():
        locations = Locations.resolve(config=config, prices=prices)
        company = load_company(locations.config)
        dimensions = load_dimensions(
            locations.prices, locations.config, tuple(SOURCES), assumed_rates=company.assumed_rates
        )
        answer = price(question, dimensions, locations.prices)
    for meter, cost in answer.lines.items():
        typer.echo(f"{meter:24} {_exact(cost):>16} USD")
    assumed = ", on an assumed rate" if answer.is_assumed else ""
    typer.echo(f"{answer.provider} {answer.model}, {requests:,} requests on {day:%Y-%m-%d}{assumed}")
    typer.echo(f"{_rounded(answer.cost_usd)} USD" + _exactly(answer.cost_usd))


def _exact(amount: Decimal) -> str:
    written = f"{amount:f}".rstrip("0").rstrip(".")
    return written or "0"


def _rounded(amount: Decimal) -> str:
    from pipelines.report import money  # noqa: PLC0415

    return money(amount)


def _exactly(amount: Decimal) -> str:
    return "" if amount == amount.quantize(Decimal("0.01")) else f" ({_exact(amount)} exactly)"


def _print_rows(names: list[str], rows: list[tuple[Any, ...]], format_: Format) -> None:
    from pipelines.report import as_rows  # noqa: PLC0415

    if format_ is Format.JSON:
        typer.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=str, indent=1))
    elif format_ is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(as_rows(rows))
    else:
        table = Table(*names, box=None, pad_edge=False)
        for row in as_rows(rows):
            table.add_row(*row)
        _console().print(table)


def _console() -> Console:
    """A terminal's own width; enough for a table where there is none."""
    return Console() if sys.stdout.isatty() else Console(width=int(os.environ.get("COLUMNS", "120")))


@contextmanager
def _progress() -> Iterator[None]:
    """Bars on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.progress import Progress  # noqa: PLC0415

    from pipelines.progress import listening  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bars:
        with listening(lambda items, what: bars.track(items, description=what)):
            yield


def _what_next(warehouse: Path) -> str:
    return (
        f"\nThe marts are in {warehouse}; ask them anything:\n"
        f'  inferledger query "select team, sum(cost_usd) from mart_cost_by_team group by 1" --warehouse {warehouse}\n'
        f"  inferledger tables --warehouse {warehouse}"
    )


if __name__ == "__main__":
    app()
