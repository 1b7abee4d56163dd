"""Cache policies of a whole run: from the prefixes in a log to dollars a reader can add up."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.errors import BookError
from pipelines.settings import PROJECT
from pipelines.warehouse.run import Run
from tests.ledger import Ledger

REPLAY = {
    "prompt_cache": {
        "lever": "prompt_cache",
        "first_token_seconds": {"value": 1, "low": 1, "high": 1, "source": "test"},
    }
}
CHAIN = [{"hash": "a", "tokens": 8_000}]


def prompt(name: str, at: str, prefixes: object = CHAIN, **more: Any) -> dict[str, Any]:
    """A call of Sonnet 4.6 with 10,000 tokens in, 8,000 of them shared, that ends a second after `at`."""
    return {
        "request_id": name, "started_at": f"{at}Z", "ended_at": f"{at}.9Z", "provider": "anthropic",
        "model": "claude-sonnet-4-6", "uncached_input_tokens": 10_000, "output_tokens": 0,
        "project_id": "workspace", "prefix_hashes": prefixes, **more,
    }  # fmt: skip


def published(root: Path, rows: Sequence[Mapping[str, Any]], scenarios: object = REPLAY) -> Ledger:
    """A company with these calls and scenarios, and the tables of what prompt caching saves."""
    ledger = Ledger.at(root)
    (root / "config" / "scenarios.yml").write_text(yaml.safe_dump(scenarios), encoding="utf-8")
    ledger.write("request_log/a.jsonl", rows)
    ledger.publish_only("sav_prompt_cache_prefix", "sav_scenario_daily", "sav_assumption")
    return ledger


def costs(ledger: Ledger, day: str) -> dict[str, Decimal]:
    """What each policy would have cost on a day."""
    rows = ledger.rows(
        "select cast(day as varchar), cache_policy, sum(counterfactual_usd) from sav_prompt_cache_prefix"
        " group by 1, 2"
    )
    return {policy: cost for of_day, policy, cost in rows if of_day == day}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Calls at 12:00, 12:04 and 12:10: the last is too late for five minutes, not for an hour."""
    times = ("12:00:00", "12:04:00", "12:10:00")
    rows = [prompt(f"r{number}", f"2026-07-01T{time}") for number, time in enumerate(times)]
    return published(tmp_path_factory.mktemp("three") / "company", rows)


def test_each_policy_pays_its_reads_and_its_writes(three: Ledger) -> None:
    # A million tokens: uncached 3, read 0.30, written for five minutes 3.75, for an hour 6. So 2,000 outside
    # are 0.006, and 8,000 are 0.024 in full, 0.0024 read, 0.030 or 0.048 written.
    assert costs(three, "2026-07-01") == {
        "off": 3 * Decimal("0.030"),
        "short": Decimal("0.036") + Decimal("0.0084") + Decimal("0.036"),
        "long": Decimal("0.054") + 2 * Decimal("0.0084"),
        "short_hindsight": Decimal("0.036") + Decimal("0.0084") + Decimal("0.030"),
        "long_hindsight": Decimal("0.054") + 2 * Decimal("0.0084"),
    }


def test_the_best_policy_and_the_ceiling_are_scenarios_too(three: Ledger) -> None:
    rows = three.rows("select scenario, kind, saving_usd, attempts from sav_scenario_daily order by 1")
    assert rows == [
        ("prompt_cache_best", "achievable", Decimal("0.0192"), 3),
        ("prompt_cache_ceiling", "ceiling", Decimal("0.0192"), 3),
        ("prompt_cache_long", "achievable", Decimal("0.0192"), 3),
        ("prompt_cache_off", "realised", Decimal(0), 3),
        ("prompt_cache_short", "achievable", Decimal("0.0096"), 3),
    ]


def test_what_is_cached_already_is_realised_and_stays_in_the_baseline(tmp_path: Path) -> None:
    cached = {"uncached_input_tokens": 2_000}
    rows = [
        prompt("w", "2026-07-01T12:00:00", cache_write_5m_tokens=8_000, **cached),
        prompt("r", "2026-07-01T12:01:00", cache_read_tokens=8_000, **cached),
    ]
    ledger = published(tmp_path / "company", rows)
    # Paid 0.036 + 0.0084; without any cache it had been 0.06.
    assert ledger.rows(
        "select scenario, saving_usd from sav_scenario_daily"
        " where kind = 'realised' or scenario like '%short' order by 1"
    ) == [("prompt_cache_off", Decimal("-0.0156")), ("prompt_cache_short", Decimal(0))]


def test_a_cache_stays_warm_over_midnight(tmp_path: Path) -> None:
    rows = [prompt("last", "2026-07-01T23:58:00"), prompt("first", "2026-07-02T00:01:00")]
    ledger = published(tmp_path / "company", rows)
    assert costs(ledger, "2026-07-02")["short"] == Decimal("0.0084")
    assert costs(ledger, "2026-07-01")["short"] == Decimal("0.036")


def test_a_late_call_before_midnight_makes_the_next_day_stale(tmp_path: Path) -> None:
    ledger = published(tmp_path / "company", [prompt("first", "2026-07-02T00:01:00")])
    ledger.run()
    assert costs(ledger, "2026-07-02")["short"] == Decimal("0.036")
    ledger.write("request_log/b.jsonl", [prompt("late", "2026-07-01T23:58:00")])
    run = Run.of(ledger.locations)
    run.ingest()
    assert run.stale_days() == ["2026-07-01", "2026-07-02"]
    ledger.run()
    assert costs(ledger, "2026-07-02")["short"] == Decimal("0.0084")
    assert Run.of(ledger.locations).stale_days() == []


def test_workspaces_share_no_cache_and_small_or_broken_prefixes_are_none(tmp_path: Path) -> None:
    rows = [
        prompt("a", "2026-07-01T12:00:00"),
        prompt("b", "2026-07-01T12:01:00", project_id="another"),
        prompt("small", "2026-07-01T12:02:00", [{"hash": "s", "tokens": 2_047}]),
        prompt("small too", "2026-07-01T12:02:30", [{"hash": "s", "tokens": 2_047}]),
        prompt("broken", "2026-07-01T12:03:00", [{"hash": "x", "tokens": 9}, {"hash": "y", "tokens": 9}]),
        prompt("none", "2026-07-01T12:04:00", None),
        prompt("failed", "2026-07-01T12:05:00", status="error"),
    ]
    found = published(tmp_path / "company", rows).rows(
        "select prefix_hash, attempts, cache_read_tokens, cache_write_tokens from sav_prompt_cache_prefix"
        " where cache_policy = 'short' order by 1"
    )
    assert found == [("a", 2, 0, 16_000), ("s", 2, 0, 0)]


def test_a_session_without_hashes_is_a_bound(tmp_path: Path) -> None:
    # Turns of 10,000, 11,000 and 12,000 tokens, a minute apart; then one in which the history began anew.
    rows = [
        prompt(f"r{turn}", f"2026-07-01T12:0{turn}:00", None, session_id="chat", uncached_input_tokens=tokens)
        for turn, tokens in enumerate((10_000, 11_000, 12_000, 5_000))
    ]
    ledger = published(tmp_path / "company", rows)
    # A million tokens: 3.75 written, 0.30 read. Written are 10,000, 1,000, 1,000, 5,000; read 10,000, 11,000.
    assert costs(ledger, "2026-07-01")["short"] == Decimal("0.06375") + Decimal("0.0063")
    assert ledger.rows(
        "select scenario, kind, baseline_usd, saving_usd from sav_scenario_daily order by scenario"
    ) == [
        ("prompt_cache_off", "realised", Decimal("0.114"), Decimal(0)),
        ("prompt_cache_session", "bound", Decimal("0.114"), Decimal("0.04395")),
    ]


def test_a_log_without_hashes_and_sessions_tells_what_is_saved_already(tmp_path: Path) -> None:
    cached = {"uncached_input_tokens": 2_000, "cache_read_tokens": 8_000}
    rows = [prompt("r", "2026-07-01T12:00:00", None, **cached), prompt("u", "2026-07-01T12:01:00", None)]
    ledger = published(tmp_path / "company", rows)
    # 8,000 read tokens are 0.0024 instead of 0.024. What could be saved cannot be told.
    assert ledger.rows(
        "select evidence, cache_policy, kind, attempts, saving_usd from sav_prompt_cache_prefix"
    ) == [("none", "off", "realised", 2, Decimal("-0.0216"))]


def test_a_date_before_the_instructions_costs_their_cache(tmp_path: Path) -> None:
    rows = [
        prompt(
            f"r{call}",
            f"2026-07-01T12:0{call}:00",
            [{"hash": f"date {call}", "tokens": 20}, {"hash": f"date {call}, rules", "tokens": 8_020}],
        )
        for call in range(3)
    ]
    moves = REPLAY | {"instructions_first": {"lever": "prefix_order"}}
    ledger = published(tmp_path / "company", rows, moves)
    # Paid 3 * 0.030. As logged a cache reads nothing; with the date last, 8,000 tokens are written once and
    # read twice: 0.036 + 2 * 0.0084.
    assert ledger.rows(
        "select scenario, kind, attempts, saving_usd from sav_scenario_daily order by scenario"
    ) == [
        ("instructions_first", "bound", 3, Decimal("0.0372")),
        ("prompt_cache_best", "achievable", 3, Decimal(0)),
        ("prompt_cache_ceiling", "ceiling", 3, Decimal(0)),
        ("prompt_cache_long", "achievable", 3, Decimal("-0.07218")),
        ("prompt_cache_off", "realised", 3, Decimal(0)),
        ("prompt_cache_short", "achievable", 3, Decimal("-0.018045")),
    ]


def test_a_model_without_a_rate_for_cached_input_has_no_cache(tmp_path: Path) -> None:
    turbo = {"provider": "openai", "model": "gpt-4-turbo-2024-04-09"}
    mini = {"provider": "openai", "model": "gpt-5.4-mini"}
    rows = [
        prompt(f"{named['model']} {second}", f"2026-07-01T12:00:0{second}", **named)
        for named in (turbo, mini)
        for second in (0, 5)
    ]
    ledger = published(tmp_path / "company", rows)
    assert ledger.rows(
        "select model, cache_policy, attempts, unpriced_attempts, cache_read_tokens"
        " from sav_prompt_cache_prefix where kind <> 'ceiling' order by 2"
    ) == [("gpt-5.4-mini", "off", 2, 0, 0), ("gpt-5.4-mini", "short", 2, 0, 7_936)]


def test_a_cache_that_loses_money_is_found(tmp_path: Path) -> None:
    # Written for five minutes and never read: 0.036 instead of 0.030.
    written = {"uncached_input_tokens": 2_000, "cache_write_5m_tokens": 8_000}
    ledger = published(tmp_path / "company", [prompt("w", "2026-07-01T12:00:00", **written)])
    [query] = [
        block.removeprefix("sql\n")
        for block in (PROJECT / "docs" / "savings.md").read_text(encoding="utf-8").split("```")
        if "kind = 'realised' and saving_usd > 0" in block
    ]
    assert ledger.rows(query) == [
        ("anthropic", "claude-sonnet-4-6", "unattributed", "prefix_hashes", "a", Decimal("0.006"))
    ]


def test_without_the_scenario_nothing_is_replayed(tmp_path: Path) -> None:
    ledger = published(
        tmp_path / "company", [prompt("a", "2026-07-01T12:00:00")], {"x": {"lever": "retries"}}
    )
    assert ledger.rows("select count(*) from sav_prompt_cache_prefix") == [(0,)]
    assert ledger.rows("select scenario, lever, kind, assumption from sav_assumption") == [
        ("x", "retries", "ceiling", "none")
    ]


@pytest.mark.parametrize(
    ("scenarios", "said"),
    [
        (["batch"], "scenarios.yml: no mapping of keys to values"),
        ({"x": {"lever": "magic"}}, "scenarios.yml: x: lever is none of "),
        ({"x": {"lever": "batch", "wait": []}}, "scenarios.yml: x: keys missing or unknown: wait"),
        ({"x": {"lever": "answer_cache"}}, "scenarios.yml: x: keys missing or unknown: ttl_seconds"),
        (
            {"x": {"lever": "answer_cache", "ttl_seconds": 60}},
            "scenarios.yml: x: ttl_seconds: needs high, low, source, value",
        ),
        (
            {
                "x": {
                    "lever": "answer_cache",
                    "ttl_seconds": {"value": 9, "low": 10, "high": 20, "source": "s"},
                }
            },
            "scenarios.yml: x: ttl_seconds: 10, 9, 20 are no whole numbers in order",
        ),
        (
            {"x": {"lever": "output_length", "feature": "f"}},
            "scenarios.yml: x: needs either cap or less_permille",
        ),
        (
            {"x": {"lever": "output_length", "feature": "f", "cap": "p51"}},
            "scenarios.yml: x: cap 'p51' is neither tokens nor p50, p75, p90",
        ),
        (
            {"x": REPLAY["prompt_cache"], "y": REPLAY["prompt_cache"]},
            "scenarios.yml: x, y: prompt_cache can be asked for once",
        ),
        (
            {"x": {"lever": "prefix_order"}},
            "scenarios.yml: x: prefix_order needs an entry of prompt_cache",
        ),
        (
            {
                "x": {
                    "lever": "prompt_cache",
                    "first_token_seconds": {"value": 150, "low": 1, "high": 150, "source": "s"},
                }
            },
            "scenarios.yml: x: first_token_seconds 150 is not below half of 300, the shortest lifetime",
        ),
    ],
)
def test_a_wrong_file_is_one_sentence_before_any_run(tmp_path: Path, scenarios: object, said: str) -> None:
    with pytest.raises(BookError) as caught:
        published(tmp_path / "company", [], scenarios)
    assert str(caught.value).startswith(said)
