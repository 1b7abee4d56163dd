"""The one-screen answer of a run: what it cost, who caused it, what has no price, how far the bill is."""

from collections.abc import Sequence
from pathlib import Path

from rich.columns import Columns
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from pipelines.settings import shown
from pipelines.terminal import money, text
from pipelines.warehouse.finding import Finding
from pipelines.warehouse.reader import Reader

TOP = 5
SHOWN_FINDINGS = 20
SHOWN_CHANGES = 10


def show_answer(console: Console, warehouse: Path, findings: Sequence[Finding]) -> None:
    """Print the answer over everything that is published."""
    with Reader(warehouse / "inferledger.duckdb") as reader:
        console.print(_headline(reader))
        console.print(Columns([_top(reader, what) for what in ("model", "feature", "team")], padding=(0, 3)))
        console.print(_unpriced(reader))
        console.print(_bill(reader))
        console.print(_intake(reader))
    # A finding or a command is one line however narrow the screen: a terminal breaks it itself.
    console.print(_found(findings), soft_wrap=True)
    console.print(Text("\n".join(_next_steps(warehouse))), soft_wrap=True)


def _headline(reader: Reader) -> str:
    first, last, cost, list_cost, attempts, unpriced, assumed = reader.rows(
        "select min(day), max(day), sum(cost_usd), sum(list_cost_usd), coalesce(sum(attempts), 0),"
        " coalesce(sum(unpriced_attempts), 0), coalesce(sum(assumed_attempts), 0) from mart_cost_daily",
        {},
    )[0]
    if first is None:
        return "No attempts are published."
    at_least = "at least " if unpriced else ""
    at_list = f", list price {money(list_cost)} USD," if cost != list_cost else ""
    return (
        f"[bold]{at_least}{money(cost)} USD[/bold]{at_list} for {attempts:,} attempts, {first} to {last}"
        f" ({unpriced:,} without a price, {assumed:,} on an assumed rate)"
    )


def _top(reader: Reader, what: str) -> Table:
    rows = reader.rows(
        f"select {what}, sum(cost_usd) as cost, sum(attempts) from mart_cost_daily"  # noqa: S608 one of three names
        " group by all order by cost desc nulls last, 1 limit $top",
        {"top": TOP},
    )
    table = _table(f"by {what}", ("", "USD", "attempts"))
    for name, cost, attempts in rows:
        table.add_row(text(str(name)), money(cost), f"{attempts:,}")
    return table


def _unpriced(reader: Reader) -> Table | str:
    rows = reader.rows(
        "select provider, coalesce(model, 'no model'), service_tier, unpriced_reason, kind,"
        " sum(unpriced_rows), cast(sum(unpriced_tokens) as bigint) as tokens"
        " from mart_unpriced group by all order by tokens desc, 1, 2 limit $top",
        {"top": TOP},
    )
    if not rows:
        return "Every published row has a price."
    table = _table("without a price", ("", "tier", "reason", "kind", "rows", "tokens"))
    for provider, model, tier, reason, kind, count, tokens in rows:
        names = map(text, (f"{provider} {model}", tier, reason, kind))
        table.add_row(*names, f"{count:,}", f"{tokens:,}")
    return table


def _bill(reader: Reader) -> Table | str:
    rows = reader.rows(
        "select provider, sum(logs_cost_usd), sum(usage_cost_usd), sum(billed_cost_usd),"
        " sum(logs_minus_billed_usd), count(*) filter (where billed_cost_usd is not null)"
        " from mart_reconciliation_daily group by all order by provider",
        {},
    )
    table = _table(
        "logs and usage exports at list price against the bill, USD",
        ("", "logs", "usage exports", "billed", "logs - bill", "days billed"),
    )
    for provider, *amounts, days in rows:
        table.add_row(text(provider), *map(money, amounts), f"{days:,}")
    return table if rows else "No bill to compare with."


def _intake(reader: Reader) -> str:
    files, rows, rejected, duplicates = reader.rows(
        "select count(*), coalesce(sum(total_rows), 0), (select count(*) from rejects where source_line > 0),"
        " (select count(*) from duplicates) from ingested_files",
        {},
    )[0]
    return f"{files:,} files, {rows:,} rows: {rejected:,} in rejects, {duplicates:,} in duplicates"


def show_changes(console: Console, warehouse: Path, entries: Sequence[str]) -> None:
    """Print by how much published numbers changed, and where; `entries` are new files of the journal."""
    if not entries:
        return
    files = {"files": [str(warehouse / entry) for entry in entries]}
    with Reader(warehouse / "inferledger.duckdb") as reader:
        days, first, last, total = reader.rows(
            "select count(distinct day), min(day), max(day), coalesce(sum(delta_cost_usd), 0)"
            " from read_parquet($files)",
            files,
        )[0]
        rows = reader.rows(
            "select entry_kind, booked_month, provider, model, feature, team, sum(delta_cost_usd) as delta"
            " from read_parquet($files) group by all order by abs(delta) desc, 1, 2, 3, 4, 5, 6 limit $top",
            {**files, "top": SHOWN_CHANGES},
        )
    console.print(
        f"Published numbers of {days:,} days changed by {total:f} USD, {first} to {last}; the most:"
    )
    table = Table(box=None, pad_edge=False, show_header=False)
    for kind, month, provider, model, feature, team, delta in rows:
        table.add_row(*map(text, (kind, month, f"{provider} {model}", feature, team, f"{delta:f}")))
    console.print(table)


def _found(findings: Sequence[Finding]) -> Group | str:
    """Those that are open, the newest first, and how many others are acknowledged."""
    told = [finding for finding in findings if finding.is_open]
    known = len(findings) - len(told)
    acknowledged = f"{known} acknowledged in config/acknowledged.csv" if known else ""
    if not told:
        return f"All checks passed{acknowledged and ', ' + acknowledged}."
    shown = [text(f"  {finding.check}: {finding.sentence}") for finding in told[:SHOWN_FINDINGS]]
    more = len(told) - len(shown)
    tail = [Text(f"  ... and {more} more in mart_finding")] if more > 0 else []
    head = f"{len(told)} findings, the newest first{acknowledged and '; ' + acknowledged}"
    return Group(Text(head, style="bold"), *shown, *tail)


def _next_steps(warehouse: Path) -> list[str]:
    example = "select team, sum(cost_usd) from mart_cost_by_team group by 1"
    folder = shown(warehouse)
    return [
        f"\nThe marts are in {folder}; ask them anything:",
        f'  inferledger query "{example}" --warehouse {folder}',
        f"  inferledger tables --warehouse {folder}",
    ]


def _table(title: str, headers: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="bold")
    for header in headers:
        text = header in {"", "tier", "reason", "kind"}
        table.add_column(header, justify="left" if text else "right", no_wrap=True)
    return table
