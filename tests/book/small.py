"""A small price book in a folder of its own, written as text."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pipelines.book.dimensions import Dimensions, load_dimensions
from tests.ledger import OWNERSHIP
from tests.oracle import METERS

HEADER = (
    "sku,meter,service_tier,region,context_min_tokens,context_max_tokens,rate,per,currency,"
    "valid_from,valid_to,basis,source,source_ref,note"
)
ALIASES = "provider,alias,sku,valid_from,valid_to,source,source_ref"
SOURCES = ("request_log", "openai_usage", "anthropic_usage", "litellm")


def line(**cells: object) -> str:
    """One row of a provider's file; what is not given is an open, cited dollar per million output tokens."""
    row = {
        "sku": "m", "meter": "output_tokens", "service_tier": "standard", "region": "*",
        "context_min_tokens": "0", "context_max_tokens": "", "rate": "1", "per": "1000000",
        "currency": "USD", "valid_from": "2026-01-01", "valid_to": "", "basis": "cited",
        "source": "maker", "source_ref": "page", "note": "",
    }  # fmt: skip
    assert cells.keys() <= row.keys()
    return ",".join(str(cell) for cell in (row | cells).values())


def write_book(
    folder: Path, files: Mapping[str, Iterable[str]], aliases: Iterable[str] = (), names: Iterable[str] = ()
) -> Path:
    """Write a folder of prices; `files` are lines by provider."""
    folder.mkdir(parents=True, exist_ok=True)
    meters = "".join(f"{meter},unit,meaning\n" for meter in METERS)
    (folder / "meters.csv").write_text(f"meter,unit,meaning\n{meters}", encoding="utf-8")
    for provider, lines in files.items():
        _write(folder / f"{provider}.csv", HEADER, lines)
    _write(folder / "aliases.csv", ALIASES, aliases)
    _write(folder / "skus.csv", "provider,sku,name,first_date", names)
    return folder


def _write(path: Path, header: str, lines: Iterable[str]) -> None:
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")


def dimensions(prices: Path, *, assumed_rates: bool = True) -> Dimensions:
    """The dimensions of a book without owners."""
    config = prices.parent / "config"
    config.mkdir(exist_ok=True)
    (config / "ownership.csv").write_text(OWNERSHIP, encoding="utf-8")
    return load_dimensions(prices, config, SOURCES, assumed_rates=assumed_rates)
