"""Price events that have bitten somebody: what the book that ships says on both sides of each."""

from decimal import Decimal

import pytest

from tests.pricing.conftest import Believed
from tests.pricing.direct import Pricing

MILLION = 10**6
LONG = 300_000


def last_moment(at: str) -> str:
    """A microsecond before an instant of 2025 to 2027, written as it has to be."""
    day, _, clock = at.partition("T")
    before = {"2025-06-10": "2025-06-09", "2026-03-13": "2026-03-12", "2026-07-30": "2026-07-29",
              "2026-08-03": "2026-08-02", "2027-01-01": "2026-12-31"}  # fmt: skip
    return f"{day}T19:33:59.999999Z" if clock else f"{before[day]}T23:59:59.999999Z"


@pytest.mark.parametrize(
    ("name", "at", "before", "after"),
    [
        ("openai/o3", "2025-06-10", "10 40", "2 8"),
        ("openai/gpt-5.6-luna", "2026-07-30", "1 6", "0.2 1.2"),
        ("openai/gpt-5.6-terra", "2026-07-30", "2.5 15", "2 12"),
        ("google/gemini-3.6-flash", "2027-01-01", "0.75 3.75", "1.5 7.5"),
        ("google/gemini-3.7-flash", "2027-01-01", "0.75 3.75", "1.5 7.5"),
        ("openai/gpt-5.6-sol", "2026-08-21T19:34:00Z", "5 30", "4 20"),
    ],
)
def test_a_price_changes_at_its_instant(real: Pricing, name: str, at: str, before: str, after: str) -> None:
    # 100,000 tokens each, below every threshold.
    for instant, expected in ((last_moment(at), before), (at, after)):
        rates = [cost * 10 for cost in real.alone(name, instant, uncached=100_000, output=100_000)]
        assert rates == [Decimal(rate) for rate in expected.split()]


@pytest.mark.parametrize(
    ("name", "at", "before", "after"),
    [
        ("anthropic/claude-opus-4-6", "2026-03-13", "10 37.5", "5 25"),
        ("anthropic/claude-sonnet-4-6", "2026-03-13", "6 22.5", "3 15"),
        ("anthropic/claude-sonnet-4-5", "2026-03-13", "6 22.5", "6 22.5"),
        ("aws-bedrock/openai.gpt-5.6-sol", "2026-08-03", "5.5 33", "11 49.5"),
        ("openai/gpt-5.6-sol", "2026-08-21T19:34:00Z", "10 45", "8 30"),
    ],
)
def test_the_price_of_a_long_request_changes_at_its_instant(
    real: Pricing, name: str, at: str, before: str, after: str
) -> None:
    for instant, expected in ((last_moment(at), before), (at, after)):
        alone = real.cost(name, instant, uncached=LONG)
        both = real.cost(name, instant, uncached=LONG, output=MILLION)
        assert [alone * MILLION / LONG, both - alone] == [Decimal(rate) for rate in expected.split()]


@pytest.mark.parametrize(
    ("at", "chat", "reasoner"),
    [
        ("2025-02-26T16:29:59Z", "0.27 0.07 1.1", "0.55 0.14 2.19"),
        ("2025-02-26T16:30:00Z", "0.135 0.035 0.55", "0.135 0.035 0.55"),
        ("2025-06-10T00:29:59Z", "0.135 0.035 0.55", "0.135 0.035 0.55"),
        ("2025-06-10T00:30:00Z", "0.27 0.07 1.1", "0.55 0.14 2.19"),
        ("2025-09-05T15:59:59Z", "0.27 0.07 1.1", "0.55 0.14 2.19"),
        ("2025-09-05T16:30:00Z", "0.56 0.07 1.68", "0.56 0.07 1.68"),
        ("2025-09-29", "0.28 0.028 0.42", "0.28 0.028 0.42"),
    ],
)
def test_deepseek_was_cheaper_at_night_for_a_time_in_2025(
    real: Pricing, at: str, chat: str, reasoner: str
) -> None:
    for name, expected in (("chat", chat), ("reasoner", reasoner)):
        used = {"uncached": MILLION, "cache_read": MILLION, "output": MILLION}
        found = real.alone(f"deepseek/deepseek-{name}", at, **used)
        assert sorted(found) == sorted(Decimal(rate) for rate in expected.split())


def test_a_cached_token_of_a_pro_model_costs_what_any_other_does(real: Pricing, believed: Believed) -> None:
    for name in ("openai/gpt-5.4-pro", "openai/gpt-5.5-pro"):
        for tokens, then, now in ((200_000, 3, 30), (MILLION, 6, 60)):
            rates = [
                pricing.cost(name, "2026-06-01", cache_read=tokens) * MILLION / tokens
                for pricing in (believed("2026-09-21"), believed("2026-09-22"), real)
            ]
            assert rates == [then, now, now], name


def test_gpt_5_6_cyber_has_one_price_for_every_length(real: Pricing) -> None:
    for tokens in (200_000, MILLION):
        cost = real.cost("openai/gpt-5.6-cyber", "2026-10-01", uncached=tokens)
        assert cost * MILLION / tokens == Decimal("12.5")


def test_the_cached_price_of_sol_falls_with_the_others(real: Pricing) -> None:
    for at, short, long in (("2026-08-21T19:33:59Z", "0.5", "1"), ("2026-08-21T19:34:00Z", "0.4", "0.8")):
        assert real.cost("openai/gpt-5.6-sol", at, cache_read=200_000) * 5 == Decimal(short)
        assert real.cost("openai/gpt-5.6-sol", at, cache_read=MILLION) == Decimal(long)


def test_gpt_5_6_is_the_first_of_openai_with_a_price_for_cache_writes(real: Pricing) -> None:
    older = real.reason("openai/gpt-5.5", "2026-07-09", cache_write=MILLION)
    assert older == "no_rate_for_cache_write_tokens"
    for name, rate in (("luna", 1), ("terra", Decimal("2.5")), ("sol", 5)):
        model = f"openai/gpt-5.6-{name}"
        assert real.reason(model, "2026-07-08T23:59:59Z", cache_write=1) == "no_rate_for_tier_and_time"
        assert real.cost(model, "2026-07-09", cache_write=200_000) * 5 == rate * Decimal("1.25")


def test_sonnet_5_starts_at_its_introductory_price(real: Pricing) -> None:
    sonnet = "anthropic/claude-sonnet-5"
    assert real.reason(sonnet, "2026-06-29T23:59:59Z", uncached=1) == "no_rate_for_tier_and_time"
    assert real.alone(sonnet, "2026-06-30", uncached=MILLION, output=MILLION) == [2, 10]


@pytest.mark.parametrize(
    ("known_at", "september"),
    [("2026-06-30", [3, 15]), ("2026-08-09T23:59:59.999999Z", [3, 15]), ("2026-08-10", [2, 10])],
)
def test_the_rise_of_sonnet_5_is_believed_from_its_announcement_to_its_cancellation(
    believed: Believed, known_at: str, september: list[int]
) -> None:
    then = believed(known_at)
    sonnet = "anthropic/claude-sonnet-5"
    assert then.alone(sonnet, "2026-08-31T23:59:59Z", uncached=MILLION, output=MILLION) == [2, 10]
    assert then.alone(sonnet, "2026-09-01", uncached=MILLION, output=MILLION) == september


@pytest.mark.parametrize(
    ("name", "first_day", "rates"),
    [
        ("claude-fable-5-1", "2026-09-01", "10 50 0.25"),
        ("claude-opus-5-5", "2026-09-22", "4 20 0.2"),
        ("claude-sonnet-5-5", "2026-10-12", "2 10 0.1"),
        ("claude-fable-5-2", "2026-11-12", "8 40 0.2"),
    ],
)
def test_a_model_has_its_price_from_its_first_day_on(
    real: Pricing, name: str, first_day: str, rates: str
) -> None:
    model = f"anthropic/{name}"
    found = real.alone(model, first_day, uncached=MILLION, output=MILLION, cache_read=MILLION)
    assert found == [Decimal(rate) for rate in rates.split()]
    assert real.reason(model, "2026-06-01", uncached=1) == "no_rate_for_tier_and_time"


def test_the_first_report_of_the_cached_price_of_opus_5_5_was_believed_for_a_day(
    believed: Believed, real: Pricing
) -> None:
    opus = ("anthropic/claude-opus-5-5", "2026-09-22")
    assert believed("2026-09-22").cost(*opus, cache_read=MILLION) == Decimal("0.4")
    assert real.cost(*opus, cache_read=MILLION) == Decimal("0.2")


def test_haiku_5_5_costs_five_times_as_much_above_a_hundred_thousand_tokens(real: Pricing) -> None:
    haiku, day = "anthropic/claude-haiku-5-5", "2026-10-20"
    assert real.cost(haiku, day, uncached=100_000, output=MILLION) == Decimal("0.51")
    assert real.cost(haiku, day, uncached=100_001, output=MILLION) == Decimal("2.5500005")
