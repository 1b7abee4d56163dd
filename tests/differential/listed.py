"""A rate as a catalogue lists it: one meter of one name, under one set of conditions, at one instant."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from importlib.resources import files
from typing import Any

MILLION = 10**6
SHORT = 1
"""Tokens of the prompt to which a rate without a threshold applies."""

EXACT = Context(prec=12)
"""Catalogues are written with floats: 4.800000000000001 is 4.8."""

FINEST = Decimal("1e-6")
"""Of a rate per million: the book keeps twelve decimals per token."""

DAY = timedelta(days=1)
NOON = 12
"""An hour outside of DeepSeek's peak of 2026 and of its discount of 2025."""


@dataclass(frozen=True)
class Listed:
    """What a catalogue says one meter costs, in USD per million tokens.

    `names` are the ways in which our book may know the model, the most likely first; `region` is that of the
    call, `input_tokens` a size of the prompt for which the rate holds.
    """

    catalogue: str
    provider: str
    names: tuple[str, ...]
    tier: str
    meter: str
    at: datetime
    rate: Decimal
    region: str = ""
    input_tokens: int = SHORT


def rate(written: object, *, per: int = MILLION) -> Decimal:
    """USD per million tokens, of a price for `per` tokens."""
    found = EXACT.multiply(Decimal(str(written)), Decimal(MILLION) / per)
    return found.quantize(FINEST).normalize()


def instant(written: str) -> datetime:
    """A day or an instant, in UTC."""
    at = datetime.fromisoformat(written)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def last_noon(end: datetime) -> datetime:
    """The last noon before an instant."""
    noon = end.replace(hour=NOON, minute=0, second=0, microsecond=0)
    return noon if noon < end else noon - DAY


def packaged(package: str, name: str) -> Any:
    """A JSON file inside of an installed package, its numbers as they are written."""
    return json.loads(files(package).joinpath(name).read_text(encoding="utf-8"), parse_float=Decimal)


def meters(stated: Mapping[str, Any], columns: Mapping[str, str]) -> Iterator[tuple[str, Decimal]]:
    """The meters of a row and their rates per million; no price and a price of nothing are left out."""
    for column, meter in columns.items():
        if stated.get(column):
            yield meter, rate(stated[column])
