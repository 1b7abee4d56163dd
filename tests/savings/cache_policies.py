"""What every cache policy would have cost, call by call: caches as dicts, prices from the text."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle import Oracle
from tests.savings.chains_oracle import reordered_chains, turn_chains
from tests.savings.replaced import INPUTS
from tests.savings.replay_oracle import simulate

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
Record = Mapping[str, Any]
Attempt = dict[str, Any]
Outcome = tuple[int, int, str | None]
"""Tokens read and written, and the meter of the write."""

Key = tuple[str, str, str, str | None, str]
"""Provider, model, evidence, first prefix and policy."""


@dataclass(frozen=True)
class Rule:
    """How the cache of a model works."""

    minimum: int
    step: int
    breakpoints: int | None
    by_workspace: bool
    lives: Mapping[str, tuple[int, str | None]]


RULES = {
    "claude-sonnet-4-6": Rule(2048, 1, 4, True, {
        "short": (300, "cache_write_5m_tokens"), "long": (3600, "cache_write_1h_tokens"),
    }),
    "gpt-5.4-mini": Rule(1024, 128, None, False, {"short": (300, None)}),
    "gpt-5.6-luna": Rule(1024, 1, 4, False, {"short": (1800, "cache_write_tokens")}),
}  # fmt: skip


@dataclass
class Sum:
    """What a row of the table adds up to."""

    attempts: int = 0
    read: int = 0
    written: int = 0
    baseline: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)


def policies(records: Sequence[Record], day: date, oracle: Oracle) -> dict[Key, Sum]:
    """The sums of a day, of priced and finished calls of the models of `RULES`."""
    found: dict[Key, Sum] = defaultdict(Sum)
    for evidence, attempts in _attempts(records).items():
        for one, policy, outcome in _outcomes(attempts, has_life=evidence != "none"):
            record = one["record"]
            if _at(record, "ended_at").date() == day:
                first = one["prefixes"][0]["hash"] if evidence == "prefix_hashes" else None
                cell = found[record["provider"], record["model"], evidence, first, policy]
                _add(cell, one, outcome, oracle)
    return dict(found)


def _outcomes(attempts: Sequence[Attempt], *, has_life: bool) -> Iterator[tuple[Attempt, str, Outcome]]:
    """Each attempt under each policy of its model."""
    yield from ((one, "off", (0, 0, None)) for one in attempts)
    for life in ("short", "long") if has_life else ():
        alive = [one for one in attempts if life in RULES[one["model"]].lives]
        lives = {one["row"]: RULES[one["model"]].lives[life] for one in alive}
        found = simulate((one | {"ttl_seconds": lives[one["row"]][0]} for one in alive), BEGINNING)
        for one in alive:
            (read, written, needed), (_, meter) = found[one["row"]], lives[one["row"]]
            # A turn that read from a cache had that much in it, whatever its session says.
            more = max(0, one["known_read"] - read)
            yield one, life, (read + more, max(0, written - more), meter)
            yield one, f"{life}_hindsight", (read + more, max(0, needed - more), meter)


def _attempts(records: Sequence[Record]) -> dict[str, list[Attempt]]:
    """By evidence the attempts as the plain programs take them, with prefixes."""
    all_of = [_attempt(row, record) for row, record in enumerate(records)]
    told = [one for one in all_of if one["prefixes"]]
    in_session = [one for one in all_of if not one["prefixes"] and one["session_id"]]
    chains, better = turn_chains(in_session), reordered_chains(told)
    return {
        "prefix_hashes": told,
        "prefix_lengths": [one | {"prefixes": better[one["row"]]} for one in told if one["row"] in better],
        "session": [
            one | {"prefixes": chains[one["row"]], "known_read": one["record"]["cache_read_tokens"]}
            for one in in_session
        ],
        "none": [one for one in all_of if not one["prefixes"] and not one["session_id"]],
    }


def _attempt(row: int, record: Record) -> Attempt:
    rule, started = RULES[record["model"]], _at(record, "started_at")
    return {
        "row": row, "record": record, "model": record["model"], "feature": record["feature"],
        "scope": record["project_id"] if rule.by_workspace else "all", "session_id": record["session_id"],
        "request": record["request_id"], "started_at": started,
        "begins_at": min(started + timedelta(seconds=1), _at(record, "ended_at")),
        "input_tokens": sum(record[meter] for meter in INPUTS), "prefixes": record["prefix_hashes"],
        "known_read": 0, "minimum_tokens": rule.minimum, "step_tokens": rule.step,
        "breakpoints": rule.breakpoints,
    }  # fmt: skip


def _at(record: Record, name: str) -> datetime:
    return datetime.fromisoformat(record[name])


def _add(cell: Sum, one: Attempt, outcome: Outcome, oracle: Oracle) -> None:
    record, (read, written, meter) = one["record"], outcome
    outside = one["input_tokens"] - read - (written if meter else 0)
    instead = {"cache_read_tokens": read, "uncached_input_tokens": outside} | (
        {meter: written} if meter else {}
    )
    cell.attempts += 1
    cell.read += read
    cell.written += written
    cell.baseline += _cost(record, {meter: record[meter] for meter in INPUTS}, oracle)
    cell.cost += _cost(record, instead, oracle)


def _cost(record: Record, inputs: Mapping[str, int], oracle: Oracle) -> Decimal:
    units = {**inputs, "output_tokens": record["output_tokens"]}
    paid = oracle.price(record["provider"], record["model"], "standard", _at(record, "ended_at"), units)
    assert paid.effective is not None
    return paid.effective
