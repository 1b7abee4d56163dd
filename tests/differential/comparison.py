"""Prices usages on both sides, meter by meter, and tells where the two differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from genai_prices import Usage, calc_price
from genai_prices.types import ModelPrice, PriceCalculation, TieredPrices

from pipelines.book.dimensions import Dimensions
from tests.differential.disagreement import AmongTheirs
from tests.differential.generated import CONTEXTS, KEYS, PROVIDERS, Generated
from tests.differential.ours import MILLION, PICODOLLARS, Line, Priced, priced

NAME = "genai-prices"
HALF = Fraction(1, 2)
"""Our one rounding of a line, in picodollars."""

CENTS = 2
"""The fewest digits to which a page rounds a rate."""


@dataclass(frozen=True)
class Outcome:
    """A usage priced by both."""

    usage: Generated
    ours: Priced
    theirs: Mapping[str, Line]
    standard: Mapping[str, Line]
    their_total: Decimal
    is_undated: bool

    @cached_property
    def disagreements(self) -> list[AmongTheirs]:
        """The meters whose picodollars differ by more than our one rounding."""
        return [
            AmongTheirs(
                NAME, self.usage, meter, line, self.theirs[meter], bool(self.ours.rate_id),
                self.ours.reason or "", self.standard[meter],
                (self.theirs["uncached_input_tokens"].rate, self.standard["uncached_input_tokens"].rate),
                self.theirs["cache_write_5m_tokens"].rate, self.is_undated,
            )
            for meter, line in self.ours.lines.items()
            if not is_same(line.picodollars, self.theirs[meter].picodollars)
        ]  # fmt: skip


def is_same(ours: Fraction | None, theirs: Fraction | None, lines: int = 1) -> bool:
    """Whether two amounts of picodollars are one, up to the rounding of `lines` lines."""
    if ours is None or theirs is None:
        return ours is theirs
    return abs(ours - theirs) <= HALF * lines


def is_rounded(ours: Decimal, theirs: Decimal) -> bool:
    """Whether their rate in USD per million is ours, rounded half up to their digits, two at least."""
    digits = -int(theirs.normalize().as_tuple().exponent)
    if digits < CENTS or -int(ours.normalize().as_tuple().exponent) <= digits:
        return False
    return ours.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) == theirs


def compare(usages: Sequence[Generated], dimensions: Dimensions, spill: Path) -> list[Outcome]:
    """Price every usage on both sides."""
    found = zip(usages, priced(usages, dimensions, spill), strict=True)
    return [_outcome(usage, ours) for usage, ours in found]


def _outcome(usage: Generated, ours: Priced) -> Outcome:
    theirs = _calculated(usage, CONTEXTS[usage.tier])
    standard = theirs if usage.tier == "standard" else _calculated(usage, {})
    return Outcome(
        usage, ours, _lines(usage, theirs.model_price), _lines(usage, standard.model_price),
        theirs.total_price, _is_undated(theirs),
    )  # fmt: skip


def _is_undated(theirs: PriceCalculation) -> bool:
    """Whether the price has no first day: the only one of the model, or the one before the first dated."""
    prices = theirs.model.prices
    dated = [each for each in prices if each.constraint is not None] if isinstance(prices, list) else []
    return not any(each.prices == theirs.model_price for each in dated)


def _calculated(usage: Generated, context: dict[str, str]) -> PriceCalculation:
    units = usage.units
    long_lived = units.get("cache_write_1h_tokens", 0)
    return calc_price(
        Usage(
            input_tokens=usage.input_tokens,
            cache_read_tokens=units.get("cache_read_tokens", 0),
            cache_write_tokens=units.get("cache_write_5m_tokens", 0) + long_lived,
            cache_write_1h_tokens=long_lived,
            output_tokens=units.get("output_tokens", 0),
        ),
        usage.model,
        provider_id=PROVIDERS[usage.provider],
        genai_request_timestamp=usage.at,
        price_context=context or None,
    )


def _lines(usage: Generated, prices: ModelPrice) -> dict[str, Line]:
    """What they charge for each meter: what has no price of its own falls into the wider unit."""
    wider = {
        "cache_read_tokens": ("uncached_input_tokens",),
        "cache_write_5m_tokens": ("uncached_input_tokens",),
        "cache_write_1h_tokens": ("cache_write_5m_tokens", "uncached_input_tokens"),
    }
    lines = {}
    for meter, units in {"uncached_input_tokens": 1, "cache_write_5m_tokens": 1, **usage.units}.items():
        keys = [KEYS[each] for each in (meter, *wider.get(meter, ()))]
        price = next((prices.__dict__[key] for key in keys if prices.__dict__.get(key) is not None), None)
        lines[meter] = Line(_worth(price, units, usage.input_tokens), units)
    return lines


def _worth(price: Decimal | TieredPrices | None, units: int, context: int) -> Fraction:
    if isinstance(price, TieredPrices):
        above = [tier.price for tier in price.tiers if context > tier.start]
        price = above[-1] if above else price.base
    return Fraction(price or 0) * units * PICODOLLARS / MILLION
