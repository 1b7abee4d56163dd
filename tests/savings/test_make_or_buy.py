"""Capacity against calls: days a reader can add up, and a slow program that agrees on generated days."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.savings.capacity import GPU, PERSON, UNIT, Capacities, Rows, number
from tests.savings.fleet import SIDES, Option, break_even, busy_permille, demand, make_or_buy, served
from tests.savings.replaced import Call

DAY = datetime(2026, 7, 1, tzinfo=UTC)
MINI, GPT_4O, NANO = "gpt-5.4-mini", "gpt-4o", "gpt-5.4-nano"

# A GPU reads 3,600,000 tokens or writes 360,000 in an hour.
FLEET: dict[str, Any] = {
    "lever": "self_hosting", "serves": [f"openai/{MINI}", f"openai/{GPT_4O}"], "gpu": GPU,
    "gpus_per_unit": number(1), "prefill_tokens_per_second": number(1000),
    "decode_tokens_per_second": number(100), "utilisation_permille": number(1000),
    "cached_prefill_permille": number(500), "least_units": number(1), "spare_units": number(0),
}  # fmt: skip
STAFFED = {**FLEET, "people": PERSON, "people_hours_per_month": number(62)}
# A unit reads 60,000 tokens or writes 6,000 in an hour.
UNITS: dict[str, Any] = {
    "lever": "dedicated", "serves": [f"openai/{MINI}"], "unit": UNIT, "units_per_step": number(1),
    "prefill_tokens_per_minute": number(1000), "decode_tokens_per_minute": number(100),
    "utilisation_permille": number(1000), "cached_prefill_permille": number(0), "least_units": number(0),
}  # fmt: skip


def call(minute: int, model: str = MINI, *, uncached: int = 0, output: int = 0, **units: int) -> Call:
    """A call that ends at a minute of the day."""
    at = DAY + timedelta(minutes=minute)
    counts = {"uncached_input_tokens": uncached, "output_tokens": output, **units}
    return Call(f"r{minute}-{model}-{uncached}-{output}", at, at, "openai", model, counts)


def by_model(rows: Rows, approach: str, column: str = "counterfactual_usd") -> dict[str, Any]:
    return {row["model"]: row[column] for row in rows if row["approach"] == approach}


def test_a_fixed_fleet_is_that_of_the_peak_hour_and_an_autoscaled_one_follows(capacities: Capacities) -> None:
    # Hour 9: 3.6 million read and 360,000 written fill two GPUs; hour 10: one token more than one GPU reads.
    calls = [call(540, uncached=3_600_000), call(541, output=360_000), call(600, uncached=3_600_001)]
    rows = capacities.of(calls, {"fleet": FLEET})
    # Two GPUs for 24 hours at 2 dollars; two GPUs in two hours and one in 22.
    assert by_model(rows, "self_hosted_fixed") == {MINI: Decimal(96), "*": Decimal(96)}
    assert by_model(rows, "self_hosted_autoscaled") == {MINI: Decimal(52), "*": Decimal(52)}
    assert by_model(rows, "self_hosted_fixed", "units") == {MINI: 2, "*": 2}
    assert by_model(rows, "self_hosted_autoscaled", "unit_hours")["*"] == 26
    # 7,200,001 tokens at 0.75 and 360,000 at 4.50 dollars a million.
    assert rows[0]["baseline_usd"] == Decimal("7.02000075")
    assert rows[0]["saving_usd"] == rows[0]["baseline_usd"] - rows[0]["counterfactual_usd"]
    assert {row["kind"] for row in rows} == {"bound"}


def test_spare_units_and_people_are_paid_around_the_clock(capacities: Capacities) -> None:
    staffed = {**STAFFED, "spare_units": number(1), "gpus_per_unit": number(2)}
    rows = capacities.of([call(540, output=10)], {"fleet": staffed})
    # Two copies on two GPUs each for 24 hours at 2 dollars, and 62 / 31 hours of people at 50 dollars.
    assert by_model(rows, "self_hosted_fixed")["*"] == Decimal(192 + 100)
    assert by_model(rows, "self_hosted_fixed", "people_hours")["*"] == 2
    assert by_model(rows, "self_hosted_fixed", "units")["*"] == 4


def test_models_that_share_a_fleet_need_less_than_one_fleet_each(capacities: Capacities) -> None:
    calls = [call(0, uncached=1_800_000), call(0, GPT_4O, uncached=1_800_000), call(0, NANO, output=10**9)]
    rows = capacities.of(calls, {"fleet": FLEET})
    assert by_model(rows, "self_hosted_fixed", "units") == {MINI: 1, GPT_4O: 1, "*": 1}


def test_what_was_cached_is_read_again_in_part(capacities: Capacities) -> None:
    # Half of 7,200,000 cached tokens fill one GPU; with one token more they do not fit.
    assert by_model(
        capacities.of([call(0, cache_read_tokens=7_200_000)], {"f": FLEET}), "self_hosted_fixed", "units"
    ) == {MINI: 1, "*": 1}
    assert by_model(
        capacities.of([call(0, cache_read_tokens=7_200_001)], {"f": FLEET}), "self_hosted_fixed", "units"
    ) == {MINI: 2, "*": 2}


def test_the_range_is_that_of_the_ends_of_every_number(capacities: Capacities) -> None:
    wide = {
        **STAFFED, "decode_tokens_per_second": number(100, 50, 200), "spare_units": number(1, 0, 2),
        "people_hours_per_month": number(62, 0, 310),
    }  # fmt: skip
    rows = capacities.of([call(0, output=720_000)], {"fleet": wide})
    # Of GPUs 2 + 1, 1 + 0 and 4 + 2; of people 2, 0 and 10 hours.
    columns = ("counterfactual_usd", "counterfactual_low_usd", "counterfactual_high_usd")
    found = [by_model(rows, "self_hosted_fixed", column)["*"] for column in columns]
    assert found == [144 + 100, 48, 288 + 500]


def test_the_best_number_of_units_leaves_rare_peaks_to_the_api(capacities: Capacities) -> None:
    # gpt-5.4-mini: 6,000 tokens of output cost 0.027 dollars and fill a unit for an hour, which costs 0.50.
    dear = {**UNITS, "decode_tokens_per_minute": number(1_000_000)}
    calls = [call(hour * 60, output=60_000_000) for hour in range(3)] + [call(1, output=60_000_000)]
    rows = capacities.of(calls, {"units": dear})
    # One unit for 24 hours is 12 dollars; a call is 270 dollars and fills a unit for an hour. The first hour
    # has two calls, so two units carry everything.
    assert by_model(rows, "dedicated") == {MINI: Decimal(24), "*": Decimal(24)}
    cheap = capacities.of([call(0, output=6_000), call(1, output=6_000)], {"units": UNITS})
    assert by_model(cheap, "dedicated") == {MINI: Decimal("0.054"), "*": Decimal("0.054")}
    assert by_model(cheap, "dedicated", "overflow_attempts")["*"] == 2
    assert by_model(cheap, "dedicated", "units")["*"] == 0


def test_a_least_commitment_is_paid_and_used(capacities: Capacities) -> None:
    committed = {**UNITS, "units_per_step": number(5), "least_units": number(12)}
    rows = capacities.of([call(0, output=90_000), call(1, output=1)], {"units": committed})
    # Three steps of five: 15 units write 90,000 tokens an hour; one more overflows at 4.50 a million.
    assert by_model(rows, "dedicated")["*"] == Decimal(15 * 12) + Decimal("0.0000045")
    assert by_model(rows, "dedicated", "units")["*"] == 15


def test_break_even_is_where_the_api_costs_what_the_fleet_does(capacities: Capacities) -> None:
    # A million tokens of output a day cost 4.50 dollars. Spread evenly, one GPU writes 8.64 million a day.
    calls = [call(hour * 60, output=41_666) for hour in range(24)]
    level = break_evens(capacities, calls, FLEET)["level"]
    # A day of one GPU is 48 dollars: 48 / 4.50 are 10.67 million, more than it writes in a day.
    assert (level["break_even_tokens"], level["no_break_even_reason"]) == (
        None, "a_full_unit_costs_more_than_the_api",
    )  # fmt: skip
    assert level["break_even_permille"] == 1235
    faster = {**STAFFED, "decode_tokens_per_second": number(200), "people_hours_per_month": number(310)}
    level = break_evens(capacities, calls, faster)["level"]
    # 17.28 million tokens a day of a GPU cost 77.76 by the API, 29.76 more than the GPU; ten hours of people
    # are 500 dollars, so it takes 17 GPUs: 17 * 48 + 500 = 1,316 dollars, which buy 292,444,444.4 tokens.
    assert level["break_even_units"] == 17
    assert level["break_even_tokens"] == 292_444_445
    assert level["break_even_permille"] == 618


def test_a_peak_makes_break_even_later_than_a_level_load(capacities: Capacities) -> None:
    fast = {**FLEET, "decode_tokens_per_second": number(1000)}
    calls = [call(hour * 60, output=100_000 if hour else 200_000) for hour in range(24)]
    found = break_evens(capacities, calls, {**fast, "spare_units": number(3)})
    assert found["logged"]["break_even_tokens"] >= found["level"]["break_even_tokens"]


def break_evens(capacities: Capacities, calls: Sequence[Call], option: Mapping[str, Any]) -> dict[str, Any]:
    """The rows for all models of one option by shape of load."""
    rows = capacities.of(calls, {"o": option}, "sav_capacity_break_even")
    return {row["load_shape"]: row for row in rows if row["model"] == "*"}


def test_calls_that_no_text_model_serves_stay_where_they_are(capacities: Capacities) -> None:
    calls = [call(0, output=10), call(1, output=10, audio_input_tokens=5), call(2, web_search_requests=1)]
    [hour] = capacities.of(calls, {}, "sav_demand_hourly")
    assert (hour["hour"], hour["attempts"], hour["decode_tokens"]) == (0, 1, 10)


def test_calls_without_a_price_are_counted_and_on_neither_side(capacities: Capacities) -> None:
    unknown = Call("u", DAY, DAY, "openai", "nobody-knows-it", {"output_tokens": 10**9})
    option = {**FLEET, "serves": [f"openai/{MINI}", "openai/nobody-knows-it"]}
    rows = capacities.of([call(0, output=10), unknown], {"fleet": option})
    assert by_model(rows, "self_hosted_fixed", "unpriced_attempts") == {"nobody-knows-it": 1, MINI: 0, "*": 1}
    assert by_model(rows, "self_hosted_fixed", "units")["*"] == 1


def test_capacity_without_a_rate_has_no_cost_and_says_why(capacities: Capacities) -> None:
    before = Call("early", *[DAY - timedelta(days=20)] * 2, "openai", MINI, {"output_tokens": 10})
    rows = capacities.of([before], {"fleet": STAFFED})
    assert {(row["counterfactual_usd"], row["unpriced_reason"]) for row in rows} == {
        (None, "no_rate_for_people_hours")
    }
    found = break_evens(capacities, [before], FLEET)["level"]
    assert (found["break_even_tokens"], found["no_break_even_reason"]) == (None, "no_rate_for_gpu_hours")


@pytest.mark.parametrize("name", ["sav_make_or_buy", "sav_capacity_break_even"])
def test_no_option_is_no_row(capacities: Capacities, name: str) -> None:
    assert capacities.of([call(0, output=10)], {}, name) == []
    assert capacities.of([call(0, NANO, output=10)], {"fleet": FLEET}, name) == []


tokens = st.sampled_from([0, 1, 999, 60_000, 360_000, 1_800_000, 3_600_001, 11_111_111])


@st.composite
def calls_of(draw: st.DrawFn) -> list[Call]:
    """A few calls of few models in few minutes of a day."""
    found = []
    for index in range(draw(st.integers(1, 8))):
        made = call(
            draw(st.sampled_from([0, 1, 59, 60, 600, 601, 1439])),
            draw(st.sampled_from([MINI, GPT_4O, NANO])),
            uncached=draw(tokens), output=draw(tokens), cache_read_tokens=draw(tokens),
        )  # fmt: skip
        found.append(made if index else made.uses(output_tokens=1000))
    return found


@st.composite
def numbers(draw: st.DrawFn, least: int, most: int) -> dict[str, Any]:
    low, value, high = sorted(draw(st.integers(least, most)) for _ in range(3))
    return number(value, low, high)


@st.composite
def options_of(draw: st.DrawFn) -> dict[str, Any]:
    """A fleet and dedicated units, of speeds that make the calls need a few of them."""
    shared = {
        "serves": [f"openai/{MINI}", f"openai/{GPT_4O}"],
        "utilisation_permille": draw(numbers(1, 1000)), "cached_prefill_permille": draw(numbers(0, 1000)),
        "least_units": draw(numbers(0, 7)), "people": PERSON,
        "people_hours_per_month": draw(numbers(0, 200)),
    }  # fmt: skip
    fleet = {
        **shared, "lever": "self_hosting", "gpu": GPU, "gpus_per_unit": number(draw(st.integers(1, 3))),
        "prefill_tokens_per_second": draw(numbers(200_000, 400_000)),
        "decode_tokens_per_second": draw(numbers(100_000, 200_000)), "spare_units": draw(numbers(0, 2)),
    }  # fmt: skip
    units = {
        **shared, "lever": "dedicated", "unit": UNIT, "units_per_step": number(draw(st.integers(1, 5))),
        "prefill_tokens_per_minute": draw(numbers(500_000, 1_000_000)),
        "decode_tokens_per_minute": draw(numbers(300_000, 1_000_000)),
        "utilisation_permille": draw(numbers(100, 1000)),
    }  # fmt: skip
    return {"fleet": fleet, "units": units}


def found_in(rows: Rows) -> dict[tuple[str, str, str], tuple[Fraction, ...]]:
    columns = ("baseline_usd", "counterfactual_usd", "counterfactual_low_usd", "counterfactual_high_usd")
    return {
        (row["scenario"], row["approach"], f"{row['provider']}/{row['model']}"): tuple(
            Fraction(row[column]) for column in columns
        )
        for row in rows
    }


@settings(max_examples=25, deadline=None)
@given(calls=calls_of(), options=options_of())
def test_the_slow_program_agrees_on_every_cost(
    capacities: Capacities, calls: list[Call], options: Mapping[str, Any]
) -> None:
    rows = found_in(capacities.of(calls, options))
    assert rows == make_or_buy(calls, options, capacities.oracle)
    for (option, approach, model), (paid, value, low, high) in rows.items():
        assert low <= value <= high
        if approach == "self_hosted_fixed":
            assert rows[option, "self_hosted_autoscaled", model][1] <= value
        if model == "*/*":
            parts = [row for key, row in rows.items() if key[:2] == (option, approach) and key[2] != "*/*"]
            assert paid == sum(part[0] for part in parts)


@settings(max_examples=15, deadline=None)
@given(calls=calls_of(), options=options_of())
def test_the_slow_program_agrees_on_break_even(
    capacities: Capacities, calls: list[Call], options: Mapping[str, Any]
) -> None:
    rows = {
        (row["scenario"], f"{row['provider']}/{row['model']}", row["load_shape"]): row
        for row in capacities.of(calls, options, "sav_capacity_break_even")
    }
    minutes = demand(calls, capacities.oracle)
    day = calls[0].ended_at.date()
    for name, said in options.items():
        for model, mine in served(said, minutes):
            for shape in ("logged", "level"):
                row = rows.pop((name, model, shape))
                for bound in SIDES:
                    option, end = Option(said, bound, day), "" if bound == "value" else f"{bound}_"
                    assert row[f"break_even_{end}tokens"] == break_even(option, mine, shape)
                    assert row[f"break_even_{end}permille"] == busy_permille(option, mine)
    assert not rows


@settings(max_examples=10, deadline=None)
@given(calls=calls_of(), options=options_of(), more=st.integers(1, 1000))
def test_more_utilisation_never_costs_more(
    capacities: Capacities, calls: list[Call], options: dict[str, Any], more: int
) -> None:
    raised = {
        name: {
            **said,
            "utilisation_permille": number(min(1000, said["utilisation_permille"]["value"] + more)),
        }
        for name, said in options.items()
    }
    before, after = found_in(capacities.of(calls, options)), found_in(capacities.of(calls, raised))
    assert all(after[key][1] <= before[key][1] for key in before)


@settings(max_examples=10, deadline=None)
@given(calls=calls_of(), options=options_of(), steps=st.integers(0, 9))
def test_no_other_number_of_units_costs_less(
    capacities: Capacities, calls: list[Call], options: dict[str, Any], steps: int
) -> None:
    units = options["units"]
    free = {**units, "least_units": number(0)}
    forced = {**units, "least_units": number(steps * units["units_per_step"]["value"])}
    best, other = (found_in(capacities.of(calls, {"units": each})) for each in (free, forced))
    assert all(best[key][1] <= other[key][1] for key in best)


@settings(max_examples=8, deadline=None)
@given(calls=calls_of(), options=options_of(), order=st.randoms(use_true_random=False))
def test_neither_the_order_of_calls_nor_other_options_change_a_row(
    capacities: Capacities, calls: list[Call], options: dict[str, Any], order: Any
) -> None:
    together = capacities.of(calls, options)
    shuffled = list(calls)
    order.shuffle(shuffled)
    assert capacities.of(shuffled, options) == together
    alone = capacities.of(calls, {"fleet": options["fleet"]})
    assert alone == [row for row in together if row["scenario"] == "fleet"]
