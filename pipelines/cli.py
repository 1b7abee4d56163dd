"""The command line: run, query, tables, estimate. Heavy libraries are loaded inside the commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import terminal
from pipelines.errors import LedgerError

if TYPE_CHECKING:
    from pipelines.orchestrate import Asked
    from pipelines.settings import Locations

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="What every token of LLM inference cost, who caused it, and whether it matches the bill.",
)

book = typer.Typer(no_args_is_help=True, help="The price book.")
app.add_typer(book, name="prices")

PUBLISHED_WITH_FINDINGS, NOTHING_PUBLISHED = 3, 1


class Format(StrEnum):
    """How `query` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def _option(name: str, said: str, flag: str = "", **more: Any) -> Any:
    flags = [flag] if flag else []
    return typer.Option(*flags, help=said, envvar=f"INFERLEDGER_{name}", show_default=False, **more)


def _day(written: str) -> str:
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


Raw = Annotated[Path | None, _option("RAW", "Folder of raw files, one folder per source.")]
Warehouse = Annotated[Path | None, _option("WAREHOUSE", "Folder the tables are published in.")]
Config = Annotated[Path | None, _option("CONFIG", "Folder of settings.yml and ownership.csv.")]
Prices = Annotated[Path | None, _option("PRICES", "Folder of the price book.")]
First = Annotated[str, _option("FROM", "First UTC day.", "--from", callback=_day)]
Last = Annotated[str, _option("TO", "Last UTC day, included.", "--to", callback=_day)]
AsKnownAt = Annotated[
    str, _option("AS_KNOWN_AT", "Price with what was believed at this RFC 3339 instant.", callback=_instant)
]


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
    *,
    raw: Raw = None,
    warehouse: Warehouse = None,
    config: Config = None,
    prices: Prices = None,
    first: First = "",
    last: Last = "",
    as_known_at: AsKnownAt = "",
) -> None:
    """Read what is new, price it, check it, publish it. Without days: whatever is new or changed.

    Exit codes: 0 published and all checks passed, 3 published with findings, 1 nothing published,
    2 wrong usage.
    """
    from pipelines.orchestrate import Asked  # noqa: PLC0415 loads Dagster
    from pipelines.settings import Locations  # noqa: PLC0415

    with _one_sentence():
        locations = Locations.resolve(raw, warehouse, config, prices)
    _run(locations, Asked(first, last, as_known_at))


@app.command()
def reprice(
    *,
    warehouse: Warehouse = None,
    config: Config = None,
    prices: Prices = None,
    first: First = "",
    last: Last = "",
    as_known_at: AsKnownAt = "",
) -> None:
    """After a price, alias, contract or owner was corrected: price the days it concerns anew.

    No raw file is read. What changes in published numbers is written to mart_reprice_journal. Exit codes
    are those of run.
    """
    from pipelines.orchestrate import Asked  # noqa: PLC0415 loads Dagster
    from pipelines.settings import Locations  # noqa: PLC0415

    with _one_sentence():
        locations = Locations.resolve(None, warehouse, config, prices)
        if not (locations.warehouse / "inferledger.duckdb").is_file():
            raise LedgerError(f"nothing is published in {locations.warehouse}; run `inferledger run` first")
    _run(locations, Asked(first, last, as_known_at, reads_raw=False))


def _run(locations: "Locations", asked: "Asked") -> None:
    from pipelines.orchestrate import run_ledger  # noqa: PLC0415
    from pipelines.report import show_answer, show_changes  # noqa: PLC0415

    if asked.first and asked.last and asked.last < asked.first:
        raise typer.BadParameter(f"--to {asked.last} is before --from {asked.first}")
    with _one_sentence(), terminal.progress():
        outcome = run_ledger(locations, asked)
    if asked.reads_raw:
        show_answer(terminal.console(), locations.warehouse, outcome.findings)
    elif not outcome.new_entries:
        typer.echo("No published number changed.")
    show_changes(terminal.console(), locations.warehouse, outcome.new_entries)
    if outcome.findings:
        raise typer.Exit(PUBLISHED_WITH_FINDINGS)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One select over the published tables.")],
    *,
    warehouse: Warehouse = None,
    format_: Annotated[Format, _option("FORMAT", "How to print.", "--format")] = Format.TABLE,
) -> None:
    """Run SQL over what is published; read only."""
    from pipelines.settings import Locations  # noqa: PLC0415
    from pipelines.warehouse.reader import Reader  # noqa: PLC0415

    catalogue = Locations.resolve(warehouse=warehouse).warehouse / "inferledger.duckdb"
    with _one_sentence(), Reader(catalogue) as reader:
        names, rows = reader.select(sql)
    printing = {
        Format.TABLE: terminal.print_table,
        Format.CSV: terminal.print_csv,
        Format.JSON: terminal.print_json,
    }
    printing[format_](names, rows)


@app.command()
def tables(*, warehouse: Warehouse = None) -> None:
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
    for table in contracts.tables().values():
        terminal.print_contract(table, parts.get(table.name, {}))


@app.command()
def estimate(
    *,
    model: Annotated[str, _option("MODEL", "Model id, provider/id or the maker's name of it.")],
    input_tokens: Annotated[int, _option("INPUT_TOKENS", "Uncached input tokens of one request.", min=0)],
    output_tokens: Annotated[int, _option("OUTPUT_TOKENS", "Output tokens of one request.", min=0)],
    cache_read_tokens: Annotated[
        int, _option("CACHE_READ_TOKENS", "Further input tokens read from the prompt cache.", min=0)
    ] = 0,
    requests: Annotated[int, _option("REQUESTS", "Number of requests.", min=1)] = 1,
    service_tier: Annotated[str, _option("SERVICE_TIER", "standard, batch, flex or priority.")] = "standard",
    on: Annotated[str, _option("ON", "UTC day of the prices; today when not given.", callback=_day)] = "",
    as_known_at: AsKnownAt = "",
    config: Config = None,
    prices: Prices = None,
) -> None:
    """What requests of a model cost on a day, exactly, from the dated price book."""
    from pipelines.book.dimensions import load_dimensions  # noqa: PLC0415
    from pipelines.book.rates import LATEST  # noqa: PLC0415
    from pipelines.estimate import Question  # noqa: PLC0415
    from pipelines.estimate import estimate as answer_to  # noqa: PLC0415
    from pipelines.ingest.sources import SOURCES  # noqa: PLC0415
    from pipelines.settings import Locations, load_company  # noqa: PLC0415

    day = datetime.fromisoformat(on).replace(tzinfo=UTC) if on else datetime.now(UTC)
    question = Question(model, input_tokens, output_tokens, cache_read_tokens, requests, service_tier, day)
    with _one_sentence():
        locations = Locations.resolve(config=config, prices=prices)
        company = load_company(locations.config)
        dimensions = load_dimensions(
            locations.prices,
            locations.config,
            tuple(SOURCES),
            assumed_rates=company.assumed_rates,
            as_known_at=datetime.fromisoformat(as_known_at) if as_known_at else LATEST,
        )
        answer = answer_to(question, dimensions, locations.prices)
    terminal.print_estimate(answer, requests, day)


@book.command("suggest")
def suggest_prices(*, warehouse: Warehouse = None, config: Config = None, prices: Prices = None) -> None:
    """Lines for the price book that would price what has no price; nothing is applied."""
    from pipelines.settings import Locations  # noqa: PLC0415
    from pipelines.suggest import suggest, unpriced_models  # noqa: PLC0415
    from pipelines.warehouse.reader import Reader  # noqa: PLC0415
    from pipelines.warehouse.run import Run  # noqa: PLC0415

    with _one_sentence():
        locations = Locations.resolve(None, warehouse, config, prices)
        run = Run.of(locations)
        with Reader(run.layout.catalogue) as reader:
            found = unpriced_models(reader)
    for line in suggest(found, run.dimensions.rates):
        typer.echo(line)
    if not found:
        typer.echo("Everything has a price.")


if __name__ == "__main__":
    app()
