"""What requests of a model would cost on a day: rows of usage through the one pricing query."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.book.aliases import load_names, load_providers
from pipelines.book.dimensions import Dimensions
from pipelines.book.rates import Name
from pipelines.errors import LedgerError
from pipelines.projection.question import Question
from pipelines.projection.shares import (
    CacheMeters,
    Part,
    alive,
    cache_meters,
    context_tokens,
    cut,
    parts,
    tokens,
)
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.engine import Engine, compose

METERS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens", "output_tokens", "audio_input_tokens", "audio_output_tokens",
    "image_input_tokens", "web_search_requests",
)  # fmt: skip
PRICED_BY = ("dim_rate_card", "dim_other_rate", "dim_region", "dim_alias")
"""The dimensions that the pricing query names."""


@dataclass(frozen=True)
class Line:
    """What one meter costs on one tier."""

    tier: str
    meter: str
    cost_usd: Decimal


@dataclass(frozen=True)
class Answer:
    """The exact cost in USD, per meter and in all, and the rates behind it.

    `reasons` say per tier why there is no price: then there is no cost at all, not even of the other tier.
    `without_cache` are the tiers where a cached prefix is uncached input.
    """

    provider: str
    model: str
    rate_ids: tuple[str, ...]
    is_assumed: bool
    details: tuple[Line, ...]
    cost_usd: Decimal | None
    reasons: tuple[tuple[str, str], ...]
    used: frozenset[tuple[str, str]]
    without_cache: tuple[str, ...]

    @property
    def lines(self) -> dict[str, Decimal]:
        """Costs at list price by meter; a further tier is named with it."""
        first = self.details[0].tier if self.details else ""
        return {
            line.meter if line.tier == first else f"{line.meter} ({line.tier})": line.cost_usd
            for line in self.details
        }


def no_price(answer: Answer, question: Question) -> str:
    """Why a question has no price, in one sentence."""
    tier, reason = answer.reasons[0]
    day = f"{question.on:%Y-%m-%d}"
    return f"{answer.provider} {answer.model} has no price on {day} in tier {tier}: {reason}"


def named(written: str, dimensions: Dimensions, prices: Path) -> Name:
    """Provider and id of a model written as its id, as provider/id, or as the maker's display name.

    What several providers sell is that of the first in `skus.csv`, where makers stand before hosts.

    Raises:
        LedgerError: the price book has no such model.
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


def estimate(asked: Sequence[tuple[Name, Question]], dimensions: Dimensions) -> list[Answer]:
    """Price questions about models, each by the rates of its own day, in the order asked.

    Raises:
        LedgerError: requests, or their tokens in all, are no count any more (1e15 and above).
    """
    by_day: dict[str, list[int]] = defaultdict(list)
    for place, (_, question) in enumerate(asked):
        question.check()
        by_day[f"{question.on:%Y-%m-%d}"].append(place)
    found: dict[int, Answer] = {}
    with Engine([], Path.cwd()) as engine:
        for day, places in by_day.items():
            some = [asked[place] for place in places]
            found |= zip(places, _price_day(engine, day, some, dimensions), strict=True)
    return [found[place] for place in range(len(asked))]


@dataclass(frozen=True)
class _Row:
    """A row of usage, and the question it belongs to."""

    place: int
    part: Part
    meters: CacheMeters
    usage: dict[str, object]


def _price_day(
    engine: Engine, day: str, asked: Sequence[tuple[Name, Question]], dimensions: Dimensions
) -> list[Answer]:
    tables = {name: dimensions.table(name, day, {name for name, _ in asked}) for name in PRICED_BY}
    for name, table in tables.items():
        engine.register(name, table)
    cards = tables["dim_rate_card"].to_pylist()
    rows = [
        row for place, (name, question) in enumerate(asked) for row in _rows(place, name, question, cards)
    ]
    usage = [row.usage | {"number": number} for number, row in enumerate(rows)]
    engine.register("usage", pa.Table.from_pylist(usage, schema=_schema()))
    sql = compose([("priced", read_sql("4_facts/pricing.sql"))], "select * from priced order by number")
    priced = list(zip(rows, engine.table(sql).to_pylist(), strict=True))
    return [
        _answer(name, [pair for pair in priced if pair[0].place == place])
        for place, (name, _) in enumerate(asked)
    ]


def _rows(place: int, name: Name, question: Question, cards: list[dict[str, Any]]) -> list[_Row]:
    """One row for each tier, more if it does not fit; the context band is that of a single request."""
    mine = alive(cards, name, question)
    rows = []
    for part in parts(question):
        meters = cache_meters(mine, part.tier, question.mix.cache_ttl)
        usage: dict[str, object] = {
            "provider": name[0],
            "model": name[1],
            "service_tier": part.tier,
            "priced_at": question.on,
            "priced_until": question.on,
            "context_tokens": context_tokens(question),
            "largest_context_tokens": 0,
        }
        rows += [
            _Row(place, piece, meters, {**usage, **tokens(question, piece, meters)})
            for piece in cut(question, part, meters, mine)
        ]
    return rows


def _answer(name: Name, priced: Sequence[tuple[_Row, dict[str, Any]]]) -> Answer:
    reasons = dict.fromkeys((row.part.tier, found["unpriced_reason"]) for row, found in priced)
    gaps = tuple((tier, reason) for tier, reason in reasons if reason)
    used = dict.fromkeys((row.part.tier, m) for row, found in priced for m in METERS if found[m])
    costs = (found["cost_usd"] * row.part.times for row, found in priced if not gaps)
    return Answer(
        *name,
        rate_ids=tuple(dict.fromkeys(found["rate_id"] for _, found in priced if found["rate_id"])),
        is_assumed=any(found["price_is_assumed"] for _, found in priced),
        details=() if gaps else tuple(Line(*each, _line(priced, *each)) for each in used),
        cost_usd=None if gaps else sum(costs, Decimal(0)),
        reasons=gaps,
        used=frozenset(used),
        without_cache=tuple(dict.fromkeys(row.part.tier for row, _ in priced if not row.meters.has_cache)),
    )


def _line(priced: Sequence[tuple[_Row, dict[str, Any]]], tier: str, meter: str) -> Decimal:
    """The list cost of a meter on a tier: that of its rows, equal rows as often as they are there."""
    mine = ((row, found) for row, found in priced if row.part.tier == tier and found[meter])
    return sum((found[_cost_of(meter)] * row.part.times for row, found in mine), Decimal(0))


def _cost_of(meter: str) -> str:
    return f"list_{meter.removesuffix('_tokens').removesuffix('_requests')}_cost_usd"


def _schema() -> pa.Schema:
    instant = pa.timestamp("us", tz="UTC")
    texts = ("provider", "model", "service_tier", "region", "other_meter", "other_attribute")
    fields = [("number", pa.int64()), *((name, pa.string()) for name in texts)]
    fields += [("other_quantity", pa.decimal128(18, 3)), ("priced_at", instant), ("priced_until", instant)]
    counts = ("context_tokens", "largest_context_tokens", *METERS)
    return pa.schema([*fields, *((name, pa.int64()) for name in counts)])
