"""Marts repeat their facts to the last digit; every row and every billed cent stands somewhere."""
# ruff: noqa: S608 the tests write their own SQL

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipelines.warehouse.contracts import tables
from tests.ledger import Ledger

DAYS = ("2026-07-01", "2026-07-02", "2026-07-03")
MILLION = 1_000_000
RECORDED = ("money_of_record", "recorded_cost_usd")
COST_MARTS = ("mart_cost_daily", "mart_cost_by_model", "mart_cost_by_feature", "mart_cost_by_team")
Row = Mapping[str, Any]


def attempt(request_id: str, ended_at: str, **more: Any) -> dict[str, Any]:
    """A row of the request log for gpt-5.4-mini: 0.75 USD a million tokens in, 4.50 out."""
    return {
        "request_id": request_id,
        "ended_at": ended_at,
        "provider": "openai",
        "model": "gpt-5.4-mini",
        "uncached_input_tokens": 0,
        "output_tokens": 0,
        **more,
    }


def bucket(day: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    start = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    return {"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": results}


def page(days: Mapping[str, list[dict[str, Any]]]) -> str:
    """A page of OpenAI's admin API with one bucket a day; amounts are numbers with all their digits."""
    written = json.dumps(
        {"object": "page", "data": [bucket(*each) for each in days.items()], "has_more": False}
    )
    return written.replace('"<', "").replace('>"', "")


def usage(tokens_in: int, tokens_out: int, model: str = "gpt-5.4-mini", key: str = "k") -> dict[str, Any]:
    return {
        "object": "organization.usage.completions.result",
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "input_cached_tokens": 0,
        "num_model_requests": 1,
        "model": model,
        "api_key_id": key,
        "service_tier": "default",
        "batch": False,
    }


def charge(amount: str, item: str = "gpt-5.4-mini, input", currency: str = "usd") -> dict[str, Any]:
    return {
        "object": "organization.costs.result",
        "amount": {"value": f"<{amount}>", "currency": currency},
        "line_item": item,
        "project_id": "p",
    }


def added(rows: Iterable[Row], key: tuple[str, ...], summed: tuple[str, ...]) -> dict[tuple[Any, ...], Row]:
    """Group rows and add their columns up, in Python; null where every value is null."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in key)].append(row)
    return {
        group: {name: total([row[name] for row in members]) for name in summed}
        for group, members in groups.items()
    }


def total(values: Iterable[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None


def keyed(
    ledger: Ledger, table: str, key: tuple[str, ...], names: tuple[str, ...], where: str = "true"
) -> dict[tuple[Any, ...], Row]:
    rows = ledger.records(f"select {', '.join((*key, *names))} from {table} where {where}")
    found = {tuple(row[name] for name in key): {name: row[name] for name in names} for row in rows}
    assert len(found) == len(rows)
    return found


def counted(fact: Row) -> Row:
    """A fact row with the counts that a mart makes of its flags."""
    unpriced = fact["unpriced_reason"] is not None
    return {
        **fact,
        "attempts": 1,
        "assumed_attempts": int(bool(fact["price_is_assumed"])),
        "unpriced_attempts": int(unpriced),
        "unpriced_rows": 1,
        "unpriced_tokens": fact["tokens"] if unpriced else 0,
    }


def assert_marts_repeat_their_facts(ledger: Ledger) -> None:
    facts = [counted(row) for row in ledger.records("select * from fct_attempt_cost")]
    for mart in COST_MARTS:
        contract = tables()[mart]
        summed = tuple(name for name in contract.types if name not in (*contract.key, *RECORDED))
        found = keyed(ledger, mart, contract.key, summed, "attempts > 0")
        assert found == added(facts, contract.key, summed), mart
    assert_marts_repeat_the_money_of_record(ledger)
    uses = [counted(row) for row in ledger.records("select * from fct_usage_cost")]
    kinds = [{**row, "kind": kind} for kind, rows in (("attempt", facts), ("usage", uses)) for row in rows]
    key, names = tables()["mart_unpriced"].key, ("unpriced_rows", "unpriced_tokens")
    without = [row for row in kinds if row["unpriced_reason"] is not None]
    assert keyed(ledger, "mart_unpriced", key, names) == added(without, key, names)


def assert_marts_repeat_the_money_of_record(ledger: Ledger) -> None:
    rows = ledger.records("select *, cost_usd as recorded_cost_usd from mart_recorded_cost")
    for mart in COST_MARTS[1:]:
        key = tables()[mart].key
        expected = added(rows, key, RECORDED[1:])
        for place in expected:
            moneys = {row["money_of_record"] for row in rows if tuple(row[name] for name in key) == place}
            expected[place]["money_of_record"] = "mixed" if len(moneys) > 1 else moneys.pop()
        assert keyed(ledger, mart, key, RECORDED, "money_of_record is not null") == expected, mart


def assert_reconciliation_repeats_its_facts(ledger: Ledger) -> None:
    sides = {
        "logs_cost_usd": ("fct_attempt_cost", "list_cost_usd"),
        "usage_cost_usd": ("fct_usage_cost", "list_cost_usd"),
        "billed_cost_usd": ("fct_charge", "billed_cost_usd"),
    }
    key = ("day", "provider")
    found = keyed(ledger, "mart_reconciliation_daily", key, tuple(sides))
    places = set()
    for side, (table, column) in sides.items():
        expected = added(ledger.records(f"select * from {table}"), key, (column,))
        places |= set(expected)
        for place in found:
            assert found[place][side] == expected.get(place, {column: None})[column], (side, place)
    assert set(found) == places


def assert_rows_add_up(ledger: Ledger, written: Mapping[str, int]) -> None:
    """Rows written = rows read = kept + replaced + rejected, for every source."""
    facts = {
        "request_log": "fct_attempt_cost",
        "openai_usage": "fct_usage_cost",
        "openai_costs": "fct_charge",
    }
    for source, rows in written.items():
        where = f"where source = '{source}'"
        [(kept, replaced, rejected, read)] = ledger.rows(
            f"select (select count(*) from {facts[source]} {where}),"
            f" (select count(*) from duplicates {where}),"
            f" (select count(*) from rejects {where} and source_line is not null),"
            f" (select coalesce(sum(total_rows), 0) from ingested_files {where})"
        )
        assert rows == read == kept + replaced + rejected, source


MODELS = st.sampled_from([
    ("openai", "gpt-5.4-mini"), ("openai", "gpt-5.6-terra"), ("anthropic", "claude-sonnet-4-6"),
    ("openai", "no-such-model"), ("mistral", "mistral-small-latest"),
])  # fmt: skip
COUNTS = st.integers(min_value=0, max_value=300_000)
ATTEMPTS = st.builds(
    lambda model, **more: {"provider": model[0], "model": model[1], **more},
    model=MODELS,
    request_id=st.integers(0, 12).map("request-{}".format),
    attempt=st.sampled_from([1, 2]),
    ended_at=st.builds("{}T{:02d}:59:59.999Z".format, st.sampled_from(DAYS), st.sampled_from([0, 12, 23])),
    service_tier=st.sampled_from(["standard", "batch", "odd"]),
    team=st.sampled_from([None, "search", "growth"]),
    feature=st.sampled_from([None, "answers", "drafts"]),
    environment=st.sampled_from([None, "production"]),
    uncached_input_tokens=COUNTS | st.sampled_from([-1, 10**15 - 1]),
    cache_read_tokens=st.none() | COUNTS,
    output_tokens=COUNTS,
)
USES = st.lists(
    st.builds(usage, COUNTS, COUNTS, st.sampled_from(["gpt-5.4-mini", "no-such-model"]), st.just("k")),
    max_size=4,
)
CHARGES = st.lists(
    st.decimals("-10", "1000", places=12).map(lambda amount: charge(f"{amount:f}")), max_size=4
)  # fmt: skip


# Every example is a whole run: shrinking a failing one would take minutes.
@settings(max_examples=4, phases=(Phase.explicit, Phase.generate))
@given(
    first=st.lists(ATTEMPTS, max_size=25),
    second=st.lists(ATTEMPTS, max_size=12),
    uses=st.lists(st.tuples(st.sampled_from(DAYS), USES), max_size=4),
    bills=st.lists(st.tuples(st.sampled_from(DAYS), CHARGES), max_size=3),
)
def test_marts_repeat_their_facts_and_no_row_is_lost(
    first: list[Row],
    second: list[Row],
    uses: list[tuple[str, list[dict[str, Any]]]],
    bills: list[tuple[str, list[dict[str, Any]]]],
) -> None:
    with TemporaryDirectory() as folder:
        ledger = Ledger.at(Path(folder) / "company")
        ledger.write("request_log/a.jsonl", first)
        ledger.write("request_log/b.jsonl", [*second, {"request_id": "no end"}])
        ledger.write("openai_usage/a.jsonl", "".join(page({day: results}) + "\n" for day, results in uses))
        ledger.write("openai_costs/a.jsonl", "".join(page({day: results}) + "\n" for day, results in bills))
        ledger.publish_only(
            *COST_MARTS, "mart_reconciliation_daily", "mart_unpriced", "rejects", "ingested_files"
        )
        assert_marts_repeat_their_facts(ledger)
        assert_reconciliation_repeats_its_facts(ledger)
        written = {
            "request_log": len(first) + len(second) + 1,
            "openai_usage": sum(len(results) for _, results in uses),
            "openai_costs": sum(len(results) for _, results in bills),
        }
        assert_rows_add_up(ledger, written)


def test_marts_of_the_example_company_repeat_their_facts(example: Ledger) -> None:
    assert_marts_repeat_their_facts(example)
    assert_reconciliation_repeats_its_facts(example)
    [(attempts,)] = example.rows("select count(*) from fct_attempt_cost")
    assert attempts == 762


@pytest.mark.parametrize("mart", COST_MARTS)
def test_totals_of_a_cost_mart_are_the_totals_of_the_attempts(example: Ledger, mart: str) -> None:
    sums = "sum(list_cost_usd), sum(cost_usd), sum(tokens)"
    assert example.rows(f"select {sums} from {mart}") == example.rows(f"select {sums} from fct_attempt_cost")


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Four days: all three sides, a bill alone, logs alone, usage alone; one attempt has no price."""
    ledger = Ledger.at(tmp_path_factory.mktemp("golden") / "company")
    both, logs_only = DAYS[0], DAYS[2]
    ledger.write(
        "request_log/log.jsonl",
        [
            attempt("a", f"{both}T00:00:00Z", uncached_input_tokens=MILLION, team="search"),  # 0.75
            attempt("b", f"{both}T23:59:59Z", output_tokens=MILLION, team="search"),  # 4.50
            attempt("c", f"{both}T12:00:00Z", model="in-house", uncached_input_tokens=40, output_tokens=2),
            attempt("d", f"{both}T13:00:00Z", model="in-house", uncached_input_tokens=60),
            attempt("e", f"{logs_only}T08:00:00Z", output_tokens=1),  # 0.0000045
        ],
    )
    ledger.write(
        "openai_usage/1.json", page({both: [usage(MILLION, MILLION + 2), usage(100, 2, "in-house")]})
    )
    ledger.write("openai_usage/2.json", page({"2026-07-04": [usage(2 * MILLION, 0)]}))
    ledger.write(
        "openai_costs/1.json", page({both: [charge("0.75"), charge("4.500009"), charge("-0.25", "credit")]})
    )
    ledger.write("openai_costs/2.json", page({DAYS[1]: [charge("3.000000000001")]}))
    ledger.publish_only("mart_reconciliation_daily", "mart_unpriced", "mart_cost_by_team")
    return ledger


def test_reconciliation_puts_logs_usage_and_bill_side_by_side(golden: Ledger) -> None:
    found = golden.rows(
        "select day, logs_tokens, logs_cost_usd, logs_unpriced_tokens, usage_tokens, usage_cost_usd,"
        " usage_unpriced_tokens, billed_cost_usd from mart_reconciliation_daily order by day"
    )
    logs, usage_, bill = Decimal("5.25"), Decimal("5.250009"), Decimal("5.000009")
    assert found == [
        (date(2026, 7, 1), 2_000_102, logs, 102, 2_000_104, usage_, 102, bill),
        (date(2026, 7, 2), None, None, None, None, None, None, Decimal("3.000000000001")),
        (date(2026, 7, 3), 1, Decimal("0.0000045"), 0, None, None, None, None),
        (date(2026, 7, 4), None, None, None, 2_000_000, Decimal("1.50"), 0, None),
    ]


def test_reconciliation_takes_no_difference_from_a_side_that_is_not_there(golden: Ledger) -> None:
    found = golden.rows(
        "select logs_minus_usage_usd, logs_minus_billed_usd, usage_minus_billed_usd"
        " from mart_reconciliation_daily order by day"
    )
    all_sides = (Decimal("-0.000009"), Decimal("0.249991"), Decimal("0.25"))
    assert found == [all_sides, (None, None, None), (None, None, None), (None, None, None)]


def test_reconciliation_counts_the_charges_in_another_currency(ledger: Ledger) -> None:
    mixed, foreign = DAYS[0], DAYS[1]
    euros = charge("7.5", currency="eur")
    ledger.write("openai_costs/1.json", page({mixed: [charge("1.25"), euros, euros], foreign: [euros]}))
    ledger.publish_only("mart_reconciliation_daily")
    found = ledger.rows(
        "select billed_cost_usd, charges_without_usd from mart_reconciliation_daily order by day"
    )
    assert found == [(Decimal("1.25"), 2), (None, 1)]
    billed = ledger.rows("select billing_currency, sum(billed_amount) from fct_charge group by 1 order by 1")
    assert billed == [("EUR", Decimal("22.5")), ("USD", Decimal("1.25"))]


def test_unpriced_mart_counts_rows_and_tokens_of_logs_and_of_usage(golden: Ledger) -> None:
    found = golden.rows(
        "select kind, source, model, service_tier, unpriced_reason, unpriced_rows, unpriced_tokens,"
        " epoch_ms(first_at), epoch_ms(last_at) from mart_unpriced order by kind"
    )
    midnight = datetime(2026, 7, 1, tzinfo=UTC)
    noon, one, start = (
        int((midnight + timedelta(hours=hours)).timestamp()) * 1000 for hours in (12, 13, 0)
    )  # fmt: skip
    assert found == [
        ("attempt", "request_log", "in-house", "standard", "unknown_model", 2, 102, noon, one),
        ("usage", "openai_usage", "in-house", "standard", "unknown_model", 1, 102, start, start),
    ]


def test_a_cell_without_a_price_is_null_and_says_how_much_it_misses(golden: Ledger) -> None:
    found = golden.rows(
        "select team, attempts, cost_usd, unpriced_attempts, unpriced_tokens from mart_cost_by_team"
        " where day = '2026-07-01' order by team"
    )
    assert found == [("search", 2, Decimal("5.25"), 0, 0), ("unattributed", 2, None, 2, 102)]


def test_cost_of_every_meter_adds_up_to_the_cost_of_the_cell(example: Ledger) -> None:
    meters = [
        name
        for name in tables()["mart_cost_daily"].types
        if name.endswith("_cost_usd") and name != "list_cost_usd"
    ]
    total_of_meters = " + ".join(f"coalesce({name}, 0)" for name in meters)
    assert len(meters) == 11
    [(cells, unequal)] = example.rows(
        f"select count(*), count(*) filter (where {total_of_meters} <> list_cost_usd) from mart_cost_daily"
        " where list_cost_usd is not null"
    )
    assert cells > 100
    assert unequal == 0


def test_every_priced_attempt_says_whether_its_price_is_assumed(golden: Ledger) -> None:
    found = golden.rows("select unpriced_reason is null, price_is_assumed from fct_attempt_cost group by all")
    assert sorted(found, key=str) == [(False, None), (True, False)]


BROKEN: dict[str, Callable[[list[Row]], list[Row]]] = {
    "a row lost": lambda rows: rows[1:],
    "a row twice": lambda rows: [*rows, rows[0]],
    "a picodollar more": lambda rows: [
        {**rows[0], "cost_usd": rows[0]["cost_usd"] + Decimal("1e-12")},
        *rows[1:],
    ],
}


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_the_comparison_itself_sees(example: Ledger, fault: str) -> None:
    facts = example.records("select team, cost_usd, tokens from fct_attempt_cost where cost_usd is not null")
    key, names = ("team",), ("cost_usd", "tokens")
    assert added(BROKEN[fault](facts), key, names) != added(facts, key, names)
