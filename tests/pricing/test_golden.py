"""Cases that a reader can add up: a small book in round numbers, and what attempts cost by it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.book.small import adjustment, alias, band, exchange, line, write_book, write_terms
from tests.ledger import Ledger
from tests.oracle import METERS, cost_column
from tests.pricing.direct import full

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
    # r: dearer in the eu, which prices no search; a tenth more in the us by a ratio on tokens.
    line(sku="r", rate="10"),
    line(sku="r", region="eu", rate="12"),
    line(sku="r", region="eu", meter="cache_read_tokens", rate="1"),
    line(sku="r", meter="cache_read_tokens", rate="1"),
    line(sku="r", meter="web_search_requests", rate="10", per="1000"),
    # t: twice as dear from eight in the morning to noon.
    line(sku="t", time_band="peak", rate="2"),
    line(sku="t", time_band="offpeak", rate="1"),
    # f: in a currency of its own; s: half the price by contract.
    line(sku="f", rate="7", currency="CNY"),
    line(sku="s", rate="3"),
    # o: seconds of at least ten, images by size, pages that are cheaper beyond a hundred, all or the rest.
    line(sku="o", meter="audio_input_seconds", rate="0.36", per="3600", minimum_quantity=10),
    line(sku="o", meter="output_images", attribute="large", rate="0.25", per="1"),
    line(sku="o", meter="output_images", attribute="small", rate="0.04", per="1"),
    *(
        line(
            sku="o", meter="pages", attribute=mode, rate=rate, per="1", context_basis="quantity",
            tier_mode=mode, context_min_tokens=low, context_max_tokens=high,
        )
        for mode in ("whole", "marginal")
        for rate, low, high in (("0.02", 0, 100), ("0.01", 101, ""))
    ),
]  # fmt: skip
ALIASES = [
    alias(sku="m", valid_to=NOON),
    alias(sku="c", valid_from=NOON),
    alias(alias="eu.r", sku="r", region="eu"),
]
BANDS = [
    band(time_band="offpeak", to="08:00"),
    band(**{"time_band": "peak", "from": "08:00", "to": "12:00"}),
    band(**{"time_band": "offpeak", "from": "12:00"}),
]
US = adjustment(sku="r", region="us", meter="tokens")
HALF = adjustment(sku="s", kind="contract", numerator=1, denominator=2)


def attempt(
    model: str, at: str = "2026-07-01T10:00:00Z", tier: str = "standard", region: str | None = None,
    other: tuple[str, ...] = (), **units: int,
) -> dict[str, Any]:  # fmt: skip
    """An attempt with counts by the short name of their meter."""
    meters = {full(name): count for name, count in units.items()}
    named = dict(zip(("other_meter", "other_quantity", "other_attribute"), other, strict=False))
    said = {"ended_at": at, "provider": "maker", "model": model, "service_tier": tier, "region": region}
    return {**said, **named, **meters}


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
    "nowhere in particular": (attempt("r", output=10**6, cache_read=10**6), "11"),
    "a region with a rate of its own": (attempt("r", region="eu", output=10**6, cache_read=10**6), "13"),
    "a region in the name": (attempt("eu.r", output=10**6, cache_read=10**6), "13"),
    "a region in the name beside another": (attempt("eu.r", region="us", output=10**6), "12"),
    "a region with a ratio": (attempt("r", region="us", output=10**6, searches=1000), "21"),
    "a region that is not priced apart": (attempt("r", region="mars", output=10**6), "10"),
    "everywhere, which is no region": (attempt("r", region="global", output=10**6), "10"),
    "a moment before the peak": (attempt("t", "2026-07-01T07:59:59.999999Z", output=10**6), "1"),
    "at the peak": (attempt("t", "2026-07-01T08:00:00Z", output=10**6), "2"),
    "the last moment of the peak": (attempt("t", LAST_MOMENT, output=10**6), "2"),
    "after the peak": (attempt("t", NOON, output=10**6), "1"),
    "in yuan": (attempt("f", output=10**6), "0.98"),
    "by contract": (attempt("s", output=10**6), "3"),
    "three seconds are ten": (attempt("o", other=("audio_input_seconds", "3")), "0.001"),
    "ten seconds and a half": (attempt("o", other=("audio_input_seconds", "10.5")), "0.00105"),
    "a second with tokens of another meter": (
        attempt("o", other=("audio_input_seconds", "0"), output=0, cache_read=0), "0",
    ),
    "two large images": (attempt("o", other=("output_images", "2", "large")), "0.5"),
    "a hundred pages": (attempt("o", other=("pages", "100", "whole")), "2"),
    "a hundred and one at the lower rate": (attempt("o", other=("pages", "101", "whole")), "1.01"),
    "only the rest at the lower rate": (attempt("o", other=("pages", "101", "marginal")), "2.01"),
    "half a page beyond": (attempt("o", other=("pages", "100.5", "marginal")), "2.005"),
}  # fmt: skip
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
    "an unheard size": (attempt("o", other=("output_images", "1", "huge")), "no_rate_for_output_images"),
    "an image without a size": (attempt("o", other=("output_images", "1")), "no_rate_for_output_images"),
    "a meter it does not sell": (attempt("c", other=("pages", "1"), output=1), "no_rate_for_pages"),
    "a meter nobody has heard of": (attempt("c", other=("hugs", "1"), output=1), "no_rate_for_hugs"),
    "tokens of a model that sells none": (
        attempt("o", other=("output_images", "1", "large"), output=1), "no_rate_for_tier_and_time",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    root = tmp_path_factory.mktemp("golden")
    prices = write_book(root / "prices", {"maker": BOOK}, ALIASES, bands=BANDS, adjustments=[US])
    ledger = replace(Ledger.at(root / "company"), prices=prices)
    write_terms(root / "company" / "config", contracts=[HALF], exchanges=[exchange(usd="0.14")])
    log = [{"request_id": name, **row} for name, (row, _) in (PRICED | UNPRICED).items()]
    ledger.write("request_log/log.jsonl", log)
    ledger.publish_only("mart_cost_daily", "mart_cost_by_model", "dim_rate")
    return ledger


@pytest.fixture(scope="module")
def facts(company: Ledger) -> dict[str, dict[str, Any]]:
    return {str(row["request_id"]): row for row in company.records("select * from fct_attempt_cost")}


@pytest.mark.parametrize("name", PRICED)
def test_an_attempt_costs(facts: dict[str, dict[str, Any]], name: str) -> None:
    row, cost = facts[name], Decimal(PRICED[name][1])
    assert row["unpriced_reason"] is None
    assert row["list_cost_usd"] == cost
    assert row["cost_usd"] == (cost / 2 if row["model"] == "s" else cost)
    assert sum((row[cost_column(meter)] for meter in METERS), row["list_other_cost_usd"]) == cost


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


def test_a_used_assumed_rate_and_an_unknown_region_make_a_price_assumed(
    facts: dict[str, dict[str, Any]],
) -> None:
    assert [name for name in PRICED if facts[name]["price_is_assumed"]] == [
        "with an assumed rate",
        "a region that is not priced apart",
    ]


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
        sums = company.rows(f"select sum(list_cost_usd), sum(cost_usd) from {table}")  # noqa: S608
        assert sums == [(total, total - Decimal("1.5"))]
