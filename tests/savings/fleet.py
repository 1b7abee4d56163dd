"""Make or buy as a slow, plain program: fractions, and a trial of every number of units.

It shares no code with the project; what calls cost comes from the oracle of prices.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from tests.oracle import METERS, Oracle
from tests.savings.replaced import Call, cost

READ = ("uncached_input_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "cache_write_tokens")
ELSEWHERE = ("audio_input_tokens", "audio_output_tokens", "image_input_tokens", "web_search_requests")
RATES = {"gpu": 2, "unit": Fraction(1, 2), "people": 50}
SIDES = {"low": "high", "value": "value", "high": "low"}
HOURS = 24


@dataclass
class Slice:
    """The calls of one minute and model."""

    read: int = 0
    cached: int = 0
    written: int = 0
    tokens: int = 0
    attempts: int = 0
    usd: Fraction = Fraction(0)


Minutes = Mapping[tuple[int, str], Slice]


def demand(calls: Sequence[Call], oracle: Oracle) -> Minutes:
    """(minute of the day, provider/model) → what its priced calls of text used."""
    found: dict[tuple[int, str], Slice] = defaultdict(Slice)
    for call in calls:
        if any(call.units.get(meter) for meter in ELSEWHERE):
            continue
        part = found[call.ended_at.hour * 60 + call.ended_at.minute, f"{call.provider}/{call.model}"]
        part.attempts += 1
        paid: Decimal | None = cost(call, oracle)
        if paid is not None:
            part.read += sum(call.units.get(meter, 0) for meter in READ)
            part.cached += call.units.get("cache_read_tokens", 0)
            part.written += call.units.get("output_tokens", 0)
            part.tokens += sum(call.units.get(meter, 0) for meter in METERS)
            part.usd += Fraction(paid)
    return found


@dataclass(frozen=True)
class Option:
    """An option of the file with the numbers of one end."""

    said: Mapping[str, Any]
    bound: str
    day: date

    def number(self, key: str) -> int:
        """A number at the end that makes the cost low or high."""
        side = (
            SIDES[self.bound] if "_per_second" in key or "_per_minute" in key or key[0] == "u" else self.bound
        )
        if key in ("units_per_step", "gpus_per_unit"):
            side = "value"
        return int(self.said[key][side]) if key in self.said else 0

    @property
    def is_owned(self) -> bool:
        return bool(self.said["lever"] == "self_hosting")

    @property
    def step(self) -> int:
        """Units that are bought together."""
        return self.number("gpus_per_unit" if self.is_owned else "units_per_step")

    @property
    def least(self) -> int:
        """The fewest steps."""
        return (
            self.number("least_units")
            if self.is_owned
            else ceil(Fraction(self.number("least_units"), self.step))
        )

    @property
    def hourly(self) -> Fraction:
        """What one step costs an hour."""
        return Fraction(RATES["gpu" if self.is_owned else "unit"]) * self.step

    @property
    def people(self) -> Fraction:
        """What the people cost on the day."""
        days = monthrange(self.day.year, self.day.month)[1]
        month = self.number("people_hours_per_month") * 1000
        mine = month * self.day.day // days - month * (self.day.day - 1) // days
        return Fraction(mine, 1000) * RATES["people"]

    def load(self, part: Slice) -> Fraction:
        """Hours of one step that a slice needs."""
        read = part.read + ceil(Fraction(part.cached * self.number("cached_prefill_permille"), 1000))
        unit, seconds = ("second", 3600) if self.is_owned else ("minute", 60)
        speed = [self.number(f"{phase}_tokens_per_{unit}") * seconds for phase in ("prefill", "decode")]
        busy = Fraction(read, speed[0]) + Fraction(part.written, speed[1])
        return busy * 1000 / self.number("utilisation_permille") / self.step


def served(said: Mapping[str, Any], found: Minutes) -> Iterator[tuple[str, Minutes]]:
    """Each model of an option that has calls, and all of them together as `*/*`."""
    mine = {key: part for key, part in found.items() if key[1] in said["serves"]}
    for model in sorted({model for _, model in mine}):
        yield model, {key: part for key, part in mine.items() if key[1] == model}
    if mine:
        yield "*/*", mine


def hours(option: Option, minutes: Minutes) -> dict[int, Fraction]:
    """Load by hour."""
    found: dict[int, Fraction] = dict.fromkeys(range(HOURS), Fraction(0))
    for (minute, _), part in minutes.items():
        found[minute // 60] += option.load(part)
    return found


def dedicated(option: Option, minutes: Minutes, steps: int) -> Fraction:
    """What a number of steps costs, with list price for what they do not carry."""
    whole = option.hourly * steps * HOURS + option.people
    for hour in range(HOURS):
        filled = Fraction(0)
        for minute in range(hour * 60, hour * 60 + 60):
            parts = [part for (at, _), part in minutes.items() if at == minute]
            filled += sum((option.load(part) for part in parts), Fraction(0))
            if filled > steps:
                whole += sum((part.usd for part in parts), Fraction(0))
    return whole


def costs(option: Option, minutes: Minutes) -> dict[str, Fraction]:
    """The cost of the day by approach."""
    needed = [ceil(load) for load in hours(option, minutes).values()]
    if not option.is_owned:
        trials = range(option.least, max(option.least, *needed) + 2)
        return {"dedicated": min(dedicated(option, minutes, steps) for steps in trials)}
    spare = option.number("spare_units")
    fixed = HOURS * (max(option.least, *needed) + spare)
    scaled = sum(max(option.least, steps) + spare for steps in needed)
    return {
        "self_hosted_fixed": fixed * option.hourly + option.people,
        "self_hosted_autoscaled": scaled * option.hourly + option.people,
    }


def make_or_buy(
    calls: Sequence[Call], options: Mapping[str, Any], oracle: Oracle
) -> dict[tuple[str, str, str], tuple[Fraction, ...]]:
    """(option, approach, provider/model) → baseline, and the cost at its value, low and high end."""
    day, found = calls[0].ended_at.date(), demand(calls, oracle)
    rows: dict[tuple[str, str, str], tuple[Fraction, ...]] = {}
    for name, said in options.items():
        for model, minutes in served(said, found):
            paid = sum((part.usd for part in minutes.values()), Fraction(0))
            ends = {bound: costs(Option(said, bound, day), minutes) for bound in SIDES}
            for approach in ends["value"]:
                rows[name, approach, model] = (
                    paid, ends["value"][approach], ends["low"][approach], ends["high"][approach]
                )  # fmt: skip
    return rows


def break_even(option: Option, minutes: Minutes, shape: str) -> int | None:
    """Tokens a day at which a fleet first costs no more than the API; None where none does."""
    loads = list(hours(option, minutes).values())
    busy = max(loads) if shape == "logged" else sum(loads, Fraction(0)) / HOURS
    paid = sum((part.usd for part in minutes.values()), Fraction(0))
    tokens = sum(part.tokens for part in minutes.values())
    if not paid or not busy:
        return None
    step, fixed = option.hourly * HOURS, option.hourly * HOURS * option.number("spare_units") + option.people
    won = paid / busy - step
    if won <= 0:
        return None
    steps = max(1, option.least, ceil(fixed / won))
    return ceil((steps * step + fixed) * tokens / paid)


def busy_permille(option: Option, minutes: Minutes) -> int | None:
    """Share of its throughput at which a step's own hours cost what the API does."""
    load = sum(hours(option, minutes).values(), Fraction(0))
    paid = sum((part.usd for part in minutes.values()), Fraction(0))
    return ceil(option.hourly * load / paid * option.number("utilisation_permille")) if paid else None
