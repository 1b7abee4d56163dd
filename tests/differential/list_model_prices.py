"""The dated price list of model-prices: the history of models.dev, with corrections that have a source."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tests.differential.listed import SHORT, Listed, instant, last_noon, meters, packaged

NAME = "model-prices"
AT = datetime(2026, 10, 25, 12, tzinfo=UTC)
"""The day before 0.0.5, a Sunday: its rates of DeepSeek are those outside of the peak."""

PROVIDERS = {
    "amazon-bedrock": "aws-bedrock", "anthropic": "anthropic", "deepseek": "deepseek", "google": "google",
    "mistral": "mistral", "openai": "openai", "xai": "xai",
}  # fmt: skip
TIERS = {"fast": {"openai": "priority", "xai": "priority"}}
"""Their word for a tier, where it is another than ours: OpenAI and xAI call theirs priority."""

METERS = {
    "input": "uncached_input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_5m_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
}


DOCUMENTED = "documented"
"""The basis of a period whose first day a source states; others begin when models.dev noticed."""


def listed() -> Iterator[Listed]:
    """Every rate of the day of the list, and of each documented period before it on its last noon."""
    prices = packaged("model_prices", "snapshot.json")["prices"]
    for theirs, provider in PROVIDERS.items():
        for name, tiers in prices[theirs].items():
            for tier, periods in tiers.items():
                for at, rates in _lasting(periods):
                    yield from _of(provider, name, TIERS.get(tier, {}).get(provider, tier), at, rates)


def _lasting(periods: Sequence[Mapping[str, Any]]) -> Iterator[tuple[datetime, Mapping[str, Any]]]:
    for period, following in pairwise([*periods, None]):
        rates = period["rates"] if period else None
        if rates and not following:
            yield AT, rates
        elif rates and rates["valid_from_basis"] == DOCUMENTED:
            noon = last_noon(instant(following["start"]))
            if noon >= instant(rates["valid_from"]):
                yield noon, rates


def _of(provider: str, name: str, tier: str, at: datetime, rates: Mapping[str, Any]) -> Iterator[Listed]:
    for row in ({**rates, "above": None}, *rates.get("tiers", ())):
        tokens = row["above"] + 1 if row["above"] else SHORT
        multiple = rates.get("cache_write_1h_multiple") if provider != "openai" else None
        hour = row["input"] * Decimal(multiple) if multiple and row.get("cache_write") else None
        for meter, value in meters({**row, "cache_write_1h": hour}, METERS):
            yield Listed(NAME, provider, (name,), tier, meter, at, value, "", tokens)
