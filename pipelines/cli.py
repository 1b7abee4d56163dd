"""The command line: run, retry, query, tables, variance, estimate. Commands load what is heavy themselves."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines import terminal
from pipelines.errors import LedgerError
from pipelines.estimate_command import estimate
from pipelines.options import (
    PUBLISHED_WITH_FINDINGS,
    AsKnownAt,
    Config,
    First,
    Format,
    Last,
    Prices,
    Printed,
    Raw,
    Warehouse,
    one_sentence,
)

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


@app.callback()
def _streams() -> None:
    terminal.print_what_can_be_shown()


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
    from pipelines.orchestrate import Asked  # noqa: PLC0415
    from pipelines.settings import Locations  # noqa: PLC0415

    with one_sentence():
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
    from pipelines.orchestrate import Asked  # noqa: PLC0415
    from pipelines.settings import Locations  # noqa: PLC0415

    with one_sentence():
        locations = Locations.resolve(None, warehouse, config, prices)
        if not (locations.warehouse / "inferledger.duckdb").is_file():
            raise LedgerError(f"nothing is published in {locations.warehouse}; run `inferledger run` first")
    _run(locations, Asked(first, last, as_known_at, reads_raw=False))


def _run(locations: "Locations", asked: "Asked") -> None:
    from pipelines.orchestrate import run_ledger  # noqa: PLC0415
    from pipelines.report import show_answer, show_changes  # noqa: PLC0415

    if asked.first and asked.last and asked.last < asked.first:
        raise typer.BadParameter(f"--to {asked.last} is before --from {asked.first}")
    with one_sentence(), terminal.progress():
        outcome = run_ledger(locations, asked)
    with terminal.reader_may_leave():
        for note in outcome.notes:
            typer.echo(note)
        if asked.reads_raw:
            show_answer(terminal.console(), locations.warehouse, outcome.findings)
        elif not outcome.new_entries:
            typer.echo("No published number changed.")
        show_changes(terminal.console(), locations.warehouse, outcome.new_entries)
    if any(finding.is_open for finding in outcome.findings):
        raise typer.Exit(PUBLISHED_WITH_FINDINGS)


@app.command()
def retry(
    wanted: Annotated[
        str,
        typer.Argument(metavar="FILE|REASON", help="A rejected file, or a part of a reason."),
    ],
    *,
    warehouse: Warehouse = None,
) -> None:
    """Have the next run read rejected files again, whatever rejected them."""
    from pipelines.ingest import retry as again  # noqa: PLC0415
    from pipelines.settings import Locations  # noqa: PLC0415
    from pipelines.warehouse.layout import Layout  # noqa: PLC0415

    with one_sentence():
        names = again.retry(Layout(Locations.resolve(warehouse=warehouse).warehouse), wanted)
    for name in names:
        typer.echo(f"{name}: the next run reads it again")


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One select over the published tables.")],
    *,
    warehouse: Warehouse = None,
    format_: Printed = Format.TABLE,
) -> None:
    """Run SQL over what is published; read only."""
    from pipelines.settings import Locations  # noqa: PLC0415
    from pipelines.warehouse.reader import Reader  # noqa: PLC0415

    catalogue = Locations.resolve(warehouse=warehouse).warehouse / "inferledger.duckdb"
    with one_sentence(), Reader(catalogue) as reader:
        names, rows = reader.select(sql)
    terminal.print_rows(format_, names, rows)


@app.command()
def tables(*, warehouse: Warehouse = None) -> None:
    """Every published table: grain, rows, days, columns with unit and meaning."""
    from pipelines.settings import Locations  # noqa: PLC0415
    from pipelines.warehouse import contracts  # noqa: PLC0415
    from pipelines.warehouse.layout import Layout  # noqa: PLC0415
    from pipelines.warehouse.state import load_parts  # noqa: PLC0415

    layout = Layout(Locations.resolve(warehouse=warehouse).warehouse)
    with one_sentence():
        if not layout.catalogue.is_file():
            raise LedgerError(f"nothing is published in {layout.root}; run `inferledger run` first")
        parts = load_parts(layout.published)
    for table in contracts.tables().values():
        terminal.print_contract(table, parts.get(table.name, {}))


@app.command()
def variance(
    earlier: Annotated[str, typer.Argument(help="The earlier period, FROM..TO; both days included.")],
    later: Annotated[str, typer.Argument(help="The later period, FROM..TO.")],
    *,
    warehouse: Warehouse = None,
    config: Config = None,
    prices: Prices = None,
    format_: Printed = Format.TABLE,
) -> None:
    """Why the cost changed between two periods: volume, mix, price, what is new and what is gone."""
    from pipelines.analysis.variance import variance as compare  # noqa: PLC0415
    from pipelines.settings import Locations  # noqa: PLC0415

    with one_sentence():
        found = compare(Locations.resolve(None, warehouse, config, prices), earlier, later)
    if format_ == Format.TABLE:
        terminal.print_grid(*found.for_reading())
    else:
        terminal.print_rows(format_, found.names, found.rows)


app.command()(estimate)


@book.command("suggest")
def suggest_prices(*, warehouse: Warehouse = None, config: Config = None, prices: Prices = None) -> None:
    """Lines for the price book that would price what has no price; nothing is applied."""
    from pipelines.settings import Locations  # noqa: PLC0415
    from pipelines.suggest import suggest, unpriced_models  # noqa: PLC0415
    from pipelines.warehouse.reader import Reader  # noqa: PLC0415
    from pipelines.warehouse.run import Run  # noqa: PLC0415

    with one_sentence():
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
