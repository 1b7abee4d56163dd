"""What has no price, another one than rows state, or a bill that logs do not reach: with its money."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipelines.settings import Company
from pipelines.warehouse.bill_findings import reconciliation, unknown_lines
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.finding import ERROR, Finding
from pipelines.warehouse.price_findings import coverage, reported_differences, unpriced
from tests.flow.checked import sentences, tables_of
from tests.flow.days import attempt, charge, day, page, small_book, usage
from tests.ledger import Ledger

DIFFERENCE = "mart_reported_difference"
FIRST, SECOND, THIRD = (date(2026, 7, number) for number in (1, 2, 3))
MINI, NANO = "gpt-5.4-mini", "gpt-5.4-nano"


def stating(name: str, of_day: str, amount: str, **more: Any) -> dict[str, Any]:
    """An attempt of 0.00165 USD at list price that states another amount."""
    return attempt(name, of_day, reported_cost_usd=amount, **more)


def spent(name: str, spend: float, **more: Any) -> dict[str, Any]:
    """A call of 1,000 tokens in and 200 out as LiteLLM's log has it."""
    return {
        "request_id": name, "call_type": "acompletion", "spend": spend, "total_tokens": 1200,
        "prompt_tokens": 1000, "completion_tokens": 200, "startTime": f"{day(0)} 10:00:00",
        "endTime": f"{day(0)} 10:00:01", "model": MINI, "custom_llm_provider": "openai", "metadata": {},
        "status": "success", **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Calls that state twice their price, half of it, nearly it and it; and answers of a gateway's cache."""
    root = tmp_path_factory.mktemp("stated")
    ledger = replace(Ledger.at(root / "company"), prices=small_book(root / "prices"))
    embedding = {"model": "text-embedding-3-small", "uncached_input_tokens": 1_000_000, "output_tokens": 0}
    ledger.write(
        "request_log/1.jsonl",
        [
            # 1.65 USD each of list price: the first states 0.65 more, the second 0.15 less.
            stating("more", day(0), "2.3", uncached_input_tokens=1_000_000, output_tokens=200_000),
            stating("less", day(1), "1.5", uncached_input_tokens=1_000_000, output_tokens=200_000),
            # Agreed for three days, then half: in the sum of the days it would be less than a hundredth.
            *(stating(f"agreed-{number}", day(number), "0.02", **embedding) for number in range(2)),
            stating("agreed", day(2), "20", **embedding | {"uncached_input_tokens": 1_000_000_000}),
            stating("half", day(3), "0.01", **embedding),
            # Off by a thousandth of what it states, and by less than a thousandth of a dollar.
            stating("rounded", day(0), "0.00025", model=NANO, uncached_input_tokens=1_250, output_tokens=0),
            stating("tiny", day(0), "0.0001", model=NANO, uncached_input_tokens=1_000, output_tokens=0),
            # Without an amount, or without a price: nothing to compare.
            attempt("silent", day(0)),
            stating("strange", day(0), "5", model="nobody-knows-it"),
        ],
    )
    # A gateway calls its own cache free; the other call states its price, 0.00165 USD.
    ledger.write("litellm/1.jsonl", [spent("called", 0.00165), spent("cached", 0, cache_hit="True")])
    with tables_of(ledger, DIFFERENCE, "mart_unpriced", "mart_coverage") as engine:
        yield engine


def test_the_table_has_our_list_price_beside_what_the_rows_state(stated: Engine) -> None:
    rows = stated.rows(
        "select source, cast(day as varchar), attempts, reported_cost_usd, list_cost_usd,"
        " list_minus_reported_usd, above_reported_usd, below_reported_usd, largest_difference_usd,"
        " example_request_id from mart_reported_difference where model = 'gpt-5.4-mini' order by 1, 2"
    )
    found = [[f"{each.normalize():f}" if isinstance(each, Decimal) else each for each in row] for row in rows]
    assert found == [
        ["litellm", day(0), 1, "0.00165", "0.00165", "0", "0", "0", "0", None],
        ["request_log", day(0), 1, "2.3", "1.65", "-0.65", "0", "0.65", "0.65", "more"],
        ["request_log", day(1), 1, "1.5", "1.65", "0.15", "0.15", "0", "0.15", "less"],
    ]


def test_a_difference_is_told_both_ways_by_dollars_with_the_worst_request(stated: Engine) -> None:
    mini, embedding = reported_differences(stated, Company())
    assert mini.sentence == (
        f"request_log openai {MINI}, any call: 2 rows state 3.8 USD, our list price of them is 3.3 USD:"
        " 0.65 USD below and 0.15 USD above what they state, most of it in request more"
    )
    assert (mini.since, mini.day, mini.amount_usd) == (FIRST, SECOND, Decimal("0.65"))
    assert mini.severity == ERROR
    # The three days that agreed are not in it.
    assert embedding.sentence == (
        "request_log openai text-embedding-3-small, any call: 1 rows state 0.01 USD, our list price of"
        " them is 0.02 USD: 0.01 USD above what they state, most of it in request half"
    )


def differing(engine: Engine, **settings: str) -> set[str]:
    """The models that are told under other limits."""
    return {each.subject.split()[2] for each in reported_differences(engine, Company(**settings))}


def test_the_limits_of_a_difference_are_a_share_and_an_amount(stated: Engine) -> None:
    both = {MINI, "text-embedding-3-small"}
    assert differing(stated, min_reported_difference_usd="0") == {*both, NANO}
    assert differing(stated, min_reported_difference_usd="0.01") == {MINI}
    assert differing(stated, max_reported_difference_share="0.2") == both
    assert differing(stated, max_reported_difference_share="0.5") == {"text-embedding-3-small"}
    assert differing(stated, max_reported_difference_share="1") == set()


def test_what_has_no_price_is_told_with_what_its_rows_state(stated: Engine) -> None:
    [found] = unpriced(stated)
    assert found == Finding(
        "unpriced",
        "attempt openai nobody-knows-it (standard): 1 rows, 1200 tokens, unknown_model; they state 5 USD",
        FIRST,
        "attempt openai nobody-knows-it standard unknown_model",
        Decimal(5),
        ERROR,
        FIRST,
    )


def test_coverage_has_a_limit_in_dollars_beside_the_share(stated: Engine) -> None:
    tokens, dollars = coverage(stated, Company())
    assert (tokens.subject, tokens.amount_usd) == ("tokens", None)
    # 5 USD as stated; with a price 1.65 + 0.02 + 0.00025 + 0.0002, and 0.00165 twice.
    assert dollars.sentence == (
        "1 days over the limit, the worst 2026-07-01: 5.000000000000 of 6.673750000000 USD, as reported, have"
        " no price"
    )
    assert (dollars.subject, dollars.amount_usd) == ("usd", Decimal(5))
    assert [each.subject for each in coverage(stated, Company(min_unpriced_usd="5"))] == ["tokens"]
    assert coverage(stated, Company(min_unpriced_usd="5", max_unpriced_share="0.01")) == []


def test_a_bill_is_told_by_share_and_by_dollars(small: Ledger) -> None:
    # 1.65 USD of logs a day; bills of 1.6501, 1.66 and 3.30 USD, and one of 0.0008 USD without a log.
    dear = {"uncached_input_tokens": 1_000_000, "output_tokens": 200_000}
    for number, amount in enumerate(("1.6501", "1.68", "3.3")):
        small.write(f"request_log/{number}.jsonl", [attempt(str(number), day(number), **dear)])
        small.write(f"openai_costs/{number}.json", page(day(number), [charge(amount)]))
    small.write("request_log/3.jsonl", [attempt("3", day(3), uncached_input_tokens=0, output_tokens=100)])
    small.write("openai_costs/3.json", page(day(3), [charge("0.00125")]))
    with tables_of(small, "mart_reconciliation", "mart_reconciliation_daily") as engine:
        off, double = reconciliation(engine, Company())
        assert off.sentence.startswith(
            "2026-07-02 openai: logs at list price minus bill is -0.03 USD, 1.79% of the bill"
        )
        assert double.sentence.startswith(
            "2026-07-03 openai: logs at list price minus bill is -1.65 USD, 50.00% of the bill"
        )
        assert (double.day, double.subject, double.amount_usd) == (THIRD, "openai", Decimal("1.65"))
        # 0.0008 USD are 64 percent of the last bill and no finding, unless the company wants it.
        wanted = reconciliation(engine, Company(min_reconciliation_usd="0"))
        assert [str(each.day) for each in wanted] == ["2026-07-02", "2026-07-03", "2026-07-04"]
        assert len(reconciliation(engine, Company(max_reconciliation_share="0.02"))) == 1


def test_a_bill_that_nothing_explains_or_converts_is_told_however_small(small: Ledger) -> None:
    nobody = usage(model="nobody-knows-it")
    small.write("openai_usage/1.json", page(day(0), [nobody]))
    small.write("openai_costs/1.json", page(day(0), [charge("0.001")]))
    strange = charge("0.002")
    strange["amount"]["currency"] = "xts"
    small.write("openai_costs/2.json", page(day(1), [strange]))
    with tables_of(small, "mart_reconciliation", "mart_reconciliation_daily") as engine:
        found = reconciliation(engine, Company())
    assert sentences(found) == [
        "2026-07-01 openai: 0.001 USD billed, and neither logs nor usage exports have a price",
        "2026-07-02 openai: 1 charges without a rate to USD are missing in the bill of 0 USD",
    ]
    assert [each.amount_usd for each in found] == [Decimal("0.001"), None]


def test_a_line_of_a_bill_without_a_known_form_is_told_with_its_days_and_money(small: Ledger) -> None:
    for number in range(2):
        line = {**charge("0.25"), "line_item": "Fancy thing, nightly"}
        small.write(f"openai_costs/{number}.json", page(day(number), [line]))
    with tables_of(small, "fct_charge") as engine:
        [found] = unknown_lines(engine)
    assert found.sentence == "openai 'Fancy thing, nightly', 2026-07-01 to 2026-07-02: 0.5 USD, no known form"
    assert (found.since, found.day, found.amount_usd) == (FIRST, SECOND, Decimal("0.5"))
