"""The rate card: cells are cut where a rate begins or ends, joined where none does, and never overlap."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.book.card import Cell, cells
from pipelines.book.prices import UNBOUNDED, load_book
from pipelines.errors import BookError
from tests.book.small import dimensions, line, write_book
from tests.oracle import METERS, Oracle

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def cells_of(tmp_path: Path, *lines: str, assumed_rates: bool = True) -> list[Cell]:
    book = load_book(write_book(tmp_path / "prices", {"maker": lines}))
    return cells(book, assumed_rates=assumed_rates)


def span(cell: Cell) -> tuple[str, str, int, int, dict[str, str]]:
    """What a cell says, short."""
    said = {price.meter.removesuffix("_tokens"): str(price.rate) for price in cell.prices}
    days = (f"{cell.valid_from:%m-%d}", f"{cell.valid_to:%m-%d}")
    return (*days, cell.context_min_tokens, cell.context_max_tokens, said)


def test_a_cell_is_cut_where_one_of_its_rates_changes(tmp_path: Path) -> None:
    found = cells_of(
        tmp_path,
        line(meter="output_tokens", rate="9"),
        line(meter="cache_read_tokens", rate="1", valid_to="2026-03-01"),
        line(meter="cache_read_tokens", rate="2", valid_from="2026-03-01"),
    )
    assert [span(cell) for cell in found] == [
        ("01-01", "03-01", 0, UNBOUNDED, {"cache_read": "1", "output": "9"}),
        ("03-01", "12-31", 0, UNBOUNDED, {"cache_read": "2", "output": "9"}),
    ]


def test_a_cell_is_cut_where_one_of_its_rates_depends_on_the_context(tmp_path: Path) -> None:
    found = cells_of(
        tmp_path,
        line(meter="output_tokens", rate="9"),
        line(meter="cache_read_tokens", rate="1", context_max_tokens=200_000),
        line(meter="cache_read_tokens", rate="2", context_min_tokens=200_001),
    )
    assert [span(cell) for cell in found] == [
        ("01-01", "12-31", 0, 200_000, {"cache_read": "1", "output": "9"}),
        ("01-01", "12-31", 200_001, UNBOUNDED, {"cache_read": "2", "output": "9"}),
    ]


def test_a_change_of_the_long_band_leaves_the_short_one_whole(tmp_path: Path) -> None:
    found = cells_of(
        tmp_path,
        line(rate="1", context_max_tokens=100),
        line(rate="2", context_min_tokens=101, valid_to="2026-03-01"),
        line(rate="3", context_min_tokens=101, valid_from="2026-03-01"),
    )
    assert sorted(map(span, found), key=str) == [
        ("01-01", "03-01", 101, UNBOUNDED, {"output": "2"}),
        ("01-01", "12-31", 0, 100, {"output": "1"}),
        ("03-01", "12-31", 101, UNBOUNDED, {"output": "3"}),
    ]


def test_a_meter_that_is_priced_later_opens_a_new_cell(tmp_path: Path) -> None:
    found = cells_of(
        tmp_path, line(rate="1"), line(meter="cache_read_tokens", rate="2", valid_from="2026-02-01")
    )
    assert [span(cell)[0::4] for cell in found] == [
        ("01-01", {"output": "1"}),
        ("02-01", {"cache_read": "2", "output": "1"}),
    ]


def test_a_rate_alone_again_after_another_ended_keeps_both_its_cells(tmp_path: Path) -> None:
    found = cells_of(
        tmp_path,
        line(rate="1"),
        line(meter="cache_read_tokens", rate="2", valid_from="2026-02-01", valid_to="2026-03-01"),
    )
    assert sorted((span(cell)[0], span(cell)[1], span(cell)[4]) for cell in found) == [
        ("01-01", "02-01", {"output": "1"}),
        ("02-01", "03-01", {"cache_read": "2", "output": "1"}),
        ("03-01", "12-31", {"output": "1"}),
    ]


def test_assumed_rates_can_be_left_out(tmp_path: Path) -> None:
    lines = (line(rate="1"), line(meter="cache_read_tokens", rate="2", basis="assumed"))
    assert [span(c)[4] for c in cells_of(tmp_path, *lines)] == [{"cache_read": "2", "output": "1"}]
    assert [span(c)[4] for c in cells_of(tmp_path, *lines, assumed_rates=False)] == [{"output": "1"}]


def test_tiers_never_share_a_cell(tmp_path: Path) -> None:
    found = cells_of(tmp_path, line(rate="2"), line(service_tier="batch", rate="1"))
    assert {(cell.shelf[2], str(cell.prices[0].rate)) for cell in found} == {
        ("standard", "2"),
        ("batch", "1"),
    }


def test_a_rate_id_stays_where_something_unrelated_changes(tmp_path: Path) -> None:
    before = {cell.shelf[1]: cell.rate_id for cell in cells_of(tmp_path / "a", line(), line(sku="other"))}
    changed = cells_of(
        tmp_path / "b", line(note="seen again"), line(sku="other", rate="7"), line(sku="third")
    )
    after = {cell.shelf[1]: cell.rate_id for cell in changed}
    assert after["m"] == before["m"]
    assert after["other"] != before["other"]


@pytest.mark.parametrize(
    "changed",
    [
        {"rate": "2"}, {"per": "1000"}, {"basis": "observed"}, {"valid_from": "2026-01-02"},
        {"service_tier": "batch"}, {"sku": "n"}, {"meter": "cache_read_tokens"},
    ],
)  # fmt: skip
def test_a_rate_id_changes_with_what_it_names(tmp_path: Path, changed: dict[str, str]) -> None:
    [before] = cells_of(tmp_path / "a", line())
    [after] = cells_of(tmp_path / "b", line(**changed))
    assert before.rate_id != after.rate_id


def test_a_rate_id_stays_when_its_interval_is_closed(tmp_path: Path) -> None:
    [before] = cells_of(tmp_path / "a", line())
    closed = cells_of(tmp_path / "b", line(valid_to="2026-09-01"), line(rate="2", valid_from="2026-09-01"))
    assert closed[0].rate_id == before.rate_id


@st.composite
def chains(draw: st.DrawFn, sku: str, meter: str, tier: str) -> list[str]:
    """Rates of one meter without hole or overlap: days cut into intervals, each cut into context bands."""
    edges = sorted(draw(st.sets(st.integers(0, 6), min_size=2, max_size=4)))
    lines = []
    for start, end in pairwise(edges):
        cuts = sorted(draw(st.sets(st.integers(1, 5), max_size=2)))
        for low, high in zip([0, *cuts], [*(cut - 1 for cut in cuts), ""], strict=True):
            lines.append(
                line(
                    sku=sku, meter=meter, service_tier=tier, context_min_tokens=low, context_max_tokens=high,
                    rate=draw(st.integers(1, 3)), valid_from=_day(start), valid_to=_day(end),
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
        lines += draw(chains(sku, "output_tokens", "standard"))
        lines += draw(chains(sku, "cache_read_tokens", "standard"))
        if draw(st.booleans()):
            lines += draw(chains(sku, "output_tokens", "batch"))
    moved = _day(draw(st.integers(1, 5)))
    return lines, [f"maker,latest,one,2026-01-01,{moved},maker,page", f"maker,latest,two,{moved},,maker,page"]


def card_of(tmp_path: Path, lines: list[str], aliases: list[str], *, assumed: bool) -> list[dict[str, Any]]:
    prices = write_book(tmp_path / "prices", {"maker": lines}, aliases)
    found: list[dict[str, Any]] = (
        dimensions(prices, assumed_rates=assumed).tables["dim_rate_card"].to_pylist()
    )
    return found


@settings(max_examples=40)
@given(book=books(), assumed=st.booleans())
def test_every_point_of_the_card_has_the_rates_of_the_text_and_no_two_rows(
    tmp_path: Path, book: tuple[list[str], list[str]], assumed: bool
) -> None:
    card = card_of(tmp_path, *book, assumed=assumed)
    oracle = Oracle(tmp_path / "prices", assumed_rates=assumed)
    instants = [FIRST + timedelta(hours=12 * half) for half in range(-1, 14)]
    points = [(n, t, i, c) for n in ("one", "two", "latest") for t in ("standard", "batch")
              for i in instants for c in range(7)]  # fmt: skip
    for name, tier, at, context in points:
        rows = [
            row
            for row in card
            if (row["alias"], row["service_tier"]) == (name, tier)
            and row["valid_from"] <= at < row["valid_to"]
            and row["context_min_tokens"] <= context <= row["context_max_tokens"]
        ]
        expected = oracle.found("maker", name, tier, at, context)
        assert len(rows) == (1 if expected else 0)
        for row in rows:
            rates = {m: row[f"{m}_rate"] for m in METERS if row[f"{m}_rate"] is not None}
            assert rates == {m: int(rate.rate) * 10**6 for m, rate in expected.items()}
            assert all(row[f"{m}_assumed"] == (expected[m].basis == "assumed") for m in rates)


@settings(max_examples=20)
@given(book=books(), seed=st.integers(0, 1000))
def test_the_order_of_the_rows_of_the_book_changes_nothing(
    tmp_path: Path, book: tuple[list[str], list[str]], seed: int
) -> None:
    lines, aliases = book
    before = card_of(tmp_path, lines, aliases, assumed=True)
    random.Random(seed).shuffle(lines)  # noqa: S311
    assert card_of(tmp_path, lines, aliases[::-1], assumed=True) == before


def test_rates_finer_than_a_picodollar_share_one_denominator(tmp_path: Path) -> None:
    lines = [
        line(meter="output_tokens", rate="1", per="3"),
        line(meter="cache_read_tokens", rate="0.00000000000025", per="1"),
    ]
    [row] = card_of(tmp_path, lines, [], assumed=True)
    assert row["denominator"] == 12
    assert row["output_tokens_rate"] == 4 * 10**12
    assert row["cache_read_tokens_rate"] == 3
    assert row["most_tokens"] == (2**63 - 1 - 12) // (4 * 10**12)


@pytest.mark.parametrize("rate", ["99999999999", "0.0000000000000000001"])
def test_a_rate_that_does_not_fit_is_refused_by_file_and_line(tmp_path: Path, rate: str) -> None:
    with pytest.raises(BookError, match=r"^maker\.csv line 2: rate"):
        card_of(tmp_path, [line(rate=rate, per="1")], [], assumed=True)
