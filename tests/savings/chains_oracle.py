"""Prefixes of sessions, and of prompts with the volatile part last, one attempt at a time; slow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

Attempt = Mapping[str, Any]
Chains = dict[int, list[dict[str, Any]]]


def turn_chains(attempts: Iterable[Attempt]) -> Chains:
    """Row to prefixes of attempts of sessions: of the turn before, and of the turn itself."""
    last: dict[tuple[Any, ...], tuple[int, list[dict[str, Any]]]] = {}
    chains: Chains = {}
    for one in sorted(attempts, key=lambda one: (one["started_at"], one["row"])):
        session = (one["scope"], one["model"], one["feature"], one["session_id"])
        tokens, row = one["input_tokens"], one["row"]
        own = {"hash": f"turn {row}", "tokens": tokens}
        before, chain = last.get(session, (0, []))
        if not chain or tokens < before:
            chain = [own]
        elif tokens > before:
            chain = [chain[-1], own]
        last[session] = tokens, chain
        chains[row] = chain
    return chains


def reordered_chains(attempts: Iterable[Attempt]) -> Chains:
    """Row to prefixes of attempts that have a volatile part before one that most of those alike have."""
    requests = defaultdict(set)
    log = list(attempts)
    for one in log:
        for prefix in one["prefixes"]:
            requests[one["scope"], one["model"], prefix["hash"]].add(one["request"])
    alike = defaultdict(list)
    for one in log:
        for place, prefix in enumerate(one["prefixes"][:-1]):
            if len(requests[one["scope"], one["model"], prefix["hash"]]) == 1:
                parent = one["prefixes"][place - 1]["hash"] if place else None
                alike[one["scope"], one["model"], one["feature"], place, parent].append(one)
                break
    return {
        one["row"]: chain
        for (*_, place, _parent), group in alike.items()
        for one in group
        if len(chain := _moved(one, place, group)) > place
    }


def _moved(one: Attempt, place: int, group: list[Attempt]) -> list[dict[str, Any]]:
    start = one["prefixes"][place - 1]["tokens"] if place else 0
    moved = list(one["prefixes"][:place])
    lengths = _lengths(one, place)
    for number, length in enumerate(lengths):
        same = sum(_lengths(each, place)[number : number + 1] == [length] for each in group)
        if same * 2 <= len(group):
            break
        name = f"stable {one['feature']} {place} {moved[0]['hash'] if place else ''} {lengths[: number + 1]}"
        moved.append({"hash": name, "tokens": start + length})
    return moved


def _lengths(one: Attempt, place: int) -> list[int]:
    end = one["prefixes"][place]["tokens"]
    return [prefix["tokens"] - end for prefix in one["prefixes"][place + 1 :]]
