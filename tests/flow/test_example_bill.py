"""Why the example company's bills are not its logs: every planted cause, to the last digit."""
# ruff: noqa: S608 the tests write their own SQL

import re
from decimal import Decimal

from pipelines.settings import PROJECT
from tests.flow.example import LOGS, PLANTED, count, grouped, money, tokens, total
from tests.ledger import Ledger


def test_bill_exceeds_logs_by_the_cancelled_calls(example: Ledger) -> None:
    fact = PLANTED["bill_exceeds_logs"]
    assert fact["cost_usd"] == str(sum(money(day["cost_usd"]) for day in fact["by_day"].values()))
    cancelled = f"model = '{fact['model']}' and status = 'cancelled'"
    assert count(example, cancelled) == fact["attempts"] == count(example, "status = 'cancelled'")
    assert (tokens(example, cancelled), total(example, cancelled)) == ({}, Decimal(0))
    for day, lost in fact["by_day"].items():
        of_day = f"day = '{day}' and provider = '{fact['provider']}'"
        [(difference, count_missing)] = example.rows(
            "select logs_minus_usage_usd, logs_tokens - usage_tokens from mart_reconciliation_daily"
            f" where {of_day}"
        )
        assert difference == -money(lost["cost_usd"])
        assert count_missing == -sum(lost["tokens"].values())
        of_model = f"{of_day} and model = '{fact['model']}'"
        logged, used = (tokens(example, of_model, table) for table in (LOGS, "fct_usage_cost"))
        assert {name: used[name] - logged[name] for name in lost["tokens"]} == lost["tokens"]


def test_bill_minus_logs_is_the_sum_of_its_planted_parts(example: Ledger) -> None:
    fact = PLANTED["bill_minus_logs"]
    found = grouped(
        example,
        "select day, -logs_minus_billed_usd from mart_reconciliation_daily"
        f" where provider = '{fact['provider']}' and logs_minus_billed_usd <> 0",
    )
    assert found == {day: money(parts["bill_minus_logs_usd"]) for day, parts in fact["by_day"].items()}
    for day, parts in fact["by_day"].items():
        planted = ("cancelled_calls_usd", "unpriced_model_usd", "other_differences_usd")
        assert sum(money(parts[name]) for name in planted) == found[day]


def test_causes_of_differences_each_amount_in_its_cause(example: Ledger) -> None:
    found: dict[str, dict[str, Decimal | None]] = {}
    for day, provider, account, cause, amount in example.rows(
        "select day, provider, account, cause, sum(amount_usd) from mart_reconciliation"
        " where not is_level group by all"
    ):
        found.setdefault(f"{day} {provider} {account}", {})[cause] = amount
    assert found == {
        place: {cause: None if amount is None else money(amount) for cause, amount in causes.items()}
        for place, causes in PLANTED["causes_of_differences"].items()
    }


def test_causes_of_differences_are_all_of_them() -> None:
    sql = (PROJECT / "sql/5_marts/reconciliation_cause.sql").read_text(encoding="utf-8")
    causes = set(re.findall(r"'(\w+)' as cause, \d+ as step, false as is_level", sql))
    planted = {cause for causes in PLANTED["causes_of_differences"].values() for cause in causes}
    # No price of the example's models has a part below 1e-12 USD; one of tests/flow/openai_cases.py has.
    # No bill of the example is late: those of tests/flow/test_shifted_bill.py are.
    assert causes - planted == {"rounding", "timing"}
    assert planted <= causes


def test_causes_of_differences_that_are_waste_belong_to_the_owner_of_the_key(example: Ledger) -> None:
    rows = example.rows(
        "select provider, waste, team, feature, sum(cost_usd) from mart_waste where certainty = 'inferred'"
        " group by all order by all"
    )
    causes = PLANTED["causes_of_differences"]

    def planted(account: str, cause: str) -> Decimal:
        found = (each.get(cause, "0") for place, each in causes.items() if place.endswith(account))
        return sum(map(money, found), Decimal(0))

    nobody, answer_box = ("unattributed", "unattributed"), ("search", "answer-box")
    unfinished, unlogged = "unfinished_attempts", "usage_without_log"
    # The gateway's keys are not those of Anthropic's export: whose they are, nobody knows.
    assert rows == [
        ("anthropic", unfinished, *nobody, planted("anthropic default", unfinished)),
        ("anthropic", unlogged, *nobody, planted("anthropic default", unlogged)),
        ("openai", unfinished, *answer_box, planted("openai default", unfinished)),
    ]


def test_every_billed_cent_of_the_example_has_an_owner_or_none(example: Ledger) -> None:
    billed = (
        "select day, account, sum(billed_cost_usd) from fct_charge"
        " where billed_cost_usd is not null group by all"
    )
    owned = "select day, account, sum(billed_cost_usd) from mart_billed_cost group by all"
    assert sorted(example.rows(owned)) == sorted(example.rows(billed))


def test_totals_of_logs_usage_and_bill_side_by_side_every_day(example: Ledger) -> None:
    fact = PLANTED["totals"]["reconciliation"]
    found = {
        (str(provider), str(day)): sides
        for provider, day, *sides in example.rows(
            "select provider, day, billed_cost_usd, logs_cost_usd, usage_cost_usd"
            " from mart_reconciliation_daily where billed_cost_usd is not null"
        )
    }
    expected = {
        (provider, day): [money(sides[name]) for name in ("charges_usd", "logs_cost_usd", "usage_cost_usd")]
        for provider, days in fact.items()
        for day, sides in days.items()
    }
    assert found == expected
