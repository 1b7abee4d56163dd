"""Re-pricing: exactly the days a correction concerns, a journal that adds up, closed months that stay."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import LedgerError
from pipelines.orchestrate import Outcome
from pipelines.warehouse.contracts import in_order
from pipelines.warehouse.repricing import new_entries
from pipelines.warehouse.run import Run
from pipelines.warehouse.state import load_parts
from tests.flow.days import Saved, attempt, day, published_by_table, published_files, small_book
from tests.ledger import Ledger, only

AUGUST = "2026-08-01"
"""A day without a neighbour: what changes on it alone makes no other stale."""

FACTS = ("fct_attempt_cost", "mart_cost_daily", "mart_cost_by_team")
TEAM = "*,api_key,key-a,search,answers,production,2026-01-01,\n"
MINI = "gpt-5.4-mini-2026-03-17,output_tokens,standard,"
NANO = "gpt-5.4-nano-2026-03-17,output_tokens,standard,"


@pytest.fixture(scope="module", autouse=True)
def few_tables() -> Iterator[None]:
    """The journal, what it reads and the costs that change."""
    with only("mart_reprice_journal", "mart_cost_by_team", "dim_rate"):
        yield


def three_days(root: Path) -> Ledger:
    """A company of three days, the last of another month; two models on the first two, one on the last."""
    ledger = replace(Ledger.at(root, TEAM), prices=small_book(root / "prices"))
    for number, of_day in enumerate((day(0), day(1), "2026-08-01")):
        rows = [attempt(f"mini-{of_day}", of_day)]
        if number < 2:
            rows.append(attempt(f"nano-{of_day}", of_day, model="gpt-5.4-nano"))
        ledger.write(f"request_log/{of_day}.jsonl", rows)
    return ledger


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Saved]:
    """The company after its first run."""
    ledger = three_days(tmp_path_factory.mktemp("repricing") / "company")
    assert reprice(ledger, reads_raw=True).new_entries == []
    return ledger, Saved(ledger, ledger.root.with_name("saved"))


@pytest.fixture
def company(saved: tuple[Ledger, Saved]) -> Ledger:
    """The company as it was published, free to be changed."""
    saved[1].restore()
    return saved[0]


def reprice(ledger: Ledger, *, reads_raw: bool = False, as_known_at: str = "") -> Outcome:
    """What the command does, its steps alone; a module of its own goes through the command."""
    run = Run.of(ledger.locations, as_known_at)
    before = load_parts(run.layout.published)
    if reads_raw:
        run.ingest()
        run.find_replaced(run.days())
    days = run.stale_days()
    for table in in_order():
        run.build(table.name, days)
    run.publish()
    return Outcome(days, [], new_entries(load_parts(run.layout.published), before))


def edit(ledger: Ledger, name: str, change: Callable[[str], str]) -> None:
    path = ledger.prices / name
    path.write_text(
        "\n".join(change(line) for line in path.read_text(encoding="utf-8").splitlines()) + "\n",
        encoding="utf-8",
    )


def dearer(prefix: str, old: str, new: str) -> Callable[[str], str]:
    """A rate of lines that begin so, corrected."""
    return lambda line: (
        line.replace(f",{old},1000000,", f",{new},1000000,") if line.startswith(prefix) else line
    )


def close(ledger: Ledger, months: str) -> None:
    path = ledger.root / "config" / "settings.yml"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("closed_months")]
    path.write_text("\n".join([*kept, f"closed_months: {months}"]) + "\n", encoding="utf-8")


def cost(ledger: Ledger, table: str = "mart_cost_daily") -> dict[str, Decimal]:
    rows = ledger.rows(f"select cast(day as varchar), sum(cost_usd) from {table} group by 1")  # noqa: S608
    return dict(rows)


def journal(ledger: Ledger) -> list[dict[str, Any]]:
    return ledger.records("select * from mart_reprice_journal order by all")


def test_a_corrected_rate_builds_exactly_its_days_and_the_journal_says_what_changed(company: Ledger) -> None:
    files, before = published_files(company), cost(company)
    edit(company, "openai.csv", dearer(NANO, "1.25", "2.25"))
    assert reprice(company).days == [day(0), day(1)]
    now = published_files(company)
    changed = {of_day for (table, of_day), after in now.items() if files.get((table, of_day)) != after}
    assert changed == {day(0), day(1), ""}
    rows = journal(company)
    # 200 output tokens a day: 200 * (2.25 - 1.25) / 1,000,000 = 0.0002 USD; an old and a new rate each day.
    assert [(str(r["day"]), r["old_attempts"], r["new_attempts"]) for r in rows if r["old_attempts"]] == [
        (day(0), 1, 0),
        (day(1), 1, 0),
    ]
    for of_day in (day(0), day(1)):
        delta = sum(r["delta_cost_usd"] for r in rows if str(r["day"]) == of_day)
        assert delta == Decimal("0.0002")
        assert cost(company)[of_day] == before[of_day] + delta
    assert {(r["entry_kind"], r["booked_month"], r["team"], r["feature"]) for r in rows} == {
        ("repriced", "2026-07", "search", "answers")
    }
    rates = {r["rate_id"] for r in rows}
    known = company.rows(
        "select count(distinct rate_id) from dim_rate where list_contains($ids, rate_id)".replace(
            "$ids", str(sorted(rates)).replace('"', "'")
        )
    )
    assert len(rates) == 2
    assert known == [(1,)]


def test_a_correction_that_keeps_the_old_belief_leaves_both_rates_to_be_looked_up(company: Ledger) -> None:
    def corrected(line: str) -> str:
        if not line.startswith(NANO):
            return line
        cells = line.split(",")
        old = [*cells[:17], "2026-08-02", *cells[18:]]
        new = [*cells[:11], "2.25", *cells[12:16], "2026-08-02", *cells[17:18], "corrected", *cells[19:]]
        return "\n".join([",".join(old), ",".join(new)])

    edit(company, "openai.csv", corrected)
    reprice(company)
    rows = company.records(
        "select distinct journal.rate_id, dim_rate.rate, dim_rate.basis from mart_reprice_journal as journal"
        " join dim_rate using (rate_id) where dim_rate.meter = 'output_tokens' order by rate"
    )
    assert [(row["rate"], row["basis"]) for row in rows] == [
        (Decimal("1.25"), "cited" if rows[0]["basis"] == "cited" else rows[0]["basis"]),
        (Decimal("2.25"), "corrected"),
    ]
    then = reprice(company, as_known_at="2026-08-01T00:00:00Z")
    assert then.days == [day(0), day(1)]
    assert sum(row["delta_cost_usd"] for row in journal(company)) == 0


def test_a_second_reprice_changes_nothing_and_the_way_back_leaves_two_entries_that_cancel(
    company: Ledger,
) -> None:
    first = published_by_table(company)
    edit(company, "openai.csv", dearer(MINI, "4.5", "5"))
    assert reprice(company).new_entries
    there = published_by_table(company)
    assert reprice(company).new_entries == []
    assert published_by_table(company) == there
    edit(company, "openai.csv", dearer(MINI, "5", "4.5"))
    reprice(company)
    back = published_by_table(company)
    assert {table: first[table] for table in FACTS} == {table: back[table] for table in FACTS}
    deltas = [row["delta_cost_usd"] for row in journal(company)]
    assert sum(deltas) == 0
    assert any(deltas)


def test_a_corrected_owner_moves_cost_between_teams_and_changes_no_sum(company: Ledger) -> None:
    rules = company.root / "config" / "ownership.csv"
    rules.write_text(rules.read_text(encoding="utf-8").replace(",search,", ",discovery,"), encoding="utf-8")
    before = cost(company)
    assert reprice(company).days == [day(0), day(1), "2026-08-01"]
    assert cost(company) == before
    by_team = company.rows(
        "select team, sum(delta_cost_usd) > 0 from mart_reprice_journal group by 1 order by 1"
    )
    assert by_team == [("discovery", True), ("search", False)]


def test_a_contract_changes_the_effective_cost_only(company: Ledger) -> None:
    header = (
        "provider,sku,meter,service_tier,region,kind,numerator,denominator,sequence,valid_from,valid_to,"
        "known_from,known_to,source,source_ref,note"
    )
    line = "openai,*,*,*,*,contract,85,100,1,2026-07-02,,,,contract,page 3,"
    (company.root / "config" / "adjustments.csv").write_text(f"{header}\n{line}\n", encoding="utf-8")
    listed = dict(
        company.rows("select cast(day as varchar), sum(list_cost_usd) from mart_cost_daily group by 1")
    )
    # The day before is built with it: its bill may reach into the next one.
    assert reprice(company).days == [day(0), day(1), "2026-08-01"]
    now = company.rows(
        "select cast(day as varchar), sum(list_cost_usd), sum(cost_usd) from mart_cost_daily"
        " group by 1 order by 1"
    )
    ratio = {day(0): Decimal(1)}
    assert now == [(d, listed[d], listed[d] * ratio.get(d, Decimal("0.85"))) for d in sorted(listed)]


def test_a_closed_month_keeps_its_numbers_books_differences_once_and_is_not_opened_again(
    company: Ledger,
) -> None:
    close(company, '["2026-07"]')
    before = cost(company)
    facts = {key: files for key, files in published_files(company).items() if key[1] == day(0)}
    edit(company, "openai.csv", dearer(MINI, "4.5", "5"))
    reprice(company)
    # 200 output tokens a day: 200 * 0.5 / 1,000,000 = 0.0001 USD.
    now = cost(company)
    assert now == before | {"2026-08-01": before["2026-08-01"] + Decimal("0.0001")}
    assert {key: files for key, files in published_files(company).items() if key in facts} == facts
    found = company.rows(
        "select cast(day as varchar), entry_kind, booked_month, sum(delta_cost_usd) from mart_reprice_journal"
        " group by all order by 1"
    )
    assert found == [
        (day(0), "adjustment", "2026-08", Decimal("0.0001")),
        (day(1), "adjustment", "2026-08", Decimal("0.0001")),
        ("2026-08-01", "repriced", "2026-08", Decimal("0.0001")),
    ]

    # The next correction counts from what is booked: 200 * (6.5 - 4.5) / 1,000,000 in all.
    assert reprice(company).new_entries == []
    edit(company, "openai.csv", dearer(MINI, "5", "6.5"))
    reprice(company)
    booked = company.rows(
        "select sum(delta_cost_usd) from mart_reprice_journal where entry_kind = 'adjustment' group by day"
    )
    assert booked == [(Decimal("0.0004"),), (Decimal("0.0004"),)]

    close(company, "[]")
    with pytest.raises(LedgerError, match="closed_months lacks 2026-07"):
        reprice(company)


def test_a_new_name_of_a_provider_builds_exactly_the_days_that_used_it(company: Ledger) -> None:
    company.write("request_log/late.jsonl", [attempt("late", AUGUST, provider="our-gateway")])
    assert reprice(company, reads_raw=True).days == [AUGUST]
    assert company.rows(
        "select provider, unpriced_reason from fct_attempt_cost where request_id = 'late'"
    ) == [("our-gateway", "unknown_provider")]
    names = company.root / "config" / "providers.csv"
    header = "provider,name,valid_from,valid_to,known_from,known_to,source,source_ref\n"
    names.write_text(f"{header}openai,someone-else,,,,,own,routes of the gateway\n", encoding="utf-8")
    assert reprice(company).days == []
    names.write_text(f"{header}openai,our-gateway,,,,,own,routes of the gateway\n", encoding="utf-8")
    assert reprice(company).days == [AUGUST]
    assert company.rows("select provider, cost_usd from fct_attempt_cost where request_id = 'late'") == [
        ("openai", Decimal("0.00165"))
    ]


def test_late_rows_of_an_open_month_are_no_entry(company: Ledger) -> None:
    company.write("request_log/late.jsonl", [attempt("late", day(1))])
    assert reprice(company, reads_raw=True).new_entries == []
    assert journal(company) == []


def test_late_rows_of_a_closed_month_are_an_adjustment_too(company: Ledger) -> None:
    close(company, '["2026-07"]')
    before = cost(company)
    company.write("request_log/late.jsonl", [attempt("late", "2026-07-20")])
    reprice(company, reads_raw=True)
    assert cost(company) == before
    assert company.rows(
        "select cast(day as varchar), new_attempts, delta_cost_usd from mart_reprice_journal"
    ) == [("2026-07-20", 1, Decimal("0.00165"))]
