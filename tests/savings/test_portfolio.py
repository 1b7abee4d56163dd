"""All levers together: what each saves in the order of the file, and its share over all orders."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.savings.combined import portfolio as slow
from tests.savings.conftest import Rows, Savings
from tests.savings.replaced import Call
from tests.savings.test_scenarios import (
    ALL,
    BATCH,
    CAP,
    GPT_4O,
    NOON,
    RETRIES,
    ROUTE,
    SONNET,
    call,
    calls_of,
    number,
)

PROMPTS = {"lever": "prompt_cache", "first_token_seconds": number(1)}
CHOSEN = {name: ALL[name] for name in ("retries", "cache", "route", "cap", "median")} | {
    "prompts": PROMPTS, "batch": BATCH,
}  # fmt: skip
Cell = tuple[str, str, str, str]


def portfolio(savings: Savings, calls: Sequence[Call], scenarios: Mapping[str, Any]) -> Rows:
    return savings.of(calls, scenarios, "sav_portfolio")


def cell_of(row: Mapping[str, Any]) -> Cell:
    return row["team"], row["feature"], row["provider"], row["model"]


def told(rows: Rows) -> list[tuple[str, Decimal, Decimal]]:
    return [(row["scenario"], row["marginal_usd"], row["share_usd"]) for row in rows]


def test_half_of_a_shorter_answer_is_shared_between_cap_and_batch(savings: Savings) -> None:
    # Output costs 4.50 a million. Of 300 tokens 200 go: 0.0009 alone, and half of it on the batch tier; the
    # batch halves 0.0021, or 0.0012 after the cut. Together 0.0021 - 0.0006 = 0.0015.
    waits = call("waits", output=300, deadline_seconds=86_400)
    assert told(portfolio(savings, [waits], {"cap": CAP, "batch": BATCH})) == [
        ("batch", Decimal("0.0006"), Decimal("0.000825")),
        ("cap", Decimal("0.0009"), Decimal("0.000675")),
    ]
    assert told(portfolio(savings, [waits], {"batch": BATCH, "cap": CAP})) == [
        ("batch", Decimal("0.00105"), Decimal("0.000825")),
        ("cap", Decimal("0.00045"), Decimal("0.000675")),
    ]


def test_a_call_that_is_not_made_saves_once(savings: Savings) -> None:
    retry = call("again", attempt=2, deadline_seconds=86_400)
    # The retry alone saves all 0.00165, the batch half of it, both together 0.00165.
    assert told(portfolio(savings, [retry], {"retries": RETRIES, "batch": BATCH})) == [
        ("batch", Decimal(0), Decimal("0.0004125")),
        ("retries", Decimal("0.00165"), Decimal("0.0012375")),
    ]


def prompt(name: str, model: str = SONNET, *, second: int = 0, **more: Any) -> Call:
    """A call of 10,000 tokens of which 8,000 can be shared, a second long; no output."""
    at = NOON + timedelta(seconds=second)
    chain = [{"hash": "a", "tokens": 8_000}]
    return call(name, model, at=at, uncached=10_000, output=0, prefixes=chain, **more)


def test_a_cached_prompt_keeps_its_cache_on_a_batch_tier_that_has_one(savings: Savings) -> None:
    # Sonnet 4.6, a million: 3 uncached, 3.75 written, 0.30 read; the batch tier halves each. Two prompts cost
    # 0.06; cached 0.006 + 0.030 and 0.006 + 0.0024 = 0.0444; in batch 0.03; both 0.0222.
    prompts = [prompt(name, second=10 * n, deadline_seconds=86_400) for n, name in enumerate("ab")]
    assert told(portfolio(savings, prompts, {"prompts": PROMPTS, "batch": BATCH})) == [
        ("batch", Decimal("0.0222"), Decimal("0.0261")),
        ("prompts_best", Decimal("0.0156"), Decimal("0.0117")),
    ]


def test_a_cached_prompt_is_uncached_on_a_batch_tier_without_a_cache(savings: Savings) -> None:
    # GPT-4o, a million: 2.50 uncached, 1.25 read, 1.25 in batch whatever it is. Two prompts cost 0.05; the
    # second reads 7,936 of its 8,000 tokens (steps of 128) and saves 0.00992; in batch both cost 0.025.
    prompts = [prompt(name, GPT_4O, second=10 * n, deadline_seconds=86_400) for n, name in enumerate("ab")]
    assert told(portfolio(savings, prompts, {"prompts": PROMPTS, "batch": BATCH})) == [
        ("batch", Decimal("0.01508"), Decimal("0.02004")),
        ("prompts_best", Decimal("0.00992"), Decimal("0.00496")),
    ]


def test_a_prompt_that_is_not_sent_reads_and_writes_nothing(savings: Savings) -> None:
    # The first is written for 0.036, the retry read for 0.0084, each 0.030 before. Dropping the retry saves
    # 0.030, or 0.0084 of the cached log: the first still pays its write, -0.006.
    prompts = [prompt("a"), prompt("a", second=10, attempt=2)]
    assert told(portfolio(savings, prompts, {"prompts": PROMPTS, "retries": RETRIES})) == [
        ("prompts_best", Decimal("0.0156"), Decimal("0.0048")),
        ("retries", Decimal("0.0084"), Decimal("0.0192")),
    ]


def test_one_lever_alone_is_what_its_scenario_says(savings: Savings) -> None:
    calls = [call("a", SONNET, route_class="simple"), call("b", SONNET, route_class="simple", output=900)]
    [alone] = savings.of(calls, {"route": ROUTE})
    [row] = portfolio(savings, calls, {"route": ROUTE})
    assert row["marginal_usd"] == row["share_usd"] == alone["saving_usd"]
    prompts = [prompt("a"), prompt("b", second=10), prompt("c", second=20, attempt=2, status="error")]
    rows = savings.of(prompts, {"prompts": PROMPTS})
    [row] = portfolio(savings, prompts, {"prompts": PROMPTS})
    [best] = [each for each in rows if each["scenario"] == "prompts_best"]
    assert row["share_usd"] == best["saving_usd"] == Decimal("0.0156")
    assert row["assumptions_id"] == best["assumptions_id"]


def test_what_has_no_price_in_some_combination_is_counted_and_not_guessed(savings: Savings) -> None:
    unknown = call("unknown", "nobody-knows-it", attempt=2, deadline_seconds=86_400)
    rows = portfolio(savings, [unknown], {"retries": RETRIES, "batch": BATCH})
    assert [(row["attempts"], row["unpriced_attempts"], row["share_usd"]) for row in rows] == [
        (0, 1, Decimal(0)), (0, 1, Decimal(0)),
    ]  # fmt: skip


@settings(max_examples=20)
@given(calls=calls_of())
def test_the_slow_program_agrees_and_shares_add_up(savings: Savings, calls: list[Call]) -> None:
    expected = {
        (*cell, name if name != "prompts" else "prompts_best"): share
        for cell, shares in slow(calls, CHOSEN, savings.oracle).items()
        for name, share in shares.items()
    }
    rows = portfolio(savings, calls, CHOSEN)
    assert {(*cell_of(row), row["scenario"]) for row in rows} == expected.keys()
    for row in rows:
        share = expected[*cell_of(row), row["scenario"]]
        assert row["marginal_usd"] == share.marginal
        assert (row["attempts"], row["unpriced_attempts"]) == (share.attempts, share.unpriced)
        assert abs(Fraction(row["share_usd"]) - share.share) < Fraction(1, 10**12)
    assert cells(rows, "share_usd") == cells(rows, "marginal_usd")


def cells(rows: Rows, column: str) -> dict[Cell, Decimal]:
    """The sum of a column of each cell."""
    found: dict[Cell, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[cell_of(row)] += row[column]
    return dict(found)


@settings(max_examples=8)
@given(calls=calls_of())
def test_a_scenario_that_cuts_nothing_changes_nothing(savings: Savings, calls: list[Call]) -> None:
    nothing = {"lever": "output_length", "feature": "f", "less_permille": number(0)}
    others = {name: said for name, said in CHOSEN.items() if said["lever"] != "output_length"}
    without = told(portfolio(savings, calls, others))
    rows = portfolio(savings, calls, {**others, "nothing": nothing})
    kept = [row for row in rows if row["scenario"] != "nothing"]
    assert all(row["share_usd"] == 0 == row["marginal_usd"] for row in rows if row["scenario"] == "nothing")
    assert [(name, marginal) for name, marginal, _ in told(kept)] == [each[:2] for each in without]
    assert all(
        abs(one - other) <= Decimal("1e-12")
        for (*_, one), (*_, other) in zip(told(kept), without, strict=True)
    )


@settings(max_examples=8)
@given(calls=calls_of())
def test_levers_that_only_take_away_save_no_more_together_than_one_by_one(
    savings: Savings, calls: list[Call]
) -> None:
    # Leaving a call out, cutting its answer and halving all its rates: each takes from what the others left.
    # Cached input, which a batch may pay in full, and another model, which may be dearer, do not.
    plain = [each.uses(cache_read_tokens=0) for each in calls]
    only = {name: CHOSEN[name] for name in ("retries", "cache", "cap", "batch")}
    together = sum(row["share_usd"] for row in portfolio(savings, plain, only))
    assert 0 <= together <= sum(row["saving_usd"] for row in savings.of(plain, only))


@settings(max_examples=8)
@given(calls=calls_of(), place=st.integers(0, 12))
def test_parts_of_a_log_save_what_the_whole_does(savings: Savings, calls: list[Call], place: int) -> None:
    # Of levers that look at one attempt at a time: no percentile, no cache, no count of escalations.
    only = {name: CHOSEN[name] for name in ("retries", "cap", "batch")}
    whole = portfolio(savings, calls, only)
    parts = [row for part in (calls[:place], calls[place:]) if part for row in portfolio(savings, part, only)]
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in parts:
        sums[*cell_of(row), row["scenario"]] += row["marginal_usd"]
    assert sums == {(*cell_of(row), row["scenario"]): row["marginal_usd"] for row in whole}
    assert cells(parts, "share_usd") == cells(whole, "share_usd")


@settings(max_examples=8)
@given(calls=calls_of(), random=st.randoms(use_true_random=False))
def test_the_order_of_the_file_moves_margins_and_nothing_else(
    savings: Savings, calls: list[Call], random: Random
) -> None:
    one_each = {name: said for name, said in CHOSEN.items() if name != "median"}
    names = list(one_each)
    random.shuffle(names)
    rows = portfolio(savings, calls, one_each)
    turned = portfolio(savings, calls, {name: one_each[name] for name in names})
    assert [(cell_of(row), row["scenario"], row["share_usd"]) for row in turned] == [
        (cell_of(row), row["scenario"], row["share_usd"]) for row in rows
    ]
    assert cells(turned, "marginal_usd") == cells(rows, "marginal_usd")
