"""Every planted fact of the example company comes out of the published tables, to the last digit."""
# ruff: noqa: S608 the tests write their own SQL

import json
import re
import subprocess
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.analysis.variance import PARTS, variance
from pipelines.settings import PROJECT
from tests.flow.company import RAW, add_late_file, copied, example_at
from tests.ledger import Ledger

FIXTURES = PROJECT / "fixtures"
PLANTED: dict[str, Any] = json.loads((FIXTURES / "planted.json").read_text(encoding="utf-8"))
METERS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "output_tokens", "web_search_requests",
)  # fmt: skip
REASONS = {
    "not_json": "not JSON",
    "negative_count": "output_tokens is not a count: -118",
    "no_usable_time": "ended_at is no time with an offset",
    "reasoning_exceeds_output": "reasoning_tokens 91 exceed output_tokens 90",
}
LOGS = "fct_attempt_cost"


def money(text: str) -> Decimal:
    return Decimal(text)


def total(ledger: Ledger, where: str, of: str = LOGS) -> Decimal:
    """Exact cost of the rows of a condition."""
    [(cost,)] = ledger.rows(f"select sum(cost_usd) from {of} where {where}")
    assert isinstance(cost, Decimal)
    return cost


def tokens(ledger: Ledger, where: str, of: str = LOGS) -> dict[str, int]:
    """Meters of the rows of a condition that are not zero."""
    sums = ", ".join(f"coalesce(sum({meter}), 0)" for meter in METERS)
    [row] = ledger.rows(f"select {sums} from {of} where {where}")
    return {meter: int(count) for meter, count in zip(METERS, row, strict=True) if count}


def count(ledger: Ledger, where: str, of: str = LOGS) -> int:
    [(rows,)] = ledger.rows(f"select count(*) from {of} where {where}")
    return int(rows)


def grouped(ledger: Ledger, sql: str) -> dict[str, Any]:
    return {str(key): value for key, value in ledger.rows(sql)}


def decimals(facts: dict[str, str]) -> dict[str, Decimal]:
    return {key: money(text) for key, text in facts.items()}


def test_every_planted_fact_has_a_test() -> None:
    tests = [name for name in globals() if name.startswith("test_")]
    untested = [key for key in PLANTED if not any(name.startswith(f"test_{key}") for name in tests)]
    assert not untested


def test_every_number_of_the_readme_stands_in_the_planted_facts() -> None:
    text = (FIXTURES / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \|.*\|.*\|(.*)\|$", text, flags=re.MULTILINE)
    rows = {fact: numbers for fact, numbers in table if fact in PLANTED}
    assert sorted(rows) == sorted(PLANTED)
    said = [
        (fact, *pair)
        for fact, numbers in rows.items()
        for pair in re.findall(r"`([^`]+)` (-?[\d.]+)", numbers)
    ]
    assert len(said) > 30
    for fact, path, written in said:
        value = PLANTED[fact]
        for step in path.split("."):
            value = value[step]
        assert str(value) == written, (fact, path)


def test_savings_are_those_that_the_readme_of_the_project_shows(example: Ledger) -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    [(query, shown)] = re.findall(
        r'query --warehouse warehouse "(\s+select scenario,[^"]*)"\n([^`]*)```', text
    )
    lines = [line.split() for line in shown.splitlines()]
    rows = [[*names, f"{baseline:f}", f"{saving:f}"] for *names, baseline, saving in example.rows(query)]
    assert rows == lines[1:]


def test_generator_writes_exactly_the_committed_files(tmp_path: Path) -> None:
    command = [sys.executable, str(FIXTURES / "generate.py"), "--out", str(tmp_path / "raw")]
    subprocess.run(command, check=True)
    made = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*.*") if path.is_file()}
    folders = ("raw", "late")
    kept = {
        path.relative_to(FIXTURES).as_posix(): path
        for path in (
            *(p for folder in folders for p in (FIXTURES / folder).rglob("*.*")),
            FIXTURES / "planted.json",
        )
        if path.is_file()
    }
    assert sorted(made) == sorted(kept)
    assert [name for name in kept if made[name].read_bytes() != kept[name].read_bytes()] == []


def test_retry_storm(example: Ledger) -> None:
    fact = PLANTED["retry_storm"]
    storm = (
        f"day = '{fact['day']}' and feature = '{fact['feature']}' and request_id in"
        " (select request_id from fct_attempt_cost where attempt > 1)"
    )
    by_request = grouped(example, f"select request_id, count(*) from {LOGS} where {storm} group by 1")
    assert len(by_request) == fact["requests"]
    assert set(by_request.values()) == {fact["attempts_of_each_request"]}
    assert count(example, storm) == fact["attempts"]
    assert total(example, storm) == money(fact["cost_usd"])
    assert total(example, f"{storm} and attempt > 1") == money(fact["cost_usd_of_attempts_2_and_later"])
    assert total(example, f"{storm} and status = 'error'") == money(fact["cost_usd_of_errors"])
    again = count(example, f"attempt > 1 and day = '{fact['day']}'")
    assert again == fact["attempts"] - fact["requests"]


def driver(ledger: Ledger, name: str, feature: str) -> tuple[int, Decimal]:
    """Attempts and cost of one driver of a feature."""
    mine = f"driver = '{name}' and feature = '{feature}'"
    [(attempts, cost)] = ledger.rows(
        f"select sum(attempts), sum(cost_usd) from mart_cost_drivers where {mine}"
    )
    return attempts, cost


def test_retry_storm_is_a_driver_and_waste(example: Ledger) -> None:
    fact = PLANTED["retry_storm"]
    later = money(fact["cost_usd_of_attempts_2_and_later"])
    storm = f"day = '{fact['day']}' and feature = '{fact['feature']}'"
    assert total(example, f"{storm} and driver = 'retries'", "mart_cost_drivers") == later
    assert total(example, f"{storm} and is_retry", "mart_waste") == later
    assert total(example, f"{storm} and waste = 'error'", "mart_waste") == money(fact["cost_usd_of_errors"])


def test_causes_of_differences_that_are_waste_belong_to_the_owner_of_the_key(example: Ledger) -> None:
    rows = example.rows(
        "select provider, waste, team, feature, sum(cost_usd) from mart_waste where certainty = 'inferred'"
        " group by all order by all"
    )
    causes = PLANTED["causes_of_differences"]

    def planted(account: str, cause: str) -> Decimal:
        found = (each.get(cause, "0") for place, each in causes.items() if place.endswith(account))
        return sum(map(money, found), Decimal(0))

    nobody, answer_box = ("unattributed", "unattributed"), ("search", "answer-box")
    unfinished, unlogged = "unfinished_attempts", "usage_without_log"
    # The gateway's keys are not those of Anthropic's export: whose they are, nobody knows.
    assert rows == [
        ("anthropic", unfinished, *nobody, planted("anthropic default", unfinished)),
        ("anthropic", unlogged, *nobody, planted("anthropic default", unlogged)),
        ("openai", unfinished, *answer_box, planted("openai default", unfinished)),
    ]


def test_batchable_feature_runs_on_the_standard_tier(example: Ledger) -> None:
    fact = PLANTED["batchable_feature"]
    feature = f"feature = '{fact['feature']}'"
    [facts] = example.rows(
        f"select list(distinct service_tier), list(distinct deadline_seconds) from {LOGS} where {feature}"
    )
    assert facts == ([fact["service_tier"]], [fact["deadline_seconds"]])
    assert count(example, feature) == fact["attempts"]
    assert total(example, feature) == money(fact["cost_usd"])
    assert total(example, feature, "mart_cost_by_feature") == money(fact["cost_usd"])
    assert tokens(example, feature) == fact["tokens"]


def test_long_uncached_system_prompt(example: Ledger) -> None:
    fact = PLANTED["long_uncached_system_prompt"]
    feature = f"feature = '{fact['feature']}'"
    rows = example.rows(
        f"select fact.prefix_hashes, rate.rate, rate.per from {LOGS} as fact inner join dim_rate as rate"
        f" on fact.rate_id = rate.rate_id and rate.meter = 'uncached_input_tokens' where fact.{feature}"
    )
    prefixes = [json.loads(hashes)[-1]["tokens"] for hashes, _, _ in rows]
    assert len(rows) == fact["attempts"] == count(example, feature)
    assert (set(prefixes), sum(prefixes)) == ({fact["prefix_tokens"]}, fact["prefix_tokens_total"])
    paid = [size * rate / per for size, (_, rate, per) in zip(prefixes, rows, strict=True)]
    assert sum(paid) == money(fact["prefix_cost_usd"])
    assert tokens(example, feature).get("cache_read_tokens", 0) == fact["cache_read_tokens"]
    assert total(example, feature) == money(fact["cost_usd"])


def test_long_uncached_system_prompt_is_a_driver(example: Ledger) -> None:
    fact = PLANTED["long_uncached_system_prompt"]
    found = driver(example, "long_inputs", fact["feature"])
    assert found == (fact["attempts"], money(fact["cost_usd_beyond_norm"]))


def test_long_uncached_system_prompt_is_written_alike_from_every_format(example: Ledger) -> None:
    assert count(example, "prefix_hashes is not null") == PLANTED["long_uncached_system_prompt"]["attempts"]
    assert (
        count(example, "true", f"(select distinct prefix_hashes from {LOGS} where prefix_hashes <> '')") == 1
    )


def test_verbose_outputs(example: Ledger) -> None:
    fact = PLANTED["verbose_outputs"]
    drafts = f"api_key_id = '{fact['api_key_id']}'"
    assert example.rows(f"select distinct feature, max_output_tokens from {LOGS} where {drafts}") == [
        (fact["feature"], fact["max_output_tokens"])
    ]
    assert count(example, drafts) == fact["attempts"]
    cut_off = f"{drafts} and finish_reason = 'length' and output_tokens = max_output_tokens"
    assert count(example, cut_off) == fact["cut_off_at_limit"]
    assert tokens(example, drafts) == fact["tokens"]
    assert total(example, drafts) == money(fact["cost_usd"])


def test_verbose_outputs_are_a_driver(example: Ledger) -> None:
    fact = PLANTED["verbose_outputs"]
    found = driver(example, "verbose_outputs", fact["feature"])
    assert found == (fact["attempts"], money(fact["cost_usd_beyond_norm"]))


def test_agent_loop_is_a_driver(example: Ledger) -> None:
    fact = PLANTED["agent_loop"]
    found = driver(example, "agent_loops", fact["feature"])
    assert found == (fact["attempts"] - 1, money(fact["cost_usd_after_first_call"]))


def test_agent_loop(example: Ledger) -> None:
    fact = PLANTED["agent_loop"]
    loop = f"trace_id = '{fact['trace_id']}'"
    assert example.rows(f"select distinct cast(day as varchar), feature from {LOGS} where {loop}") == [
        (fact["day"], fact["feature"])
    ]
    assert count(example, loop) == fact["attempts"]
    assert tokens(example, loop) == fact["tokens"]
    assert total(example, loop) == money(fact["cost_usd"])
    [(longest,)] = example.rows(
        f"select max(calls) from (select count(*) as calls from {LOGS} where attempt = 1 group by trace_id)"
    )
    assert longest == fact["attempts"]
    # Each call repeats the input of the one before; the last, of 2,500 and 39 times 1,350, nobody reads.
    of_day = f"feature = '{fact['feature']}' and day = '{fact['day']}'"
    [(logged,)] = example.rows(f"select sum(cache_read_tokens) from {LOGS} where {of_day}")
    cached = "select sum(cache_read_tokens) from sav_prompt_cache_prefix where evidence = 'session'"
    [(read,)] = example.rows(f"{cached} and cache_policy = 'short' and {of_day}")
    assert read - logged == fact["tokens"]["uncached_input_tokens"] - (2_500 + 39 * 1_350)


def test_unpriced_model_has_no_cost_and_keeps_its_tokens(example: Ledger) -> None:
    fact = PLANTED["unpriced_model"]
    model = f"model = '{fact['model']}'"
    assert example.rows(
        f"select distinct feature, list_cost_usd, cost_usd, rate_id from {LOGS} where {model}"
    ) == [(fact["feature"], None, None, None)]
    assert count(example, model) == fact["attempts"] == count(example, "unpriced_reason is not null")
    assert tokens(example, model) == fact["tokens"]
    unpriced = example.rows(
        "select sum(unpriced_rows), sum(unpriced_tokens), min(model), max(model), min(unpriced_reason)"
        " from mart_unpriced where kind = 'attempt'"
    )
    everything = sum(fact["tokens"].values())
    assert unpriced == [(fact["attempts"], everything, fact["model"], fact["model"], "unknown_model")]
    charged = (
        "select day, sum(billed_cost_usd) from fct_charge"
        f" where description like '{fact['model']},%' group by all"
    )
    assert grouped(example, charged) == decimals(fact["charged_usd_by_day"])


def test_key_moves_team(example: Ledger) -> None:
    fact = PLANTED["key_moves_team"]
    key = f"api_key_id = '{fact['api_key_id']}'"
    by_team = f"select team, sum(cost_usd) from {LOGS} where {key} group by 1"
    assert grouped(example, by_team) == decimals(fact["cost_usd_by_team"])
    sides = example.rows(
        f"select ended_at >= '{fact['at']}' as moved, team, count(*) from {LOGS} where {key}"
        " group by all order by moved"
    )
    assert sides == [
        (False, fact["team_before"], fact["attempts_before"]),
        (True, fact["team_after"], fact["attempts_after"]),
    ]


@pytest.mark.parametrize("event", ["key_moves_team", "price_change"])
def test_edges_lie_one_millisecond_apart_on_both_sides_of_the_event(example: Ledger, event: str) -> None:
    before, after = PLANTED[event]["edges"]
    moment = datetime.fromisoformat(PLANTED[event]["at"])
    for edge, at in ((before, moment - timedelta(milliseconds=1)), (after, moment)):
        [found] = example.records(
            f"select ended_at, team, cost_usd, uncached_input_tokens, output_tokens from {LOGS}"
            f" where request_id = '{edge['request_id']}'"
        )
        assert found == {
            "ended_at": at,
            "team": edge["team"],
            "cost_usd": money(edge["cost_usd"]),
            **edge["tokens"],
        }
    assert before["tokens"] == after["tokens"]


def test_price_change(example: Ledger) -> None:
    fact = PLANTED["price_change"]
    days = ", ".join(f"'{day}'" for day in fact["attempts_by_day"])
    luna = f"model = '{fact['model']}' and day in ({days})"
    assert (
        grouped(example, f"select day, count(*) from {LOGS} where {luna} group by 1")
        == fact["attempts_by_day"]
    )
    by_day = f"select day, sum(cost_usd) from {LOGS} where {luna} group by 1"
    assert grouped(example, by_day) == decimals(fact["cost_usd_by_day"])
    assert grouped(example, by_day.replace(LOGS, "mart_cost_by_model")) == decimals(fact["cost_usd_by_day"])


def test_price_change_between_two_milliseconds_at_the_same_tokens(example: Ledger) -> None:
    before, after = example.records(
        f"select uncached_input_tokens as put, output_tokens as got, cost_usd, rate_id from {LOGS}"
        " where request_id in ('campaign-drafts-0729-last', 'campaign-drafts-0730-first') order by ended_at"
    )
    assert before["cost_usd"] == (before["put"] * money("1") + before["got"] * money("6")) / 1_000_000
    assert after["cost_usd"] == (after["put"] * money("0.2") + after["got"] * money("1.2")) / 1_000_000
    assert before["rate_id"] != after["rate_id"]


@pytest.fixture(scope="module")
def late(example: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = copied(example, tmp_path_factory.mktemp("late") / "company")
    add_late_file(ledger)
    ledger.run()
    return ledger


def test_late_file(example: Ledger, late: Ledger) -> None:
    fact = PLANTED["late_file"]
    day = f"day = '{fact['day']}'"
    assert total(example, day) == money(fact["cost_usd_of_day_before"])
    assert total(late, day) == money(fact["cost_usd_of_day_after"])
    assert total(late, day, "mart_cost_daily") == money(fact["cost_usd_of_day_after"])
    added = f"source_file = (select content_id from ingested_files where name = '{fact['file']}')"
    assert count(late, added) == fact["attempts"] == count(late, "true") - count(example, "true")
    assert total(late, added) == money(fact["cost_usd"])


def test_duplicate_file_is_read_once(example: Ledger) -> None:
    fact = PLANTED["duplicate_file"]
    assert example.rows(
        "select name, same_as, total_rows, staged_rows from ingested_files where file_status = 'duplicate'"
    ) == [(fact["file"], fact["same_as"], 0, 0)]


def test_duplicate_attempts_keep_the_later_row(example: Ledger) -> None:
    fact = PLANTED["duplicate_attempts"]
    kind = "kind = 'attempt'"
    inside = "source_file = kept_content_id"
    assert count(example, f"{kind} and {inside}", "duplicates") == fact["inside_one_file"]
    assert count(example, f"{kind} and not {inside}", "duplicates") == fact["among_files"]
    for source in ("litellm", "request_log"):
        assert count(example, f"{kind} and source = '{source}'", "duplicates") == fact[source]
    kept = example.rows(
        f"select fact.request_id, fact.finish_reason from {LOGS} as fact inner join duplicates as old"
        " on fact.source_file = old.kept_content_id and fact.source_line = old.kept_line"
        " where old.kind = 'attempt' order by 1"
    )
    assert [request_id for request_id, _ in kept] == fact["request_ids"]
    # The early row had no end yet; the request log says so, LiteLLM has no such column.
    assert {reason for request_id, reason in kept if not request_id.startswith("msg_")} == {"stop"}


def test_restated_usage_page_replaces_the_early_one(example: Ledger) -> None:
    fact = PLANTED["restated_usage_page"]
    assert usage_of_day(example, fact["day"]) == export(fact["after"])
    replaced = example.rows(
        "select old_file.name, new_file.name, count(*) from duplicates"
        " inner join ingested_files as old_file on duplicates.source_file = old_file.content_id"
        " inner join ingested_files as new_file on duplicates.kept_content_id = new_file.content_id"
        " where kind = 'usage' group by all"
    )
    assert replaced == [(fact["file"], fact["restated_by"], fact["before"]["rows"])]


def test_restated_usage_page_alone_gives_the_early_numbers(tmp_path: Path) -> None:
    fact = PLANTED["restated_usage_page"]
    early = example_at(tmp_path / "early", fact["file"])
    early.run()
    assert usage_of_day(early, fact["day"]) == export(fact["before"])


def usage_of_day(ledger: Ledger, day: str) -> dict[str, Any]:
    of_day = f"day = '{day}' and source = 'openai_usage'"
    [(rows, requests, cost)] = ledger.rows(
        f"select count(*), sum(requests), sum(list_cost_usd) from fct_usage_cost where {of_day}"
    )
    return {
        "rows": rows,
        "requests": requests,
        "cost": cost,
        "tokens": tokens(ledger, of_day, "fct_usage_cost"),
    }


def export(fact: dict[str, Any]) -> dict[str, Any]:
    """A planted export; OpenAI's page does not tell reasoning from other output."""
    reported = {name: n for name, n in fact["tokens"].items() if name != "reasoning_tokens"}
    return {
        "rows": fact["rows"],
        "requests": fact["requests"],
        "cost": money(fact["cost_usd"]),
        "tokens": reported,
    }


def test_broken_lines_are_rejected_with_file_line_and_reason(example: Ledger) -> None:
    fact = PLANTED["broken_lines"]
    found = example.rows(
        "select name, source_line, reason from rejects where source_line is not null order by 2"
    )
    assert [(name, line) for name, line, _ in found] == [
        (each["file"], each["line"]) for each in fact["lines"]
    ]
    for (_, _, reason), each in zip(found, fact["lines"], strict=True):
        assert reason.startswith(REASONS[each["kind"]])


def test_broken_lines_a_truncated_file_is_rejected_whole(example: Ledger) -> None:
    [truncated] = PLANTED["broken_lines"]["files"]
    [(name, reason)] = example.rows("select name, reason from rejects where source_line is null")
    assert name == truncated["file"]
    assert truncated["kind"] in reason.lower()
    assert example.rows("select name, total_rows from ingested_files where file_status = 'rejected'") == [
        (truncated["file"], 0)
    ]


def test_unknown_columns_are_kept_out_and_named(example: Ledger) -> None:
    found = grouped(example, "select name, columns_unknown from ingested_files where columns_unknown <> ''")
    assert found == {name: ", ".join(columns) for name, columns in PLANTED["unknown_columns"].items()}


def test_rows_read_are_rows_kept_replaced_or_rejected(example: Ledger) -> None:
    facts = "(select source from fct_attempt_cost union all select source from fct_usage_cost union all select source from fct_charge)"  # noqa: E501
    for source, fact in PLANTED["rows"].items():
        of_source = f"source = '{source}'"
        [(read,)] = example.rows(f"select sum(total_rows) from ingested_files where {of_source}")
        found = {
            "read": read,
            "staged": count(example, of_source, facts),
            "duplicate": count(example, of_source, "duplicates"),
            "rejected": count(example, f"{of_source} and source_line is not null", "rejects"),
        }
        assert found == fact, source
        assert found["read"] == found["staged"] + found["duplicate"] + found["rejected"]


def test_gateway_cache_hit_costs_nothing_and_keeps_its_tokens(example: Ledger) -> None:
    fact = PLANTED["gateway_cache_hit"]
    assert example.rows(
        f"select request_id, cost_usd, tokens, gateway_cached_tokens from {LOGS}"
        " where gateway_cached_tokens > 0"
    ) == [(fact["request_id"], money(fact["cost_usd"]), 0, fact["reported_total_tokens"])]
    assert fact["attempts"] == 1


def test_bill_exceeds_logs_by_the_cancelled_calls(example: Ledger) -> None:
    fact = PLANTED["bill_exceeds_logs"]
    assert fact["cost_usd"] == str(sum(money(day["cost_usd"]) for day in fact["by_day"].values()))
    cancelled = f"model = '{fact['model']}' and status = 'cancelled'"
    assert count(example, cancelled) == fact["attempts"] == count(example, "status = 'cancelled'")
    assert (tokens(example, cancelled), total(example, cancelled)) == ({}, Decimal(0))
    for day, lost in fact["by_day"].items():
        of_day = f"day = '{day}' and provider = '{fact['provider']}'"
        [(difference, count_missing)] = example.rows(
            "select logs_minus_usage_usd, logs_tokens - usage_tokens from mart_reconciliation_daily"
            f" where {of_day}"
        )
        assert difference == -money(lost["cost_usd"])
        assert count_missing == -sum(lost["tokens"].values())
        of_model = f"{of_day} and model = '{fact['model']}'"
        logged, used = (tokens(example, of_model, table) for table in (LOGS, "fct_usage_cost"))
        assert {name: used[name] - logged[name] for name in lost["tokens"]} == lost["tokens"]


def test_bill_minus_logs_is_the_sum_of_its_planted_parts(example: Ledger) -> None:
    fact = PLANTED["bill_minus_logs"]
    found = grouped(
        example,
        "select day, -logs_minus_billed_usd from mart_reconciliation_daily"
        f" where provider = '{fact['provider']}' and logs_minus_billed_usd <> 0",
    )
    assert found == {day: money(parts["bill_minus_logs_usd"]) for day, parts in fact["by_day"].items()}
    for day, parts in fact["by_day"].items():
        planted = ("cancelled_calls_usd", "unpriced_model_usd", "other_differences_usd")
        assert sum(money(parts[name]) for name in planted) == found[day]


def test_causes_of_differences_each_amount_in_its_cause(example: Ledger) -> None:
    found: dict[str, dict[str, Decimal | None]] = {}
    for day, provider, account, cause, amount in example.rows(
        "select day, provider, account, cause, sum(amount_usd) from mart_reconciliation"
        " where not is_level group by all"
    ):
        found.setdefault(f"{day} {provider} {account}", {})[cause] = amount
    assert found == {
        place: {cause: None if amount is None else money(amount) for cause, amount in causes.items()}
        for place, causes in PLANTED["causes_of_differences"].items()
    }


def test_causes_of_differences_are_all_of_them() -> None:
    sql = (PROJECT / "sql/5_marts/reconciliation_cause.sql").read_text(encoding="utf-8")
    causes = set(re.findall(r"'(\w+)' as cause, \d+ as step, false as is_level", sql))
    planted = {cause for causes in PLANTED["causes_of_differences"].values() for cause in causes}
    # No price of the example's models has a part below 1e-12 USD; one of tests/flow/openai_cases.py has.
    assert causes - planted == {"rounding"}
    assert planted <= causes


def test_every_billed_cent_of_the_example_has_an_owner_or_none(example: Ledger) -> None:
    billed = (
        "select day, account, sum(billed_cost_usd) from fct_charge"
        " where billed_cost_usd is not null group by all"
    )
    owned = "select day, account, sum(billed_cost_usd) from mart_billed_cost group by all"
    assert sorted(example.rows(owned)) == sorted(example.rows(billed))


@pytest.mark.parametrize("what", ["day", "environment", "feature", "model", "provider", "team"])
def test_totals_of_the_logs_by(example: Ledger, what: str) -> None:
    expected = decimals(PLANTED["totals"][f"logs_cost_usd_by_{what}"])
    for table in (LOGS, "mart_cost_daily"):
        sql = f"select {what}, sum(cost_usd) from {table} group by 1 having sum(cost_usd) is not null"
        assert grouped(example, sql) == expected
    assert sum(expected.values()) == money(PLANTED["totals"]["logs_cost_usd"])


def test_totals_of_the_whole_run(example: Ledger) -> None:
    fact = PLANTED["totals"]
    assert example.rows(
        "select sum(attempts), sum(unpriced_attempts), sum(cost_usd), sum(list_cost_usd) from mart_cost_daily"
    ) == [(fact["attempts"], fact["attempts_unpriced"], *[money(fact["logs_cost_usd"])] * 2)]
    usage = "select provider, sum(list_cost_usd) from fct_usage_cost group by 1"
    assert grouped(example, usage) == decimals(fact["usage_cost_usd_by_provider"])
    charges = "select provider, sum(billed_cost_usd) from fct_charge group by 1"
    assert grouped(example, charges) == decimals(fact["charges_usd_by_provider"])


def test_totals_of_logs_usage_and_bill_side_by_side_every_day(example: Ledger) -> None:
    fact = PLANTED["totals"]["reconciliation"]
    found = {
        (str(provider), str(day)): sides
        for provider, day, *sides in example.rows(
            "select provider, day, billed_cost_usd, logs_cost_usd, usage_cost_usd"
            " from mart_reconciliation_daily where billed_cost_usd is not null"
        )
    }
    expected = {
        (provider, day): [money(sides[name]) for name in ("charges_usd", "logs_cost_usd", "usage_cost_usd")]
        for provider, days in fact.items()
        for day, sides in days.items()
    }
    assert found == expected


def test_raw_folder_holds_no_file_that_the_run_did_not_see(example: Ledger) -> None:
    lying = sorted(path.relative_to(RAW).as_posix() for path in RAW.rglob("*") if path.is_file())
    assert [name for (name,) in example.rows("select name from ingested_files order by name")] == lying


def test_totals_of_drivers_and_unit_costs_are_those_of_the_logs(example: Ledger) -> None:
    whole = money(PLANTED["totals"]["logs_cost_usd"])
    for mart in ("mart_cost_drivers", "mart_unit_cost"):
        assert total(example, "true", mart) == whole
        [(unpriced,)] = example.rows(f"select sum(unpriced_attempts) from {mart}")
        assert unpriced == PLANTED["totals"]["attempts_unpriced"]


def test_price_change_is_the_price_part_of_the_change(example: Ledger) -> None:
    fact = PLANTED["price_change"]
    before, after = fact["cost_usd_by_day"]
    found = variance(example.locations, before, after)
    used = tokens(example, f"day = '{after}' and model = '{fact['model']}'")
    # 1 and 6 dollars a million became a fifth of that: 0.80 and 4.80 less for what the day after used.
    fall = used["uncached_input_tokens"] * money("-0.0000008") + used["output_tokens"] * money("-0.0000048")
    mine = example.rows(f"select distinct team, feature from {LOGS} where model = '{fact['model']}'")
    names = ("team", "feature", "price_usd", "new_usd", "later_cost_usd")
    rows = list(zip(*map(found.column, names), strict=True))
    prices = [price for team, feature, price, *_ in rows if (team, feature) in mine]
    young = [new for team, feature, _, new, _ in rows if (team, feature) in mine and new]
    # What is new that day has no earlier price: its cost is a quarter of its part of the fall.
    assert sum(prices) - 4 * sum(young) == fall


@pytest.mark.parametrize(("document", "queries"), [("analysis.md", 3), ("planning.md", 4)])
def test_queries_of_a_document_give_what_it_shows(example: Ledger, document: str, queries: int) -> None:
    text = (PROJECT / "docs" / document).read_text(encoding="utf-8")
    shown = re.findall(r"```sql\n([^`]*)```(?:\n\n```\n([^`]*)```)?", text)
    assert len(shown) == queries
    for sql, printed in shown:
        found = [["" if cell is None else f"{cell}" for cell in row] for row in example.rows(sql)]
        lines = [line.split() for line in printed.splitlines()[1:]]
        assert [[cell.replace("0E-12", f"{0:.12f}") for cell in row if cell] for row in found] == lines


def test_totals_of_the_months_change_by_the_parts_of_the_variance(example: Ledger) -> None:
    rows = example.records("select * from mart_variance")
    assert {(row["comparison"], row["earlier_days"], row["later_days"]) for row in rows} == {
        ("2026-08", 9, 5)
    }
    assert all(row["change_usd"] == sum(row[part] for part in PARTS) for row in rows)
    by_day = decimals(PLANTED["totals"]["logs_cost_usd_by_day"])
    august = sum(cost for day, cost in by_day.items() if day >= "2026-08")
    assert sum(row["later_cost_usd"] for row in rows) == august
    assert sum(row["earlier_cost_usd"] for row in rows) == sum(by_day.values()) - august
