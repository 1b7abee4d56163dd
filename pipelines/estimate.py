"""What requests of a model would cost on a day: one usage row through the one pricing query."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from pipelines.book.aliases import load_names, load_providers
from pipelines.book.dimensions import Dimensions
from pipelines.errors import LedgerError
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.engine import Engine, compose

METERS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens", "output_tokens", "audio_input_tokens", "audio_output_tokens",
    "image_input_tokens", "web_search_requests",
)  # fmt: skip
PRICED_BY = ("dim_rate_card", "dim_other_rate", "dim_region", "dim_alias")
"""The dimensions that the pricing query names."""

TOO_MANY = 10**15
"""Counts from here on are taken for mistakes, in logs as well."""


@dataclass(frozen=True)
class Question:
    """Requests of equal size; tokens are per request and disjoint (`input_tokens` are the uncached ones)."""

    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    requests: int
    service_tier: str
    on: datetime


@dataclass(frozen=True)
class Answer:
    """The exact cost in USD, per meter and in all, and the rate behind it."""

    provider: str
    model: str
    rate_id: str
    is_assumed: bool
    lines: dict[str, Decimal]
    cost_usd: Decimal


def estimate(question: Question, dimensions: Dimensions, prices: Path) -> Answer:
    """Price a question.

    Raises:
        LedgerError: the model is unknown, or has no rate for what is asked.
    """
    provider, model = _named(question.model, dimensions, prices)
    with Engine([], Path.cwd()) as engine:
        for name in PRICED_BY:
            engine.register(name, dimensions.table(name, f"{question.on:%Y-%m-%d}", [(provider, model)]))
        engine.register("usage", pa.Table.from_pylist([_usage(question, provider, model)], schema=_schema()))
        sql = compose([("priced", read_sql("4_facts/pricing.sql"))], "select * from priced")
        row = engine.table(sql).to_pylist()[0]
    if row["unpriced_reason"]:
        raise LedgerError(
            f"{provider} {model} has no price on {question.on:%Y-%m-%d} in tier {question.service_tier}:"
            f" {row['unpriced_reason']}"
        )
    lines = {meter: row[_cost_of(meter)] for meter in METERS if row[meter]}
    return Answer(provider, model, row["rate_id"], row["price_is_assumed"], lines, row["cost_usd"])


def _cost_of(meter: str) -> str:
    return meter.removesuffix("_tokens").removesuffix("_requests") + "_cost_usd"


def _named(written: str, dimensions: Dimensions, prices: Path) -> tuple[str, str]:
    """Provider and id of a model written as its id, as provider/id, or as the maker's display name.

    What several providers sell is that of the first in `skus.csv`, where makers stand before hosts.
    """
    known = dimensions.rates.names
    exact = [pair for pair in known if written == f"{pair[0]}/{pair[1]}"]
    found = exact or [pair for pair in known if written == pair[1]]
    by_name = load_names(prices).get(written.lower())
    if not found and by_name:
        return by_name
    if not found:
        raise LedgerError(f"the price book has no model {written!r}")
    order = load_providers(prices)
    return min(found, key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))


def _schema() -> pa.Schema:
    instant = pa.timestamp("us", tz="UTC")
    texts = ("provider", "model", "service_tier", "region", "other_meter", "other_attribute")
    fields = [(name, pa.string()) for name in texts]
    fields += [("other_quantity", pa.decimal128(18, 3)), ("priced_at", instant), ("priced_until", instant)]
    counts = ("context_tokens", "largest_context_tokens", *METERS)
    return pa.schema([*fields, *((name, pa.int64()) for name in counts)])


def _usage(question: Question, provider: str, model: str) -> dict[str, object]:
    """All requests as one row; the context band is that of a single request.

    Raises:
        LedgerError: the tokens of all requests are no count any more (1e15 and above).
    """
    largest = max(question.input_tokens, question.cache_read_tokens, question.output_tokens)
    if largest * question.requests >= TOO_MANY:
        raise LedgerError(f"{largest * question.requests:,} tokens in all are not below {TOO_MANY:,}")
    return {
        "provider": provider,
        "model": model,
        "service_tier": question.service_tier,
        "priced_at": question.on,
        "priced_until": question.on,
        "context_tokens": question.input_tokens + question.cache_read_tokens,
        "largest_context_tokens": 0,
        "uncached_input_tokens": question.input_tokens * question.requests,
        "cache_read_tokens": question.cache_read_tokens * question.requests,
        "output_tokens": question.output_tokens * question.requests,
    }
