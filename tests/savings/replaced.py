"""The scenarios as a slow, plain program: which calls instead of which, and what they cost by the oracle.

It shares no code with the project; prices come from the text of the price book.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle import METERS, Oracle

INPUTS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens",
)  # fmt: skip
DAY_SECONDS = 86_400
Cell = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Call:
    """One attempt as the fact has it; `units` by meter."""

    request_id: str
    started_at: datetime | None
    ended_at: datetime
    provider: str
    model: str
    units: Mapping[str, int]
    attempt: int = 1
    status: str = "success"
    tier: str = "standard"
    team: str = "t"
    feature: str = "f"
    reasoning: int = 0
    deadline_seconds: int | None = None
    route_class: str | None = None
    request_hash: str | None = None

    @property
    def key(self) -> tuple[datetime, str, int]:
        """In order of time, as the routing counts."""
        return self.ended_at, self.request_id, self.attempt

    def uses(self, **units: int) -> "Call":
        """The same call with some counts changed."""
        return replace(self, units={**self.units, **units})


@dataclass
class Sum:
    """What a cell of the result adds up to."""

    baseline: Decimal = Decimal(0)
    counterfactual: Decimal = Decimal(0)
    attempts: int = 0
    unpriced: int = 0


def outcome(
    calls: Sequence[Call], scenarios: Mapping[str, Mapping[str, Any]], oracle: Oracle
) -> dict[Cell, Sum]:
    """(scenario, team, feature, provider, model) → sums."""
    found: dict[Cell, Sum] = defaultdict(Sum)
    for name, said in scenarios.items():
        lever = LEVERS[said["lever"]]
        for call, instead in lever(calls, said, oracle):
            cell = found[name, call.team, call.feature, call.provider, call.model]
            costs = [cost(each, oracle) for each in (call, *instead)]
            cell.attempts += 1
            if None in costs:
                cell.unpriced += 1
            else:
                cell.baseline += costs[0]
                cell.counterfactual += sum(costs[1:], Decimal(0))
    return dict(found)


def cost(call: Call, oracle: Oracle) -> Decimal | None:
    """The effective cost of a call, None without a price."""
    return oracle.price(call.provider, call.model, call.tier, call.ended_at, call.units).effective


Replaced = Iterable[tuple[Call, list[Call]]]


def _batch(calls: Sequence[Call], said: Mapping[str, Any], oracle: Oracle) -> Replaced:
    for call in calls:
        can_wait = (call.deadline_seconds or 0) >= DAY_SECONDS or call.feature in said.get("may_wait", [])
        if can_wait and call.tier == "standard" and call.status == "success":
            rates = oracle.found(call.provider, call.model, "batch", call.ended_at, 0)
            moved = replace(call, tier="batch")
            yield call, [moved if "cache_read_tokens" in rates else _uncached(moved)]


def _uncached(call: Call) -> Call:
    whole = sum(call.units.get(meter, 0) for meter in INPUTS)
    return call.uses(**dict.fromkeys(INPUTS, 0) | {"uncached_input_tokens": whole})


def _retries(calls: Sequence[Call], said: Mapping[str, Any], oracle: Oracle) -> Replaced:  # noqa: ARG001
    yield from ((call, []) for call in calls if call.attempt > 1)


def _answer_cache(calls: Sequence[Call], said: Mapping[str, Any], oracle: Oracle) -> Replaced:  # noqa: ARG001
    life = timedelta(seconds=said["ttl_seconds"]["value"])
    good = [call for call in calls if call.status == "success" and call.request_hash]
    for call in good:
        asked = call.started_at or call.ended_at
        for other in good:
            same = [
                (each.provider, each.model, each.team, each.feature, each.request_hash)
                for each in (call, other)
            ]
            if same[0] == same[1] and other.ended_at < asked <= other.ended_at + life:
                yield call, []
                break


def _output_length(calls: Sequence[Call], said: Mapping[str, Any], oracle: Oracle) -> Replaced:  # noqa: ARG001
    mine = [
        call for call in calls
        if call.feature == said["feature"] and call.status == "success" and call.units.get("output_tokens", 0)
    ]  # fmt: skip
    lengths = sorted(call.units["output_tokens"] - call.reasoning for call in mine)
    for call in mine:
        visible = call.units["output_tokens"] - call.reasoning
        if "less_permille" in said:
            kept = visible - visible * said["less_permille"]["value"] // 1000
        elif isinstance(said["cap"], int):
            kept = min(visible, said["cap"])
        else:
            place = -(-len(lengths) * int(said["cap"][1:]) // 100)
            kept = min(visible, lengths[place - 1])
        yield call, [call.uses(output_tokens=call.reasoning + kept)]


def _routing(calls: Sequence[Call], said: Mapping[str, Any], oracle: Oracle) -> Replaced:  # noqa: ARG001
    mine = [
        call for call in sorted(calls, key=lambda call: call.key)
        if f"{call.provider}/{call.model}" == said["from"]
        and call.route_class == said["route_class"] and call.status == "success"
    ]  # fmt: skip
    escalated = said["escalated_permille"]["value"]
    debt = 0
    for call in mine:
        whole = sum(call.units.get(meter, 0) for meter in INPUTS)
        read = -(-whole * said["input_permille"]["value"] // 1000)
        written = -(-call.units.get("output_tokens", 0) * said["output_permille"]["value"] // 1000)
        instead = [_of(call, said["to"], read, written)]
        if "classifier" in said:
            instead.append(_of(call, said["classifier"], read, said["classifier_output_tokens"]["value"]))
        debt += escalated
        if debt >= 1000:
            debt -= 1000
            instead.append(call)
        yield call, instead


def _of(call: Call, named: str, read: int, written: int) -> Call:
    provider, _, model = named.partition("/")
    units = dict.fromkeys(METERS, 0) | {"uncached_input_tokens": read, "output_tokens": written}
    return replace(call, provider=provider, model=model, units=units)


LEVERS = {
    "batch": _batch, "retries": _retries, "answer_cache": _answer_cache, "output_length": _output_length,
    "routing": _routing,
}  # fmt: skip
