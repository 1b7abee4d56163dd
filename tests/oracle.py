"""An independent oracle of pricing: slow, plain Decimal arithmetic over the text of the price book.

It shares no code with the project. For one row of usage it says the cost of each meter, or why there is none.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

METERS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens", "output_tokens", "audio_input_tokens", "audio_output_tokens",
    "image_input_tokens", "web_search_requests",
)  # fmt: skip
INPUT_METERS = tuple(m for m in METERS if m.endswith("_tokens") and "output" not in m)
PICODOLLAR = Decimal("0.000000000001")
LARGEST = 2**63 - 1
EXACT = Context(prec=100)
ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)


def cost_column(meter: str) -> str:
    """The published column that holds the cost of a meter."""
    return meter.rsplit("_", 1)[0] + "_cost_usd"


def instant(written: str) -> datetime:
    """A day is its midnight in UTC; nothing written is without end."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC) if written else ENDLESS


@dataclass(frozen=True)
class Rate:
    """One line of a provider's file."""

    meter: str
    tier: str
    low: int
    high: int | None
    rate: Decimal
    per: int
    starts: datetime
    ends: datetime
    basis: str

    def holds(self, tier: str, at: datetime, context: int) -> bool:
        """Half open in time, both ends inside in context."""
        in_band = self.low <= context and (self.high is None or context <= self.high)
        return self.tier == tier and self.starts <= at < self.ends and in_band


@dataclass(frozen=True)
class Priced:
    """What one row of usage costs, or why it has no price."""

    reason: str | None
    costs: dict[str, Decimal | None]
    total: Decimal | None
    assumed: bool | None


class Oracle:
    """All rates and names of a folder of prices."""

    def __init__(self, prices: Path, *, assumed_rates: bool = True) -> None:
        """Read every file; `assumed_rates` says whether rates of basis `assumed` take part."""
        self.rates: dict[tuple[str, str], list[Rate]] = defaultdict(list)
        self.names: dict[tuple[str, str], list[tuple[str, datetime, datetime]]] = defaultdict(list)
        for path in sorted(prices.glob("*.csv")):
            if path.stem not in ("aliases", "meters", "skus"):
                for row in _read(path):
                    self._add(path.stem, row, assumed_rates=assumed_rates)
        for row in _read(prices / "aliases.csv"):
            first = instant(row["valid_from"]) if row["valid_from"] else datetime.min.replace(tzinfo=UTC)
            name = self.names[row["provider"], row["alias"]]
            name.append((row["sku"], first, instant(row["valid_to"])))

    def _add(self, provider: str, row: Mapping[str, str], *, assumed_rates: bool) -> None:
        sku = (provider, row["sku"])
        self.names[sku] = [(row["sku"], datetime.min.replace(tzinfo=UTC), ENDLESS)]
        if assumed_rates or row["basis"] != "assumed":
            high = int(row["context_max_tokens"]) if row["context_max_tokens"] else None
            self.rates[sku].append(
                Rate(
                    row["meter"], row["service_tier"], int(row["context_min_tokens"] or 0), high,
                    Decimal(row["rate"]), int(row["per"]), instant(row["valid_from"]),
                    instant(row["valid_to"]), row["basis"],
                )
            )  # fmt: skip

    def found(self, provider: str, model: str, tier: str, at: datetime, context: int) -> dict[str, Rate]:
        """The rate of every meter that has one for this model, tier, instant and context length."""
        meant = [sku for sku, starts, ends in self.names[provider, model] if starts <= at < ends]
        return {
            rate.meter: rate
            for sku in meant
            for rate in self.rates[provider, sku]
            if rate.holds(tier, at, context)
        }

    def price(
        self, provider: str, model: str, tier: str, at: datetime, units: Mapping[str, int | None]
    ) -> Priced:
        """Price one attempt; `units` are counts by meter, None or absent where none was reported."""
        context = sum(units.get(meter) or 0 for meter in INPUT_METERS)
        known = (provider, model) in self.names
        rates = self.found(provider, model, tier, at, context) if known else {}
        used = {meter: count for meter in METERS if (count := units.get(meter) or 0) > 0}
        reason = _reason(units, used, rates, known=known)
        if reason:
            return Priced(reason, dict.fromkeys(METERS), None, None)
        costs = dict.fromkeys(METERS, Decimal(0)) | {m: _cost(count, rates[m]) for m, count in used.items()}
        return Priced(
            None, dict(costs), sum(costs.values(), Decimal(0)), any(rates[m].basis == "assumed" for m in used)
        )


def _reason(
    units: Mapping[str, int | None], used: Mapping[str, int], rates: Mapping[str, Rate], *, known: bool
) -> str | None:
    if not known:
        return "unknown_model"
    if not rates:
        return "no_rate_for_tier_and_time"
    if all(units.get(meter) is None for meter in METERS):
        return "usage_not_reported"
    for meter in used:
        if meter not in rates:
            return f"no_rate_for_{meter}"
    return "cost_out_of_range" if _too_large(used, rates) else None


def _too_large(used: Mapping[str, int], rates: Mapping[str, Rate]) -> bool:
    """The largest count at the dearest rate of its unit does not fit into 64 bits.

    Counted in the smallest common part of a picodollar that all rates of the cell are whole numbers of.
    """
    parts = lcm(*(_picodollars(rate).denominator for rate in rates.values()))
    for unit in ("tokens", "requests"):
        largest = max((count for meter, count in used.items() if meter.endswith(unit)), default=0)
        dearest = max(
            (_picodollars(r) * parts for m, r in rates.items() if m.endswith(unit)), default=Fraction(0)
        )
        if largest * max(dearest, 1) > LARGEST - parts:
            return True
    return False


def _picodollars(rate: Rate) -> Fraction:
    return Fraction(rate.rate) * 10**12 / rate.per


def _cost(count: int, rate: Rate) -> Decimal:
    """One line: rounded once, half up, to a picodollar."""
    return EXACT.divide(count * rate.rate, Decimal(rate.per)).quantize(PICODOLLAR, ROUND_HALF_UP, EXACT)


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
