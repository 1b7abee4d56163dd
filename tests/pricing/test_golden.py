"""Cases that a reader can add up: a small book in round numbers, and what attempts cost by it."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.book.small import alias, line, write_book
from tests.ledger import Ledger
from tests.oracle import METERS, cost_column

NOON = "2026-07-01T12:00:00Z"
SHORT, LONG = {"context_max_tokens": 1000}, {"context_min_tokens": 1001}
BOOK = [
    # m: a request of more than 1,000 tokens in costs more, all of it; batch is sold for output only.
    line(sku="m", meter="uncached_input_tokens", rate="2", **SHORT),
    line(sku="m", meter="uncached_input_tokens", rate="4", **LONG),
    line(sku="m", meter="cache_read_tokens", rate="0.2", **SHORT),
    line(sku="m", meter="cache_read_tokens", rate="0.4", **LONG),
    line(sku="m", meter="output_tokens", rate="10", **SHORT),
    line(sku="m", meter="output_tokens", rate="15", **LONG),
    line(sku="m", meter="output_tokens", rate="5", service_tier="batch"),
    # c: trebles its price at noon.
    line(sku="c", rate="1", valid_to=NOON),
    line(sku="c", rate="3", valid_from=NOON),
    # fine: half a picodollar a token in, under one half from the cache, a third of a dollar a token out.
    line(sku="fine", meter="uncached_input_tokens", rate="0.0000000000005", per="1"),
    line(sku="fine", meter="cache_write_5m_tokens", rate="0.0000000000005", per="1"),
    line(sku="fine", meter="cache_read_tokens", rate="0.00000000000049", per="1"),
    line(sku="fine", meter="output_tokens", rate="1", per="3"),
    # dear: nine million dollars a token; free: nothing, and it says why.
    line(sku="dear", rate="9000000", per="1"),
    line(sku="dear", meter="web_search_requests", rate="10", per="1000"),
    line(sku="free", rate="0", note="free while in preview"),
    # a: its cache rate is nobody's word.
    line(sku="a", rate="1"),
    line(sku="a", meter="cache_read_tokens", rate="0.5", basis="assumed"),
]
ALIASES = [alias(sku="m", valid_to=NOON), alias(sku="c", valid_from=NOON)]


def attempt(
    model: str, at: str = "2026-07-01T10:00:00Z", tier: str = "standard", **units: int
) -> dict[str, Any]:
    """An attempt with counts by the short name of their meter."""
    meters = {
        {"uncached": "uncached_input_tokens", "searches": "web_search_requests"}.get(
            name, f"{name}_tokens"
        ): n
        for name, n in units.items()
    }
    return {"ended_at": at, "provider": "maker", "model": model, "service_tier": tier, **meters}


LAST_MOMENT = "2026-07-01T11:59:59.999999Z"
TOO_EARLY = "2025-12-31T23:59:59.999999Z"
PRICED = {
    "1,000 in, 100 out": (attempt("m", uncached=1000, output=100), "0.003"),
    "1,001 in: all at the higher rates": (attempt("m", uncached=1001, output=100), "0.005504"),
    "cached input is context too": (attempt("m", uncached=1, cache_read=1000, output=100), "0.001904"),
    "999 and 1 from the cache are 1,000": (attempt("m", uncached=999, cache_read=1), "0.0019982"),
    "output is no context": (attempt("m", uncached=1, output=5000), "0.050002"),
    "no tokens": (attempt("m", uncached=0, output=0), "0"),
    "batch": (attempt("m", tier="batch", output=1000), "0.005"),
    "before noon": (attempt("c", LAST_MOMENT, output=10**6), "1"),
    "at noon": (attempt("c", NOON, output=10**6), "3"),
    "noon written elsewhere": (attempt("c", "2026-07-01T14:00:00+02:00", output=10**6), "3"),
    "the name before it moved": (attempt("latest", LAST_MOMENT, output=10**6), "10"),
    "the name after it moved": (attempt("latest", NOON, output=10**6), "3"),
    "half a picodollar is one": (attempt("fine", uncached=1), "0.000000000001"),
    "one and a half are two": (attempt("fine", uncached=3), "0.000000000002"),
    "two are two": (attempt("fine", uncached=4), "0.000000000002"),
    "less than half is none": (attempt("fine", cache_read=1), "0"),
    "lines are rounded, not their sum": (attempt("fine", uncached=1, cache_write_5m=1), "0.000000000002"),
    "a third": (attempt("fine", output=1), "0.333333333333"),
    "two thirds": (attempt("fine", output=2), "0.666666666667"),
    "three thirds": (attempt("fine", output=3), "1"),
    "the dearest that fits": (attempt("dear", output=1), "9000000"),
    "web searches are counted by the thousand": (attempt("dear", searches=1), "0.01"),
    "free": (attempt("free", output=10**6), "0"),
    "a zero of a meter that is not sold": (attempt("c", output=10**6, cache_read=0), "1"),
    "with an assumed rate": (attempt("a", output=10**6, cache_read=10**6), "1.5"),
    "with an assumed rate that is not used": (attempt("a", output=10**6, cache_read=0), "1"),
}
UNPRICED = {
    "a meter that is not sold": (attempt("c", output=5, cache_read=7), "no_rate_for_cache_read_tokens"),
    "never the standard rate for batch": (
        attempt("m", tier="batch", uncached=5, output=7), "no_rate_for_uncached_input_tokens",
    ),
    "no batch at all": (attempt("c", tier="batch", output=7), "no_rate_for_tier_and_time"),
    "an unheard tier": (attempt("m", tier="flex", output=7), "no_rate_for_tier_and_time"),
    "before its first day": (attempt("m", TOO_EARLY, output=7), "no_rate_for_tier_and_time"),
    "a longer name": (attempt("m-2026", output=7), "unknown_model"),
    "a capital letter": (attempt("M", output=7), "unknown_model"),
    "no counts": (attempt("m"), "usage_not_reported"),
    "too dear": (attempt("dear", output=2), "cost_out_of_range"),
}  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    root = tmp_path_factory.mktemp("golden")
    prices = write_book(root / "prices", {"maker": BOOK}, ALIASES)
    ledger = replace(Ledger.at(root / "company"), prices=prices)
    log = [{"request_id": name, **row} for name, (row, _) in (PRICED | UNPRICED).items()]
    ledger.write("request_log/log.jsonl", log)
    ledger.run()
    return ledger


@pytest.fixture(scope="module")
def facts(company: Ledger) -> dict[str, dict[str, Any]]:
    return {str(row["request_id"]): row for row in company.records("select * from fct_attempt_cost")}


@pytest.mark.parametrize("name", PRICED)
def test_an_attempt_costs(facts: dict[str, dict[str, Any]], name: str) -> None:
    row, cost = facts[name], Decimal(PRICED[name][1])
    assert row["unpriced_reason"] is None
    assert row["list_cost_usd"] == row["cost_usd"] == cost
    assert sum((row[cost_column(meter)] for meter in METERS), Decimal(0)) == cost


@pytest.mark.parametrize("name", UNPRICED)
def test_an_attempt_without_a_price_says_why_and_keeps_its_tokens(
    facts: dict[str, dict[str, Any]], name: str
) -> None:
    row, (written, reason) = facts[name], UNPRICED[name]
    assert row["unpriced_reason"] == reason
    assert row["list_cost_usd"] is None
    assert row["cost_usd"] is None
    assert [row[cost_column(meter)] for meter in METERS] == [None] * len(METERS)
    assert row["price_is_assumed"] is None
    assert {m: row[m] for m in METERS} == {m: written.get(m) for m in METERS}


def test_only_a_used_assumed_rate_makes_a_price_assumed(facts: dict[str, dict[str, Any]]) -> None:
    assert [name for name in PRICED if facts[name]["price_is_assumed"]] == ["with an assumed rate"]


def test_a_rate_id_names_the_rates_of_the_row(company: Ledger, facts: dict[str, dict[str, Any]]) -> None:
    rates: dict[str, dict[str, Decimal]] = {}
    for rate_id, meter, rate, per in company.rows("select rate_id, meter, rate, per from dim_rate"):
        rates.setdefault(rate_id, {})[meter] = rate * 10**6 / per
    dollars = {"uncached_input_tokens": 4, "cache_read_tokens": Decimal("0.4"), "output_tokens": 15}
    assert rates[facts["1,001 in: all at the higher rates"]["rate_id"]] == dollars
    assert rates[facts["the name after it moved"]["rate_id"]] == {"output_tokens": 3}
    assert facts["a longer name"]["rate_id"] is None


def test_totals_are_the_sum_of_their_parts(company: Ledger) -> None:
    total = sum((Decimal(cost) for _, cost in PRICED.values()), Decimal(0))
    for table in ("fct_attempt_cost", "mart_cost_daily", "mart_cost_by_model"):
        assert company.rows(f"select sum(cost_usd) from {table}") == [(total,)]  # noqa: S608


# Exports: a bucket has one price only if that price held for all of it, and a known context band.

USAGE_BOOK = [
    line(sku="c", rate="1", valid_to="2026-07-02T12:00:00Z"),
    line(sku="c", rate="3", valid_from="2026-07-02T12:00:00Z"),
    line(sku="b", meter="uncached_input_tokens", rate="2", context_max_tokens=200_000),
    line(sku="b", meter="uncached_input_tokens", rate="4", context_min_tokens=200_001),
    line(sku="b", rate="10"),
]  # fmt: skip


def result(model: str, uncached: int, output: int, window: str | None) -> dict[str, Any]:
    """A line of Anthropic's usage report."""
    return {
        "uncached_input_tokens": uncached, "output_tokens": output, "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "server_tool_use": {"web_search_requests": 0}, "model": model, "service_tier": "standard",
        "context_window": window,
    }  # fmt: skip


def exports(
    root: Path, assumed_rates: str, *buckets: tuple[str, str, dict[str, Any]]
) -> list[tuple[Any, ...]]:
    """Cost, reason and assumption of every line of an export of buckets (start, end, line)."""
    prices = write_book(root / "prices", {"anthropic": USAGE_BOOK})
    ledger = replace(Ledger.at(root / "company", assumed_rates=assumed_rates), prices=prices)
    data = [{"starting_at": start, "ending_at": end, "results": [row]} for start, end, row in buckets]
    page = json.dumps({"data": data, "has_more": False, "next_page": None})
    ledger.write("anthropic_usage/page.json", page)
    ledger.run()
    assert ledger.rejects() == []
    return ledger.rows(
        "select cost_usd, unpriced_reason, price_is_assumed from fct_usage_cost order by bucket_start"
    )


def test_a_bucket_in_which_the_price_changes_has_no_price(tmp_path: Path) -> None:
    row = result("c", 0, 10**6, "0-200k")
    found = exports(
        tmp_path, "true",
        ("2026-07-02T11:00:00Z", "2026-07-02T12:00:00Z", row),
        ("2026-07-02T12:00:00Z", "2026-07-02T13:00:00Z", row),
        ("2026-07-03T00:00:00Z", "2026-07-04T00:00:00Z", row),
    )  # fmt: skip
    assert found == [(Decimal(1), None, False), (Decimal(3), None, False), (Decimal(3), None, False)]
    [day] = exports(tmp_path / "day", "true", ("2026-07-02T00:00:00Z", "2026-07-03T00:00:00Z", row))
    assert day == (None, "price_changes_within_bucket", None)


HOURS = [(f"2026-07-01T{hour:02}:00:00Z", f"2026-07-01T{hour + 1:02}:00:00Z") for hour in range(5)]
BANDS = [
    result("b", 150_000, 0, "0-200k"),
    result("b", 150_000, 0, "200k-1M"),
    result("b", 200_000, 0, None),
    result("b", 300_000, 0, None),
    result("b", 0, 100, None),
]
KNOWN = [(Decimal("0.3"), None, False), (Decimal("0.6"), None, False), (Decimal("0.4"), None, False)]
OUTPUT = (Decimal("0.001"), None, False)


@pytest.mark.parametrize(
    ("assumed_rates", "unknown"),
    [("true", (Decimal("0.6"), None, True)), ("false", (None, "context_not_reported", None))],
)
def test_a_bucket_of_unknown_context_is_short_only_by_assumption(
    tmp_path: Path, assumed_rates: str, unknown: tuple[Any, ...]
) -> None:
    buckets = [(start, end, row) for (start, end), row in zip(HOURS, BANDS, strict=True)]
    assert exports(tmp_path, assumed_rates, *buckets) == [*KNOWN, unknown, OUTPUT]
