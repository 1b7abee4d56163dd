"""When the rates of a model change: what the price book says of days to come. Compared, never multiplied."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import pairwise

from pipelines.book.cells import EVERYWHERE, Cell, Ratios
from pipelines.book.prices import Price
from pipelines.book.rates import Day, Name, Rates

Held = list[tuple[Price, Ratios]]
Life = tuple[Cell, datetime, datetime]


@dataclass(frozen=True)
class Change:
    """From `at` on, a meter has another rate on a tier, or none; as published, for reading."""

    at: datetime
    tier: str
    meter: str
    before: str
    after: str
    unit: str
    basis: str


def changes(
    rates: Rates, name: Name, context: int, used: Collection[tuple[str, str]], period: Day
) -> list[Change]:
    """The changes within a period, by instant.

    Args:
        rates: the rates as they are believed.
        name: provider and model.
        context: the input of a single request, which chooses the context band.
        used: tier and meter of what is asked; other rates may change unseen.
        period: half open; what changes at its start is no change within it.
    """
    lives = [
        (cell, start, end)
        for alias, cell, start, end in rates.lives(name, period)
        if (alias.region or cell.shelf[3] == EVERYWHERE)
        and not cell.is_other
        and cell.context_min_tokens <= context <= cell.context_max_tokens
    ]
    edges = {edge for _, start, end in lives for edge in (start, end) if period[0] < edge < period[1]}
    instants = [period[0], *sorted(edges)]
    return [
        change for pair in pairwise(instants) for each in sorted(used) for change in _at(pair, each, lives)
    ]


def has_hours(rates: Rates, name: Name, at: datetime) -> bool:
    """Whether a model's rates depend on the hour at an instant."""
    return any(
        cell.time_band and start <= at < end
        for _, cell, start, end in rates.lives(name, (at, at.max.replace(tzinfo=at.tzinfo)))
    )


def _at(pair: tuple[datetime, datetime], used: tuple[str, str], lives: list[Life]) -> Iterator[Change]:
    before, after = (_held(instant, used, lives) for instant in pair)
    if _value(before) != _value(after):
        bases = dict.fromkeys(price.basis for price, _ in after)
        units = dict.fromkeys(f"{price.currency} per {price.per:,}" for price, _ in (*before, *after))
        yield Change(pair[1], *used, _said(before), _said(after), " -> ".join(units), ", ".join(bases))


def _held(at: datetime, used: tuple[str, str], lives: list[Life]) -> Held:
    """The rates of a meter on a tier at an instant: one, or one for each time band."""
    tier, meter = used
    return [
        pair
        for cell, start, end in lives
        if cell.shelf[2] == tier and start <= at < end
        for pair in zip(cell.prices, cell.ratios, strict=True)
        if pair[0].meter == meter
    ]


def _value(held: Held) -> list[tuple[object, ...]]:
    return sorted(
        (price.time_band, Fraction(price.rate) / price.per, price.currency, ratios) for price, ratios in held
    )


def _said(held: Held) -> str:
    """The rates as they are published, with the ratio that makes them ours."""
    rates = [
        f"{price.rate.normalize():f}{'' if ratios[1] == 1 else f' x {ratios[1]}'}" for price, ratios in held
    ]
    return " / ".join(dict.fromkeys(rates)) or "none"
