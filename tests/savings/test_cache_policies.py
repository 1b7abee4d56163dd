"""A whole run over two days of mixed calls says of each policy what a plain program says, digit by digit."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import yaml

from pipelines.settings import PROJECT
from tests.ledger import Ledger
from tests.oracle import Oracle
from tests.savings.cache_policies import RULES, policies

SCENARIOS = {
    "prompt_cache": {
        "lever": "prompt_cache",
        "first_token_seconds": {"value": 1, "low": 1, "high": 1, "source": "test"},
    },
    "instructions_first": {"lever": "prefix_order"},
}
MIDNIGHT = datetime(2026, 7, 22, tzinfo=UTC)
HOUR, LAST = 3600, 55


def records(chance: Random, count: int) -> Iterator[dict[str, Any]]:
    """Calls within three hours before midnight and three after, ended on the day they began."""
    for number in range(count):
        model = chance.choice(list(RULES))
        started = MIDNIGHT + timedelta(seconds=chance.randrange(-3 * HOUR, 3 * HOUR), microseconds=500_000)
        # A call in the last seconds before midnight is too short to run into the next day.
        took = timedelta(seconds=0.2 if started.second > LAST else chance.choice((0.2, 3)))
        evidence = chance.choice(("shared", "chat", "dated", "session", "none"))
        yield {
            "request_id": f"r{number}", "started_at": started.isoformat(),
            "ended_at": (started + took).isoformat(), "feature": "f",
            "provider": "anthropic" if model.startswith("claude") else "openai", "model": model,
            "project_id": chance.choice("ab"), "uncached_input_tokens": chance.randrange(9_000, 20_000),
            "cache_read_tokens": chance.choice((0, 0, 3_000)), "output_tokens": chance.randrange(500),
            "cache_write_5m_tokens": chance.choice((0, 1_000)) if model.startswith("claude") else 0,
            "cache_write_1h_tokens": 0, "cache_write_tokens": 0,
            "session_id": f"s{chance.randrange(4)}" if evidence == "session" else None,
            "prefix_hashes": prefixes(evidence, number, chance),
        }  # fmt: skip


def prefixes(evidence: str, number: int, chance: Random) -> list[dict[str, Any]] | None:
    """A chain of one kind of prompt; some beginnings are below the minimum of some models."""
    match evidence:
        case "shared":
            return _chain(
                ("tools", 1_500), (f"doc{chance.randrange(3)}", 2_000), (f"ask{number}", 1 + number)
            )
        case "chat":
            turns = range(chance.randrange(1, 7))
            return _chain(*[(f"chat{turn}", 1_100) for turn in turns])
        case "dated":
            length = 3_000 if chance.random() < 0.8 else 3_100
            return _chain(
                (f"date{number}", 30 + number % 5), ("instructions", length), (f"ask{number}", 40 + number)
            )
    return None


def _chain(*blocks: tuple[str, int]) -> list[dict[str, Any]]:
    ends = [sum(tokens for _, tokens in blocks[: end + 1]) for end in range(len(blocks))]
    names = ["/".join(name for name, _ in blocks[: end + 1]) for end in range(len(blocks))]
    return [{"hash": name, "tokens": tokens} for name, tokens in zip(names, ends, strict=True)]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, list[dict[str, Any]]]:
    """A company with such calls, after a run."""
    ledger = Ledger.at(tmp_path_factory.mktemp("mixed") / "company")
    (ledger.root / "config" / "scenarios.yml").write_text(yaml.safe_dump(SCENARIOS), encoding="utf-8")
    rows = list(records(Random(7), 1_500))  # noqa: S311 a log
    ledger.write("request_log/a.jsonl", rows)
    ledger.publish_only("sav_prompt_cache_prefix", "sav_scenario_daily")
    return ledger, rows


@pytest.mark.parametrize("day", ["2026-07-21", "2026-07-22"])
def test_every_policy_is_what_a_plain_program_says(
    mixed: tuple[Ledger, list[dict[str, Any]]], day: str
) -> None:
    ledger, rows = mixed
    # The first day does not see what the second reads; the second sees what the first wrote.
    seen = [row for row in rows if row["ended_at"][:10] <= day]
    expected = policies(seen, date.fromisoformat(day), Oracle(PROJECT / "prices"))
    found = ledger.rows(
        "select cast(day as varchar), provider, model, evidence, prefix_hash, cache_policy, attempts,"
        " cache_read_tokens, cache_write_tokens, baseline_usd, counterfactual_usd, unpriced_attempts"
        " from sav_prompt_cache_prefix"
    )
    assert {row[1:6]: row[6:] for row in found if row[0] == day} == {
        key: (cell.attempts, cell.read, cell.written, cell.baseline, cell.cost, 0)
        for key, cell in expected.items()
    }
    assert {key[2] for key in expected} == {"prefix_hashes", "prefix_lengths", "session", "none"}


def test_the_ceiling_saves_at_least_what_the_best_policy_does(mixed: tuple[Ledger, list[Any]]) -> None:
    ledger, _ = mixed
    rows = ledger.rows(
        "select max(saving_usd) filter (where is_ceiling), max(saving_usd) filter (where is_best_policy),"
        " max(saving_usd) filter (where kind = 'achievable'), max(saving_usd) from sav_prompt_cache_prefix"
        " where evidence = 'prefix_hashes' group by day, provider, model, prefix_hash"
    )
    assert rows
    assert all(most == ceiling >= best >= achievable for ceiling, best, achievable, most in rows)
    assert any(ceiling > best for ceiling, best, _, _ in rows)


def test_what_is_no_proof_is_a_bound_of_its_own(mixed: tuple[Ledger, list[Any]]) -> None:
    ledger, rows = mixed
    said = ledger.rows(
        "select distinct evidence, cache_policy, kind from sav_prompt_cache_prefix order by 1, 2"
    )
    kinds = {(evidence, policy): kind for evidence, policy, kind in said}
    assert {evidence: kind for (evidence, policy), kind in kinds.items() if policy == "off"} == {
        "none": "realised", "prefix_hashes": "realised", "prefix_lengths": "bound", "session": "realised",
    }  # fmt: skip
    assert {kinds[evidence, "short"] for evidence in ("session", "prefix_lengths")} == {"bound"}
    assert ("none", "short") not in kinds
    daily = dict(ledger.rows("select scenario, sum(attempts) from sav_scenario_daily group by 1 order by 1"))
    told = [row for row in rows if row["prefix_hashes"]]
    turns = [row for row in rows if row["session_id"]]
    # Undoing what was cached needs no evidence; every call counts once.
    assert (daily["prompt_cache_off"], daily["prompt_cache_session"]) == (len(rows), len(turns))
    assert daily["prompt_cache_best"] == len(told)
    assert 0 < daily["instructions_first"] < len(told)
