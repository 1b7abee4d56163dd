"""Prompt caching as a slow, plain program: each prompt as the best policy of its first prefix sends it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.oracle import Oracle
from tests.savings.replaced import INPUTS, Call, Replaced, cost
from tests.savings.replay_oracle import simulate


@dataclass(frozen=True)
class Rule:
    """What a cache of a model keeps, on 2026-07-01 and by hand from the documentation of its provider."""

    minimum: int
    step: int
    breakpoints: int | None
    lives: Mapping[str, tuple[int, str | None]]


CLAUDE = {"short": (300, "cache_write_5m_tokens"), "long": (3600, "cache_write_1h_tokens")}
RULES = {
    "claude-sonnet-4-6": Rule(2048, 1, 4, CLAUDE),
    "claude-haiku-4-5": Rule(4096, 1, 4, CLAUDE),
    "gpt-5.4-mini": Rule(1024, 128, None, {"short": (300, None)}),
    "gpt-4o": Rule(1024, 128, None, {"short": (300, None)}),
}


def prompt_cache(calls: Sequence[Call], said: Mapping[str, Any], oracle: Oracle) -> Replaced:
    """Each finished call with prefixes, and what is sent instead of it."""
    first_token = timedelta(seconds=said["first_token_seconds"]["value"])
    families: dict[tuple[str, ...], list[tuple[Call, dict[str, Call]]]] = defaultdict(list)
    for call, ways in _ways(calls, first_token, oracle):
        key = call.provider, call.model, call.team, call.feature, call.prefixes[0]["hash"]
        families[key].append((call, ways))
    for family in families.values():
        best = _best(family, oracle)
        yield from ((call, [ways[best]]) for call, ways in family)


def _ways(
    calls: Sequence[Call], first_token: timedelta, oracle: Oracle
) -> list[tuple[Call, dict[str, Call]]]:
    """The prompts, and for each policy the call that reads and writes as it does."""
    prompts = [
        call for call in calls if call.prefixes and call.status == "success" and _can_read(call, oracle)
    ]
    found: list[tuple[Call, dict[str, Call]]] = [(call, {"off": _sent(call, 0, 0, None)}) for call in prompts]
    for life in ("short", "long"):
        attempts = [
            _attempt(row, call, first_token, *RULES[call.model].lives[life][:1])
            for row, call in enumerate(prompts)
            if life in RULES[call.model].lives
        ]
        for row, (read, written, _) in simulate(attempts, min(call.ended_at for call in calls)).items():
            meter = RULES[prompts[row].model].lives[life][1]
            found[row][1][life] = _sent(prompts[row], read, written, meter)
    return found


def _can_read(call: Call, oracle: Oracle) -> bool:
    """Whether its model has a cache: a rule, and a rate for what is read."""
    rates = oracle.found(call.provider, call.model, call.tier, call.ended_at, 0)
    return call.model in RULES and "cache_read_tokens" in rates


def _attempt(row: int, call: Call, first_token: timedelta, ttl: int) -> dict[str, Any]:
    rule, started = RULES[call.model], call.started_at or call.ended_at
    return {
        "row": row, "scope": call.provider, "model": call.model, "started_at": started,
        "begins_at": min(started + first_token, max(started, call.ended_at)),
        "input_tokens": whole(call), "prefixes": call.prefixes, "minimum_tokens": rule.minimum,
        "step_tokens": rule.step, "breakpoints": rule.breakpoints, "ttl_seconds": ttl,
    }  # fmt: skip


def _sent(call: Call, read: int, written: int, meter: str | None) -> Call:
    units = dict.fromkeys(INPUTS, 0) | {"cache_read_tokens": read}
    if meter:
        units[meter] = written
    return call.uses(**units | {"uncached_input_tokens": whole(call) - sum(units.values())})


def whole(call: Call) -> int:
    """All input of a call."""
    return sum(call.units.get(meter, 0) for meter in INPUTS)


def _best(family: Sequence[tuple[Call, Mapping[str, Call]]], oracle: Oracle) -> str:
    """The policy that is cheapest for a family; one that prices fewer calls is no cheaper."""

    def rank(policy: str) -> tuple[int, Decimal, str]:
        pairs = [(cost(call, oracle), cost(ways[policy], oracle)) for call, ways in family]
        costs = [later for earlier, later in pairs if earlier is not None and later is not None]
        return len(pairs) - len(costs), sum(costs, Decimal(0)), policy

    return min(family[0][1], key=rank)
