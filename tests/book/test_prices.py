"""A wrong price file is refused with one sentence that names file and line."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.book.prices import UNBOUNDED, load_book
from pipelines.book.text import ALWAYS, OPEN
from pipelines.errors import BookError
from tests.book.small import HEADER, line, write_book

GOOD = line()
UNTIL_MARCH = line(valid_to="2026-03-01")


def test_a_row_is_read_as_it_is_written(tmp_path: Path) -> None:
    text = line(rate="2.50", valid_from="2026-03-01", valid_to="2026-04-01T12:00:00+02:00", note="why")
    [price] = load_book(write_book(tmp_path / "prices", {"maker": [text]})).prices
    assert (price.provider, price.sku, price.meter) == ("maker", "m", "output_tokens")
    assert (price.rate, price.per, price.note) == (Decimal("2.50"), 1_000_000, "why")
    assert price.valid_from == datetime(2026, 3, 1, tzinfo=UTC)
    assert price.valid_to == datetime(2026, 4, 1, 10, tzinfo=UTC)
    assert (price.context_min_tokens, price.context_max_tokens) == (0, UNBOUNDED)
    assert (price.known_from, price.known_to, price.review_after) == (ALWAYS, OPEN, OPEN)
    assert (price.context_basis, price.tier_mode, price.minimum_quantity) == ("input_and_cache", "whole", 0)
    assert price.place == "maker.csv line 2"


def test_an_empty_end_is_open(tmp_path: Path) -> None:
    [price] = load_book(write_book(tmp_path / "prices", {"maker": [GOOD]})).prices
    assert price.valid_to == OPEN


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"meter": "input"}, "unknown meter 'input'"),
        (
            {"basis": "guessed"},
            "basis 'guessed' is none of cited, observed, announced, corrected, assumed, contract",
        ),
        ({"confidence": "sure"}, "confidence 'sure' is none of high, medium, low"),
        ({"currency": ""}, "currency is empty"),
        ({"per": "0"}, "per must be above zero"),
        ({"per": ""}, "per must be above zero"),
        ({"rate": "0"}, "a rate of zero needs its reason in note"),
        ({"rate": "-1"}, "rate '-1' is no plain decimal"),
        ({"rate": "1e-6"}, "rate '1e-6' is no plain decimal"),
        ({"rate": ""}, "rate '' is no plain decimal"),
        ({"rate": "NaN"}, "rate 'NaN' is no plain decimal"),
        ({"rate": "1."}, "rate '1.' is no plain decimal"),
        ({"sku": ""}, "sku is empty"),
        ({"service_tier": ""}, "service_tier is empty"),
        ({"region": ""}, "region is empty"),
        ({"source": ""}, "source is empty"),
        ({"source_ref": ""}, "source_ref is empty"),
        ({"context_min_tokens": "-1"}, "context_min_tokens '-1' is no whole number"),
        ({"context_max_tokens": "200k"}, "context_max_tokens '200k' is no whole number"),
        (
            {"context_min_tokens": "9", "context_max_tokens": "8"},
            "context_min_tokens is above context_max_tokens",
        ),
        ({"valid_from": ""}, "valid_from  is missing or not before valid_to "),
        (
            {"valid_to": "2026-01-01"},
            "valid_from 2026-01-01 is missing or not before valid_to 2026-01-01",
        ),
        ({"valid_from": "1st May"}, "valid_from '1st May' is neither a day nor an instant"),
        ({"valid_to": "2026-02-30"}, "valid_to '2026-02-30' is neither a day nor an instant"),
        ({"valid_to": "2026-05-01T00:00:00"}, "valid_to '2026-05-01T00:00:00' has no offset from UTC"),
        ({"known_from": "soon"}, "known_from 'soon' is neither a day nor an instant"),
        (
            {"known_from": "2026-02-01", "known_to": "2026-02-01"},
            "known_from 2026-02-01 is not before known_to 2026-02-01",
        ),
        ({"review_after": "later"}, "review_after 'later' is neither a day nor an instant"),
        ({"rate": "0.0000000000000000001"}, "rate 0.0000000000000000001 has more than 18 decimals"),
        ({"minimum_quantity": "ten"}, "minimum_quantity 'ten' is no whole number"),
        (
            {"minimum_quantity": "10"},
            "output_tokens takes no attribute, minimum_quantity or band of quantity",
        ),
        ({"attribute": "hd"}, "output_tokens takes no attribute, minimum_quantity or band of quantity"),
        (
            {"context_basis": "quantity"},
            "output_tokens takes no attribute, minimum_quantity or band of quantity",
        ),
        (
            {"context_basis": "output", "meter": "pages"},
            "context_basis 'output' is neither input_and_cache nor quantity",
        ),
        ({"tier_mode": "steps", "meter": "pages"}, "tier_mode 'steps' is neither whole nor marginal"),
        ({"tier_mode": "marginal", "meter": "pages"}, "marginal bands compare the quantity of their meter"),
    ],
)
def test_a_wrong_cell_is_refused_by_file_and_line(
    tmp_path: Path, cells: dict[str, str], sentence: str
) -> None:
    prices = write_book(tmp_path / "prices", {"maker": [line(sku="good"), line(**cells)]})
    with pytest.raises(BookError) as error:
        load_book(prices)
    assert str(error.value) == f"maker.csv line 3: {sentence}"


def test_a_rate_of_zero_with_its_reason_is_a_rate(tmp_path: Path) -> None:
    [price] = load_book(write_book(tmp_path / "prices", {"maker": [line(rate="0", note="free")]})).prices
    assert price.rate == 0


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (GOOD, line(rate="2"), "line 3: maker m output_tokens standard has two rates at 2026-01-01"),
        (
            UNTIL_MARCH,
            line(valid_from="2026-02-28T23:59:59.999999Z"),
            "line 3: maker m output_tokens standard has two rates at 2026-02-28T23:59:59.999999",
        ),
        (
            UNTIL_MARCH,
            line(valid_from="2026-03-01T00:00:00.000001Z"),
            "line 2: maker m output_tokens standard has a gap at 2026-03-01",
        ),
        (
            UNTIL_MARCH,
            line(valid_from="2026-03-01", context_max_tokens="200000"),
            "line 2: maker m output_tokens standard has a gap at 2026-03-01",
        ),
        (
            UNTIL_MARCH,
            line(valid_from="2026-03-01", context_min_tokens="1"),
            "line 2: maker m output_tokens standard has a gap at 2026-03-01",
        ),
    ],
)
def test_two_rates_or_none_at_one_point_are_refused(
    tmp_path: Path, first: str, second: str, sentence: str
) -> None:
    prices = write_book(tmp_path / "prices", {"maker": [first, second]})
    with pytest.raises(BookError) as error:
        load_book(prices)
    assert str(error.value).startswith(f"maker.csv {sentence}")


@pytest.mark.parametrize(
    ("low_ends", "high_starts", "sentence"),
    [
        (200_000, 200_002, "maker.csv line 2: maker m output_tokens standard has a gap"),
        (200_000, 200_000, "maker.csv line 3: maker m output_tokens standard has two rates"),
    ],
)
def test_context_bands_meet_without_hole_and_without_overlap(
    tmp_path: Path, low_ends: int, high_starts: int, sentence: str
) -> None:
    lines = [line(context_max_tokens=low_ends), line(context_min_tokens=high_starts)]
    with pytest.raises(BookError) as error:
        load_book(write_book(tmp_path / "prices", {"maker": lines}))
    assert str(error.value).startswith(sentence)


def test_bands_and_intervals_that_meet_are_accepted(tmp_path: Path) -> None:
    lines = [
        line(context_max_tokens=200_000, valid_to="2026-03-01"),
        line(context_min_tokens=200_001, valid_to="2026-03-01"),
        line(valid_from="2026-03-01"),
    ]
    assert len(load_book(write_book(tmp_path / "prices", {"maker": lines})).prices) == 3


def test_the_same_sku_of_two_providers_is_two_skus(tmp_path: Path) -> None:
    book = load_book(write_book(tmp_path / "prices", {"one": [GOOD], "two": [GOOD]}))
    assert {price.provider for price in book.prices} == {"one", "two"}


def test_a_folder_without_prices_is_refused(tmp_path: Path) -> None:
    prices = write_book(tmp_path / "prices", {})
    with pytest.raises(BookError, match=r"prices has no prices$"):
        load_book(prices)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BookError, match=r"meters\.csv does not exist$"):
        load_book(tmp_path)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    prices = write_book(tmp_path / "prices", {"maker": [GOOD]})
    (prices / "maker.csv").write_text("sku,meter\n", encoding="utf-8")
    with pytest.raises(BookError) as error:
        load_book(prices)
    assert str(error.value) == f"maker.csv: columns are sku,meter, expected {HEADER}"


@pytest.mark.parametrize(("text", "cells"), [(f"{GOOD},", 25), ("m,output_tokens", 2), ("", 0)])
def test_a_line_of_another_length_is_refused(tmp_path: Path, text: str, cells: int) -> None:
    prices = write_book(tmp_path / "prices", {"maker": [text, GOOD]})
    with pytest.raises(BookError) as error:
        load_book(prices)
    assert str(error.value) == f"maker.csv line 2: {cells} cells, 24 columns"


def test_a_line_that_is_no_csv_is_refused_by_file_and_line(tmp_path: Path) -> None:
    prices = write_book(tmp_path / "prices", {"maker": [GOOD, '"m"x' + GOOD[1:]]})
    with pytest.raises(BookError, match=r"^maker\.csv line 3: "):
        load_book(prices)


def test_a_file_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    prices = write_book(tmp_path / "prices", {"maker": [GOOD]})
    (prices / "maker.csv").write_bytes((HEADER + "\n" + line(note="x\xe9")).encode("latin-1"))
    with pytest.raises(BookError, match=r"^maker\.csv"):
        load_book(prices)
