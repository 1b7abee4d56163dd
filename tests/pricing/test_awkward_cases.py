"""The sixteen awkward cases of dated prices: the book that ships where it has the model, else a small one."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.book.dimensions import load_dimensions
from pipelines.settings import PROJECT
from tests.book.small import SOURCES, adjustment, exchange, line, write_terms
from tests.pricing.conftest import Believed, Small
from tests.pricing.direct import Pricing

MILLION = 10**6


def test_01_one_token_over_the_threshold_moves_all_meters(real: Pricing) -> None:
    gpt, day = "openai/gpt-5.4", "2026-04-01"
    assert real.cost(gpt, day, uncached=200_000, cache_read=100_000, output=2_000) == Decimal("1.095")
    assert real.cost(gpt, day, uncached=272_000) == Decimal("0.68")
    assert real.cost(gpt, day, uncached=272_001) == Decimal("1.360005")


def test_02_the_surcharge_of_sonnet_ends_with_its_day(real: Pricing) -> None:
    sonnet = "anthropic/claude-sonnet-4-6"
    assert real.cost(sonnet, "2026-03-12T23:59:59.999999Z", uncached=300_000) == Decimal("1.8")
    assert real.cost(sonnet, "2026-03-13", uncached=300_000) == Decimal("0.9")


def test_03_short_and_long_cache_writes_and_reads_are_three_meters(real: Pricing) -> None:
    used = {"cache_write_5m": 20_000, "cache_write_1h": 30_000, "cache_read": 175_000}
    # 20,000 x 6.25 + 30,000 x 10 + 175,000 x 0.50
    assert real.cost("anthropic/claude-opus-4-6", "2026-04-01", **used) == Decimal("0.5125")


@pytest.mark.parametrize(
    ("at", "cost"),
    [
        ("2026-08-16T15:59:59.999999Z", "0.14"),
        ("2026-08-16T16:00:00Z", "0.22"),
        ("2026-08-20T02:00:00Z", "0.44"),
        ("2026-10-14T02:00:00Z", "0.30"),
        ("2026-10-17T02:00:00Z", "0.15"),
    ],
)
def test_04_hours_of_the_week_and_a_change_at_an_instant(real: Pricing, at: str, cost: str) -> None:
    assert real.cost("deepseek/deepseek-v4-flash", at, uncached=MILLION) == Decimal(cost)


def test_05_an_announced_rise_is_believed_until_it_is_cancelled(believed: Believed, real: Pricing) -> None:
    sonnet = ("anthropic/claude-sonnet-5", "2026-09-15")
    assert believed("2026-08-01").cost(*sonnet, uncached=MILLION) == 3
    assert real.cost(*sonnet, uncached=MILLION) == 2


def test_06_a_name_that_moved_has_the_price_of_what_it_meant(real: Pricing) -> None:
    for day, cost in (("2025-12-15", "0.10"), ("2026-05-15", "0.15")):
        assert real.cost("mistral/mistral-small-latest", day, uncached=MILLION) == Decimal(cost)


def test_07_a_retired_name_has_the_price_of_what_answers_for_it(real: Pricing) -> None:
    # Of 100,000 tokens each: from 200,000 on Grok 4.3 costs twice as much.
    for at, cost in (("2026-05-14T23:59:59.999999Z", "0.3"), ("2026-05-15", "0.125")):
        assert real.cost("xai/grok-3", at, uncached=100_000) == Decimal(cost)


def test_08_a_profile_of_a_region_has_the_price_of_the_region(real: Pricing) -> None:
    bedrock, day = "anthropic.claude-sonnet-4-6", "2026-05-01"
    assert real.cost(f"aws-bedrock/us.{bedrock}", day, uncached=MILLION) == Decimal("3.3")
    assert real.cost(f"aws-bedrock/{bedrock}", day, region="us", uncached=MILLION) == Decimal("3.3")
    # Without a profile it runs in its region: the price list has 3.30 there, 3.00 for the global profile.
    for region in ("*", "us-east-1"):
        assert real.cost(f"aws-bedrock/{bedrock}", day, region=region, uncached=MILLION) == Decimal("3.3")
    assert real.cost(f"aws-bedrock/global.{bedrock}", day, region="us-east-1", uncached=MILLION) == 3
    assert real.cost(f"aws-bedrock/{bedrock}", day, region="global", uncached=MILLION) == 3


def test_09_residency_is_a_ratio_on_the_rate_of_the_tier(real: Pricing) -> None:
    mini = ("openai/gpt-5.4-mini", "2026-04-01")
    assert real.cost(*mini, tier="batch", region="eu", uncached=MILLION) == Decimal("0.4125")
    assert real.cost(*mini, tier="batch", uncached=MILLION) == Decimal("0.375")


def test_10_cache_rent_is_by_token_hour_and_searches_are_by_the_thousand(real: Pricing) -> None:
    rent = ("cache_storage_token_hours", "1250000")  # 500,000 tokens for two and a half hours
    assert real.cost("google/gemini-2.5-pro", "2026-04-01", other=rent) == Decimal("5.625")
    gemini = "google/gemini-3-flash-preview"
    before, after = (real.cost(gemini, at, searches=100) for at in ("2026-01-04T23:59:59Z", "2026-01-05"))
    assert before - after == Decimal("2.1")


def test_11_three_seconds_of_speech_are_billed_as_ten(small: Small) -> None:
    whisper = small(line(meter="audio_input_seconds", rate="0.111", per="3600", minimum_quantity=10))
    costs = [whisper.cost("maker/m", "2026-04-01", other=("audio_input_seconds", n)) for n in ("3", "10")]
    assert costs == [Decimal("0.000308333333")] * 2
    assert whisper.cost("maker/m", "2026-04-01", other=("audio_input_seconds", "20")) == Decimal(
        "0.000616666667"
    )


def test_12_a_unit_of_the_provider_is_a_currency_with_a_dated_worth(small: Small) -> None:
    dbu = [exchange(currency="DBU", usd="0.07", valid_to="2026-06-01")]
    databricks = small(line(meter="uncached_input_tokens", rate="42.857", currency="DBU"), exchanges=dbu)
    assert databricks.cost("maker/m", "2026-05-31", uncached=MILLION) == Decimal("2.99999")
    assert databricks.reason("maker/m", "2026-06-01", uncached=MILLION) == "no_rate_for_tier_and_time"


def test_13_a_contract_on_input_changes_the_effective_price_of_input_alone(tmp_path: Path) -> None:
    discount = adjustment(
        provider="openai", meter="uncached_input_tokens", kind="contract", numerator=85, denominator=100
    )
    config = write_terms(tmp_path / "config", contracts=[discount])
    found = load_dimensions(PROJECT / "prices", config, SOURCES, assumed_rates=True)
    with Pricing(found, tmp_path) as contracted:
        mini = ("openai/gpt-5.4-mini", "2026-04-01")
        for used, listed, effective in (("uncached", "0.75", "0.6375"), ("output", "4.5", "4.5")):
            row = contracted.one(*mini, **{used: MILLION})
            assert (row["list_cost_usd"], row["cost_usd"]) == (Decimal(listed), Decimal(effective))


def test_14_an_image_has_the_price_of_its_size_and_quality(real: Pricing) -> None:
    image = ("openai/gpt-image-1", "2026-04-01")
    assert real.cost(*image, other=("output_images", "3", "1024x1024/high")) == Decimal("0.501")
    assert real.reason(*image, other=("output_images", "3", "1024x1024/best")) == "no_rate_for_output_images"


def test_15_audio_is_taken_out_of_the_input_it_is_a_part_of(real: Pricing) -> None:
    # 1,000 tokens of input, of which 400 are audio: 600 x 0.30 + 400 x 1.00
    flash = ("google/gemini-2.5-flash", "2026-04-01")
    assert real.cost(*flash, uncached=600, audio_input=400) == Decimal("0.00058")


@pytest.mark.parametrize(
    ("name", "day", "asked", "reason"),
    [
        ("openai/gpt-5.4-latest", "2026-04-01", {"uncached": 1}, "unknown_model"),
        ("openai/gpt-5.4", "2026-04-01", {"cache_write_5m": 1}, "no_rate_for_cache_write_5m_tokens"),
        ("openai/gpt-5.4", "2026-04-01", {"tier": "express", "uncached": 1}, "no_rate_for_tier_and_time"),
        ("openai/gpt-5.4", "2026-03-04", {"uncached": 1}, "no_rate_for_tier_and_time"),
    ],
)
def test_16_what_nobody_prices_is_unpriced(
    real: Pricing, name: str, day: str, asked: dict[str, int | str], reason: str
) -> None:
    assert real.reason(name, day, **asked) == reason


def test_16_a_model_nobody_knows_is_unknown_whatever_else_its_day_has_seen(real: Pricing) -> None:
    rows = [real.reason(f"openai/{name}", "2026-04-01", uncached=1) for name in ("gpt-5.4-x", "GPT-5.4")]
    assert rows == ["unknown_model", "unknown_model"]
