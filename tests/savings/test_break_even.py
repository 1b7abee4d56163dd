"""How often a prefix must be read before caching it pays: from the rates of the day, not from a rule."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.savings.conftest import Savings
from tests.savings.replaced import Call

NOON = datetime(2026, 7, 10, 12, tzinfo=UTC)


def one(provider: str, model: str) -> list[Call]:
    return [Call("r", None, NOON, provider, model, {"uncached_input_tokens": 1, "output_tokens": 1})]


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        # Sonnet 4.6: 3 a million; written for 3.75 or 6, read for 0.30.
        # 3.75 + 0.30 < 6; 6 + 0.30 > 6, but 6 + 0.60 < 9.
        ("anthropic", "claude-sonnet-4-6", {"1h": (2, "0.06", "0.063"), "5m": (1, "0.06", "0.0405")}),
        # GPT-5.4 mini has no price for a write: 0.75 and 0.075.
        ("openai", "gpt-5.4-mini", {"automatic": (1, "0.015", "0.00825")}),
        # GPT-5.6 Luna: 1, written for 1.25, read for 0.10.
        ("openai", "gpt-5.6-luna", {"5m": (1, "0.02", "0.0135")}),
    ],
)
def test_reads_before_a_cached_prefix_pays(
    savings: Savings, provider: str, model: str, expected: dict[str, tuple[int, str, str]]
) -> None:
    rows = savings.of(one(provider, model), {}, "sav_break_even")
    assert {
        row["cache_way"]: (row["break_even_reads"], row["uncached_usd"], row["cached_usd"]) for row in rows
    } == {way: (reads, Decimal(full), Decimal(cached)) for way, (reads, full, cached) in expected.items()}


def test_the_figure_is_the_least_that_solves_the_inequality(savings: Savings) -> None:
    for model in ("claude-opus-4-6", "claude-haiku-4-5", "claude-opus-4-8"):
        rates = savings.oracle.found("anthropic", model, "standard", NOON, 0)
        full, read = (Fraction(rates[meter].rate) for meter in ("uncached_input_tokens", "cache_read_tokens"))
        for row in savings.of(one("anthropic", model), {}, "sav_break_even"):
            written = Fraction(rates[f"cache_write_{row['cache_way']}_tokens"].rate)
            least = next(n for n in range(1, 100) if written + n * read < (n + 1) * full)
            assert row["break_even_reads"] == least
