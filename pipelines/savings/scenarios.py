"""The company's scenarios, as named inputs of the SQL of the savings and as published assumptions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import xxhash

from pipelines.book.batch_rules import BatchRule, load_batch_rules
from pipelines.book.cache_rules import CacheRule, load_cache_rules
from pipelines.book.dated import believed
from pipelines.book.dimensions import INSTANT
from pipelines.book.meters import load_meters
from pipelines.book.rates import LATEST
from pipelines.errors import BookError
from pipelines.savings.levers import LEVERS, PERCENTILES, Name, Scenario, assumptions, model_of, read_entries
from pipelines.savings.portfolio import COMBINATION, LEVER_STEP, combinations, lever_steps
from pipelines.warehouse.arrow import table

FILE = "scenarios.yml"

SCENARIO = {
    "position": "BIGINT", "scenario": "VARCHAR", "lever": "VARCHAR", "kind": "VARCHAR",
    "assumptions_id": "VARCHAR",
    "feature": "VARCHAR", "cap_percentile": "BIGINT", "cap_tokens": "BIGINT", "less_permille": "BIGINT",
    "route_class": "VARCHAR", "from_provider": "VARCHAR", "from_model": "VARCHAR",
    "to_provider": "VARCHAR", "to_model": "VARCHAR", "classifier_provider": "VARCHAR",
    "classifier_model": "VARCHAR", "input_permille": "BIGINT", "output_permille": "BIGINT",
    "escalated_permille": "BIGINT", "classifier_output_tokens": "BIGINT", "ttl_seconds": "BIGINT",
}  # fmt: skip
REPLAYS = ("prompt_cache", "prefix_order")
"""Levers that replay the prompts of a day."""

MAY_WAIT = {"scenario": "VARCHAR", "feature": "VARCHAR"}
BATCH_RULE = {
    "provider": "VARCHAR", "window_seconds": "BIGINT", "valid_from": INSTANT, "valid_to": INSTANT,
}  # fmt: skip
ASSUMPTION = {
    "assumptions_id": "VARCHAR", "scenario": "VARCHAR", "lever": "VARCHAR", "kind": "VARCHAR",
    "assumption": "VARCHAR", "assumed_value": "VARCHAR", "assumed_low": "VARCHAR", "assumed_high": "VARCHAR",
    "assumption_source": "VARCHAR",
}  # fmt: skip


@dataclass(frozen=True)
class Scenarios:
    """Named inputs of the savings' SQL that the company's file gives."""

    entries: tuple[Scenario, ...] = ()
    batch_rules: tuple[BatchRule, ...] = ()
    cache_rules: tuple[CacheRule, ...] = ()
    known_at: datetime = LATEST

    NAMES = ("scenario", "may_wait", "assumption", "batch_rule", "combination", "lever_step")

    @property
    def models(self) -> frozenset[Name]:
        """Every model that some scenario moves calls to or from."""
        return frozenset(name for entry in self.entries for name in entry.models)

    @cached_property
    def digest(self) -> str:
        """Changes when any entry or rule does."""
        rules = [*map(repr, self.batch_rules), *map(repr, self.cache_rules)]
        said = [entry.assumptions_id for entry in self.entries], rules, self.known_at.isoformat()
        return xxhash.xxh3_128_hexdigest(repr(said).encode())

    @property
    def first_token_seconds(self) -> int | None:
        """After how long an answer begins to stream; None when no scenario replays prompts."""
        for entry in self.entries:
            if entry.lever == "prompt_cache":
                seconds: int = entry.said["first_token_seconds"]["value"]
                return seconds
        return None

    @property
    def moves_volatile(self) -> bool:
        """Whether some scenario moves the volatile part of prompts behind the stable one."""
        return any(entry.lever == "prefix_order" for entry in self.entries)

    def require(self, knows: Callable[[Name], bool]) -> None:
        """Raise `BookError` for the first model that the price book does not know by that name."""
        for entry in self.entries:
            for provider, model in sorted(entry.models):
                if not knows((provider, model)):
                    raise BookError(f"{FILE}: {entry.name}: the price book has no {provider}/{model}")

    def _waiting(self) -> Iterator[dict[str, str]]:
        for entry in self.entries:
            yield from ({"scenario": entry.name, "feature": each} for each in entry.said.get("may_wait", ()))

    def table(self, name: str) -> pa.Table:
        """An input as the SQL names it."""
        match name:
            case "scenario":
                numbered = enumerate(self.entries)
                return table((_scenario(entry) | {"position": place} for place, entry in numbered), SCENARIO)
            case "may_wait":
                return table(self._waiting(), MAY_WAIT)
            case "batch_rule":
                return table(map(vars, self.batch_rules), BATCH_RULE)
            case "combination":
                return table(combinations(), COMBINATION)
            case "lever_step":
                return table(lever_steps(list(dict.fromkeys(e.lever for e in self.entries))), LEVER_STEP)
        return table((row for entry in self.entries for row in assumptions(entry, FILE)), ASSUMPTION)


def load_scenarios(config: Path, prices: Path, as_known_at: datetime) -> Scenarios:
    """Read `scenarios.yml` and the book's rules as believed at an instant; no file is no scenario.

    Raises:
        BookError: an unknown lever or key, a missing one, a number without its range or source; a replay of
            prompts that is asked for twice, or whose answers begin to stream too late for its caches.
    """
    entries = read_entries(config / FILE, LEVERS, "scenarios")
    if not entries:
        return Scenarios()
    rules = tuple(believed(load_batch_rules(prices), as_known_at))
    found = Scenarios(tuple(entries), rules, load_cache_rules(prices, load_meters(prices)), as_known_at)
    _prove_replay(found)
    return found


def _prove_replay(found: Scenarios) -> None:
    """Refuse more than one replay of the same prompts, and a stream that begins after half a lifetime."""
    named = {lever: [entry.name for entry in found.entries if entry.lever == lever] for lever in REPLAYS}
    for lever, names in named.items():
        if len(names) > 1:
            raise BookError(f"{FILE}: {', '.join(names)}: {lever} can be asked for once")
    if named["prefix_order"] and not named["prompt_cache"]:
        raise BookError(f"{FILE}: {named['prefix_order'][0]}: prefix_order needs an entry of prompt_cache")
    seconds = found.first_token_seconds
    lifetimes = [life for rule in found.cache_rules for life in rule.lifetimes]
    if seconds is not None and lifetimes and seconds * 2 >= min(lifetimes):
        raise BookError(
            f"{FILE}: {named['prompt_cache'][0]}: first_token_seconds {seconds} is not below half of"
            f" {min(lifetimes)}, the shortest lifetime"
        )


def _scenario(entry: Scenario) -> dict[str, object]:
    row: dict[str, object] = {
        "scenario": entry.name, "lever": entry.lever, "kind": entry.kind,
        "assumptions_id": entry.assumptions_id,
    }  # fmt: skip
    for key, value in entry.said.items():
        if key in LEVERS[entry.lever].names:
            row[f"{key}_provider"], row[f"{key}_model"] = model_of(value)
        elif key in LEVERS[entry.lever].numbers:
            row[key] = value["value"]
        elif key == "cap":
            row["cap_percentile" if value in PERCENTILES else "cap_tokens"] = PERCENTILES.get(value, value)
        elif key in SCENARIO:
            row[key] = value
    return row
