"""The price list of LiteLLM: its file is read out of the wheel, nothing of it is installed or run."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

from pipelines.settings import PROJECT
from tests.differential.listed import SHORT, Listed, rate

NAME = "litellm"
WHEELS = PROJECT / ".venv" / "catalogue"
FILE = "litellm/model_prices_and_context_window_backup.json"
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
"""The day of 1.110.2, a Saturday."""

PEAK = datetime(2026, 11, 27, 2, tzinfo=UTC)
"""An hour of DeepSeek's peak of the same list: its main rates are those of the peak."""

PROVIDERS = {
    "openai": "openai", "text-completion-openai": "openai", "anthropic": "anthropic", "gemini": "google",
    "mistral": "mistral", "xai": "xai", "deepseek": "deepseek", "azure": "azure", "azure_text": "azure",
    "azure_ai": "azure-ai", "openrouter": "openrouter", "bedrock": "aws-bedrock",
    "bedrock_converse": "aws-bedrock", "bedrock_mantle": "aws-bedrock",
}  # fmt: skip
METERS = {
    "input_cost_per_token": "uncached_input_tokens",
    "output_cost_per_token": "output_tokens",
    "cache_read_input_token_cost": "cache_read_tokens",
    "cache_creation_input_token_cost": "cache_write_5m_tokens",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h_tokens",
}
TIERS = {
    "": "standard", "_batches": "batch", "_flex": "flex", "_priority": "priority", "_ultrafast": "ultrafast",
}  # fmt: skip
COLUMN = re.compile(rf"({'|'.join(METERS)})(?:_above_(\d+)k_tokens)?({'|'.join(filter(None, TIERS))})?")
MULTIPLIED = {"fast": ("fast", ""), "us": ("standard", "us")}
"""A ratio on the standard rates, and the tier and region it makes."""


def listed() -> Iterator[Listed]:
    """Every token rate of the providers of our book; DeepSeek's in and outside of its peak."""
    for name, row in _rows().items():
        provider = _provider(row.get("litellm_provider") or "")
        if provider and "/*/" not in name:
            names = (name, name.split("/", 1)[-1])
            windows = row.get("off_peak_pricing")
            yield from _of(provider, names, row, PEAK if windows else AT)
            yield from _of(provider, names, windows or {}, AT)


def _rows() -> dict[str, dict[str, Any]]:
    wheels = sorted(WHEELS.glob("litellm-*.whl"))
    assert len(wheels) == 1, f"no wheel of litellm: run make {WHEELS.relative_to(PROJECT)}"
    with ZipFile(wheels[0]) as wheel:
        rows: dict[str, dict[str, Any]] = json.loads(wheel.read(FILE), parse_float=Decimal)
    return {name: row for name, row in rows.items() if name != "sample_spec"}


def _provider(theirs: str) -> str | None:
    return "google-vertex" if theirs.startswith("vertex_ai") else PROVIDERS.get(theirs)


def _of(provider: str, names: tuple[str, ...], row: Mapping[str, Any], at: datetime) -> Iterator[Listed]:
    for column, price in row.items():
        parts = COLUMN.fullmatch(column)
        if parts and price:
            tier, tokens = TIERS[parts[3] or ""], int(parts[2]) * 1000 + 1 if parts[2] else SHORT
            meter, value = METERS[parts[1]], rate(price, per=1)
            stated = Listed(NAME, provider, names, tier, meter, at, value, input_tokens=tokens)
            yield stated
            if tier == "standard":
                yield from _multiplied(stated, row.get("provider_specific_entry") or {})


def _multiplied(stated: Listed, ratios: Mapping[str, Any]) -> Iterator[Listed]:
    for word, ratio in ratios.items():
        if word in MULTIPLIED:
            tier, region = MULTIPLIED[word]
            yield replace(stated, tier=tier, region=region, rate=stated.rate * Decimal(ratio))
