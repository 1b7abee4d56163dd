"""The company's scenarios, as named inputs of the SQL of the savings and as published assumptions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import xxhash

from pipelines.book.batch_rules import BatchRule, load_batch_rules
from pipelines.book.cache_rules import CacheRule, load_cache_rules
from pipelines.book.dated import believed
from pipelines.book.equivalents import load_equivalents
from pipelines.book.meters import load_meters
from pipelines.book.rates import LATEST, Rates
from pipelines.book.stated import INSTANT
from pipelines.book.tokenizers import load_tokenizers
from pipelines.errors import BookError
from pipelines.savings.evaluations import Evaluation, load_evaluations
from pipelines.savings.levers import (
    LEVERS,
    PERCENTILES,
    Name,
    Scenario,
    assumptions,
    model_of,
    read_entries,
)
from pipelines.savings.named_ratios import NamedEquivalent, named_equivalents
from pipelines.savings.portfolio import LEVER_COMBINATION, LEVER_STEP, lever_combinations, lever_steps
from pipelines.savings.predicate import prove_predicate
from pipelines.savings.route_ratios import Ratios, learned, numbers_of_day, route_ratios
from pipelines.savings.routes import ROUTING, Route, at_floors, results_of
from pipelines.warehouse.arrow import table

FILE = "scenarios.yml"

SCENARIO = {
    "position": "BIGINT", "scenario": "VARCHAR", "lever": "VARCHAR", "kind": "VARCHAR",
    "assumptions_id": "VARCHAR", "is_combined": "BOOLEAN", "relation": "VARCHAR",
    "feature": "VARCHAR", "cap_percentile": "BIGINT", "cap_tokens": "BIGINT", "less_permille": "BIGINT",
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
EQUIVALENT = {
    "relation": "VARCHAR", "provider": "VARCHAR", "model": "VARCHAR", "to_model": "VARCHAR",
    "tokens_permille": "BIGINT", "valid_from": INSTANT, "valid_to": INSTANT,
}  # fmt: skip
ASSUMPTION = {
    "assumptions_id": "VARCHAR", "scenario": "VARCHAR", "lever": "VARCHAR", "kind": "VARCHAR",
    "assumption": "VARCHAR", "assumed_value": "VARCHAR", "assumed_low": "VARCHAR", "assumed_high": "VARCHAR",
    "assumption_source": "VARCHAR",
}  # fmt: skip


@dataclass(frozen=True)
class Scenarios:
    """Named inputs of the savings' SQL that the company's files give."""

    entries: tuple[Scenario, ...] = ()
    batch_rules: tuple[BatchRule, ...] = ()
    cache_rules: tuple[CacheRule, ...] = ()
    known_at: datetime = LATEST
    evaluations: tuple[Evaluation, ...] = ()
    equivalents: tuple[NamedEquivalent, ...] = ()
    ratios: Ratios = field(default_factory=dict)

    NAMES = (
        "scenario",
        "may_wait",
        "assumption",
        "batch_rule",
        "equivalent",
        "lever_combination",
        "lever_step",
    )

    @cached_property
    def models(self) -> frozenset[Name]:
        """Every model that some entry names."""
        return frozenset(name for entry in self.entries for name in entry.models)

    def concerning(self, used: frozenset[Name]) -> frozenset[Name]:
        """The models of some calls, and every model that scenarios may move them to."""
        moved = (
            (each.provider, each.to_model) for name in used for each in self._equivalents_of.get(name, ())
        )
        return used | self.models | frozenset(moved)

    @cached_property
    def _equivalents_of(self) -> Mapping[Name, Sequence[NamedEquivalent]]:
        of_name: dict[Name, list[NamedEquivalent]] = {}
        for each in self.equivalents:
            of_name.setdefault((each.provider, each.model), []).append(each)
        return of_name

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The scenarios of the lever `routing`."""
        mine = [entry for entry in self.entries if entry.lever == ROUTING]
        return tuple(Route(entry, results_of(entry, self.evaluations)) for entry in mine)

    @cached_property
    def digest(self) -> str:
        """Changes when any entry, rule, ratio or evaluation does."""
        rules = [*map(repr, self.batch_rules), *map(repr, self.cache_rules), *map(repr, self.equivalents)]
        rules += map(repr, sorted(self.ratios.items()))
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

    def _waiting(self) -> Iterator[dict[str, str]]:
        for entry in self.entries:
            yield from ({"scenario": entry.name, "feature": each} for each in entry.said.get("may_wait", ()))

    def table(self, name: str, day: str) -> pa.Table:
        """An input as the SQL names it, for a UTC day as ISO text."""
        made: Mapping[str, tuple[Iterable[Mapping[str, object]], Mapping[str, str]]] = {
            "scenario": (self._rows(day), SCENARIO),
            "may_wait": (self._waiting(), MAY_WAIT),
            "assumption": ((row for entry in self.entries for row in assumptions(entry, FILE)), ASSUMPTION),
            "batch_rule": (map(vars, self.batch_rules), BATCH_RULE),
            "equivalent": ((each.row for each in self.equivalents), EQUIVALENT),
            "lever_combination": (lever_combinations(), LEVER_COMBINATION),
            "lever_step": (lever_steps(list(dict.fromkeys(e.lever for e in self.entries))), LEVER_STEP),
        }
        return table(*made[name])

    def _rows(self, day: str) -> Iterator[dict[str, object]]:
        for position, entry in enumerate(self.entries):
            yield _scenario(entry) | numbers_of_day(entry, self.ratios, day) | {"position": position}


def load_scenarios(config: Path, prices: Path, rates: Rates, as_known_at: datetime) -> Scenarios:
    """Read `scenarios.yml`, the evaluations and the book's rules as believed at an instant.

    No file is no scenario.

    Raises:
        BookError: an unknown lever, key or model, a missing one, a number without its range or source, a
            `where` that is no comparison, models of which nobody says how their tokens compare, a replay of
            prompts that is asked for twice, or whose answers begin to stream too late for its caches.
    """
    entries = read_entries(config / FILE, LEVERS)
    if not entries:
        return Scenarios()
    _require(entries, rates)
    tokenizers, evaluations = load_tokenizers(prices, as_known_at), load_evaluations(config, as_known_at)
    ratios = route_ratios(entries, rates, tokenizers)
    for entry in entries:
        if "where" in entry.said:
            prove_predicate(f"{FILE}: {entry.name}: where", entry.said["where"], config)
    relations = {entry.said["relation"] for entry in entries if "relation" in entry.said}
    listed = [each for each in load_equivalents(prices, as_known_at) if each.relation in relations]
    equivalents = named_equivalents(listed, rates, tokenizers)
    entries = [replace(each, learned=tuple(learned(FILE, each, ratios, equivalents))) for each in entries]
    cache_rules = load_cache_rules(prices, load_meters(prices))
    _prove_replay(entries, cache_rules)
    return Scenarios(
        tuple(at_floors(FILE, entries, evaluations)),
        tuple(believed(load_batch_rules(prices), as_known_at)),
        cache_rules,
        as_known_at,
        evaluations,
        equivalents,
        ratios,
    )


def _require(entries: Iterable[Scenario], rates: Rates) -> None:
    for entry in entries:
        for provider, model in sorted(entry.models):
            if not rates.knows((provider, model)):
                raise BookError(f"{FILE}: {entry.name}: the price book has no {provider}/{model}")


def _prove_replay(entries: Sequence[Scenario], cache_rules: Iterable[CacheRule]) -> None:
    """Refuse more than one replay of the same prompts, and a stream that begins after half a lifetime."""
    named = {lever: [entry for entry in entries if entry.lever == lever] for lever in REPLAYS}
    for lever, found in named.items():
        if len(found) > 1:
            raise BookError(
                f"{FILE}: {', '.join(each.name for each in found)}: {lever} can be asked for once"
            )
    if named["prefix_order"] and not named["prompt_cache"]:
        raise BookError(
            f"{FILE}: {named['prefix_order'][0].name}: prefix_order needs an entry of prompt_cache"
        )
    shortest = min((life for rule in cache_rules for life in rule.lifetimes), default=0)
    for entry in named["prompt_cache"] if shortest else []:
        seconds = entry.said["first_token_seconds"]["value"]
        if seconds * 2 >= shortest:
            raise BookError(
                f"{FILE}: {entry.name}: first_token_seconds {seconds} is not below half of {shortest},"
                " the shortest lifetime"
            )


def _scenario(entry: Scenario) -> dict[str, object]:
    row: dict[str, object] = {
        "scenario": entry.name, "lever": entry.lever, "kind": entry.kind,
        "assumptions_id": entry.assumptions_id, "is_combined": entry.is_combined,
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
