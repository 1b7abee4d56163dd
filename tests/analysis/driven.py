"""The chain of drivers as a slow, plain program: attempt by attempt, prices by the oracle in fractions.

It shares no code with the project.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from tests.oracle import METERS, Oracle

Fact = Mapping[str, Any]
Units = dict[str, int]
Driver = tuple[str, str, str, str, str]
TEXT_INPUT = (
    "uncached_input_tokens", "cache_write_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_read_tokens",
)  # fmt: skip
UNREAD_FIRST = ("cache_write_5m_tokens", "cache_write_tokens", "cache_write_1h_tokens")


def units_of(fact: Fact) -> Units:
    return {meter: fact[meter] or 0 for meter in METERS}


def price(oracle: Oracle, fact: Fact, units: Units, *, context: int = 0, name: str = "") -> Fraction | None:
    """Effective cost of some units at the instant of a fact, in the band of a context size."""
    provider, _, model = (name or f"{fact['provider']}/{fact['model']}").partition("/")
    shelf = oracle.shelf(provider, model, fact["service_tier"], fact["ended_at"], context, region="*")
    used = {meter: count for meter, count in units.items() if count}
    if not used.keys() <= shelf.wide.keys():
        return None
    return sum((count * oracle.dollars(shelf, shelf.wide[m])[1] for m, count in used.items()), Fraction(0))


def whole_driver(fact: Fact, firsts: Mapping[str, Any]) -> str:
    """The driver that takes an attempt whole, or nothing."""
    if fact["unpriced_reason"]:
        return "unpriced"
    if fact["attempt"] > 1:
        return "retries"
    if fact["status"] != "success":
        return "failures"
    first = firsts.get(fact.get("trace_id") or "")
    return "later_calls_of_trace" if first and fact["ended_at"] > first else ""


def drivers(
    oracle: Oracle, facts: Sequence[Fact], norms: Mapping[str, Mapping[str, Any]]
) -> dict[Driver, Fraction]:
    """(team, feature, provider, model, driver) → cost of what has a price."""
    firsts: dict[str, Any] = {}
    for fact in facts:
        if fact.get("trace_id") and fact["attempt"] == 1 and fact["status"] == "success":
            firsts[fact["trace_id"]] = min(firsts.get(fact["trace_id"], fact["ended_at"]), fact["ended_at"])
    found: dict[Driver, Fraction] = defaultdict(Fraction)
    models: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    reads: dict[tuple[str, ...], int] = defaultdict(int)
    for fact in facts:
        model = (fact["team"], fact["feature"], fact["provider"], fact["model"])
        reads[model] += fact["cache_read_tokens"] or 0
        driver = whole_driver(fact, firsts)
        if not driver:
            models[model].append(fact)
        elif driver != "unpriced":
            found[*model, driver] += Fraction(fact["cost_usd"])
    for model, calls in models.items():
        norm = norms.get(model[1], {})
        for driver, cost in _parts(oracle, calls, norm, reads[model]):
            found[*model, driver] += cost
            found[*model, "baseline"] -= cost
        found[*model, "baseline"] += sum(Fraction(call["cost_usd"]) for call in calls)
    return found


def _parts(
    oracle: Oracle, calls: Sequence[Fact], norm: Mapping[str, Any], read: int
) -> Iterable[tuple[str, Fraction]]:
    unread = sum(units_of(call)[meter] for call in calls for meter in UNREAD_FIRST) - read
    cells: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for call in calls:
        cells[call["service_tier"], call["rate_id"]].append(call)
    for _, cell in sorted(cells.items()):
        states = [_states(call, norm) for call in cell]
        pooled = [
            {meter: sum(state[step][meter] for state in states) for meter in METERS} for step in range(5)
        ]
        nobody = dict(pooled[4])
        for meter in UNREAD_FIRST:
            taken = max(min(unread, nobody[meter]), 0)
            unread -= taken
            nobody[meter] -= taken
            nobody["uncached_input_tokens"] += taken
        own = [price(oracle, cell[0], units) for units in (*pooled, nobody)]
        costs = [sum((Fraction(call["cost_usd"]) for call in cell), Fraction(0)), *own[1:]]
        names = ("long_context", "reasoning", "verbose_outputs", "long_inputs", "unread_cache_writes")
        for name, before, after in zip(names, costs, costs[1:], strict=False):
            if before is not None and after is not None:
                yield name, before - after
        if "adequate_model" in norm:
            other, last = price(oracle, cell[0], nobody, name=norm["adequate_model"]), own[5]
            if other is not None and last is not None:
                yield "model_size", last - min(last, other)


def _states(call: Fact, norm: Mapping[str, Any]) -> list[Units]:
    """Units of a call after each step, up to the cut of its input."""
    whole = units_of(call)
    thought = call["reasoning_tokens"] or 0
    silent = {**whole, "output_tokens": whole["output_tokens"] - thought}
    terse = {**silent, "output_tokens": min(silent["output_tokens"], norm.get("output_tokens", 10**18))}
    short = dict(terse)
    excess = sum(short[meter] for meter in TEXT_INPUT) - norm.get("input_tokens", 10**18)
    for meter in TEXT_INPUT:
        taken = max(min(excess, short[meter]), 0)
        short[meter] -= taken
        excess -= taken
    return [whole, whole, silent, terse, short]
