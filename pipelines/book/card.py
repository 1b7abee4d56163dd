"""The rate card: the rates of one name, tier, region, context band and interval side by side in one row.

Rates become whole numbers so that the pricing query can be exact and fast: picodollars (1e-12 USD) per
unit times a denominator that is 1 unless a rate or a ratio is finer than a picodollar.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm

from pipelines.book.cells import Cell, is_banded
from pipelines.book.prices import QUANTITY, UNBOUNDED, Price
from pipelines.errors import BookError

PICODOLLARS = 10**12
THOUSANDTHS = 1000
"""`other_quantity` has three decimals; its rates are per thousandth of a unit."""

UNITS = ("tokens", "requests")
"""What meters with a column count; a row says how many of each the pricing query can multiply in 64 bits."""

LINES = 16
"""More than a row has lines: of a sixteenth as many units (`few_*`) the lines also add up in 64 bits."""

Row = dict[str, object]


def wide_row(cell: Cell, meters: Sequence[str], *, assumed_rates: bool) -> Row:
    """The rates of a cell as columns.

    Args:
        cell: a cell of meters that have columns.
        meters: the names of all such meters.
        assumed_rates: whether usage of unreported context size may take the short band.

    Raises:
        BookError: a rate that does not fit 64 bits.
    """
    listed, effective = _exact(cell)
    denominator = _denominator(cell, listed, effective)
    assumed = {price.meter for price in cell.prices if price.basis == "assumed"}
    row: Row = {
        "rate_id": cell.rate_id,
        "service_tier": cell.shelf[2],
        "context_min_tokens": cell.context_min_tokens,
        "context_max_tokens": cell.context_max_tokens,
        "takes_unknown_context": not is_banded(cell) or assumed_rates,
        "has_assumed_rate": bool(assumed),
        "has_contract": listed != effective,
        "denominator": denominator,
    }
    dearest = {meter: max(listed[meter], effective[meter]) * denominator for meter in listed}
    row |= limits({meter: int(rate) for meter, rate in dearest.items()}, denominator)
    for meter in meters:
        has_rate = meter in listed
        row[f"{meter}_rate"] = int(listed[meter] * denominator) if has_rate else None
        row[f"{meter}_effective_rate"] = int(effective[meter] * denominator) if has_rate else None
        row[f"{meter}_assumed"] = meter in assumed
    return row


def limits(rates: Mapping[str, int], denominator: int) -> Row:
    """How many units of the dearest meter fit: `most_*` in one line, `few_*` in all lines of a row."""
    row: Row = {}
    for unit in UNITS:
        dearest = max((rate for meter, rate in rates.items() if meter.endswith(unit)), default=0)
        row[f"most_{unit}"] = (UNBOUNDED - denominator) // max(dearest, 1)
        row[f"few_{unit}"] = (UNBOUNDED - denominator) // LINES // max(dearest, 1)
    return row


def other_row(cell: Cell, below: Sequence[Cell] = ()) -> Row:
    """The rate of a meter that rows of usage name, per thousandth of its unit.

    Args:
        cell: a cell of such a meter.
        below: for a marginal band the cells of the smaller quantities, in order; they keep their own rates,
            which `offset` adds to the rate of this band.
    """
    bands = [tuple(rate / THOUSANDTHS for rate in _rates(each)) for each in (*below, cell)]
    rate, own_rate = bands[-1]
    offset, own_offset = _offset(below, bands, 0), _offset(below, bands, 1)
    denominator = lcm(*(each.denominator for each in (rate, own_rate, offset, own_offset)))
    [price] = cell.prices
    dearest = max(rate, own_rate) * denominator
    room = UNBOUNDED - denominator - int(max(abs(offset), abs(own_offset)) * denominator)
    if dearest > room:
        raise _too_large(price)
    by_quantity = price.context_basis == QUANTITY
    low, high = cell.context_min_tokens, cell.context_max_tokens
    return {
        "rate_id": cell.rate_id,
        "service_tier": cell.shelf[2],
        "meter": price.meter,
        "attribute": price.attribute,
        "context_min_tokens": 0 if by_quantity else low,
        "context_max_tokens": UNBOUNDED if by_quantity else high,
        "quantity_above": low - 1 if by_quantity else -1,
        "quantity_max": high if by_quantity else UNBOUNDED,
        "minimum_quantity": price.minimum_quantity,
        "is_assumed": price.basis == "assumed",
        "denominator": denominator,
        "most_thousandths": room // max(int(dearest), 1),
        "rate": int(rate * denominator),
        "effective_rate": int(own_rate * denominator),
        "offset": int(offset * denominator),
        "effective_offset": int(own_offset * denominator),
    }


def _offset(below: Sequence[Cell], bands: Sequence[tuple[Fraction, ...]], which: int) -> Fraction:
    """What the smaller quantities cost beyond the rate of the last band."""
    steps = zip(below, pairwise(bands), strict=True)
    return sum(
        ((low[which] - high[which]) * each.context_max_tokens * THOUSANDTHS for each, (low, high) in steps),
        Fraction(0),
    )


def _rates(cell: Cell) -> tuple[Fraction, Fraction]:
    listed, effective = _exact(cell)
    return next(iter(listed.values())), next(iter(effective.values()))


def _exact(cell: Cell) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """List and effective picodollars per unit, by meter."""
    published = [Fraction(price.rate) * PICODOLLARS / price.per for price in cell.prices]
    pairs = list(zip(cell.prices, published, cell.ratios, strict=True))
    return (
        {price.meter: rate * ratios[0] for price, rate, ratios in pairs},
        {price.meter: rate * ratios[1] for price, rate, ratios in pairs},
    )


def _denominator(cell: Cell, listed: dict[str, Fraction], effective: dict[str, Fraction]) -> int:
    denominator = lcm(*(rate.denominator for rate in (*listed.values(), *effective.values())))
    for price in cell.prices:
        if max(listed[price.meter], effective[price.meter]) * denominator > UNBOUNDED - denominator:
            raise _too_large(price)
    return denominator


def _too_large(price: Price) -> BookError:
    return BookError(f"{price.place}: rate {price.rate} per {price.per} does not fit picodollars")
