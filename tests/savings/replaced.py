"""The scenarios as a slow, plain program: which calls instead of which, and what they cost by the oracle.

It shares no code with the project; prices come from the text of the price book.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pipelines.settings import PROJECT
from tests.book.written import Text, holds, read
from tests.oracle import METERS, Oracle

INPUTS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens",
)  # fmt: skip
DAY_SECONDS = 86_400
PRICES = PROJECT / "prices"
TOKENIZERS, RATIOS, EQUIVALENTS = (
    read(PRICES / f"{name}.csv") for name in ("tokenizers", "tokenizer_ratios", "equivalents")
)
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
    prefixes: Sequence[Mapping[str, Any]] = ()

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
    calls: Sequence[Call],
    scenarios: Mapping[str, Mapping[str, Any]],
    oracle: Oracle,
    evaluations: Sequence[Text] = (),
) -> dict[Cell, Sum]:
    """(scenario, team, feature, provider, model) → sums."""
    found: dict[Cell, Sum] = defaultdict(Sum)
    for name, said in at_floors(scenarios, evaluations).items():
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


def at_floors(
    scenarios: Mapping[str, Mapping[str, Any]], evaluations: Sequence[Text]
) -> dict[str, Mapping[str, Any]]:
    """The scenarios, and a further one for each quality floor that an entry names."""
    found = dict(scenarios)
    for name, said in scenarios.items():
        for floor in said.get("quality_floors_permille", ()):
            found[f"{name}_at_{floor}"] = {**said, "floor": floor, "evaluations": evaluations}
    return found


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
            yield call, [moved if "cache_read_tokens" in rates else uncached(moved)]


def uncached(call: Call) -> Call:
    """The same call with all its input uncached."""
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


WHERE: dict[str, Callable[[Call], bool]] = {
    "output_tokens < 500 and not feature like 'night%'": lambda call: (
        call.units["output_tokens"] < 500 and not call.feature.startswith("night")
    ),
}
"""What the texts mean that the tests write into `where`."""


def _is_candidate(call: Call, said: Mapping[str, Any]) -> bool:
    return (
        f"{call.provider}/{call.model}" == said["from"]
        and call.status == "success"
        and call.feature == said.get("feature", call.feature)
    )


def _takes(call: Call, said: Mapping[str, Any]) -> bool:
    return (
        _is_candidate(call, said)
        and call.route_class == said.get("route_class", call.route_class)
        and WHERE.get(said.get("where", ""), lambda _: True)(call)
        and ("floor" not in said or _is_good_enough(call, said))
    )


def _some_class_would_do(call: Call, said: Mapping[str, Any]) -> bool:
    """Whether a classifier must read a call: of some class, or of the one asked for, it would be taken."""
    if "floor" not in said:
        return True
    named = {row["route_class"] for row in said["evaluations"]} | {"of none"}
    classes = [said["route_class"]] if "route_class" in said else sorted(named - {""})
    return any(_is_good_enough(replace(call, route_class=each), said) for each in classes)


def _is_good_enough(call: Call, said: Mapping[str, Any]) -> bool:
    results = [
        int(row["quality_permille"])
        for row in said["evaluations"]
        if f"{row['provider']}/{row['model']}" == said["to"]
        and row["feature"] in ("", call.feature)
        and row["route_class"] in ("", call.route_class)
        and holds(row, call.ended_at)
    ]
    return min(results, default=-1) >= said["floor"]


def ratio(oracle: Oracle, one: str, other: str, at: datetime) -> int | None:
    """Tokens of another model for 1,000 of one, as the lines of the book say."""
    names = []
    for written in (one, other):
        provider, _, model = written.partition("/")
        skus = [sku for sku, _, start, end in oracle.names[provider, model] if start <= at < end]
        rows = [row for row in TOKENIZERS if (row["provider"], row["sku"]) == (provider, *skus[:1])]
        names += [row["tokenizer"] for row in rows if holds(row, at)]
    if len(names) == 2 and names[0] == names[1]:
        return 1000
    found = [row for row in RATIOS if [row["tokenizer"], row["to_tokenizer"]] == names and holds(row, at)]
    return int(found[0]["tokens_permille"]) if found else None


def _equivalent(calls: Sequence[Call], said: Mapping[str, Any], oracle: Oracle) -> Replaced:
    for call in calls:
        skus = [
            sku for sku, _, start, end in oracle.names.get((call.provider, call.model), ())
            if start <= call.ended_at < end
        ]  # fmt: skip
        rows = [
            row for row in EQUIVALENTS
            if (row["provider"], row["sku"], row["relation"]) == (call.provider, *skus, said["relation"])
            and holds(row, call.ended_at)
        ]  # fmt: skip
        for row in rows if call.status == "success" else ():
            moved = replace(call, model=row["equivalent_sku"])
            scale = ratio(
                oracle, f"{call.provider}/{call.model}", f"{call.provider}/{moved.model}", call.ended_at
            )
            assert scale is not None
            counts = {
                meter: -(-call.units.get(meter, 0) * scale // 1000) for meter in (*INPUTS, "output_tokens")
            }
            yield call, [moved.uses(**counts)]


def _routing(calls: Sequence[Call], said: Mapping[str, Any], oracle: Oracle) -> Replaced:
    mine = [call for call in sorted(calls, key=lambda call: call.key) if _is_candidate(call, said)]
    escalated = said["escalated_permille"]["value"]
    debt = 0
    for call in mine:
        whole = sum(call.units.get(meter, 0) for meter in INPUTS)
        midnight = call.ended_at.replace(hour=0, minute=0, second=0, microsecond=0)
        scale = {"value": ratio(oracle, said["from"], said["to"], midnight)}
        read = -(-whole * said.get("input_permille", scale)["value"] // 1000)
        output = call.units.get("output_tokens", 0)
        written = -(-output * said.get("output_permille", scale)["value"] // 1000)
        classified = []
        if "classifier" in said:
            classified = [_of(call, said["classifier"], read, said["classifier_output_tokens"]["value"])]
        if not _takes(call, said):
            if classified and _some_class_would_do(call, said):
                yield call, [call, *classified]
            continue
        instead = [_of(call, said["to"], read, written), *classified]
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
    "routing": _routing, "equivalent": _equivalent,
}  # fmt: skip
