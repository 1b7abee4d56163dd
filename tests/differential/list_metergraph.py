"""The dated price list of metergraph-core, which names a provider's page for every rate."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import yaml

from tests.differential.listed import SHORT, Listed, instant, last_noon, meters

NAME = "metergraph-core"
AT = datetime(2026, 10, 25, 12, tzinfo=UTC)
"""The day on which 0.7.4 was verified, a Sunday."""

PEAK = datetime(2026, 10, 23, 2, tzinfo=UTC)
PROVIDERS = {
    "anthropic-api": "anthropic", "aws-bedrock": "aws-bedrock", "aws-bedrock-geo": "aws-bedrock",
    "deepseek-api": "deepseek", "google-api": "google", "google-vertex-ai": "google-vertex",
    "mistral-api": "mistral", "openai-api": "openai", "openrouter-api": "openrouter", "xai-api": "xai",
}  # fmt: skip
METERS = {
    "input_per_mtok": "uncached_input_tokens",
    "output_per_mtok": "output_tokens",
    "cache_read_per_mtok": "cache_read_tokens",
    "cache_write_5m_per_mtok": "cache_write_5m_tokens",
    "cache_write_1h_per_mtok": "cache_write_1h_tokens",
}
BATCH = {
    "batch_input_per_mtok": "uncached_input_tokens",
    "batch_output_per_mtok": "output_tokens",
    "batch_cache_read_per_mtok": "cache_read_tokens",
}
REGIONS = {"global": "", "us": "us"}
"""Of a call; the region of a Bedrock rate is in the name."""


def listed() -> Iterator[Listed]:
    """Every rate of the providers of our book on its last noon, at the latest on the day of the list."""
    written = files("metergraph_core").joinpath("data/prices.yaml").read_text(encoding="utf-8")
    for model in yaml.load(written, Loader=yaml.CSafeLoader)["models"]:
        for price in model.get("prices", ()):
            provider = PROVIDERS.get(price["channel"])
            for names in _names(model, price) if provider else ():
                yield from _of(provider or "", names, price)


def _names(model: Mapping[str, Any], price: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """On Bedrock each of its own names has a price; elsewhere all names of a channel cost the same."""
    aliases = [alias for alias in model.get("aliases", ()) if alias["channel"] == price["channel"]]
    if PROVIDERS[price["channel"]] != "aws-bedrock":
        return [tuple(dict.fromkeys(alias["alias"] for alias in aliases))]
    return [
        (alias["alias"],) for alias in aliases
        if alias["provider"] == "bedrock" and alias.get("price_region", price["region"]) == price["region"]
    ]  # fmt: skip


def _of(provider: str, names: tuple[str, ...], price: Mapping[str, Any]) -> Iterator[Listed]:
    rules = price.get("rules") or {}
    until = price.get("effective_to")
    at = last_noon(instant(until)) if until else PEAK if "off_peak_discount" in rules else AT
    region = REGIONS.get(price["region"], "")
    for tier, columns in (("standard", METERS), ("batch", BATCH)):
        for meter, value in meters(price, columns):
            yield Listed(NAME, provider, names, tier, meter, at, value, region, SHORT)
    long = rules.get("long_context")
    for meter, value in meters(price, METERS) if long else ():
        ratio = Decimal(str(long["output_multiplier" if meter == "output_tokens" else "input_multiplier"]))
        tokens = long["threshold"] + 1
        yield Listed(NAME, provider, names, "standard", meter, at, value * ratio, region, tokens)
