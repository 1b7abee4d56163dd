"""Why a cost changed: each part by hand, all against a slow program, and that they sum to the change."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.analysis.periods import Comparison, Period, months
from pipelines.analysis.variance import PARTS
from pipelines.errors import LedgerError
from tests.analysis.conftest import Analysis, Call, Rows
from tests.analysis.varied import parts_of

JULY, AUGUST = Period.of("2026-07-28..2026-07-31"), Period.of("2026-08-01..2026-08-05")
OLD, NEW = date(2026, 7, 29), date(2026, 8, 2)
MINI, NANO, LUNA, SONNET = (
    "openai/gpt-5.4-mini", "openai/gpt-5.4-nano", "openai/gpt-5.6-luna", "anthropic/claude-sonnet-4-6",
)  # fmt: skip
PLAIN = {"uncached_input_tokens": 1000, "output_tokens": 100}
"""Of gpt-5.4-mini: 1,000 at 0.75 and 100 at 4.50 dollars a million, 0.00075 + 0.00045 = 0.0012."""


def changed(analysis: Analysis, earlier: Sequence[Call], later: Sequence[Call]) -> dict[str, Decimal]:
    """The parts of the change of the one feature that are not nothing."""
    old = [Call(c.units, c.name, c.seconds, OLD, c.tier, c.said) for c in earlier]
    new = [Call(c.units, c.name, c.seconds, NEW, c.tier, c.said) for c in later]
    [row] = analysis.varied(analysis.facts([*old, *new]), JULY, AUGUST)
    assert sum(row[part] for part in PARTS) == row["change_usd"]
    return {part: row[part] for part in PARTS if row[part]}


def usd(text: str) -> Decimal:
    return Decimal(text)


def test_three_calls_instead_of_one_are_volume(analysis: Analysis) -> None:
    found = changed(analysis, [Call(PLAIN)], [Call(PLAIN)] * 3)
    assert found == {"volume_usd": usd("0.0024")}


def test_another_model_is_model_mix(analysis: Analysis) -> None:
    # gpt-5.4-nano: 0.20 in, 1.25 out, 0.000325 instead of 0.0012. It is priced as of its first use.
    found = changed(analysis, [Call(PLAIN)], [Call(PLAIN, NANO)])
    assert found == {"model_mix_usd": usd("-0.000875")}


def test_the_batch_tier_is_tier_mix(analysis: Analysis) -> None:
    found = changed(analysis, [Call(PLAIN)], [Call(PLAIN, tier="batch")])
    assert found == {"tier_mix_usd": usd("-0.0006")}


def test_longer_answers_to_shorter_questions_are_meter_mix(analysis: Analysis) -> None:
    # The same 1,100 tokens: 900 in and 200 out, 0.000675 + 0.0009 = 0.001575.
    found = changed(analysis, [Call(PLAIN)], [Call({"uncached_input_tokens": 900, "output_tokens": 200})])
    assert found == {"meter_mix_usd": usd("0.000375")}


def test_a_price_cut_is_price_and_nothing_else(analysis: Analysis) -> None:
    # gpt-5.6-luna on 2026-07-30: 1 and 6 dollars a million became 0.20 and 1.20, 0.0016 became 0.00032.
    found = changed(analysis, [Call(PLAIN, LUNA)], [Call(PLAIN, LUNA)])
    assert found == {"price_usd": usd("-0.00128")}


def test_everything_at_once_by_hand(analysis: Analysis) -> None:
    # Earlier 1,100 tokens of mini, 0.0012. Later as many of mini, and of nano on the batch tier, 0.0001625:
    # twice the tokens is 0.0012 more; half of them nano, its tier as it comes, is 0.0010375 less.
    found = changed(analysis, [Call(PLAIN)], [Call(PLAIN), Call(PLAIN, NANO, tier="batch")])
    assert found == {"volume_usd": usd("0.0012"), "model_mix_usd": usd("-0.0010375")}


def test_a_feature_is_new_or_gone_as_a_whole(analysis: Analysis) -> None:
    calls = [
        Call(PLAIN, day=OLD, said={"feature": "old"}),
        Call(PLAIN, day=NEW, said={"feature": "young"}),
    ]
    rows = analysis.varied(analysis.facts(calls), JULY, AUGUST)
    assert [(row["feature"], row["new_usd"], row["gone_usd"], row["change_usd"]) for row in rows] == [
        ("old", 0, usd("-0.0012"), usd("-0.0012")),
        ("young", usd("0.0012"), 0, usd("0.0012")),
    ]


def test_what_has_no_price_is_counted_and_never_zero(analysis: Analysis) -> None:
    stranger = Call(PLAIN, "openai/nobody-knows-it", day=NEW)
    [row] = analysis.varied(analysis.facts([Call(PLAIN, day=OLD), stranger]), JULY, AUGUST)
    assert (row["earlier_cost_usd"], row["later_cost_usd"], row["change_usd"]) == (usd("0.0012"), None, None)
    assert (row["later_unpriced_tokens"], {row[part] for part in PARTS}) == (1100, {None})
    known = Call(PLAIN, day=NEW)
    [row] = analysis.varied(analysis.facts([Call(PLAIN, day=OLD), stranger, known]), JULY, AUGUST)
    assert (row["change_usd"], row["later_unpriced_tokens"]) == (0, 1100)


def recorded(
    day: date, usd_of: str | None, money: str = "billed", team: str = "t", feature: str = "f"
) -> dict[str, Any]:
    return {
        "day": day, "team": team, "feature": feature, "money_of_record": money,
        "cost_usd": None if usd_of is None else usd(usd_of),
    }  # fmt: skip


def test_what_the_bill_has_beyond_the_logs_is_a_part(analysis: Analysis) -> None:
    # The logs are 0.0012, then 0.0024; the bill 0.0015, then 0.0032: 0.0003 beyond the logs became 0.0008.
    facts = analysis.facts([Call(PLAIN, day=OLD), Call(PLAIN, day=NEW), Call(PLAIN, day=NEW)])
    bill = [recorded(OLD, "0.0015"), recorded(NEW, "0.0032"), recorded(NEW, "0.07", team="unattributed")]
    calls, fee = analysis.varied(facts, JULY, AUGUST, bill)
    assert (calls["earlier_cost_usd"], calls["later_cost_usd"]) == (usd("0.0015"), usd("0.0032"))
    assert {part: calls[part] for part in PARTS if calls[part]} == {
        "volume_usd": usd("0.0012"), "billed_difference_usd": usd("0.0005"),
    }  # fmt: skip
    # A fee that no log has: nothing earlier, all of it beyond the logs.
    assert {part: fee[part] for part in PARTS if fee[part]} == {"billed_difference_usd": usd("0.07")}
    assert (fee["change_usd"], fee["later_attempts"]) == (usd("0.07"), 0)
    assert [(row["earlier_money_of_record"], row["later_money_of_record"]) for row in (calls, fee)] == [
        ("billed", "billed"),
        (None, "billed"),
    ]


def test_a_bill_that_is_not_there_yet_makes_a_period_mixed(analysis: Analysis) -> None:
    facts = analysis.facts([Call(PLAIN, day=day) for day in (OLD, NEW, NEW.replace(day=3))])
    bill = [recorded(OLD, "0.001"), recorded(NEW, "0.001"), recorded(NEW.replace(day=3), "0.0012", "logs")]
    [row] = analysis.varied(facts, JULY, AUGUST, bill)
    assert (row["earlier_money_of_record"], row["later_money_of_record"]) == ("billed", "mixed")
    assert (row["change_usd"], row["volume_usd"], row["billed_difference_usd"]) == (
        usd("0.0012"),
        usd("0.0012"),
        0,
    )


def test_a_bill_knows_what_usage_without_a_price_cost(analysis: Analysis) -> None:
    stranger = Call(PLAIN, "openai/nobody-knows-it", day=NEW)
    facts = analysis.facts([Call(PLAIN, day=OLD), stranger])
    [row] = analysis.varied(facts, JULY, AUGUST, [recorded(OLD, "0.0012"), recorded(NEW, "0.05")])
    # The priced logs fall by 0.0012 for a reason that is not known; the bill has 0.05 beyond them.
    assert {part: row[part] for part in PARTS if row[part]} == {
        "not_comparable_usd": usd("-0.0012"), "billed_difference_usd": usd("0.05"),
    }  # fmt: skip
    assert (row["change_usd"], row["later_unpriced_tokens"]) == (usd("0.0488"), 1100)


def test_images_and_seconds_are_a_part_of_their_own(analysis: Analysis) -> None:
    images = Call(PLAIN, said={"other_rate_id": "image"})
    assert changed(analysis, [Call(PLAIN)], [Call(PLAIN), images]) == {"other_meter_usd": usd("0.0012")}


def test_a_meter_that_was_not_priced_then_takes_its_own_price(analysis: Analysis) -> None:
    # gpt-5.4-mini has no price for a cache write; the later model that has one is known by its first use.
    write = Call({"cache_write_5m_tokens": 1100}, SONNET)
    assert changed(analysis, [Call(PLAIN)], [write]) == {"model_mix_usd": usd("0.002925")}


def test_counts_beyond_64_bits_are_not_compared(analysis: Analysis) -> None:
    # 4 * 10^12 tokens of 0.20 dollars a million; nothing is multiplied that would not fit.
    vast = [Call({"uncached_input_tokens": 10**12}, NANO)] * 4
    assert changed(analysis, vast, vast[:3]) == {"not_comparable_usd": usd("-200000")}


def test_months_are_compared_with_the_one_before_them_where_there_is_one() -> None:
    days = ["2025-12-31", "2026-01-01", "2026-02-28", "2026-04-01"]
    assert months(days) == [
        Comparison("2026-01", Period.of("2025-12-01..2025-12-31"), Period.of("2026-01-01..2026-01-31")),
        Comparison("2026-02", Period.of("2026-01-01..2026-01-31"), Period.of("2026-02-01..2026-02-28")),
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "'' is no period like 2026-07-01..2026-07-31"),
        ("2026-07-01..x", "'2026-07-01..x' is no period like 2026-07-01..2026-07-31"),
        ("2026-07-02..2026-07-01", "'2026-07-02..2026-07-01' ends before it begins"),
    ],
)
def test_what_is_no_period_is_said(written: str, said: str) -> None:
    with pytest.raises(LedgerError) as error:
        Period.of(written)
    assert str(error.value) == said


def test_a_period_may_be_one_day() -> None:
    assert Period.of("2026-07-01") == Period.of("2026-07-01..2026-07-01")


COUNTS = st.sampled_from([0, 1, 150, 1001, 40_000])
METERS = ("uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "output_tokens")


@st.composite
def any_call(draw: st.DrawFn) -> Call:
    """A call of either period, of some feature, model and tier, short or long."""
    units = {meter: draw(COUNTS) for meter in METERS}
    units["output_tokens"] += 1
    if draw(st.integers(0, 5)) == 0:
        units["uncached_input_tokens"] = 300_000
    return Call(
        units,
        draw(st.sampled_from([LUNA, LUNA, SONNET, "openai/gpt-5.6-terra"])),
        seconds=draw(st.sampled_from([0, 1, 2])),
        day=draw(st.sampled_from([date(2026, 7, 28), date(2026, 7, 31), date(2026, 8, 1), date(2026, 8, 5)])),
        tier=draw(st.sampled_from(["standard", "standard", "batch"])),
        said={"feature": draw(st.sampled_from(["f", "g"]))},
    )


@settings(max_examples=15)
@given(calls=st.lists(any_call(), min_size=1, max_size=14))
def test_parts_are_those_of_the_slow_program_and_sum_to_the_change(
    analysis: Analysis, calls: list[Call]
) -> None:
    facts = analysis.facts(calls)
    rows = analysis.varied(facts, JULY, AUGUST)
    for row in rows:
        assert sum(row[part] for part in PARTS) == row["change_usd"]
        assert row["earlier_cost_usd"] + row["change_usd"] == row["later_cost_usd"]
        assert row["billed_difference_usd"] == 0
    assert sum(row["change_usd"] for row in rows) == cost_of(facts, later=True) - cost_of(facts, later=False)
    for feature, sides in by_feature(facts).items():
        if all(sides):
            expected = parts_of(analysis.oracle, *sides, instants(facts))
            [row] = [each for each in rows if each["feature"] == feature]
            assert {part: Fraction(row[part]) for part in expected} == expected


@settings(max_examples=15)
@given(
    calls=st.lists(any_call(), max_size=6),
    bill=st.lists(
        st.builds(
            recorded,
            st.sampled_from([OLD, JULY.last, NEW, AUGUST.last]),
            st.none() | st.decimals(-9, 9, places=12).map(str),
            st.sampled_from(["logs", "usage", "billed"]),
            feature=st.sampled_from(["f", "g", "h"]),
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_parts_sum_to_the_change_of_whatever_is_recorded(
    analysis: Analysis, calls: list[Call], bill: Rows
) -> None:
    facts = analysis.facts(calls)
    rows = {row["feature"]: row for row in analysis.varied(facts, JULY, AUGUST, bill)}
    logs = by_feature(facts)
    assert set(rows) == {line["feature"] for line in bill} | set(logs)
    for feature, row in rows.items():
        beyond = []
        for is_later in (False, True):
            lines = [e for e in bill if e["feature"] == feature and (e["day"] > JULY.last) == is_later]
            amounts = [line["cost_usd"] for line in lines if line["cost_usd"] is not None]
            known = sum(amounts, Decimal(0)) if amounts or not lines else None
            name = "later" if is_later else "earlier"
            assert row[f"{name}_cost_usd"] == known
            said = {line["money_of_record"] for line in lines}
            assert row[f"{name}_money_of_record"] == ("mixed" if len(said) > 1 else next(iter(said), None))
            priced = sum((fact["cost_usd"] for fact in logs[feature][is_later]), Decimal(0))
            beyond.append(None if known is None else known - priced)
        if None in beyond:
            assert {row[part] for part in (*PARTS, "change_usd")} == {None}
        else:
            assert row["billed_difference_usd"] == beyond[1] - beyond[0]
            assert sum(row[part] for part in PARTS) == row["change_usd"]
            assert row["earlier_cost_usd"] + row["change_usd"] == row["later_cost_usd"]


def cost_of(facts: Rows, *, later: bool) -> Decimal:
    return sum((row["cost_usd"] for row in facts if (row["day"] > JULY.last) == later), Decimal(0))


def by_feature(facts: Rows) -> Mapping[str, tuple[Rows, Rows]]:
    found: dict[str, tuple[Rows, Rows]] = defaultdict(lambda: ([], []))
    for row in facts:
        found[row["feature"]][row["day"] > JULY.last].append(row)
    return found


def instants(facts: Rows) -> dict[str, dict[str, Any]]:
    """By model its last attempt of the earlier period, else its first of the later one."""
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(facts, key=lambda row: row["ended_at"]):
        name = f"{row['provider']}/{row['model']}"
        if row["day"] <= JULY.last or name not in found:
            found[name] = row
    return found
