"""Every planted fact of the example company comes out of the published tables, to the last digit."""
# ruff: noqa: S608 the tests write their own SQL

import re
from pathlib import Path

import pytest

from pipelines.analysis.variance import PARTS
from tests.flow.example import FIXTURES, LOGS, PLANTED, decimals, grouped, money, total
from tests.ledger import Ledger


def test_every_planted_fact_has_a_test() -> None:
    modules = Path(__file__).parent.glob("test_example_*.py")
    tests = [name for path in modules for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))]
    untested = [key for key in PLANTED if not any(name.startswith(f"test_{key}") for name in tests)]
    assert not untested


def test_every_number_of_the_readme_stands_in_the_planted_facts() -> None:
    text = (FIXTURES / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \|.*\|.*\|(.*)\|$", text, flags=re.MULTILINE)
    rows = {fact: numbers for fact, numbers in table if fact in PLANTED}
    assert sorted(rows) == sorted(PLANTED)
    number = re.compile(r"`([^`]+)` (-?[\d.]+)")
    said = [(fact, *pair) for fact, numbers in rows.items() for pair in number.findall(numbers)]
    assert len(said) > 30
    for fact, path, written in said:
        value = PLANTED[fact]
        for step in path.split("."):
            value = value[step]
        assert str(value) == written, (fact, path)


@pytest.mark.parametrize("what", ["day", "environment", "feature", "model", "provider", "team"])
def test_totals_of_the_logs_by(example: Ledger, what: str) -> None:
    expected = decimals(PLANTED["totals"][f"logs_cost_usd_by_{what}"])
    for table in (LOGS, "mart_cost_daily"):
        sql = f"select {what}, sum(cost_usd) from {table} group by 1 having sum(cost_usd) is not null"
        assert grouped(example, sql) == expected
    assert sum(expected.values()) == money(PLANTED["totals"]["logs_cost_usd"])


def test_totals_of_the_whole_run(example: Ledger) -> None:
    fact = PLANTED["totals"]
    assert example.rows(
        "select sum(attempts), sum(unpriced_attempts), sum(cost_usd), sum(list_cost_usd) from mart_cost_daily"
    ) == [(fact["attempts"], fact["attempts_unpriced"], *[money(fact["logs_cost_usd"])] * 2)]
    usage = "select provider, sum(list_cost_usd) from fct_usage_cost group by 1"
    assert grouped(example, usage) == decimals(fact["usage_cost_usd_by_provider"])
    charges = "select provider, sum(billed_cost_usd) from fct_charge group by 1"
    assert grouped(example, charges) == decimals(fact["charges_usd_by_provider"])


def test_totals_of_drivers_and_unit_costs_are_those_of_the_logs(example: Ledger) -> None:
    whole = money(PLANTED["totals"]["logs_cost_usd"])
    for mart in ("mart_cost_drivers", "mart_unit_cost"):
        assert total(example, "true", mart) == whole
        [(unpriced,)] = example.rows(f"select sum(unpriced_attempts) from {mart}")
        assert unpriced == PLANTED["totals"]["attempts_unpriced"]


def test_totals_of_the_months_change_by_the_parts_of_the_variance(example: Ledger) -> None:
    rows = example.records("select * from mart_variance")
    assert {(row["comparison"], row["earlier_days"], row["later_days"]) for row in rows} == {
        ("2026-08", 9, 5)
    }
    assert all(row["change_usd"] == sum(row[part] for part in PARTS) for row in rows)
    by_day = decimals(PLANTED["totals"]["logs_cost_usd_by_day"])
    august = sum(cost for day, cost in by_day.items() if day >= "2026-08")
    assert sum(row["later_cost_usd"] for row in rows) == august
    assert sum(row["earlier_cost_usd"] for row in rows) == sum(by_day.values()) - august
