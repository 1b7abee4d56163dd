"""Prices usages on both sides, meter by meter, and tells where the two differ."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from genai_prices import Usage, calc_price
from genai_prices.types import ModelPrice, PriceCalculation, TieredPrices

from pipelines.book.dimensions import Dimensions
from pipelines.book.rates import Name
from pipelines.estimate import METERS, PRICED_BY
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.engine import Engine, compose
from tests.differential.generated import CONTEXTS, KEYS, PROVIDERS, Generated

MILLION = 10**6
PICODOLLARS = 10**12
HALF = Fraction(1, 2)
"""Our one rounding of a line, in picodollars."""

OTHER = "dim_other_rate"
"""Holds the meters that no usage here has."""

INSTANT = pa.timestamp("us", tz="UTC")
TEXTS = ("provider", "model", "service_tier", "region", "other_meter", "other_attribute")
COUNTS = ("number", "context_tokens", "largest_context_tokens", *METERS)
SCHEMA = pa.schema(
    [(name, pa.string()) for name in TEXTS]
    + [(name, INSTANT) for name in ("priced_at", "priced_until")]
    + [("other_quantity", pa.decimal128(18, 3))]
    + [(name, pa.int64()) for name in COUNTS]
)


@dataclass(frozen=True)
class Line:
    """One meter of one usage on one side: picodollars, none without a price, and what the price rests on."""

    picodollars: Fraction | None
    units: int
    basis: str = ""

    @cached_property
    def rate(self) -> Decimal | None:
        """USD per million tokens; a rate of ours finer than a picodollar per token comes out rounded."""
        if self.picodollars is None:
            return None
        found = self.picodollars * MILLION / self.units / PICODOLLARS
        return (Decimal(found.numerator) / Decimal(found.denominator)).quantize(Decimal("1e-6")).normalize()


@dataclass(frozen=True)
class Disagreement:
    """One meter that the two sides price differently.

    `standard` is what they take for it in the standard tier, `uncached` what they take for input in this tier
    and in the standard one, `short_write` their five-minute write. `has_rates` tells that we have rates of
    other meters.
    """

    usage: Generated
    meter: str
    ours: Line
    theirs: Line
    standard: Line
    uncached: tuple[Decimal | None, ...]
    short_write: Decimal | None
    has_rates: bool
    reason: str


@dataclass(frozen=True)
class Outcome:
    """A usage priced by both."""

    usage: Generated
    reason: str | None
    rate_id: str | None
    ours: Mapping[str, Line]
    our_total: Decimal | None
    theirs: Mapping[str, Line]
    standard: Mapping[str, Line]
    their_total: Decimal

    @cached_property
    def disagreements(self) -> list[Disagreement]:
        """The meters whose picodollars differ by more than our one rounding."""
        return [
            Disagreement(
                self.usage, meter, ours, self.theirs[meter], self.standard[meter],
                (self.theirs["uncached_input_tokens"].rate, self.standard["uncached_input_tokens"].rate),
                self.theirs["cache_write_5m_tokens"].rate, bool(self.rate_id), self.reason or "",
            )
            for meter, ours in self.ours.items()
            if not is_same(ours.picodollars, self.theirs[meter].picodollars)
        ]  # fmt: skip


def is_same(ours: Fraction | None, theirs: Fraction | None, lines: int = 1) -> bool:
    """Whether two amounts of picodollars are one, up to the rounding of `lines` lines."""
    if ours is None or theirs is None:
        return ours is theirs
    return abs(ours - theirs) <= HALF * lines


def compare(usages: Sequence[Generated], dimensions: Dimensions, spill: Path) -> list[Outcome]:
    """Price every usage on both sides; ours in one query, with the rates of all days."""
    bases = {
        (row["rate_id"], row["meter"]): row["basis"]
        for row in dimensions.table("rate", "", ()).select(["rate_id", "meter", "basis"]).to_pylist()
    }
    steps = [("priced", read_sql("4_facts/pricing.sql"))]
    with Engine([], spill, threads=1) as engine:
        for name, days in _inputs(usages, dimensions).items():
            engine.register(f"{name}_by_day", pa.concat_tables(days))
            steps.insert(0, (name, f"select distinct * from {name}_by_day"))  # noqa: S608
        rows = [_row(number, usage) for number, usage in enumerate(usages)]
        engine.register("usage", pa.Table.from_pylist(rows, schema=SCHEMA))
        columns = ", ".join(["number", "rate_id", "unpriced_reason", "cost_usd", *map(_picodollars, KEYS)])
        sql = compose(steps, f"select {columns} from priced order by number")  # noqa: S608
        priced = engine.table(sql).to_pylist()
    assert [row["number"] for row in priced] == list(range(len(usages)))
    return [_outcome(usage, row, bases) for usage, row in zip(usages, priced, strict=True)]


def _inputs(usages: Iterable[Generated], dimensions: Dimensions) -> dict[str, list[pa.Table]]:
    """The dimensions of every day, as a run reads them; a query for each day would take twice as long."""
    used: dict[str, set[Name]] = defaultdict(set)
    for usage in usages:
        used[f"{usage.at:%Y-%m-%d}"].add((usage.provider, usage.model))
    inputs = {
        name: [dimensions.table(name, day, sorted(names)) for day, names in used.items()]
        for name in PRICED_BY
        if name != OTHER
    }
    return inputs | {OTHER: [dimensions.table(OTHER, min(used), ())]}


def _picodollars(meter: str) -> str:
    return meter.removesuffix("_tokens") + "_picodollars"


def _row(number: int, usage: Generated) -> dict[str, object]:
    return {
        "number": number, "provider": usage.provider, "model": usage.model, "service_tier": usage.tier,
        "priced_at": usage.at, "priced_until": usage.at, "context_tokens": usage.input_tokens,
        "largest_context_tokens": 0, **usage.units,
    }  # fmt: skip


def _outcome(usage: Generated, row: Mapping[str, Any], bases: Mapping[tuple[str, str], str]) -> Outcome:
    ours = {}
    for meter, units in usage.units.items():
        if units:
            found = row[_picodollars(meter)] if row["rate_id"] else None
            ours[meter] = Line(
                None if found is None else Fraction(int(found)), units, bases.get((row["rate_id"], meter), "")
            )
    theirs = _calculated(usage, CONTEXTS[usage.tier])
    standard = theirs if usage.tier == "standard" else _calculated(usage, {})
    return Outcome(
        usage, row["unpriced_reason"], row["rate_id"], ours, row["cost_usd"],
        _lines(usage, theirs.model_price), _lines(usage, standard.model_price), theirs.total_price,
    )  # fmt: skip


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
