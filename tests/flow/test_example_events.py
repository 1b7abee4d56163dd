"""What happened in the example company comes out of the published tables: cost, drivers, waste."""
# ruff: noqa: S608 the tests write their own SQL

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from pipelines.analysis.variance import variance
from tests.flow.example import LOGS, PLANTED, count, decimals, grouped, money, tokens, total
from tests.ledger import Ledger


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


def test_an_agent_loop_is_in_the_driver_of_later_calls(example: Ledger) -> None:
    fact = PLANTED["agent_loop"]
    found = driver(example, "later_calls_of_trace", fact["feature"])
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


def test_gateway_cache_hit_costs_nothing_and_keeps_its_tokens(example: Ledger) -> None:
    fact = PLANTED["gateway_cache_hit"]
    assert example.rows(
        f"select request_id, cost_usd, tokens, gateway_cached_tokens from {LOGS}"
        " where gateway_cached_tokens > 0"
    ) == [(fact["request_id"], money(fact["cost_usd"]), 0, fact["reported_total_tokens"])]
    assert fact["attempts"] == 1
