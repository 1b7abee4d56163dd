"""All levers together as a slow, plain program: every order of the scenarios, taken up one by one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

from tests.oracle import Oracle
from tests.savings.cached import prompt_cache
from tests.savings.replaced import INPUTS, LEVERS, Call, cost, uncached

Cell = tuple[str, str, str, str]
Instead = Mapping[str, list[Call]]
"""What is called instead of one call, by the name of each scenario that changes it, taken alone."""


@dataclass
class Share:
    """What a scenario saves in a cell."""

    attempts: int = 0
    unpriced: int = 0
    marginal: Decimal = Decimal(0)
    share: Fraction = field(default_factory=Fraction)


def portfolio(
    calls: Sequence[Call], scenarios: Mapping[str, Mapping[str, Any]], oracle: Oracle
) -> dict[Cell, dict[str, Share]]:
    """Cell to scenario to what it saves; scenarios in the order of the file."""
    groups: dict[tuple[Any, ...], list[tuple[Call, Instead]]] = defaultdict(list)
    for call, alone in _changed(calls, scenarios, oracle):
        is_priced = cost(call, oracle) is not None
        groups[call.team, call.feature, call.provider, call.model, is_priced, tuple(alone)].append(
            (call, alone)
        )
    found: dict[Cell, dict[str, Share]] = defaultdict(lambda: defaultdict(Share))
    for (*cell, _, names), group in groups.items():
        _share(found[tuple(cell)], names, group, scenarios, oracle)
    return found


def _changed(
    calls: Sequence[Call], scenarios: Mapping[str, Mapping[str, Any]], oracle: Oracle
) -> list[tuple[Call, Instead]]:
    """The calls that some scenario changes; of two scenarios of one lever the first of the file counts."""
    alone: dict[int, dict[str, list[Call]]] = defaultdict(dict)
    levers: dict[int, set[str]] = defaultdict(set)
    for name, said in scenarios.items():
        for call, instead in (LEVERS | {"prompt_cache": prompt_cache})[said["lever"]](calls, said, oracle):
            if said["lever"] not in levers[id(call)]:
                levers[id(call)].add(said["lever"])
                alone[id(call)][name] = instead
    return [(call, alone[id(call)]) for call in calls if id(call) in alone]


def _share(
    found: dict[str, Share],
    names: tuple[str, ...],
    group: list[tuple[Call, Instead]],
    scenarios: Mapping[str, Mapping[str, Any]],
    oracle: Oracle,
) -> None:
    """Add what the scenarios save of a group of calls that all of them change."""
    subsets = [frozenset(n for i, n in enumerate(names) if bits >> i & 1) for bits in range(2 ** len(names))]
    values = [
        {taken: _value(call, alone, taken, scenarios, oracle) for taken in subsets} for call, alone in group
    ]
    priced = [value for value in values if None not in value.values()]
    if len(names) > 1 and len(priced) < len(values):
        priced = []
    for name in names:
        found[name].attempts += len(priced)
        found[name].unpriced += len(values) - len(priced)
    for order in permutations(names) if priced else ():
        for place, name in enumerate(order):
            before = frozenset(order[:place])
            gain = sum((value[before] - value[before | {name}] for value in priced), Decimal(0))  # type: ignore[operator]
            found[name].share += Fraction(gain) / len(list(permutations(names)))
            if order == names:
                found[name].marginal += gain


def _value(
    call: Call,
    alone: Instead,
    taken: frozenset[str],
    scenarios: Mapping[str, Mapping[str, Any]],
    oracle: Oracle,
) -> Decimal | None:
    """What is paid for a call when some scenarios are taken."""
    by_lever = {scenarios[name]["lever"]: name for name in taken}
    costs = [cost(each, oracle) for each in _sent(call, alone, by_lever, scenarios, oracle)]
    return None if None in costs else sum((each for each in costs if each is not None), Decimal(0))


def _sent(
    call: Call,
    alone: Instead,
    by_lever: Mapping[str, str],
    scenarios: Mapping[str, Mapping[str, Any]],
    oracle: Oracle,
) -> list[Call]:
    """What is sent: nothing, or the call cut, cached, moved to another model and to another tier."""
    if by_lever.keys() & {"retries", "answer_cache"}:
        return []
    own = call
    if "output_length" in by_lever:
        own = own.uses(output_tokens=alone[by_lever["output_length"]][0].units["output_tokens"])
    if "prompt_cache" in by_lever:
        sent = alone[by_lever["prompt_cache"]][0]
        own = own.uses(**{meter: sent.units.get(meter, 0) for meter in INPUTS})
    is_batch = "batch" in by_lever
    own = _batched(own, oracle) if is_batch else own
    if "routing" not in by_lever:
        return [own]
    name = by_lever["routing"]
    answer, *rest = [own if sent is call else sent for sent in alone[name]]
    if answer is own:  # the classifier leaves it where it is
        return [own, *rest]
    written = own.units.get("output_tokens", 0) * scenarios[name]["output_permille"]["value"]
    answer = answer.uses(output_tokens=-(-written // 1000))
    return [replace(answer, tier="batch") if is_batch else answer, *rest]


def _batched(call: Call, oracle: Oracle) -> Call:
    """The same call on the batch tier, uncached where that has no cached rate."""
    rates = oracle.found(call.provider, call.model, "batch", call.ended_at, 0)
    moved = replace(call, tier="batch")
    return moved if "cache_read_tokens" in rates else uncached(moved)
