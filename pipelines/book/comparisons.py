"""Rates of one sku held against each other: what cannot be right, whoever says it.

Each comparison takes the rates of a sku that are believed now, and yields those that are at fault with a
sentence. No number in here is a price: only which rate may not be above or below which.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from pipelines.book.dated import both_from
from pipelines.book.prices import INPUT, Key, Price

STANDARD = "standard"
DEARER = ("fast", "priority", "ultrafast")
CHEAPER = ("batch", "flex")
READ_OF = {
    "cache_read_tokens": "uncached_input_tokens", "cache_read_audio_tokens": "audio_input_tokens",
    "cache_read_image_tokens": "image_input_tokens",
}  # fmt: skip
"""Meters of tokens read from a cache, and what the same tokens are when they are not."""

HALF_PICODOLLAR = Fraction(1, 2 * 10**12)
"""A rate that keeps a ratio is rounded to twelve decimals per unit."""

Fault = tuple[Price, str]


def per_unit(price: Price) -> Fraction:
    """What one unit costs, in the currency of the rate."""
    return Fraction(price.rate) / price.per


class Sku:
    """The rates of one sku, found by what they are of."""

    def __init__(self, prices: Sequence[Price]) -> None:
        """Keep rates that are believed at one instant."""
        self.prices = prices
        self._by_key: dict[Key, list[Price]] = defaultdict(list)
        for price in prices:
            self._by_key[price.key].append(price)

    def chain(self, price: Price) -> list[Price]:
        """The rates of the same thing at other times and context sizes, and itself."""
        return self._by_key[price.key]

    def beside(self, price: Price, *, tier: str = "", meter: str = "") -> Iterator[Price]:
        """The rates of another tier or meter that apply with a rate, at its context size."""
        other = replace(price, service_tier=tier or price.service_tier, meter=meter or price.meter)
        for found in self._by_key.get(other.key, ()):
            in_band = found.context_min_tokens <= price.context_min_tokens <= found.context_max_tokens
            if in_band and both_from(price, found) is not None:
                yield found


def tiers_out_of_order(sku: Sku) -> Iterator[Fault]:
    """A tier that buys speed costs no less than standard, one that waits no more."""
    for price in sku.prices:
        if price.service_tier in (*DEARER, *CHEAPER):
            for standard in sku.beside(price, tier=STANDARD):
                difference = per_unit(price) - per_unit(standard)
                if difference and (difference < 0) == (price.service_tier in DEARER):
                    yield price, f"{price.service_tier} {price.rate} beside standard {standard.rate}"


def long_context_cheaper(sku: Sku) -> Iterator[Fault]:
    """A longer context costs no less than a shorter one; larger quantities may."""
    for price in sku.prices:
        for shorter in sku.chain(price) if price.context_basis == INPUT else ():
            is_shorter = shorter.context_max_tokens < price.context_min_tokens
            if is_shorter and both_from(price, shorter) is not None and per_unit(price) < per_unit(shorter):
                yield price, f"{price.rate} from {price.context_min_tokens} tokens, {shorter.rate} below"


def reads_above_input(sku: Sku) -> Iterator[Fault]:
    """A token read from a cache costs no more than one that was not."""
    for price in sku.prices:
        for fresh in sku.beside(price, meter=READ_OF[price.meter]) if price.meter in READ_OF else ():
            if per_unit(price) > per_unit(fresh):
                yield price, f"cached {price.rate}, uncached {fresh.rate}"


def carried_over_a_sighting(sku: Sku) -> Iterator[Fault]:
    """An assumed rate that ends where another was observed: that one is what should be carried back.

    Unless the assumed rate keeps a ratio: to a rate of the same sku that changed at that instant alike.
    """
    for price in sku.prices:
        for sighting in _next(price, sku.chain(price)) if price.basis == "assumed" else ():
            differs = sighting.basis == "observed" and per_unit(sighting) != per_unit(price)
            if differs and not _keeps_ratio(price, sighting, sku):
                yield price, f"assumed {price.rate} until {sighting.rate} was observed"


def _next(price: Price, chain: Iterable[Price]) -> Iterator[Price]:
    """The rate of the same context that follows."""
    for other in chain:
        if (other.valid_from, other.context_min_tokens) == (price.valid_to, price.context_min_tokens):
            yield other


def _keeps_ratio(price: Price, sighting: Price, sku: Sku) -> bool:
    """Whether a rate that somebody stated changed with them in the same ratio."""
    for before in sku.prices:
        if before.valid_to == price.valid_to and before.basis != "assumed":
            for after in _next(before, sku.chain(before)):
                kept = per_unit(before) * per_unit(sighting) - per_unit(after) * per_unit(price)
                if abs(kept) <= HALF_PICODOLLAR * per_unit(after):
                    return True
    return False


COMPARISONS = (tiers_out_of_order, long_context_cheaper, reads_above_input, carried_over_a_sighting)
