"""The dimensions of one edition of book and config, as Arrow tables for the pricing and owner joins."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import xxhash

from pipelines.book.aliases import load_aliases
from pipelines.book.card import Cell, cells, rate_card
from pipelines.book.ownership import load_ownership
from pipelines.book.prices import load_book
from pipelines.warehouse.arrow import schema, table

INSTANT = "TIMESTAMP WITH TIME ZONE"
OWNERSHIP = {
    "source": "VARCHAR", "id_kind": "VARCHAR", "id": "VARCHAR", "tag_text": "VARCHAR", "team": "VARCHAR",
    "feature": "VARCHAR", "environment": "VARCHAR", "valid_from": INSTANT, "valid_to": INSTANT,
}  # fmt: skip
ALIAS = {"provider": "VARCHAR", "alias": "VARCHAR"}
CARD = {
    "rate_id": "VARCHAR", "provider": "VARCHAR", "sku": "VARCHAR", "alias": "VARCHAR",
    "service_tier": "VARCHAR", "region": "VARCHAR", "context_min_tokens": "BIGINT",
    "context_max_tokens": "BIGINT", "takes_unknown_context": "BOOLEAN", "has_assumed_rate": "BOOLEAN",
    "denominator": "BIGINT",
    "most_tokens": "BIGINT", "most_requests": "BIGINT", "valid_from": INSTANT, "valid_to": INSTANT,
}  # fmt: skip
RATE = {
    "rate_id": "VARCHAR", "provider": "VARCHAR", "sku": "VARCHAR", "service_tier": "VARCHAR",
    "region": "VARCHAR", "context_min_tokens": "BIGINT", "context_max_tokens": "BIGINT",
    "valid_from": INSTANT, "valid_to": INSTANT, "meter": "VARCHAR", "rate": "DECIMAL(38,18)",
    "per": "BIGINT", "currency": "VARCHAR", "basis": "VARCHAR", "source": "VARCHAR",
    "source_ref": "VARCHAR", "note": "VARCHAR",
}  # fmt: skip


@dataclass(frozen=True)
class Dimensions:
    """Named inputs of the SQL, and `edition`, which changes when any of them does."""

    tables: Mapping[str, pa.Table]
    edition: str


def load_dimensions(
    prices: Path, config: Path, sources: tuple[str, ...], *, assumed_rates: bool
) -> Dimensions:
    """Read and prove the book and the ownership rules; raise `BookError` for the first fault."""
    files = [*sorted(prices.glob("*.csv")), config / "ownership.csv"]
    digest = xxhash.xxh3_128(repr((sources, assumed_rates)).encode())
    for path in files:
        digest.update(path.name.encode() + path.read_bytes() if path.is_file() else b"")
    return _load(prices, config, sources, edition=digest.hexdigest(), assumed_rates=assumed_rates)


@lru_cache(maxsize=4)
def _load(
    prices: Path, config: Path, sources: tuple[str, ...], *, edition: str, assumed_rates: bool
) -> Dimensions:
    """The edition is an argument so that a changed file is not answered from the cache."""
    book = load_book(prices)
    aliases = load_aliases(prices, book)
    found = cells(book, assumed_rates=assumed_rates)
    card_types = dict(CARD)
    for meter in book.meters:
        card_types |= {f"{meter}_rate": "BIGINT", f"{meter}_assumed": "BOOLEAN"}
    known = sorted({(alias.provider, alias.alias) for alias in aliases})
    owners = [
        {**asdict(rule), "tag_text": json.dumps(rule.id, ensure_ascii=False)}
        for rule in load_ownership(config, sources)
    ]
    return Dimensions(
        tables={
            "dim_rate_card": table(
                rate_card(found, aliases, book.meters, assumed_rates=assumed_rates), card_types
            ),
            "dim_alias": pa.Table.from_pylist(
                [{"provider": provider, "alias": alias} for provider, alias in known], schema=schema(ALIAS)
            ),
            "ownership": table(owners, OWNERSHIP),
            "rate": table((row for cell in found for row in _published(cell)), RATE),
        },
        edition=edition,
    )


def _published(cell: Cell) -> list[dict[str, object]]:
    provider, sku, tier, region = cell.shelf
    return [
        {
            "rate_id": cell.rate_id,
            "provider": provider,
            "sku": sku,
            "service_tier": tier,
            "region": region,
            "context_min_tokens": cell.context_min_tokens,
            "context_max_tokens": cell.context_max_tokens,
            "valid_from": cell.valid_from,
            "valid_to": cell.valid_to,
            "meter": price.meter,
            "rate": price.rate,
            "per": price.per,
            "currency": price.currency,
            "basis": price.basis,
            "source": price.source,
            "source_ref": price.source_ref,
            "note": price.note,
        }
        for price in cell.prices
    ]
