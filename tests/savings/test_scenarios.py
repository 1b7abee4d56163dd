"""Scenarios in SQL: cases a reader can add up, and a slow program that agrees on generated logs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.savings.conftest import Rows, Savings
from tests.savings.replaced import WHERE, Call, Sum, outcome

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINI, GPT_4O = "gpt-5.4-mini", "gpt-4o"
SONNET, HAIKU = "claude-sonnet-4-6", "claude-haiku-4-5"
MICROSECOND = timedelta(microseconds=1)


def number(value: int) -> dict[str, Any]:
    """A number of scenarios.yml."""
    return {"value": value, "low": 0, "high": 10**9, "source": "test"}


BATCH = {"lever": "batch", "may_wait": ["nightly"]}
RETRIES = {"lever": "retries"}
CACHE = {"lever": "answer_cache", "ttl_seconds": number(60)}
CAP = {"lever": "output_length", "feature": "f", "cap": 100}
MEDIAN = {"lever": "output_length", "feature": "f", "cap": "p50"}
SHORTER = {"lever": "output_length", "feature": "f", "less_permille": number(200)}
ROUTE = {
    "lever": "routing", "route_class": "simple", "from": f"anthropic/{SONNET}", "to": f"anthropic/{HAIKU}",
    "input_permille": number(1300), "output_permille": number(900), "escalated_permille": number(400),
    "classifier": f"openai/{MINI}", "classifier_output_tokens": number(5),
}  # fmt: skip
TO_SONNET_5 = {
    "lever": "routing", "from": f"anthropic/{SONNET}", "to": "anthropic/claude-sonnet-5", "feature": "f",
    "where": next(iter(WHERE)), "escalated_permille": number(0),
}  # fmt: skip
TO_NANO = {
    "lever": "routing", "from": f"openai/{MINI}", "to": "openai/gpt-5.4-nano",
    "quality_floors_permille": [900, 800], "escalated_permille": number(0),
}  # fmt: skip
SMALLER, NEWER = ({"lever": "equivalent", "relation": relation} for relation in ("smaller", "newer"))
ALL = {
    "batch": BATCH, "retries": RETRIES, "cache": CACHE, "cap": CAP, "median": MEDIAN, "shorter": SHORTER,
    "route": ROUTE, "to_sonnet_5": TO_SONNET_5, "to_nano": TO_NANO, "smaller": SMALLER, "newer": NEWER,
}  # fmt: skip


def result(feature: str, route_class: str, quality: int, **more: str) -> dict[str, str]:
    """A line of evaluations.csv about gpt-5.4-nano, known since June."""
    return {
        "feature": feature, "route_class": route_class, "provider": "openai", "model": "gpt-5.4-nano",
        "quality_permille": str(quality), "answers": "100", "valid_from": "2026-06-01", "valid_to": "",
        "known_from": "", "known_to": "", "source": "test", "note": "", **more,
    }  # fmt: skip


EVALUATIONS = [result("f", "", 850), result("", "simple", 950), result("nightly", "", 900)]


def call(
    name: str, model: str = MINI, *, at: datetime = NOON, uncached: int = 1000, output: int = 200,
    units: Mapping[str, int] | None = None, **more: Any,
) -> Call:  # fmt: skip
    """A call of one second that ends at `at`: with gpt-5.4-mini 0.00075 + 0.0009 = 0.00165 USD."""
    provider = "anthropic" if model in (SONNET, HAIKU) else "openai"
    counts = {"uncached_input_tokens": uncached, "output_tokens": output, **(units or {})}
    return Call(name, at - timedelta(seconds=1), at, provider, model, counts, **more)


def only(rows: Rows) -> tuple[Decimal, Decimal, Decimal, int, int]:
    """The numbers of the one row."""
    assert len(rows) == 1
    row = rows[0]
    return (
        row["baseline_usd"], row["counterfactual_usd"], row["saving_usd"], row["attempts"],
        row["unpriced_attempts"],
    )  # fmt: skip


def test_a_call_that_can_wait_a_day_costs_half_on_the_batch_tier(savings: Savings) -> None:
    calls = [
        call("waits", deadline_seconds=86_400),
        call("cannot", deadline_seconds=86_399),
        call("says nothing"),
    ]
    assert only(savings.of(calls, {"batch": BATCH})) == (
        Decimal("0.00165"), Decimal("0.000825"), Decimal("0.000825"), 1, 0,
    )  # fmt: skip


def test_a_feature_of_the_file_can_wait_though_its_rows_do_not_say_so(savings: Savings) -> None:
    calls = [
        call("nightly", feature="nightly"),
        call("other"),
        call("failed", feature="nightly", status="error"),
    ]
    assert only(savings.of(calls, {"batch": BATCH}))[2:] == (Decimal("0.000825"), 1, 0)


def test_a_batch_without_a_cached_rate_pays_cached_tokens_in_full(savings: Savings) -> None:
    cached = call("cached", GPT_4O, deadline_seconds=86_400, units={"cache_read_tokens": 1000})
    # Paid: 1,000 * 2.50 + 1,000 * 1.25 + 200 * 10; batch: 2,000 * 1.25 + 200 * 5, in millionths of a dollar.
    assert only(savings.of([cached], {"batch": BATCH}))[:2] == (Decimal("0.00575"), Decimal("0.0035"))


def test_attempts_after_the_first_would_not_have_been_made(savings: Savings) -> None:
    calls = [call("r"), call("r", attempt=2, at=NOON + MICROSECOND), call("r", attempt=3, status="error")]
    rows = savings.of(calls, {"retries": RETRIES})
    assert only(rows) == (Decimal("0.0033"), Decimal(0), Decimal("0.0033"), 2, 0)
    assert rows[0]["kind"] == "ceiling"


@pytest.mark.parametrize(
    ("after", "served"),
    [
        (MICROSECOND, True),
        (timedelta(0), False),
        (timedelta(seconds=60), True),
        (timedelta(seconds=60) + MICROSECOND, False),
    ],
)
def test_an_answer_is_served_again_until_its_time_is_over(
    savings: Savings, after: timedelta, *, served: bool
) -> None:
    # The second asks `after` the end of the first.
    first = call("first", request_hash="h")
    second = call("second", request_hash="h", at=NOON + after + timedelta(seconds=1))
    rows = savings.of([first, second], {"cache": CACHE})
    assert [row["saving_usd"] for row in rows] == [Decimal("0.00165")] * served


def test_no_answer_is_shared_between_features_or_models_or_by_failures(savings: Savings) -> None:
    calls = [
        call("a", request_hash="h"),
        call("b", request_hash="h", feature="g", at=NOON + timedelta(seconds=5)),
        call("c", GPT_4O, request_hash="h", at=NOON + timedelta(seconds=5)),
        call("d", request_hash="e", status="error"),
        call("e", request_hash="e", at=NOON + timedelta(seconds=5)),
        call("no start", request_hash="n"),
    ]
    assert savings.of(calls, {"cache": CACHE}) == []


def test_a_cap_cuts_what_is_above_it_and_no_reasoning(savings: Savings) -> None:
    # 300 output tokens, 50 of them reasoning: 250 are seen, 100 stay, so 150 at 4.50 a million are saved.
    calls = [call("long", output=300, reasoning=50), call("short", output=90)]
    assert only(savings.of(calls, {"cap": CAP}))[2:] == (Decimal("0.000675"), 2, 0)


def test_a_percentile_is_that_of_the_features_own_answers(savings: Savings) -> None:
    # The second of 100, 200, 300, 1000 is the median by nearest rank: 100 + 800 tokens at 4.50 are saved.
    calls = [call(str(output), output=output) for output in (1000, 100, 300, 200)]
    others = [call("other", feature="g", output=10_000)]
    assert only(savings.of([*calls, *others], {"median": MEDIAN}))[2:] == (Decimal("0.00405"), 4, 0)


def test_a_fifth_less_rounds_what_is_cut_down(savings: Savings) -> None:
    # A fifth of 204 is 40.8: 40 are cut.
    assert only(savings.of([call("x", output=204)], {"shorter": SHORTER}))[2] == Decimal("0.00018")


def test_routing_pays_the_new_model_the_classifier_and_the_old_one_where_it_escalates(
    savings: Savings,
) -> None:
    calls = [
        call(f"r{n}", SONNET, at=NOON + n * MICROSECOND, route_class="simple",
             units={"cache_read_tokens": 1000})
        for n in range(3)
    ]  # fmt: skip
    # Paid by Sonnet 4.6: 1,000 * 3 + 1,000 * 0.30 + 200 * 15 = 6,300 millionths, three times.
    # Haiku 4.5: 2,600 * 1 + 180 * 5 = 3,500; the classifier: 2,600 * 0.75 + 5 * 4.50 = 1,972.5; and of 1,000
    # calls 400 escalate, so the third of three pays 6,300 again.
    assert only(savings.of(calls, {"route": ROUTE})) == (
        Decimal("0.0189"), Decimal("0.0227175"), Decimal("-0.0038175"), 3, 0,
    )  # fmt: skip


def test_routing_pays_the_classifier_for_calls_that_stay_too(savings: Savings) -> None:
    calls = [
        call("simple", SONNET, route_class="simple"),
        call("complex", SONNET, route_class="complex"),
        call("nobody's", SONNET),
        call("failed", SONNET, status="error"),
        call("other model", HAIKU),
    ]
    # Each of the three answers of Sonnet 4.6 cost 1,000 * 3 + 200 * 15 = 6,000 millionths. The classifier
    # reads each of them, 1,300 * 0.75 + 5 * 4.50 = 997.5; the simple one is answered by Haiku 4.5,
    # 1,300 * 1 + 180 * 5 = 2,200; the two others are answered as before.
    route = ROUTE | {"escalated_permille": number(0)}
    assert only(savings.of(calls, {"route": route})) == (
        Decimal("0.018"), Decimal("0.0171925"), Decimal("0.0008075"), 3, 0,
    )  # fmt: skip
    # A rule that needs no classifier costs nothing where it does not take a call.
    by_rule = {key: said for key, said in route.items() if not key.startswith("classifier")}
    assert only(savings.of(calls, {"route": by_rule})) == (
        Decimal("0.006"), Decimal("0.0022"), Decimal("0.0038"), 1, 0,
    )  # fmt: skip


def test_a_classifier_reads_only_the_calls_of_the_feature_that_the_routing_is_for(savings: Savings) -> None:
    calls = [
        call("simple", SONNET, route_class="simple"),
        call("elsewhere", SONNET, feature="g", route_class="complex"),
    ]
    route = ROUTE | {"escalated_permille": number(0), "feature": "f"}
    assert only(savings.of(calls, {"route": route}))[3:] == (1, 0)


def test_at_a_quality_floor_a_classifier_reads_what_could_be_good_enough(savings: Savings) -> None:
    route = TO_NANO | {
        "route_class": "simple", "classifier": "openai/gpt-5.4-nano", "classifier_output_tokens": number(5),
        "quality_floors_permille": [900],
    }  # fmt: skip
    evaluated = [result("f", "simple", 950), result("g", "", 400), result("h", "complex", 990)]
    calls = [
        call("taken", feature="f", route_class="simple"),
        call("may have been simple", feature="f", route_class="complex"),
        call("never good enough", feature="g", route_class="simple"),
        call("not the class asked for", feature="h", route_class="complex"),
    ]
    rows = savings.of(calls, {"x": route}, evaluations=evaluated)
    read = {
        name: sum(row["attempts"] for row in rows if row["scenario"] == name) for name in ("x", "x_at_900")
    }
    assert read == {"x": 4, "x_at_900": 2}


def test_a_routing_that_takes_a_call_comes_before_one_that_only_reads_it(savings: Savings) -> None:
    first = ROUTE | {"escalated_permille": number(0), "route_class": "never"}
    second = ROUTE | {"escalated_permille": number(0)}
    rows = savings.of(
        [call("simple", SONNET, route_class="simple")], {"first": first, "second": second}, "sav_portfolio"
    )
    assert [row["scenario"] for row in rows] == ["second"]


def test_what_has_no_price_on_either_side_is_counted_and_not_guessed(savings: Savings) -> None:
    calls = [
        call("unknown", "nobody-knows-it", deadline_seconds=86_400),
        call("no batch", "gpt-5.4-mini-2026-03-17", deadline_seconds=86_400, tier="standard",
             units={"audio_input_tokens": 5}),
    ]  # fmt: skip
    rows = savings.of(calls, {"batch": BATCH})
    assert [(row["saving_usd"], row["attempts"], row["unpriced_attempts"]) for row in rows] == [
        (Decimal(0), 1, 1),
        (Decimal(0), 1, 1),
    ]


def test_no_scenario_is_no_row(savings: Savings) -> None:
    assert savings.of([call("a", deadline_seconds=86_400, attempt=2)], {}) == []


counts = st.integers(0, 3000)
CHAIN = [{"hash": "a", "tokens": 1100}, {"hash": "b", "tokens": 2100}, {"hash": "c", "tokens": 4200}]
moments = st.integers(0, 200).map(lambda half: NOON + half * timedelta(seconds=0.5))


@st.composite
def calls_of(draw: st.DrawFn) -> list[Call]:
    """A few calls close together, of few models, features and hashes."""
    found = []
    for index in range(draw(st.integers(1, 12))):
        model = draw(st.sampled_from([MINI, GPT_4O, SONNET, HAIKU, "nobody-knows-it"]))
        output = draw(counts)
        at = draw(moments)
        found.append(
            call(
                f"r{index}", model, at=at, uncached=draw(st.one_of(counts, st.just(5000))), output=output,
                units={"cache_read_tokens": draw(counts)},
                attempt=draw(st.integers(1, 3)),
                status=draw(st.sampled_from(["success", "success", "error"])),
                tier=draw(st.sampled_from(["standard", "standard", "batch"])),
                feature=draw(st.sampled_from(["f", "nightly"])),
                reasoning=draw(st.integers(0, output)),
                deadline_seconds=draw(st.sampled_from([None, 86_399, 86_400])),
                route_class=draw(st.sampled_from([None, "simple"])),
                request_hash=draw(st.sampled_from([None, "h", "i"])),
                prefixes=CHAIN[: draw(st.integers(0, 3))],
            )
        )  # fmt: skip
    return found


def by_cell(rows: Rows) -> dict[tuple[str, ...], Sum]:
    return {
        (row["scenario"], row["team"], row["feature"], row["provider"], row["model"]): Sum(
            row["baseline_usd"], row["counterfactual_usd"], row["attempts"], row["unpriced_attempts"]
        )
        for row in rows
    }


@settings(max_examples=25)
@given(calls=calls_of())
def test_the_slow_program_agrees_to_the_last_digit(savings: Savings, calls: Sequence[Call]) -> None:
    rows = savings.of(calls, ALL, evaluations=EVALUATIONS)
    assert by_cell(rows) == outcome(calls, ALL, savings.oracle, EVALUATIONS)
    assert all(row["saving_usd"] == row["baseline_usd"] - row["counterfactual_usd"] for row in rows)


@settings(max_examples=8)
@given(calls=calls_of(), order=st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_other_scenarios_change_a_scenario(
    savings: Savings, calls: list[Call], order: Any
) -> None:
    together = savings.of(calls, ALL, evaluations=EVALUATIONS)
    shuffled = list(calls)
    order.shuffle(shuffled)
    assert savings.of(shuffled, ALL, evaluations=EVALUATIONS) == together
    name = order.choice(sorted(ALL))
    mine = [row for row in together if row["scenario"].partition("_at_")[0] == name]
    assert savings.of(calls, {name: ALL[name]}, evaluations=EVALUATIONS) == mine
