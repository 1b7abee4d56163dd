"""Rows that re-pricing with today's table gets wrong: here each is right, or without a price and says why."""

from decimal import Decimal

import pytest

from tests.book.small import line
from tests.book.written import instant
from tests.pricing.conftest import Small
from tests.pricing.direct import Asked, Pricing

MILLION = 10**6


@pytest.mark.parametrize(
    ("name", "at", "wrong", "right"),
    [
        # A window of 2026 applied to all history.
        ("deepseek/deepseek-v4-flash", "2026-08-01T02:00:00Z", "0.30", "0.14"),
        # The price of the window was overwritten on 2026-09-10.
        ("deepseek/deepseek-v4-flash", "2026-08-20T02:00:00Z", "0.30", "0.44"),
        # A Saturday: the peak is from Monday to Friday.
        ("deepseek/deepseek-v4-flash", "2026-10-17T02:00:00Z", "0.30", "0.15"),
        # A start date that is a day: the change was at 16:00.
        ("deepseek/deepseek-v4-flash", "2026-08-16T17:00:00Z", "0.14", "0.22"),
        # A list that was not maintained.
        ("deepseek/deepseek-chat", "2025-10-15", "0.27", "0.28"),
    ],
)
def test_a_price_of_another_time_is_never_taken(
    real: Pricing, name: str, at: str, wrong: str, right: str
) -> None:
    cost = real.cost(name, at, uncached=MILLION)
    assert cost == Decimal(right) != Decimal(wrong)


def test_batch_has_its_price_from_before_the_day_somebody_listed_it(real: Pricing) -> None:
    opus = ("anthropic/claude-opus-4-6", "2026-04-01")
    assert real.cost(*opus, tier="batch", uncached=MILLION) == Decimal("2.5")
    assert real.cost(*opus, uncached=MILLION) == 5


@pytest.mark.parametrize("tier", ["Batch", "BATCH", "batch ", "economy", ""])
def test_a_tier_that_is_misspelt_or_not_sold_is_never_priced_as_standard(real: Pricing, tier: str) -> None:
    reason = real.reason("anthropic/claude-opus-4-6", "2026-04-01", tier=tier, uncached=MILLION)
    assert reason == "no_rate_for_tier_and_time"


@pytest.mark.parametrize(
    "name", ["deepseek/deepseek-v4-flash", "mistral/mistral-small-latest", "xai/grok-4.20"]
)
def test_searches_of_a_model_without_a_price_for_them_are_not_free(real: Pricing, name: str) -> None:
    row = real.one(name, "2026-08-01", uncached=1000, searches=1000)
    assert row["unpriced_reason"] == "no_rate_for_web_search_requests"
    assert row["list_cost_usd"] is None
    assert (row["uncached_input_tokens"], row["web_search_requests"]) == (1000, 1000)


@pytest.mark.parametrize(
    "name",
    ["claude-sonnet-4-6-20991231", "claude-sonnet", "claude-sonnet-4-6-", "sonnet", "Claude-Sonnet-4-6"],
)
def test_an_id_that_does_not_exist_has_no_price_of_one_that_does(real: Pricing, name: str) -> None:
    beside = real.price([asked(model).usage for model in (name, "claude-sonnet-4-6")])
    assert [row["unpriced_reason"] for row in beside] == ["unknown_model", None]


def asked(model: str) -> Asked:
    return Asked("anthropic", model, "standard", instant("2026-04-01"), {"uncached_input_tokens": 1})


def test_the_price_of_another_provider_is_never_taken(real: Pricing) -> None:
    assert real.cost("openai/gpt-5.4", "2026-04-01", uncached=1)
    others = {
        "anthropic": "unknown_model", "OpenAI": "unknown_provider", "azure_openai": "unknown_provider",
        "": "unknown_provider",
    }  # fmt: skip
    for provider, reason in others.items():
        rows = [
            Asked(name, "gpt-5.4", "standard", instant("2026-04-01"), {"uncached_input_tokens": 1})
            for name in (provider, "openai")
        ]
        assert [row["unpriced_reason"] for row in real.price([row.usage for row in rows])] == [
            reason, None,
        ]  # fmt: skip


def test_a_part_of_a_name_is_not_taken_for_a_part_of_its_provider(small: Small) -> None:
    book = small(line(sku="eu/m"))
    assert book.cost("maker/eu/m", "2026-05-01", output=MILLION) == 1
    named = Asked("maker/eu", "m", "standard", instant("2026-05-01"), {"output_tokens": 1})
    rows = book.price([named.usage, Asked("maker", "eu/m", "standard", named.at, named.units).usage])
    assert [row["unpriced_reason"] for row in rows] == ["unknown_provider", None]


def test_a_region_has_one_price_whatever_other_models_a_day_has_seen(small: Small) -> None:
    book = small(
        line(rate="1"),
        line(rate="2", region="us", valid_from="2026-06-01"),
        line(sku="n", rate="3", region="us"),
    )
    rows = [
        Asked("maker", sku, "standard", instant("2026-05-01"), {"output_tokens": MILLION}, "us")
        for sku in ("m", "n")
    ]
    alone, beside = book.price([rows[0].usage])[0], book.price([row.usage for row in rows])[0]
    assert alone["unpriced_reason"] == beside["unpriced_reason"] == "no_rate_for_tier_and_time"


def test_a_region_that_is_priced_apart_never_has_the_price_of_everywhere(small: Small) -> None:
    book = small(
        line(rate="1"),
        line(meter="cache_read_tokens", rate="5"),
        line(rate="2", region="us", valid_from="2026-06-01T12:00:00Z", valid_to="2026-07-01"),
    )
    instants = ("2026-06-01", "2026-06-01T12:00:00Z", "2026-07-01")
    rows = book.price(
        [
            Asked(
                "maker", "m", "standard", instant(at), {"output_tokens": MILLION, meter: MILLION}, "us"
            ).usage
            for at in instants
            for meter in ("output_tokens", "cache_read_tokens")
        ]
    )
    assert [row["unpriced_reason"] or row["list_cost_usd"] for row in rows] == [
        "no_rate_for_tier_and_time", "no_rate_for_tier_and_time",
        2, "no_rate_for_cache_read_tokens",
        "no_rate_for_tier_and_time", "no_rate_for_tier_and_time",
    ]  # fmt: skip
