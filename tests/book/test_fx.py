"""Exchange rates: one at a time for a currency, above zero, and no price without one."""

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from pipelines.book.fx import Exchange, load_exchanges
from pipelines.book.text import ALWAYS, OPEN
from pipelines.errors import BookError
from tests.book.small import FX, dimensions, exchange, line, write, write_book

DAY = "2026-06-01"
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def exchanges_of(config: Path, *lines: str) -> tuple[Exchange, ...]:
    write(config / "fx.csv", FX, lines)
    return load_exchanges(config)


def test_a_line_is_read_as_it_is_written(tmp_path: Path) -> None:
    found = exchanges_of(tmp_path, exchange(currency="DBU", usd="0.07", valid_to=DAY))
    assert found == (Exchange("DBU", Fraction(7, 100), ALWAYS, JUNE, ALWAYS, OPEN, "fx.csv line 2"),)


def test_a_company_without_other_currencies_needs_no_file(tmp_path: Path) -> None:
    assert load_exchanges(tmp_path) == ()


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"currency": ""}, "currency is empty"),
        ({"currency": "USD"}, "a USD is one USD"),
        ({"usd": ""}, "usd '' is no plain decimal"),
        ({"usd": "1/7"}, "usd '1/7' is no plain decimal"),
        ({"usd": "-0.1"}, "usd '-0.1' is no plain decimal"),
        ({"usd": "0"}, "usd must be above zero"),
        ({"usd": "100"}, "usd must be below 100 and have at most 12 decimals"),
        ({"usd": "0.1234567890123"}, "usd must be below 100 and have at most 12 decimals"),
        ({"source_ref": ""}, "source_ref is empty"),
        ({"valid_from": DAY, "valid_to": DAY}, f"valid_from {DAY} is not before valid_to {DAY}"),
        ({"known_from": "now"}, "known_from 'now' is neither a day nor an instant"),
    ],
)
def test_a_wrong_cell_is_refused_by_file_and_line(
    tmp_path: Path, cells: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BookError) as error:
        exchanges_of(tmp_path, exchange(currency="EUR", usd="1.1"), exchange(**cells))
    assert str(error.value) == f"fx.csv line 3: {sentence}"


@pytest.mark.parametrize(
    ("first", "second", "at"),
    [
        ({}, {}, "1970-01-01"),
        ({"valid_to": "2026-06-02"}, {"valid_from": DAY}, DAY),
        ({"known_to": "2026-06-02"}, {"known_from": DAY}, "1970-01-01"),
    ],
)
def test_two_rates_at_one_instant_are_refused_by_file_and_line(
    tmp_path: Path, first: dict[str, str], second: dict[str, str], at: str
) -> None:
    with pytest.raises(BookError) as error:
        exchanges_of(tmp_path, exchange(**first), exchange(usd="0.15", **second))
    assert str(error.value) == f"fx.csv line 3: CNY has two rates at {at}T00:00:00+00:00"


def test_rates_one_after_the_other_on_either_axis_are_accepted(tmp_path: Path) -> None:
    lines = [
        exchange(valid_to=DAY),
        exchange(valid_from=DAY, known_to=DAY),
        exchange(valid_from=DAY, known_from=DAY),
    ]
    assert len(exchanges_of(tmp_path, *lines)) == 3


def output_rates(tmp_path: Path, day: str, *exchanges: str) -> list[int | None]:
    """Output rate of the rows of a day, in picodollars a token; cache reads are in USD."""
    lines = [line(currency="CNY", rate="2"), line(meter="cache_read_tokens")]
    prices = write_book(tmp_path / "prices", {"maker": lines})
    found = dimensions(prices, exchanges=exchanges).table("dim_rate_card", day, [("maker", "m")])
    return [row["output_tokens_rate"] for row in found.to_pylist()]


def test_a_rate_in_another_currency_is_worth_what_its_day_says(tmp_path: Path) -> None:
    both = exchange(valid_to=DAY), exchange(valid_from=DAY, usd="0.15")
    assert output_rates(tmp_path, "2026-05-31", *both) == [280_000]
    assert output_rates(tmp_path, DAY, *both) == [300_000]


@pytest.mark.parametrize("exchanges", [(), (exchange(valid_to=DAY),), (exchange(known_to=DAY),)])
def test_a_rate_in_a_currency_without_a_worth_is_no_rate(tmp_path: Path, exchanges: tuple[str, ...]) -> None:
    assert output_rates(tmp_path, DAY, *exchanges) == [None]
