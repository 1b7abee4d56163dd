"""Exports: a bucket has one price only if that price held for all of it, and a known context band."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.book.small import band, line, write_book
from tests.ledger import Ledger

USAGE_BOOK = [
    line(sku="c", rate="1", valid_to="2026-07-02T12:00:00Z"),
    line(sku="c", rate="3", valid_from="2026-07-02T12:00:00Z"),
    line(sku="b", meter="uncached_input_tokens", rate="2", context_max_tokens=200_000),
    line(sku="b", meter="uncached_input_tokens", rate="4", context_min_tokens=200_001),
    line(sku="b", rate="10"),
    line(sku="t", time_band="peak", rate="2"),
    line(sku="t", time_band="offpeak", rate="1"),
]  # fmt: skip


PEAK = [band(time_band="peak", to="12:00"), band(**{"time_band": "offpeak", "from": "12:00"})]


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
    prices = write_book(
        root / "prices",
        {"anthropic": USAGE_BOOK},
        bands=[row.replace("maker", "anthropic", 1) for row in PEAK],
    )
    ledger = replace(Ledger.at(root / "company", assumed_rates=assumed_rates), prices=prices)
    data = [{"starting_at": start, "ending_at": end, "results": [row]} for start, end, row in buckets]
    page = json.dumps({"data": data, "has_more": False, "next_page": None})
    ledger.write("anthropic_usage/page.json", page)
    ledger.publish_only("fct_usage_cost")
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


def test_a_bucket_over_two_time_bands_has_no_price_and_one_inside_of_a_band_has(tmp_path: Path) -> None:
    row = result("t", 0, 10**6, "0-200k")
    found = exports(
        tmp_path, "true",
        ("2026-07-01T11:00:00Z", "2026-07-01T12:00:00Z", row),
        ("2026-07-01T12:00:00Z", "2026-07-01T13:00:00Z", row),
        ("2026-07-01T23:00:00Z", "2026-07-02T00:00:00Z", row),
        ("2026-07-02T00:00:00Z", "2026-07-03T00:00:00Z", row),
    )  # fmt: skip
    assert found == [
        (Decimal(2), None, False), (Decimal(1), None, False), (Decimal(1), None, False),
        (None, "price_changes_within_bucket", None),
    ]  # fmt: skip
