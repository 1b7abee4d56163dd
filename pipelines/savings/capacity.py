"""The company's options of capacity, as named inputs of the SQL of make or buy.

Throughput becomes whole weights here, so that the SQL can tell exactly how many units an hour needs.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from math import gcd
from pathlib import Path

import pyarrow as pa
import xxhash

from pipelines.errors import BookError
from pipelines.savings.levers import (
    CAPACITY_LEVERS,
    Name,
    Scenario,
    assumptions,
    model_of,
    read_entries,
)
from pipelines.savings.scenarios import ASSUMPTION
from pipelines.warehouse.arrow import table

FILE = "self_hosting.yml"

OPTION = {
    "scenario": "VARCHAR", "lever": "VARCHAR", "kind": "VARCHAR", "assumptions_id": "VARCHAR",
    "bound": "VARCHAR", "unit_provider": "VARCHAR", "unit_model": "VARCHAR", "unit_meter": "VARCHAR",
    "people_provider": "VARCHAR", "people_model": "VARCHAR", "people_hours": "DECIMAL(18,3)",
    "step_units": "BIGINT", "least_steps": "BIGINT", "spare_steps": "BIGINT",
    "utilisation_permille": "BIGINT", "cached_prefill_permille": "BIGINT",
    "prefill_weight": "BIGINT", "decode_weight": "BIGINT", "hour_weight": "BIGINT",
}  # fmt: skip
SERVES = {
    "scenario": "VARCHAR", "provider": "VARCHAR", "model": "VARCHAR", "scope_provider": "VARCHAR",
    "scope_model": "VARCHAR",
}  # fmt: skip

TOGETHER = ("*", "*")
"""Stands for all models that an option serves."""

BOUNDS = ("low", "value", "high")
"""Of the cost: `high` takes the lowest throughput and utilisation, and the highest of everything else."""

RATES = {"second": 3600, "minute": 60}
FASTEST = 10**6
"""Tokens a second of one unit; with it a day of 10**12 tokens fits 64 bits."""

MOST_WEIGHT = (2**63 - 1) // 24

WHOLE = 1000
"""In permille."""

ABOVE_ZERO = (
    "tokens_per_second",
    "tokens_per_minute",
    "utilisation_permille",
    "gpus_per_unit",
    "units_per_step",
)
ONE_VALUE = ("gpus_per_unit", "units_per_step")
"""Units bought together: a range of it has no order of costs."""


@dataclass(frozen=True)
class Capacity:
    """Named inputs of the savings' SQL that the company's options give."""

    entries: tuple[Scenario, ...] = ()

    NAMES = ("capacity_option", "capacity_serves")

    @property
    def models(self) -> frozenset[Name]:
        """The (provider, sku) pairs that hours of capacity and of people are priced with."""
        return frozenset(name for entry in self.entries for name in entry.models)

    @cached_property
    def digest(self) -> str:
        """Changes when any entry does."""
        return xxhash.xxh3_128_hexdigest(repr([entry.assumptions_id for entry in self.entries]).encode())

    def require(self, knows: Callable[[Name], bool]) -> None:
        """Raise `BookError` for the first name that neither the price book nor `capacity.csv` knows."""
        for entry in self.entries:
            for provider, model in sorted(entry.models | set(map(model_of, entry.said["serves"]))):
                if not knows((provider, model)):
                    raise BookError(f"{FILE}: {entry.name}: no rate of {provider}/{model}")

    def table(self, name: str, day: str) -> pa.Table:
        """An input as the SQL names it, for a day."""
        if name == "capacity_serves":
            return table((row for entry in self.entries for row in _serves(entry)), SERVES)
        on = date.fromisoformat(day)
        return table((_option(entry, bound, on) for entry in self.entries for bound in BOUNDS), OPTION)

    @property
    def assumptions(self) -> pa.Table:
        """What the entries say, as rows of the input `assumption`."""
        return table((row for entry in self.entries for row in assumptions(entry, FILE)), ASSUMPTION)


def load_capacity(config: Path) -> Capacity:
    """Read `self_hosting.yml`; no file is no option.

    Raises:
        BookError: an unknown lever or key, a missing one, a number without its range or source or too large.
    """
    found = read_entries(config / FILE, CAPACITY_LEVERS)
    entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        _prove(f"{FILE}: {entry.name}", entry)
    return Capacity(tuple(entries))


def _prove(place: str, entry: Scenario) -> None:
    """What the keys of an option must be beyond the shape of an entry."""
    serves = entry.said["serves"]
    if not isinstance(serves, list) or not serves or not all("/" in str(name) for name in serves):
        raise BookError(f"{place}: serves is no list of provider/model")
    if ("people" in entry.said) != ("people_hours_per_month" in entry.said):
        raise BookError(f"{place}: people and people_hours_per_month go together")
    for key, said in entry.said.items():
        if key.endswith(ABOVE_ZERO) and said["low"] == 0:
            raise BookError(f"{place}: {key} must be above zero")
        if key.endswith("_permille") and said["high"] > WHOLE:
            raise BookError(f"{place}: {key} {said['high']} is above {WHOLE}")
        if key in CAPACITY_LEVERS[entry.lever].numbers and said["high"] > FASTEST:
            raise BookError(f"{place}: {key} {said['high']} is above {FASTEST}")
        if key in ONE_VALUE and said["low"] != said["high"]:
            raise BookError(f"{place}: {key} has one value; another one is another option")
    for bound in BOUNDS:
        if int(str(_option(entry, bound, date.min)["hour_weight"])) > MOST_WEIGHT:
            raise BookError(f"{place}: throughput of one step does not fit 64 bits")


def _serves(entry: Scenario) -> Iterator[dict[str, str]]:
    for provider, model in sorted(set(map(model_of, entry.said["serves"]))):
        for scope in ((provider, model), TOGETHER):
            yield {
                "scenario": entry.name, "provider": provider, "model": model, "scope_provider": scope[0],
                "scope_model": scope[1],
            }  # fmt: skip


def _option(entry: Scenario, bound: str, day: date) -> dict[str, object]:
    numbers = {key: said[_side(key, bound)] for key, said in entry.said.items() if isinstance(said, dict)}
    is_owned = entry.lever == "self_hosting"
    unit = model_of(entry.said["gpu" if is_owned else "unit"])
    people = model_of(entry.said["people"]) if "people" in entry.said else (None, None)
    return {
        "scenario": entry.name, "lever": entry.lever, "kind": entry.kind,
        "assumptions_id": entry.assumptions_id, "bound": bound, "unit_provider": unit[0],
        "unit_model": unit[1], "unit_meter": "gpu_hours" if is_owned else "capacity_unit_hours",
        "people_provider": people[0], "people_model": people[1],
        "people_hours": share_of_month(numbers.get("people_hours_per_month", 0), day),
        "step_units": _step(numbers), "least_steps": _least(numbers),
        "spare_steps": numbers.get("spare_units", 0),
        "utilisation_permille": numbers["utilisation_permille"],
        "cached_prefill_permille": numbers["cached_prefill_permille"],
        **_weights(numbers, "second" if is_owned else "minute"),
    }  # fmt: skip


def _side(key: str, bound: str) -> str:
    """The number that makes the cost low or high."""
    if key == "utilisation_permille" or "_tokens_per_" in key:
        return {"low": "high", "high": "low"}.get(bound, bound)
    return bound


def _weights(numbers: Mapping[str, int], time: str) -> dict[str, int]:
    """Whole numbers such that a step takes (prefill * weight + decode * weight) / hour_weight in an hour."""
    prefill, decode = (numbers[f"{phase}_tokens_per_{time}"] * RATES[time] for phase in ("prefill", "decode"))
    hour = prefill * decode * _step(numbers) * numbers["utilisation_permille"]
    weights = decode * 1000, prefill * 1000, hour
    shared = gcd(*weights)
    names = ("prefill_weight", "decode_weight", "hour_weight")
    return {name: weight // shared for name, weight in zip(names, weights, strict=True)}


def _step(numbers: Mapping[str, int]) -> int:
    """Priced units bought together: the GPUs of one copy of the model, or the provider's increment."""
    return numbers.get("gpus_per_unit", 0) or numbers["units_per_step"]


def _least(numbers: Mapping[str, int]) -> int:
    """Fewest steps: copies of the model as they are, a provider's minimum in whole increments."""
    return -(-numbers["least_units"] // numbers.get("units_per_step", 1))


def share_of_month(hours: int, day: date) -> Decimal:
    """The hours of a month that fall on a day, in thousandths; its days add up to the month."""
    days = monthrange(day.year, day.month)[1]
    until, before = (hours * 1000 * place // days for place in (day.day, day.day - 1))
    return Decimal(until - before) / 1000
