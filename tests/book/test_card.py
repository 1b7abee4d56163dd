"""The rate card: every point of a drawn book has the rates of its text, whole numbers, and one row."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.book.dimensions import Dimensions
from pipelines.errors import BookError
from tests.book.small import alias, dimensions, exchange, line, write_book
from tests.oracle import METERS, Oracle

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = [("maker", name) for name in ("one", "two", "latest", "m")]


@st.composite
def chains(draw: st.DrawFn, **where: str) -> list[str]:
    """Rates of one meter without hole or overlap: days cut into intervals, each cut into context bands."""
    edges = sorted(draw(st.sets(st.integers(0, 6), min_size=2, max_size=4)))
    lines = []
    for start, end in pairwise(edges):
        cuts = sorted(draw(st.sets(st.integers(1, 5), max_size=2)))
        for low, high in zip([0, *cuts], [*(cut - 1 for cut in cuts), ""], strict=True):
            lines.append(
                line(
                    **where, context_min_tokens=low, context_max_tokens=high, rate=draw(st.integers(1, 3)),
                    valid_from=_day(start), valid_to=_day(end),
                    basis=draw(st.sampled_from(["cited", "assumed"])),
                )
            )  # fmt: skip
    return lines


def _day(number: int) -> str:
    return (FIRST + timedelta(days=number)).date().isoformat()


@st.composite
def books(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Lines of a small book, and an alias that may move."""
    lines = []
    for sku in ("one", "two"):
        lines += draw(chains(sku=sku, meter="output_tokens"))
        lines += draw(chains(sku=sku, meter="cache_read_tokens"))
        if draw(st.booleans()):
            lines += draw(chains(sku=sku, meter="output_tokens", service_tier="batch"))
    moved = _day(draw(st.integers(1, 5)))
    return lines, [
        alias(sku="one", valid_from="2026-01-01", valid_to=moved),
        alias(sku="two", valid_from=moved),
    ]


def book_of(tmp_path: Path, lines: Iterable[str], aliases: Iterable[str], *, assumed: bool) -> Dimensions:
    prices = write_book(tmp_path / "prices", {"maker": lines}, aliases)
    return dimensions(prices, assumed_rates=assumed, exchanges=[exchange()])


def card_of(found: Dimensions, day: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = found.table("dim_rate_card", _day(day), NAMES).to_pylist()
    return rows


@settings(max_examples=30)
@given(book=books(), assumed=st.booleans())
def test_every_point_of_the_card_has_the_rates_of_the_text_and_no_two_rows(
    tmp_path: Path, book: tuple[list[str], list[str]], assumed: bool
) -> None:
    found = book_of(tmp_path, *book, assumed=assumed)
    oracle = Oracle(tmp_path / "prices", assumed_rates=assumed)
    for day in range(-1, 7):
        card = card_of(found, day)
        instants = [FIRST + timedelta(days=day, hours=hour) for hour in (0, 12)]
        for name, tier, at, context in (
            (n, t, i, c) for n in ("one", "two", "latest") for t in ("standard", "batch") for i in instants
            for c in range(7)
        ):  # fmt: skip
            rows = [
                row
                for row in card
                if (row["alias"], row["service_tier"], row["region"]) == (name, tier, "*")
                and row["valid_from"] <= at < row["valid_to"]
                and row["context_min_tokens"] <= context <= row["context_max_tokens"]
            ]
            expected = oracle.found("maker", name, tier, at, context)
            assert len(rows) == (1 if expected else 0)
            for row in rows:
                rates = {m: row[f"{m}_rate"] for m in METERS if row[f"{m}_rate"] is not None}
                assert rates == {m: int(rate.rate) * 10**6 for m, rate in expected.items()}
                assert all(row[f"{m}_assumed"] == (expected[m].basis == "assumed") for m in rates)


@settings(max_examples=15)
@given(book=books(), seed=st.integers(0, 1000))
def test_the_order_of_the_rows_of_the_book_changes_nothing(
    tmp_path: Path, book: tuple[list[str], list[str]], seed: int
) -> None:
    lines, aliases = book
    before = [card_of(book_of(tmp_path, lines, aliases, assumed=True), day) for day in range(6)]
    random.Random(seed).shuffle(lines)  # noqa: S311
    turned = book_of(tmp_path, lines, aliases[::-1], assumed=True)
    assert [card_of(turned, day) for day in range(6)] == before


def test_a_day_sees_only_the_models_it_used_and_only_what_touches_it(tmp_path: Path) -> None:
    lines = [
        line(sku="one", valid_to="2026-01-03"),
        line(sku="one", valid_from="2026-01-03"),
        line(sku="two"),
    ]
    found = book_of(tmp_path, lines, [], assumed=True)
    for day, starts in (("2026-01-02", 1), ("2026-01-03", 3)):
        rows = found.table("dim_rate_card", day, [("maker", "one"), ("maker", "one"), ("maker", "no")])
        assert [(row["sku"], row["valid_from"].day) for row in rows.to_pylist()] == [("one", starts)]


def test_rates_finer_than_a_picodollar_share_one_denominator(tmp_path: Path) -> None:
    lines = [
        line(meter="output_tokens", rate="1", per="3"),
        line(meter="cache_read_tokens", rate="0.00000000000025", per="1"),
    ]
    [row] = card_of(book_of(tmp_path, lines, [], assumed=True), 0)
    assert row["denominator"] == 12
    assert row["output_tokens_rate"] == row["output_tokens_effective_rate"] == 4 * 10**12
    assert row["cache_read_tokens_rate"] == 3
    assert row["most_tokens"] == (2**63 - 1 - 12) // (4 * 10**12)
    assert not row["has_contract"]


def test_a_currency_has_its_own_picodollars(tmp_path: Path) -> None:
    [row] = card_of(book_of(tmp_path, [line(rate="2", currency="CNY")], [], assumed=True), 0)
    assert row["output_tokens_rate"] == 280_000


@pytest.mark.parametrize(
    "cells",
    [
        {"rate": "99999999999"},
        {"rate": "0.0000000000000000001"},
        {"rate": "99999999999999", "meter": "pages"},
        {"rate": "70000000", "currency": "CNY"},
    ],
)
def test_a_rate_that_does_not_fit_is_refused_by_file_and_line(tmp_path: Path, cells: dict[str, str]) -> None:
    table = "dim_other_rate" if "meter" in cells else "dim_rate_card"
    with pytest.raises(BookError, match=r"^maker\.csv line 2: rate"):
        book_of(tmp_path, [line(**cells, per="1")], [], assumed=True).table(table, "2026-01-01", NAMES)
