"""An independent oracle of pricing: slow, plain, exact arithmetic over the text of the price book.

It shares no code with the project. For one row of usage it says the cost of each meter, or why there is none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor, lcm
from pathlib import Path

from tests.book.written import DAWN, ENDLESS, NOT_PRICES, Rate, Text, holds, instant, is_for, read, strikes

METERS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens", "output_tokens", "audio_input_tokens", "audio_output_tokens",
    "image_input_tokens", "web_search_requests",
)  # fmt: skip
INPUT_METERS = tuple(m for m in METERS if m.endswith("_tokens") and "output" not in m)
NOW = ENDLESS.replace(year=9998)
LARGEST = 2**63 - 1
ANYWHERE = (None, "", "*", "global", "not_available")
"""What says of no call that it ran in one place."""

Name = tuple[str, str]


def cost_column(meter: str) -> str:
    """The published column that holds the list cost of a meter."""
    return f"list_{meter.rsplit('_', 1)[0]}_cost_usd"


@dataclass(frozen=True)
class Other:
    """What a row of usage has of a meter without a column."""

    meter: str
    quantity: Decimal
    attribute: str = ""


@dataclass(frozen=True)
class Priced:
    """What one row of usage costs, or why it has no price."""

    reason: str | None
    costs: dict[str, Decimal | None]
    other: Decimal | None = None
    total: Decimal | None = None
    effective: Decimal | None = None
    assumed: bool | None = None


@dataclass(frozen=True)
class Shelf:
    """The rates under one name, tier and region at one instant and context length."""

    provider: str
    sku: str
    tier: str
    region: str
    at: datetime
    rates: tuple[Rate, ...] = ()

    @property
    def wide(self) -> dict[str, Rate]:
        """Rates of meters that have a column."""
        return {rate.meter: rate for rate in self.rates if rate.meter in METERS}

    def bands(self, other: Other | None) -> list[Rate]:
        """The rate of a quantity of another meter, last; before it those of smaller quantities."""
        if other is None or other.quantity == 0:
            return []
        said = (other.meter, other.attribute)
        mine = [rate for rate in self.rates if (rate.meter, rate.attribute) == said]
        reached = [rate for rate in mine if not rate.by_quantity or rate.low - 1 < other.quantity]
        return sorted(reached, key=lambda rate: rate.low)


class Oracle:
    """All rates, names and terms of a folder of prices and of a company, as believed at one instant."""

    def __init__(
        self,
        prices: Path,
        config: Path | None = None,
        *,
        assumed_rates: bool = True,
        known_at: datetime = NOW,
    ) -> None:
        """Read every file; `assumed_rates` says whether what is assumed takes part."""
        self._assumes = assumed_rates
        self.rates: dict[Name, list[Rate]] = defaultdict(list)
        self.names: dict[Name, list[tuple[str, str, datetime, datetime]]] = defaultdict(list)
        for path in sorted(prices.glob("*.csv")):
            if path.stem not in NOT_PRICES:
                self._add(path.stem, read(path), known_at, assumed_rates=assumed_rates)
        files = {
            name: [
                row
                for folder in (prices, config)
                if folder
                for row in read(folder / f"{name}.csv")
                if holds(row, known_at, "known")
            ]
            for name in ("aliases", "bands", "adjustments", "fx")
        }
        for row in files["aliases"]:
            life = instant(row["valid_from"], DAWN), instant(row["valid_to"])
            self.names[row["provider"], row["alias"]].append((row["sku"], row["region"], *life))
        self._bands, self._ratios, self._exchanges = files["bands"], files["adjustments"], files["fx"]

    def _add(self, provider: str, rows: list[Text], known_at: datetime, *, assumed_rates: bool) -> None:
        lives: dict[str, list[datetime]] = defaultdict(list)
        for row in rows:
            rate = Rate.of(row)
            lives[row["sku"]] += [rate.starts, rate.ends]
            if rate.known_from <= known_at < rate.known_to and (assumed_rates or rate.basis != "assumed"):
                self.rates[provider, row["sku"]].append(rate)
        for sku, edges in lives.items():
            self.names[provider, sku].append((sku, "", min(edges), max(edges)))

    def shelf(
        self, provider: str, model: str, tier: str, at: datetime, context: int, *, region: str
    ) -> Shelf:
        """What a name has at an instant and context length: nothing, if it means nothing then."""
        for sku, own_region, starts, ends in self.names.get((provider, model), ()):
            if starts <= at < ends:
                bare = Shelf(provider, sku, tier, own_region or region, at)
                if own_region and not self._is_said(bare):
                    return bare
                rates = [rate for rate in self._on(bare) if rate.by_quantity or rate.spans(context)]
                return Shelf(provider, sku, tier, bare.region, at, tuple(rates))
        return Shelf(provider, model, tier, region, at)

    def _on(self, shelf: Shelf) -> Iterator[Rate]:
        alive = [
            rate
            for rate in self.rates[shelf.provider, shelf.sku]
            if rate.tier == shelf.tier and rate.starts <= shelf.at < rate.ends
        ]
        wanted = shelf.region if self._is_apart(shelf) else "*"
        for rate in alive:
            if rate.region == wanted and self._strikes(shelf, rate) and self._worth(shelf, rate) is not None:
                yield rate

    def _is_apart(self, shelf: Shelf) -> bool:
        """Whether the sku has a rate of its own in the region, in whatever tier and at whatever time."""
        return any(rate.region == shelf.region for rate in self.rates[shelf.provider, shelf.sku])

    def _is_said(self, shelf: Shelf) -> bool:
        """Whether the book says anything of the region, for the sku and the tier."""
        return self._is_apart(shelf) or any(
            row["region"] == shelf.region
            and row["provider"] == shelf.provider
            and row["sku"] in ("*", shelf.sku)
            and row["service_tier"] in ("*", shelf.tier)
            for row in self._ratios
        )

    def _strikes(self, shelf: Shelf, rate: Rate) -> bool:
        bands = [b for b in self._bands if (b["provider"], b["time_band"]) == (shelf.provider, rate.band)]
        return not rate.band or any(holds(band, shelf.at) and strikes(band, shelf.at) for band in bands)

    def _worth(self, shelf: Shelf, rate: Rate) -> Fraction | None:
        """USD for one unit of the rate's currency."""
        if rate.currency == "USD":
            return Fraction(1)
        mine = [row for row in self._exchanges if row["currency"] == rate.currency and holds(row, shelf.at)]
        return Fraction(mine[0]["usd"]) if mine else None

    def dollars(self, shelf: Shelf, rate: Rate) -> tuple[Fraction, Fraction]:
        """List and effective USD for one unit."""
        listed = Fraction(rate.rate) / rate.per * (self._worth(shelf, rate) or 0)
        own = Fraction(1)
        for row in self._ratios:
            if (
                row["provider"] == shelf.provider
                and is_for(row, rate.meter, (shelf.sku, shelf.tier, shelf.region))
                and holds(row, shelf.at)
            ):
                ratio = Fraction(int(row["numerator"]), int(row["denominator"]))
                if row["kind"] == "residency":
                    listed *= ratio
                else:
                    own *= ratio
        return listed, listed * own

    def found(
        self, provider: str, model: str, tier: str, at: datetime, context: int, *, region: str = "*"
    ) -> dict[str, Rate]:
        """The rate of every meter with a column that has one for this model, tier, instant and context."""
        return self.shelf(provider, model, tier, at, context, region=region).wide

    def price(
        self, provider: str, model: str, tier: str, at: datetime, units: Mapping[str, int | None],
        *, region: str | None = None, other: Other | None = None,
    ) -> Priced:  # fmt: skip
        """Price one attempt; `units` are counts by meter, None or absent where none was reported."""
        context = sum(units.get(meter) or 0 for meter in INPUT_METERS)
        shelf = self.shelf(provider, model, tier, at, context, region=region or "*")
        used = {meter: count for meter in METERS if (count := units.get(meter) or 0) > 0}
        is_reported = other is not None or any(units.get(meter) is not None for meter in METERS)
        stands_in = self._stands_in(shelf, model, region) and bool(used or (other and other.quantity))
        known = self._knows(provider, model)
        reason = _reason(
            shelf, used, other, known=known, is_reported=is_reported, placed=self._assumes or not stands_in
        )
        if reason or self._is_too_large(shelf, used, other):
            return Priced(reason or "cost_out_of_range", dict.fromkeys(METERS))
        bands = shelf.bands(other)
        pairs = {m: tuple(count * r for r in self.dollars(shelf, shelf.wide[m])) for m, count in used.items()}
        others = [_rounded(self._other(shelf, other, bands, which)) for which in (0, 1)]
        costs = {meter: _rounded(pair[0]) for meter, pair in pairs.items()}
        return Priced(
            None,
            dict.fromkeys(METERS, Decimal(0)) | costs,
            others[0],
            sum(costs.values(), others[0]),
            sum((_rounded(pair[1]) for pair in pairs.values()), others[1]),
            stands_in
            or "assumed" in [rate.basis for rate in (*(shelf.wide[meter] for meter in used), *bands[-1:])],
        )

    def _knows(self, provider: str, model: str) -> str | None:
        """Why a name has no price; None where the book has it."""
        if provider not in {each for each, _ in self.names}:
            return "unknown_provider"
        return None if (provider, model) in self.names else "unknown_model"

    def _stands_in(self, shelf: Shelf, model: str, region: str | None) -> bool:
        """Whether a call ran in a region of which the book says nothing, for its sku, tier and name."""
        names = self.names.get((shelf.provider, model), ())
        is_tied = any(own for _, own, starts, ends in names if starts <= shelf.at < ends)
        return region not in ANYWHERE and not is_tied and not self._is_said(shelf)

    def _other(self, shelf: Shelf, other: Other | None, bands: list[Rate], which: int) -> Fraction:
        """What a meter without a column costs; marginal bands price what lies inside of each."""
        if other is None or not bands:
            return Fraction(0)
        quantity = max(Fraction(other.quantity), Fraction(bands[-1].minimum))
        if not bands[-1].is_marginal:
            return quantity * self.dollars(shelf, bands[-1])[which]
        inside = [min(quantity, band.high or quantity) - max(band.low - 1, 0) for band in bands]
        prices = [self.dollars(shelf, band)[which] for band in bands]
        return sum((part * price for part, price in zip(inside, prices, strict=True)), Fraction(0))

    def _is_too_large(self, shelf: Shelf, used: Mapping[str, int], other: Other | None) -> bool:
        """The largest count at the dearest rate of its unit does not fit into 64 bits."""
        rates = {meter: self.dollars(shelf, rate) for meter, rate in shelf.wide.items()}
        everything = [rate for pair in rates.values() for rate in pair]
        for unit in ("tokens", "requests"):
            largest = max((count for meter, count in used.items() if meter.endswith(unit)), default=0)
            mine = [rate for meter, pair in rates.items() if meter.endswith(unit) for rate in pair]
            if _overflows(largest, mine, everything):
                return True
        bands = shelf.bands(other)
        if other is None or not bands or bands[-1].is_marginal:
            return False
        thousandths = [rate / 1000 for rate in self.dollars(shelf, bands[-1])]
        return _overflows(int(max(other.quantity, bands[-1].minimum) * 1000), thousandths, thousandths)


def _overflows(largest: int, rates: Iterable[Fraction], everything: Iterable[Fraction]) -> bool:
    """Counted in the smallest part of a picodollar that all rates are whole numbers of."""
    parts = lcm(*((rate * 10**12).denominator for rate in everything))
    return largest * max([rate * 10**12 * parts for rate in rates], default=Fraction(1)) > LARGEST - parts


def _reason(
    shelf: Shelf, used: Mapping[str, int], other: Other | None, *, known: str | None, is_reported: bool,
    placed: bool,
) -> str | None:  # fmt: skip
    if known:
        return known
    if not is_reported:
        return "usage_not_reported"
    if not shelf.wide and (used or not other):
        return "no_rate_for_tier_and_time"
    if not placed:
        return "unknown_region"
    for meter in used:
        if meter not in shelf.wide:
            return f"no_rate_for_{meter}"
    return f"no_rate_for_{other.meter}" if other and other.quantity > 0 and not shelf.bands(other) else None


def _rounded(dollars: Fraction) -> Decimal:
    """One line: rounded once, half up, to a picodollar."""
    return Decimal(floor(dollars * 10**12 + Fraction(1, 2))).scaleb(-12)
