"""A second catalogue of prices, `genai-prices`, as dimensions of the same shape: to compare, never to price.

It is asked for each model by the id in the log, at each hour of a day; what its rules answer is its opinion.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import pyarrow as pa
import xxhash

from pipelines.book.card import PICODOLLARS, Row, limits
from pipelines.book.dimensions import ALIAS, OTHER, REGION, card_types
from pipelines.book.prices import UNBOUNDED
from pipelines.book.rates import Name
from pipelines.book.stated import period_of
from pipelines.warehouse.arrow import table

TIERS: dict[str, dict[str, str]] = {
    "standard": {},
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
}
"""What the catalogue has to be told for a tier of ours."""

PROVIDERS = {"aws-bedrock": "aws", "google-vertex": "google", "xai": "x-ai"}
"""Providers that it calls by another name."""

KEYS: dict[str, tuple[str, ...]] = {
    "uncached_input_tokens": ("input_mtok",),
    "cache_read_tokens": ("cache_read_mtok", "input_mtok"),
    "cache_write_5m_tokens": ("cache_write_5m_mtok", "cache_write_mtok", "input_mtok"),
    "cache_write_1h_tokens": ("cache_write_1h_mtok", "cache_write_mtok", "input_mtok"),
    "cache_write_tokens": ("cache_write_mtok", "input_mtok"),
    "output_tokens": ("output_mtok",),
    "audio_input_tokens": ("input_audio_mtok", "input_mtok"),
    "audio_output_tokens": ("output_audio_mtok", "output_mtok"),
    "image_input_tokens": ("input_image_mtok", "input_mtok"),
    "web_search_requests": ("web_searches_kcount",),
}
"""Its price of a meter: the first of these that it has, as it prices a unit by what contains it."""

PER = {"mtok": 1_000_000, "kcount": 1_000}


@cache
def _release() -> str:
    """The release of the catalogue; reading a package's metadata takes a millisecond, and every day asks."""
    return version("genai-prices")


class SecondOpinion:
    """The dimensions that the pricing query names, filled from the catalogue."""

    def digest(self, name: str, day: str, used: Collection[Name], *, within_day: bool) -> str:
        """Tells whether the opinion of a day may be another: another catalogue or other models."""
        said = (name, _release(), day, sorted(used), within_day)
        return xxhash.xxh3_128_hexdigest(repr(said).encode())

    def table(self, name: str, day: str, used: Collection[Name]) -> pa.Table:
        """An input as the SQL names it, for a day and the models it used."""
        known = {pair: found for pair in sorted(used) if (found := _find(pair)) is not None}
        match name:
            case "dim_rate_card":
                rows = (row for pair, found in known.items() for row in _rows(pair, found, day))
                return table(rows, card_types(KEYS))
            case "dim_alias":
                names = sorted({*known, *((provider, "") for provider, _ in used)})
                return table(({"provider": provider, "alias": alias} for provider, alias in names), ALIAS)
        return table([], OTHER if name == "dim_other_rate" else REGION)


def rates_of(pair: Name, service_tier: str, day: date) -> Iterator[tuple[str, int, int, Decimal]]:
    """Its own rates of a model on a day: meter, least and largest input, USD per million tokens or request.

    Empty where it does not know the model or the tier.
    """
    found = _find(pair)
    if found is None or service_tier not in TIERS:
        return
    start = period_of(day.isoformat())[0]
    answer = found.get_prices(start, TIERS[service_tier] or None)
    said = {meter for meter, keys in KEYS.items() if getattr(answer, keys[0], None) is not None}
    priced = {
        meter: each for meter, each in _prices(found, start, TIERS[service_tier]).items() if meter in said
    }
    for row in _bands(pair, service_tier, *period_of(day.isoformat()), priced):
        for meter in priced:
            unit = 1 if meter.endswith("requests") else 1_000_000
            rate = Decimal(str(row[f"{meter}_rate"])) * unit / PICODOLLARS
            yield meter, int(str(row["context_min_tokens"])), int(str(row["context_max_tokens"])), rate


def _find(pair: Name) -> Any:
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 takes most of a second to load

    provider, alias = pair
    try:
        return get_snapshot().find_provider_model(alias, None, PROVIDERS.get(provider, provider), None)[1]
    except LookupError:
        return None


def _rows(pair: Name, found: Any, day: str) -> Iterator[Row]:
    start, end = period_of(day)
    for tier, context in TIERS.items():
        before: tuple[datetime, dict[str, Any]] | None = None
        for hour in range(24 if _has_hours(found) else 1):
            at = start + timedelta(hours=hour)
            prices = _prices(found, at, context)
            if before is not None and prices != before[1]:
                yield from _bands(pair, tier, before[0], at, before[1])
                before = None
            before = before or (at, prices)
        if before is not None:
            yield from _bands(pair, tier, before[0], end, before[1])


def _has_hours(found: Any) -> bool:
    """Whether a model has prices for some hours of the day; all other prices change at midnight."""
    conditions = [found.prices] if not isinstance(found.prices, list) else found.prices
    every = (*conditions, *(found.price_variants or ()))
    return any(hasattr(getattr(each, "constraint", None), "start_time") for each in every)


def _prices(found: Any, at: datetime, context: dict[str, str]) -> dict[str, Any]:
    """The price of each meter: a number, or one with steps by the size of the whole input."""
    answer = found.get_prices(at, context or None)
    priced: dict[str, Any] = {}
    for meter, keys in KEYS.items():
        for key in keys:
            price = getattr(answer, key, None)
            if price is not None and meter not in priced:
                priced[meter] = (price, PER[key.rsplit("_", 1)[1]])
    return priced


def _bands(pair: Name, tier: str, start: datetime, end: datetime, priced: dict[str, Any]) -> Iterator[Row]:
    steps = sorted({step.start for price, _ in priced.values() for step in getattr(price, "tiers", ())})
    edges = [-1, *steps, UNBOUNDED]
    for below, top in pairwise(edges):
        rates = {meter: _picodollars(price, below, per) for meter, (price, per) in priced.items()}
        yield _card(pair, tier, (start, end), (below + 1, top), rates)


def _picodollars(price: Any, below: int, per: int) -> int:
    """The rate where the input is larger than `below`, in picodollars per unit; finer is cut off."""
    steps = [step.price for step in getattr(price, "tiers", ()) if step.start <= below]
    rate = steps[-1] if steps else getattr(price, "base", price)
    return int(Decimal(rate) * PICODOLLARS / per)


def _card(
    pair: Name, tier: str, valid: tuple[datetime, datetime], context: tuple[int, int], rates: dict[str, int]
) -> Row:
    provider, alias = pair
    row: Row = {
        "rate_id": "genai-prices", "provider": provider, "sku": alias, "alias": alias, "service_tier": tier,
        "region": "*", "context_min_tokens": context[0], "context_max_tokens": context[1], "denominator": 1,
        "valid_from": valid[0], "valid_to": valid[1], "takes_unknown_context": True,
        "has_assumed_rate": False, "has_contract": False, "is_of_region": True, "takes_unknown_region": True,
    }  # fmt: skip
    row |= limits(rates, 1)
    for meter in KEYS:
        row |= {f"{meter}_rate": rates.get(meter), f"{meter}_effective_rate": rates.get(meter)}
        row[f"{meter}_assumed"] = False
    return row
