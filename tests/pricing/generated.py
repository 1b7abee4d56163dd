"""Ten thousand generated attempts over every name of the price book, on both sides of its price changes."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.book.written import NOT_PRICES, Rate, instant, read
from tests.oracle import INPUT_METERS, METERS, Oracle, Other
from tests.pricing.direct import Asked

ATTEMPTS = 10_000
TIERS = ("standard", "standard", "standard", "batch", "flex", "priority", "batch", "scale")
REGIONS = (None, None, "us", "eu", "global", "mars")
SURELY = (
    "2025-06-10", "2026-03-13", "2026-03-16", "2026-04-30", "2026-05-15", "2026-07-30",
    "2026-08-16T16:00:00Z", "2026-08-21T19:34:00Z",
)  # fmt: skip
"""Instants of well-known price changes and of moved aliases."""
OFTEN = 4
"""How many more days of change: those on which most rates begin or end."""
BEFORE_ALL, AFTER_ALL = "2022-01-01", "2030-01-01"
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Attempt:
    """An attempt as a log tells it."""

    name: str
    provider: str
    model: str
    tier: str | None
    at: datetime
    units: Mapping[str, int | None]
    region: str | None
    other: Other | None

    @property
    def asked(self) -> Asked:
        """The attempt with the tier it has by default."""
        tier = self.tier or "standard"
        return Asked(self.provider, self.model, tier, self.at, self.units, self.region, self.other)

    @property
    def record(self) -> dict[str, Any]:
        """The row of a request log."""
        return {
            "request_id": self.name, "ended_at": self.at.isoformat(), "provider": self.provider,
            "model": self.model, "service_tier": self.tier, "region": self.region,
            "other_meter": self.other.meter if self.other else None,
            "other_quantity": str(self.other.quantity) if self.other else None,
            "other_attribute": (self.other.attribute or None) if self.other else None,
            **{m: self.units.get(m) for m in METERS},
        }  # fmt: skip


def changes(prices: Path) -> list[datetime]:
    """The midnights the attempts lie around, the well-known ones and the busiest ones."""
    seen: Counter[str] = Counter()
    for path in sorted(prices.glob("*.csv")):
        if path.stem not in NOT_PRICES:
            seen.update(row[edge] for row in read(path) for edge in ("valid_from", "valid_to"))
    del seen[""]
    often = [day for day, _ in sorted(seen.items(), key=lambda pair: (-pair[1], pair[0]))][:OFTEN]
    days = sorted({*SURELY, *often, BEFORE_ALL, AFTER_ALL})
    return [instant(day) for day in days]


MEDIA = (
    "image",
    "dall-e",
    "imagen",
    "tts",
    "speech",
    "sora",
    "veo-",
    "transcri",
    "whisper",
    "rerank",
    "video",
    "ocr",
)
"""Parts of the names of models for something other than text."""


def attempts(prices: Path) -> Iterator[Attempt]:
    """Every name of the book in turn, each with drawn tier, instant and counts; always the same ones."""
    draw = random.Random(20260730)  # noqa: S311
    oracle = Oracle(prices)
    names = sorted(oracle.names)
    edges = changes(prices)
    # A name stays around one change: a day names few models, as real days do.
    home = {name: draw.sample(_lived(oracle, *name, edges) or edges, 1) for name in names}
    for number in range(ATTEMPTS):
        provider, model = names[number % len(names)]
        rates = oracle.rates[provider, oracle.names[provider, model][-1][0]]
        at = _instant(draw, home[provider, model] if draw.random() < 0.9 else edges)
        tier = draw.choice([r.tier for r in rates]) if draw.random() < 0.6 else draw.choice([None, *TIERS])
        units = _units(
            draw, sorted({r.low for r in rates} - {0}), sorted({r.meter for r in rates} & {*METERS})
        )
        if any(kind in model for kind in MEDIA):
            # One that counts no output does not report its usage, which is not for the oracle to know.
            units["output_tokens"] = units.get("output_tokens") or 1
        region = draw.choice([draw.choice(rates).region, *REGIONS])
        if draw.random() < 0.02:
            model = draw.choice([f"{model}-x", model[:-1], model.upper(), "unknown"])
        other = _other(draw, rates)
        yield Attempt(f"request-{number}", provider, model, tier, at, units, region, other)


def _lived(oracle: Oracle, provider: str, model: str, edges: list[datetime]) -> list[datetime]:
    """The midnights at which the name has a standard price."""
    return [edge for edge in edges if oracle.found(provider, model, "standard", edge, 0)]


def _instant(draw: random.Random, edges: list[datetime]) -> datetime:
    edge = draw.choice(edges)
    near = (-MICROSECOND, timedelta(0), MICROSECOND, timedelta(hours=draw.randrange(24)))
    return edge + draw.choice(near)


def _units(draw: random.Random, thresholds: list[int], sold: list[str]) -> dict[str, int | None]:
    """Counts by meter: few meters, all of them, none reported, at a context threshold, or huge."""
    kind = draw.random()
    if kind < 0.02:
        return {}
    if kind < 0.1:
        return {meter: draw.randrange(0, 3000) for meter in METERS}
    if kind < 0.4:
        return {meter: draw.randrange(0, 3000) for meter in sold}
    size = 10**15 - 1 if kind > 0.97 else draw.choice([1, 7, 1000, 300_000, 10**9])
    units: dict[str, int | None] = {
        "uncached_input_tokens": draw.randrange(0, size + 1),
        "output_tokens": draw.randrange(0, size + 1),
    }
    for meter in (draw.choice(METERS), draw.choice(sold or METERS)):
        units[meter] = draw.choice([None, 0, draw.randrange(0, 5000)])
    if thresholds and kind < 0.7:
        meter = draw.choice(("uncached_input_tokens", "cache_read_tokens"))
        others = sum(units.get(name) or 0 for name in INPUT_METERS if name != meter)
        units[meter] = max(0, draw.choice(thresholds) - others + draw.choice((-2, -1, 0, 1)))
    return units


def _other(draw: random.Random, rates: list[Rate]) -> Other | None:
    """A meter without a column, mostly one that is sold, sometimes with another attribute."""
    sold = sorted({(rate.meter, rate.attribute) for rate in rates if rate.meter not in METERS})
    if not sold or draw.random() < 0.4:
        return Other("pages", Decimal(1)) if draw.random() < 0.02 else None
    meter, attribute = draw.choice(sold)
    quantity = draw.choice([Decimal(0), Decimal(draw.randrange(1, 10**9)).scaleb(-3), Decimal(10**12) - 1])
    return Other(meter, quantity, "other" if draw.random() < 0.1 else attribute)
