"""Azure's own retail prices, held by the package azure-genai-prices; its parser reads the meters."""

from collections.abc import Iterator
from datetime import UTC, datetime

from azure_genai_prices.meters import parse_catalog

from tests.differential.listed import SHORT, Listed, packaged, rate

NAME = "azure-genai-prices"
AT = datetime(2026, 8, 11, tzinfo=UTC)
LONG = 272_001
METERS = {
    "input": "uncached_input_tokens", "output": "output_tokens", "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_5m_tokens",
}  # fmt: skip
PLACES = {
    "global": {"": "eastus2", "global": "eastus2"},
    "data_zone": {"us": "eastus2", "eu": "swedencentral"},
    "regional": {"eastus": "eastus", "swedencentral": "swedencentral"},
}
"""By deployment: the region of the call and the place whose price is that of the region."""

SAME = """
codex-mini gpt-35-turbo-instruct gpt-4-32k gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-5 gpt-5-chat
gpt-5-codex gpt-5-mini gpt-5-nano gpt-5-pro gpt-5.1 gpt-5.1-chat gpt-5.1-codex gpt-5.1-codex-max
gpt-5.1-codex-mini gpt-5.2 gpt-5.2-chat gpt-5.2-codex gpt-5.2-pro gpt-5.3-chat gpt-5.3-codex gpt-5.4
gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.5 gpt-5.6-luna gpt-5.6-sol gpt-5.6-terra mistral-large-3 o1
o1-mini o1-preview o3-pro text-embedding-3-large text-embedding-3-small text-embedding-ada-002
"""
NAMES = dict(zip(SAME.split(), SAME.split(), strict=True)) | {
    "codestral": "Codestral-2501", "computer-use": "computer-use-preview", "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-0513": "gpt-4o-2024-05-13", "gpt-4o-1120": "gpt-4o-2024-11-20", "gpt-4o-mini-0718": "gpt-4o-mini",
    "llama-3.3-70b": "Llama-3.3-70B-Instruct", "mistral-medium-3.5": "mistral-medium-3-5", "o1-1217": "o1",
    "o3-0416": "o3", "o3-deep-research-0626": "o3-deep-research", "o3-mini-0131": "o3-mini",
    "o4-mini-0416": "o4-mini", "oss-120b": "gpt-oss-120b",
}  # fmt: skip
"""What the parser makes of a meter's words, and the name of the model; other words name no model of ours."""

OF_FOUNDRY = {
    "Codestral-2501", "Llama-3.3-70B-Instruct", "gpt-oss-120b", "mistral-large-3", "mistral-medium-3-5",
}  # fmt: skip


def listed() -> Iterator[Listed]:
    """Every token rate of the day, in the places that stand for a deployment."""
    items = packaged("azure_genai_prices", "data/snapshot.json")["items"]
    table, _ = parse_catalog(items, as_of=f"{AT:%Y-%m-%d}")
    for (model, kind, deployment, tier, context), meter in table.items():
        name = NAMES.get(model)
        provider = "azure-ai" if name in OF_FOUNDRY else "azure"
        for region, place in PLACES[deployment].items():
            price = meter.region_prices.get(place)
            if name and price and kind in METERS:
                tokens = LONG if context == "long" else SHORT
                yield Listed(
                    NAME, provider, (name,), tier, METERS[kind], AT, rate(price, per=1), region, tokens
                )
