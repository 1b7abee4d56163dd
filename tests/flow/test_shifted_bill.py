"""A bill that has a day's usage on the day before or after is late or early; its price is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.flow.billing import FIRST, MILLION, attempts, billed, call, page, used
from tests.ledger import Ledger


@dataclass(frozen=True)
class Shift:
    """Millions of tokens of three days, what is billed on each in USD, and the causes on each."""

    name: str
    millions: Sequence[int]
    bills: Sequence[str]
    causes: Sequence[dict[str, str]]
    has_export: bool = True


SHIFTS = [
    # A million tokens are 0.75 USD. A day without a bill is compared with none.
    Shift(
        "a day is billed with the next",
        (1, 2, 4),
        ("", "2.25", "3"),
        ({}, {"timing": "0.75"}, {}),
    ),
    Shift(
        "the evening of a day is billed with the next",
        (1, 2, 4),
        ("0.5", "1.75", "3"),
        ({"timing": "-0.25"}, {"timing": "0.25"}, {}),
    ),
    Shift(
        "every bill is a day late",
        (1, 2, 4),
        ("", "0.75", "1.5"),
        ({}, {"timing": "-0.75"}, {"timing": "-1.5"}),
    ),
    Shift(
        "a bill is late and nothing was exported",
        (1, 2, 4),
        ("0.5", "1.75", "3"),
        ({"timing": "-0.25"}, {"timing": "0.25"}, {}),
        has_export=False,
    ),
    Shift(
        "another price on two days",
        (1, 2, 4),
        ("0.8", "1.6", "3"),
        ({"price": "0.05"}, {"price": "0.1"}, {}),
    ),
    Shift(
        "one bill of a day before that is right",
        (1, 2, 4),
        ("0.75", "0.75", "3"),
        ({}, {"price": "-0.75"}, {}),
    ),
]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Each shift in an account of its own."""
    ledger = Ledger.at(tmp_path_factory.mktemp("shifts") / "company")
    for number, shift in enumerate(SHIFTS):
        _write(ledger, f"account-{number}", shift)
    ledger.publish_only("mart_reconciliation")
    return ledger


def _write(ledger: Ledger, account: str, shift: Shift) -> None:
    ids = {"project_id": f"proj-{account}", "api_key_id": f"key-{account}"}
    for number, (millions, bill) in enumerate(zip(shift.millions, shift.bills, strict=True)):
        day, tokens = FIRST + timedelta(days=number), millions * MILLION
        ledger.write(f"request_log/{account}-{day}.jsonl", attempts(day, [call(tokens, **ids)], account))
        if shift.has_export:
            ledger.write(f"openai_usage/account={account}/{day}.json", page(day, [used(tokens, **ids)]))
        lines = [billed(bill, project_id=ids["project_id"])] if bill else []
        ledger.write(f"openai_costs/account={account}/{day}.json", page(day, lines))


@pytest.mark.parametrize("shift", SHIFTS, ids=lambda shift: shift.name)
def test_a_shifted_bill_is_timing(company: Ledger, shift: Shift) -> None:
    rows = company.rows(
        "select day, cause, cast(sum(amount_usd) as varchar), account from mart_reconciliation"
        " where not is_level group by all having sum(amount_usd) <> 0"
    )
    causes: list[dict[str, str]] = [{}, {}, {}]
    for day, cause, amount, account in rows:
        if account == f"account-{SHIFTS.index(shift)}":
            causes[(day - FIRST).days][cause] = amount.rstrip("0")
    assert causes == list(shift.causes)


def test_a_day_that_comes_late_is_timing_on_the_day_before_too(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path / "company")
    shift = SHIFTS[1]
    _write(ledger, "account-0", Shift(shift.name, shift.millions[:1], shift.bills[:1], ()))
    ledger.publish_only("mart_reconciliation")
    causes = "select distinct cause from mart_reconciliation where day = '2026-05-01' and not is_level"
    assert ledger.rows(causes) == [("price",)]
    _write(ledger, "account-0", shift)
    ledger.publish_only("mart_reconciliation")
    assert ledger.rows(causes) == [("timing",)]
