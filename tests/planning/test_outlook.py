"""What budgets and anomalies have to tell, whole sentences: a company that spends much, then far too much."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from pipelines.planning.budgets import HEADER
from pipelines.warehouse.run import Run
from tests.flow.days import TEAM, attempt, small_book
from tests.ledger import Ledger

FIRST, LAST = date(2026, 8, 1), date(2026, 8, 11)
CALLS = [1] * 9 + [3, 5]
"""Of each day, at 4.50 USD."""

BUDGETS = (
    "search,*,50,USD,,,,,board",
    "*,*,200,USD,,,,,board",
    "*,answers,230,USD,,,,,board",
    "search,answers,250,USD,,,,,board",
    "growth,*,100,XTS,,,,,board",
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Eleven days: nine of one call, then three and five of them, by one key of one team."""
    root = tmp_path_factory.mktemp("outlook") / "company"
    company = replace(Ledger.at(root, TEAM, max_budget_share='"0.9"'), prices=small_book(root / "prices"))
    lines = "\n".join([",".join(HEADER), *BUDGETS]) + "\n"
    (root / "config" / "budgets.csv").write_text(lines, encoding="utf-8")
    for number, calls in enumerate(CALLS):
        of_day = (FIRST + timedelta(days=number)).isoformat()
        company.write(f"request_log/{of_day}.jsonl", calls_of(of_day, calls))
    company.run()
    return company


def calls_of(of_day: str, calls: int) -> Iterable[dict[str, object]]:
    tokens = {"uncached_input_tokens": 0, "output_tokens": 1_000_000}
    return [attempt(f"{of_day}-{number}", of_day, **tokens) for number in range(calls)]


def said(ledger: Ledger, check: str) -> list[str]:
    return sorted(each.sentence for each in Run.of(ledger.locations).findings() if each.check == check)


def test_a_budget_is_told_when_it_is_used_up_will_be_or_comes_near(ledger: Ledger) -> None:
    # 76.50 in eleven days; the 20 that are left cost 139.09 at that rate. Below nine tenths nothing is told.
    assert said(ledger, "budget") == [
        "2026-08 */*: 76.50 of 200.00 USD spent, 215.59 at the end of the month, used up on 2026-08-29",
        "2026-08 */answers: 76.50 of 230.00 USD spent, 215.59 at the end of the month",
        "2026-08 growth/*: 100.00 XTS has no exchange rate",
        "2026-08 search/*: 76.50 of 50.00 USD spent, used up on 2026-08-10",
    ]


def test_a_budget_and_an_anomaly_are_decisions_and_say_by_how_much(ledger: Ledger) -> None:
    rows = ledger.rows(
        "select day, subject, severity, amount_usd, since_day from mart_finding"
        " where severity = 'warning' and amount_usd is not null order by subject"
    )
    # 13.50 where 4.50 was expected; 76.50 of a budget of 50.
    spike = date(2026, 8, 10)
    assert rows == [
        (LAST, "2026-08 search/*", "warning", Decimal("26.5"), LAST),
        (spike, "all *", "warning", Decimal(9), spike),
    ]


def test_a_spike_is_told_once_and_not_again_while_it_lasts(ledger: Ledger) -> None:
    # The team, the feature, the model and the key are named with it; the day after is higher still.
    assert said(ledger, "anomaly") == [
        "2026-08-10 all *: 13.50 USD, 4.50 expected; moved most:"
        " team search, feature answers, model openai/gpt-5.4-mini, api_key key-a"
    ]
    lasting = ledger.rows("select day, cost_usd from mart_anomaly where dimension = 'all' order by day")
    assert lasting == [(date(2026, 8, 10), Decimal("13.5")), (date(2026, 8, 11), Decimal("22.5"))]


def test_a_quiet_day_tells_nothing(ledger: Ledger) -> None:
    quiet = FIRST + timedelta(days=8)
    assert ledger.rows(f"select day from mart_finding where day <= date '{quiet}'") == []  # noqa: S608
