"""What a cost is made of: every driver by hand, the chain against a slow program, and nothing is lost."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.analysis.norms import NO_NORMS, Norms
from tests.analysis.conftest import Analysis, Call, Rows
from tests.analysis.driven import drivers

MART = "mart_cost_drivers"
MINI, LONG, SONNET = "openai/gpt-5.4-mini", "openai/gpt-5.4", "anthropic/claude-sonnet-4-6"
NORMS = {
    "f": {"output_tokens": 100, "input_tokens": 1000, "adequate_model": "openai/gpt-5.4-nano"},
    "h": {"input_tokens": 300, "adequate_model": "anthropic/claude-haiku-4-5"},
}
PLAIN = {"uncached_input_tokens": 1000, "output_tokens": 100}
"""Of gpt-5.4-mini: 1,000 at 0.75 and 100 at 4.50 dollars a million, 0.00075 + 0.00045 = 0.0012."""


def driven(
    analysis: Analysis, calls: Sequence[Call], norms: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, tuple[int, int, Decimal | None]]:
    """Attempts, tokens and cost of each driver that is not nothing."""
    rows = analysis.of(MART, analysis.facts(calls), Norms(norms or {}))
    return {
        row["driver"]: (row["attempts"], row["tokens"], row["cost_usd"])
        for row in rows
        if row["attempts"] or row["cost_usd"]
    }


def usd(text: str) -> Decimal:
    return Decimal(text)


def test_a_retry_and_a_failure_are_taken_whole_and_once(analysis: Analysis) -> None:
    calls = [
        Call(PLAIN, said={"status": "error"}),
        Call(PLAIN, said={"status": "error", "attempt": 2, "request_id": "r0"}),
        Call(PLAIN, said={"attempt": 3, "request_id": "r0"}),
        Call(PLAIN, said={"status": "cancelled"}),
    ]
    assert driven(analysis, calls) == {
        "failures": (2, 2200, usd("0.0024")),
        "retries": (2, 2200, usd("0.0024")),
    }


def test_calls_of_a_trace_after_its_first_are_a_loop(analysis: Analysis) -> None:
    # The trace's first good call is the one at 10; a failed one before it is a failure, not the first.
    calls = [
        Call(PLAIN, seconds=5, said={"trace_id": "a", "status": "error"}),
        Call(PLAIN, seconds=20, said={"trace_id": "a"}),
        Call(PLAIN, seconds=10, said={"trace_id": "a"}),
        Call(PLAIN, seconds=30, said={"trace_id": "a"}),
        Call(PLAIN, seconds=40, said={"trace_id": "alone"}),
        Call(PLAIN, seconds=50),
        Call(PLAIN, seconds=60),
    ]
    assert driven(analysis, calls) == {
        "later_calls_of_trace": (2, 2200, usd("0.0024")),
        "baseline": (4, 4400, usd("0.0048")),
        "failures": (1, 1100, usd("0.0012")),
    }


def test_reasoning_comes_before_the_rest_of_a_verbose_answer(analysis: Analysis) -> None:
    # 700 out: 300 are reasoning, of the 400 that one can read 100 are normal. 4.50 dollars a million.
    call = Call({"uncached_input_tokens": 1000, "output_tokens": 700}, said={"reasoning_tokens": 300})
    assert driven(analysis, [call], {"f": {"output_tokens": 100}}) == {
        "baseline": (1, 1100, usd("0.0012")),
        "reasoning": (1, 300, usd("0.00135")),
        "verbose_outputs": (1, 300, usd("0.00135")),
    }


def test_a_long_input_is_cut_from_its_end(analysis: Analysis) -> None:
    # 5,000 read at 0.075 and 2,000 sent anew at 0.75; beyond 4,000 are the 2,000 and 1,000 of those read.
    call = Call({"cache_read_tokens": 5000, "uncached_input_tokens": 2000})
    assert driven(analysis, [call], {"f": {"input_tokens": 4000}}) == {
        "baseline": (1, 4000, usd("0.0003")),
        "long_inputs": (1, 3000, usd("0.001575")),
    }


def test_the_surcharge_of_a_long_context_stands_apart(analysis: Analysis) -> None:
    # gpt-5.4 beyond 272,000 tokens: 5 instead of 2.50 in, 22.50 instead of 15 out, dollars a million.
    call = Call({"uncached_input_tokens": 300_000, "output_tokens": 1000}, LONG)
    assert driven(analysis, [call], {"f": {"input_tokens": 200_000}}) == {
        "baseline": (1, 201_000, usd("0.515")),
        "long_context": (1, 0, usd("0.7575")),
        "long_inputs": (1, 100_000, usd("0.25")),
    }


def test_writes_beyond_all_reads_were_surely_read_by_nobody(analysis: Analysis) -> None:
    # 3,000 written, 1,000 read: at least 2,000 were never read. They cost 3.75 a million instead of 3.
    calls = [
        Call({"cache_write_5m_tokens": 3000, "output_tokens": 0}, SONNET),
        Call({"cache_read_tokens": 1000, "output_tokens": 0}, SONNET),
    ]
    found = driven(analysis, calls)
    assert found["unread_cache_writes"] == (1, 2000, usd("0.0015"))
    # 1,000 written at 3.75, 2,000 sent at 3, 1,000 read at 0.30; the 2,000 tokens stand in their driver.
    assert found["baseline"] == (2, 2000, usd("0.01005"))


def test_a_loop_that_reads_what_the_first_call_wrote_is_a_reader(analysis: Analysis) -> None:
    calls = [
        Call({"cache_write_5m_tokens": 3000}, SONNET, said={"trace_id": "a"}),
        Call({"cache_read_tokens": 3000}, SONNET, seconds=9, said={"trace_id": "a"}),
    ]
    assert "unread_cache_writes" not in driven(analysis, calls)


def test_the_adequate_model_is_the_measure_of_size(analysis: Analysis) -> None:
    # gpt-5.4-nano: 0.20 in and 1.25 out dollars a million, 0.0002 + 0.000125 = 0.000325.
    assert driven(analysis, [Call(PLAIN)], {"f": {"adequate_model": "openai/gpt-5.4-nano"}}) == {
        "baseline": (1, 1100, usd("0.000325")),
        "model_size": (1, 0, usd("0.000875")),
    }


def test_a_dearer_adequate_model_makes_no_negative_size(analysis: Analysis) -> None:
    assert driven(analysis, [Call(PLAIN)], {"f": {"adequate_model": LONG}}) == {
        "baseline": (1, 1100, usd("0.0012"))
    }


def test_a_step_without_a_price_is_counted_and_its_cost_stays_in_the_baseline(analysis: Analysis) -> None:
    # gpt-5.4-nano has no rate for a cache write of an hour.
    norms = Norms({"f": {"adequate_model": "openai/gpt-5.4-nano"}})
    facts = analysis.facts([Call({"cache_write_1h_tokens": 100, "cache_read_tokens": 100}, SONNET)])
    rows = {row["driver"]: row for row in analysis.of(MART, facts, norms)}
    assert (rows["model_size"]["cost_usd"], rows["model_size"]["unpriced_attempts"]) == (None, 1)
    assert rows["baseline"]["cost_usd"] == facts[0]["cost_usd"] == usd("0.00063")


def test_an_attempt_without_a_price_has_its_own_driver(analysis: Analysis) -> None:
    rows = analysis.of(MART, analysis.facts([Call(PLAIN, "openai/nobody-knows-it")]), NO_NORMS)
    assert [(row["driver"], row["attempts"], row["tokens"], row["cost_usd"]) for row in rows] == [
        ("unpriced", 1, 1100, None)
    ]


COUNTS = st.sampled_from([0, 1, 150, 999, 1001, 4000])
METERS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens", "output_tokens",
)  # fmt: skip


@st.composite
def any_call(draw: st.DrawFn) -> Call:
    """A call of some model, feature, tier, trace and outcome."""
    name = draw(st.sampled_from([MINI, LONG, SONNET, "openai/nobody-knows-it"]))
    writes = name == SONNET
    units = {m: draw(COUNTS) for m in METERS if writes or "write" not in m}
    if name == LONG and draw(st.booleans()):
        units["uncached_input_tokens"] = 300_000
    return Call(
        units,
        name,
        seconds=draw(st.integers(0, 99)),
        tier=draw(st.sampled_from(["standard", "batch"])),
        said={
            "attempt": draw(st.sampled_from([1, 1, 1, 2])),
            "status": draw(st.sampled_from(["success", "success", "success", "error"])),
            "trace_id": draw(st.sampled_from([None, "a", "b"])),
            "feature": draw(st.sampled_from(["f", "g", "h"])),
            "reasoning_tokens": draw(st.integers(0, units["output_tokens"])),
        },
    )


@settings(max_examples=25)
@given(calls=st.lists(any_call(), min_size=1, max_size=12))
def test_drivers_are_those_of_the_slow_chain_and_sum_to_the_cost(
    analysis: Analysis, calls: list[Call]
) -> None:
    facts = analysis.facts(calls)
    rows = analysis.of(MART, facts, Norms(NORMS))
    found = {
        (r["team"], r["feature"], r["provider"], r["model"], r["driver"]): Fraction(r["cost_usd"])
        for r in rows
        if r["cost_usd"]
    }
    expected = {key: cost for key, cost in drivers(analysis.oracle, facts, NORMS).items() if cost}
    assert found == expected
    assert added(rows, "cost_usd") == added(facts, "cost_usd")
    assert added(rows, "tokens") == added(facts, "tokens")


def added(rows: Rows, column: str) -> Decimal | int:
    return sum(row[column] for row in rows if row[column] is not None)


@pytest.mark.parametrize("said", ["feature", "team"])
def test_a_feature_of_two_owners_has_its_drivers_in_both(analysis: Analysis, said: str) -> None:
    calls = [Call(PLAIN), Call(PLAIN, said={said: "other"})]
    rows = analysis.of(MART, analysis.facts(calls), NO_NORMS)
    assert [r["cost_usd"] for r in rows if r["driver"] == "baseline"] == [usd("0.0012"), usd("0.0012")]
