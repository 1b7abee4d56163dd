"""Stories of users that their tools got wrong: single attempts by the book that ships."""

from decimal import Decimal

import pytest

from tests.pricing.conftest import Believed
from tests.pricing.direct import Pricing

MILLION = 10**6
FABLE, OPUS = "anthropic/claude-fable-5", "anthropic/claude-opus-4-8"
DECLINED = {"cache_read": 560_186, "cache_write_5m": 2_085, "output": 299}
ANSWERED = {"cache_read": 502_400, "output": 248}
"""A Fable attempt declined while it answered, and the Opus attempt that took over.

The thread gives reads and output of the first and both totals; the other counts are chosen to meet them.
"""


@pytest.mark.parametrize(("known_at", "cost"), [("2026-07-01", 18), ("2026-08-10", 12), ("2026-11-23", 12)])
def test_sonnet_5_in_september_costs_what_was_believed_then(
    believed: Believed, known_at: str, cost: int
) -> None:
    found = believed(known_at).cost(
        "anthropic/claude-sonnet-5", "2026-09-15", uncached=MILLION, output=MILLION
    )
    assert found == cost


def test_sonnet_5_has_no_price_before_it_was_announced(believed: Believed) -> None:
    reason = believed("2026-06-29").reason("anthropic/claude-sonnet-5", "2026-09-15", output=1)
    assert reason.startswith("no_rate_for_")


def test_opus_4_6_with_a_quarter_of_a_million_tokens_costs_half_from_one_day_to_the_next(
    real: Pricing,
) -> None:
    used = {"uncached": 250_000, "output": 10_000}
    costs = [real.cost("anthropic/claude-opus-4-6", f"2026-03-{day}", **used) for day in (12, 13)]
    assert costs == [Decimal("2.875"), Decimal("1.5")]


def test_luna_costs_a_fifth_from_one_day_to_the_next(real: Pricing) -> None:
    used = {"uncached": 100_000, "cache_read": 100_000, "output": 10_000}
    costs = [real.cost("openai/gpt-5.6-luna", f"2026-07-{day}", **used) for day in (29, 30)]
    assert costs == [Decimal("0.17"), Decimal("0.034")]


def test_cache_writes_of_gpt_5_6_are_priced_instead_of_the_input_they_are_part_of(real: Pricing) -> None:
    # 10,000 tokens in, of which 1,000 were read from the cache and 4,000 written to it.
    cost = real.cost("openai/gpt-5.6-luna", "2026-08-01", uncached=5_000, cache_read=1_000, cache_write=4_000)
    replaced = 5_000 * Decimal("0.2") + 1_000 * Decimal("0.02") + 4_000 * Decimal("0.25")
    added = replaced + 4_000 * Decimal("0.2")
    assert cost * MILLION == replaced != added


def test_fable_5_1_reads_its_cache_at_a_fortieth_of_its_input(real: Pricing) -> None:
    fable, day = "anthropic/claude-fable-5-1", "2026-10-01"
    read, uncached = (real.cost(fable, day, **{meter: MILLION}) for meter in ("cache_read", "uncached"))
    assert (read, uncached) == (Decimal("0.25"), 10)
    assert real.cost(FABLE, day, cache_read=MILLION) == 1


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "claude-opus-4-8", "claude-haiku-4-5-20251001-v1:0"])
def test_a_geographic_profile_of_bedrock_costs_a_tenth_more_than_the_global_one(
    real: Pricing, model: str
) -> None:
    used = {"uncached": 1000, "cache_read": 1000, "cache_write_5m": 1000, "output": 1000}
    us, everywhere = (
        real.cost(f"aws-bedrock/{profile}.anthropic.{model}", "2026-07-01", **used)
        for profile in ("us", "global")
    )
    assert us == everywhere * Decimal("1.1")


def test_a_declined_attempt_and_its_fallback_are_each_priced_by_their_own_model(real: Pricing) -> None:
    day = "2026-09-01"
    both = real.cost(FABLE, day, **DECLINED) + real.cost(OPUS, day, **ANSWERED)
    all_by_the_one_that_answered = real.cost(OPUS, day, **DECLINED) + real.cost(OPUS, day, **ANSWERED)
    assert round(both, 4) == Decimal("0.8586")
    assert round(all_by_the_one_that_answered, 4) == Decimal("0.5580")


def test_an_attempt_declined_before_it_answered_costs_nothing_and_says_so(real: Pricing) -> None:
    row = real.one(FABLE, "2026-09-01", uncached=0, output=0)
    assert (row["list_cost_usd"], row["unpriced_reason"]) == (0, None)
    assert real.reason(FABLE, "2026-09-01") == "usage_not_reported"


def test_cached_input_makes_a_request_long_and_the_whole_of_it_dearer(real: Pricing) -> None:
    # 270,540 + 7,936 tokens in, 630 out: 278,476 are more than 272,000, though neither part is.
    used = {"uncached": 270_540, "cache_read": 7_936, "output": 630}
    cost = real.cost("openai/gpt-5.5", "2026-07-01", **used)
    assert cost == Decimal("2.741686")
    assert real.cost("openai/gpt-5.5", "2026-07-01", uncached=270_540, output=630) < cost / 2 + Decimal("0.1")
