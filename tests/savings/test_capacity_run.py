"""Make or buy in a run: only for a company with options, and of the newest numbers."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import yaml

from tests.flow.days import attempt
from tests.ledger import Ledger, only
from tests.savings.capacity import PERSON, number, write_capacity
from tests.savings.test_make_or_buy import FLEET

DAY = "2026-07-01"
TABLES = ("sav_demand_minute", "sav_demand_hourly", "sav_make_or_buy", "sav_capacity_break_even")


@pytest.fixture(scope="module", autouse=True)
def few_tables() -> Iterator[None]:
    """What options make."""
    with only(*TABLES, "sav_assumption", "dim_rate"):
        yield


def write_options(ledger: Ledger, **more: object) -> None:
    """A company with one option, and its rates."""
    config = write_capacity(ledger.root / "config")
    (config / "self_hosting.yml").write_text(yaml.safe_dump({"fleet": {**FLEET, **more}}), encoding="utf-8")


def test_a_company_without_options_has_no_rows_and_one_with_them_has(ledger: Ledger) -> None:
    ledger.write("request_log/day.jsonl", [attempt("a", DAY)])
    ledger.run()
    assert [ledger.rows(f"select count(*) from {table}") for table in TABLES] == [[(0,)]] * 4  # noqa: S608
    assert ledger.rows("select count(*) from sav_assumption") == [(0,)]
    write_options(ledger)
    ledger.run()
    found = ledger.rows("select approach, model, counterfactual_usd from sav_make_or_buy order by all")
    # One GPU at 2 dollars for 24 hours.
    assert found == [
        (approach, model, Decimal(48))
        for approach in ("self_hosted_autoscaled", "self_hosted_fixed")
        for model in ("*", "gpt-5.4-mini")
    ]
    assert ledger.rows(
        "select lever, assumed_value from sav_assumption where assumption = 'spare_units'"
    ) == [("self_hosting", "0")]
    [(source,)] = ledger.rows("select rate_source from dim_rate where meter = 'gpu_hours'")
    assert source == "maker"


def test_a_changed_option_is_computed_anew(ledger: Ledger) -> None:
    ledger.write("request_log/day.jsonl", [attempt("a", DAY)])
    write_options(ledger)
    ledger.run()
    write_options(ledger, people=PERSON, people_hours_per_month=number(31))
    ledger.run()
    assert ledger.rows("select distinct counterfactual_usd, people_hours from sav_make_or_buy") == [
        (Decimal(98), Decimal(1))
    ]
