"""A small price book in a folder of its own, written as text."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.book.rates import LATEST
from tests.ledger import OWNERSHIP
from tests.oracle import METERS

HEADER = (
    "sku,meter,service_tier,region,time_band,attribute,context_min_tokens,context_max_tokens,context_basis,"
    "tier_mode,minimum_quantity,rate,per,currency,valid_from,valid_to,known_from,known_to,basis,confidence,"
    "review_after,source,source_ref,note"
)
METER_HEADER = "meter,unit,place,parent,meaning"
ALIASES = "provider,alias,sku,region,valid_from,valid_to,known_from,known_to,source,source_ref"
BANDS = "provider,time_band,days,from,to,tz,valid_from,valid_to,known_from,known_to,source,source_ref"
PROVIDERS = "provider,name,valid_from,valid_to,known_from,known_to,source,source_ref"
ADJUSTMENTS = (
    "provider,sku,meter,service_tier,region,kind,numerator,denominator,sequence,valid_from,valid_to,"
    "known_from,known_to,source,source_ref,note"
)
CACHE_RULES = (
    "provider,sku,minimum_tokens,step_tokens,breakpoints,isolation,ttl_short_seconds,ttl_long_seconds,"
    "write_meter_short,write_meter_long,valid_from,valid_to,known_from,known_to,basis,source,source_ref,note"
)
FX = "currency,usd,valid_from,valid_to,known_from,known_to,source,source_ref"
SOURCES = ("request_log", "openai_usage", "anthropic_usage", "litellm")
OTHERS = {
    "audio_input_seconds": "second", "output_images": "image", "pages": "page",
    "cache_storage_token_hours": "token_hour", "video_input_tokens": "token", "gpu_hours": "hour",
    "capacity_unit_hours": "hour", "people_hours": "hour",
}  # fmt: skip
METER_LINES = (
    *(f"{m},{'request' if m.endswith('requests') else 'token'},column,,meaning" for m in METERS),
    *(f"{name},{unit},other,,meaning" for name, unit in OTHERS.items()),
)


def _line(row: dict[str, str], cells: Mapping[str, object]) -> str:
    assert cells.keys() <= row.keys(), cells
    return ",".join(str(cell) for cell in (row | dict(cells)).values())


def line(**cells: object) -> str:
    """One row of a provider's file; what is not given is an open, cited dollar per million output tokens."""
    row = dict.fromkeys(HEADER.split(","), "") | {
        "sku": "m", "meter": "output_tokens", "service_tier": "standard", "region": "*",
        "context_min_tokens": "0", "rate": "1", "per": "1000000", "currency": "USD",
        "valid_from": "2026-01-01", "basis": "cited", "confidence": "high", "source": "maker",
        "source_ref": "page",
    }  # fmt: skip
    return _line(row, cells)


def alias(**cells: object) -> str:
    """One row of an alias file: `latest` is `m` of `maker`."""
    row = dict.fromkeys(ALIASES.split(","), "") | {
        "provider": "maker", "alias": "latest", "sku": "m", "source": "maker", "source_ref": "page",
    }  # fmt: skip
    return _line(row, cells)


def provider_name(**cells: object) -> str:
    """One row of providers.csv: `shop` is what a gateway calls `maker`."""
    row = dict.fromkeys(PROVIDERS.split(","), "") | {
        "provider": "maker", "name": "shop", "source": "gateway", "source_ref": "page",
    }  # fmt: skip
    return _line(row, cells)


def band(**cells: object) -> str:
    """One row of bands.csv: `peak` of `maker`, every day, all day, in UTC."""
    row = dict.fromkeys(BANDS.split(","), "") | {
        "provider": "maker", "time_band": "peak", "days": "mon-sun", "from": "00:00", "to": "24:00",
        "tz": "UTC", "source": "maker", "source_ref": "page",
    }  # fmt: skip
    return _line(row, cells)


def adjustment(**cells: object) -> str:
    """One row of an adjustments file: ten per cent on every rate of `maker`."""
    row = dict.fromkeys(ADJUSTMENTS.split(","), "") | {
        "provider": "maker", "sku": "*", "meter": "*", "service_tier": "*", "region": "*",
        "kind": "residency", "numerator": "11", "denominator": "10", "sequence": "1", "source": "maker",
        "source_ref": "page",
    }  # fmt: skip
    return _line(row, cells)


def cache_rule(**cells: object) -> str:
    """One row of cache_rules.csv: every sku of `maker`, 1024 tokens and more, five minutes, writes free."""
    row = dict.fromkeys(CACHE_RULES.split(","), "") | {
        "provider": "maker", "sku": "*", "minimum_tokens": "1024", "step_tokens": "1",
        "isolation": "organization", "ttl_short_seconds": "300", "basis": "cited", "source": "maker",
        "source_ref": "page",
    }  # fmt: skip
    return _line(row, cells)


def exchange(**cells: object) -> str:
    """One row of fx.csv: a CNY is a seventh of a dollar, nearly."""
    row = dict.fromkeys(FX.split(","), "") | {"currency": "CNY", "usd": "0.14", "source_ref": "page"}
    return _line(row, cells)


def write_book(
    folder: Path,
    files: Mapping[str, Iterable[str]],
    aliases: Iterable[str] = (),
    names: Iterable[str] = (),
    *,
    bands: Iterable[str] = (),
    adjustments: Iterable[str] = (),
    meters: Iterable[str] = METER_LINES,
) -> Path:
    """Write a folder of prices; `files` are lines by provider."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "meters.csv", METER_HEADER, meters)
    for provider, lines in files.items():
        write(folder / f"{provider}.csv", HEADER, lines)
    write(folder / "aliases.csv", ALIASES, aliases)
    write(folder / "bands.csv", BANDS, bands)
    write(folder / "adjustments.csv", ADJUSTMENTS, adjustments)
    write(folder / "skus.csv", "provider,sku,name,first_date", names)
    return folder


def write_terms(config: Path, *, contracts: Iterable[str] = (), exchanges: Iterable[str] = ()) -> Path:
    """Write a company's own ratios and currencies beside an empty list of owners."""
    config.mkdir(parents=True, exist_ok=True)
    if not (config / "ownership.csv").exists():
        (config / "ownership.csv").write_text(OWNERSHIP, encoding="utf-8")
    write(config / "adjustments.csv", ADJUSTMENTS, contracts)
    write(config / "fx.csv", FX, exchanges)
    return config


def write(path: Path, header: str, lines: Iterable[str]) -> None:
    """Write a CSV file of lines that are text already."""
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")


def dimensions(
    prices: Path,
    *,
    assumed_rates: bool = True,
    as_known_at: datetime = LATEST,
    contracts: Iterable[str] = (),
    exchanges: Iterable[str] = (),
) -> Dimensions:
    """The dimensions of a book without owners, under the terms of a company in a folder beside it."""
    config = write_terms(prices.parent / "config", contracts=contracts, exchanges=exchanges)
    return load_dimensions(prices, config, SOURCES, assumed_rates=assumed_rates, as_known_at=as_known_at)
