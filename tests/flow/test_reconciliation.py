"""From logs to bill: each cause in a case a reader can add up, and all of them add up exactly."""
# ruff: noqa: S608 the tests write their own SQL

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.book.small import ADJUSTMENTS, FX, line, write
from tests.flow import anthropic_cases, openai_cases
from tests.flow.billing import FINE, FIRST, Case, money, write_case
from tests.flow.days import small_book
from tests.ledger import Ledger

CASES = [*openai_cases.CASES, *anthropic_cases.CASES]


NO_EXPORT = "logs and no bill"


def day_of(case: Case) -> date:
    """One day for all but the case that signs a contract for its own."""
    return FIRST + timedelta(days=5 if case.name == "a contract" else 0)


def account_of(case: Case) -> str:
    """Each case has an account to itself; what neither an export nor a bill names is in none of them."""
    return "default" if case.name == NO_EXPORT else f"case-{CASES.index(case)}"


def of(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """All cases, each in its account; euros, and a contract on a day of its own."""
    root = tmp_path_factory.mktemp("billing")
    ledger = replace(Ledger.at(root / "company"), prices=small_book(root / "prices", "openai", "anthropic"))
    config, signed = ledger.root / "config", day_of(of("a contract"))
    with (ledger.prices / "openai.csv").open("a", encoding="utf-8") as book:
        book.write(line(sku=FINE, meter="uncached_input_tokens", rate="0.3333333") + "\n")
    write(config / "fx.csv", FX, ["EUR,1.10,,,,,treasury,rates of the month"])
    ended = signed + timedelta(days=1)
    contract = f"openai,*,*,*,*,contract,9,10,1,{signed},{ended},,,contract,order 7,"
    write(config / "adjustments.csv", ADJUSTMENTS, [contract])
    for case in CASES:
        write_case(ledger, day_of(case), case, account_of(case))
    ledger.publish_only("mart_reconciliation")
    return ledger


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.provider}: {case.name}")
def test_each_difference_lands_in_its_cause(company: Ledger, case: Case) -> None:
    rows = company.rows(
        "select cause, sum(amount_usd), max(certainty) = 'measured' and min(certainty) = 'measured'"
        f" from mart_reconciliation where day = '{day_of(case)}' and account = '{account_of(case)}'"
        " group by cause order by min(step)"
    )
    assert {cause: amount for cause, amount, _ in rows} == {
        cause: money(amount) for cause, amount in case.expected.items()
    }
    assert [cause for cause, _, _ in rows] == list(case.expected)
    assert {cause for cause, _, is_measured in rows if not is_measured} == case.inferred


def residuals(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """What is left of each half of each account's day when its causes are taken off; see the assertion."""
    rows = ledger.records(
        "select day, provider, account, cause, step, is_level, amount_usd from mart_reconciliation"
    )
    places = sorted({(row["day"], row["provider"], row["account"]) for row in rows})
    for place in places:
        of_place = [row for row in rows if (row["day"], row["provider"], row["account"]) == place]
        levels = {row["cause"] for row in of_place if row["is_level"]}

        def total(low: int, high: int, rows: list[dict[str, Any]] = of_place) -> Decimal:
            inside = [row["amount_usd"] or Decimal(0) for row in rows if low < row["step"] < high]
            return sum(inside, Decimal(0))

        logs, usage, bill = total(99, 101), total(299, 301), total(899, 901)
        yield {
            "place": place,
            "logs to usage": logs + total(100, 300) - usage if "usage" in levels else Decimal(0),
            "to the bill": (usage if "usage" in levels else logs)
            + total(300 if "usage" in levels else 100, 900)
            - bill
            if "billed" in levels and has_dollars(of_place)
            else Decimal(0),
        }


def has_dollars(rows: list[dict[str, Any]]) -> bool:
    return any(row["cause"] == "billed" and row["amount_usd"] is not None for row in rows)


def test_causes_add_up_to_the_difference_of_the_levels(company: Ledger) -> None:
    found = list(residuals(company))
    assert len(found) == len(CASES)
    assert [left for left in found if left["logs to usage"] or left["to the bill"]] == []
