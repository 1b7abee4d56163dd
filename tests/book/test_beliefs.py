"""Rates that differ in a condition or in when they were believed are apart; all others exclude each other."""

from pathlib import Path

import pytest

from pipelines.book.prices import load_book
from pipelines.errors import BookError
from tests.book.small import band, dimensions, line, write_book


def refusal(tmp_path: Path, *lines: str, **book: tuple[str, ...]) -> str:
    """What the book says of the line that is at fault."""
    with pytest.raises(BookError) as error:
        dimensions(write_book(tmp_path / "prices", {"maker": lines}, **book))  # type: ignore[arg-type]
    return str(error.value)


@pytest.mark.parametrize(
    "apart",
    [
        {"region": "eu"}, {"service_tier": "batch"}, {"sku": "n"}, {"meter": "cache_read_tokens"},
        {"known_to": "2026-06-01"},
    ],
)  # fmt: skip
def test_rates_that_differ_in_a_condition_or_in_when_they_were_believed_are_apart(
    tmp_path: Path, apart: dict[str, str]
) -> None:
    later = {"known_from": apart["known_to"]} if "known_to" in apart else {}
    book = load_book(write_book(tmp_path / "prices", {"maker": [line(**later), line(rate="2", **apart)]}))
    assert len(book.prices) == 2


def test_two_rates_believed_at_one_instant_are_refused_though_neither_is_believed_now(tmp_path: Path) -> None:
    believed = {"known_from": "2026-02-01", "known_to": "2026-03-01"}
    said = refusal(
        tmp_path, line(known_to="2026-02-02"), line(**believed, rate="2"), line(known_from="2026-03-01")
    )
    assert said.startswith("maker.csv line 3: maker m output_tokens standard has two rates at 2026-01-01")


def test_a_hole_in_one_belief_is_refused_though_another_belief_fills_it(tmp_path: Path) -> None:
    said = refusal(
        tmp_path,
        line(valid_to="2026-03-01"),
        line(valid_from="2026-03-01", valid_to="2026-04-01", known_from="2026-02-01"),
        line(valid_from="2026-04-01"),
    )
    assert said.startswith("maker.csv line 2: maker m output_tokens standard has a gap at 2026-03-01")


BANDS = (band(time_band="peak", to="12:00"), band(**{"time_band": "offpeak", "from": "12:00"}))


def test_a_rate_for_all_hours_beside_a_rate_for_some_is_refused(tmp_path: Path) -> None:
    bands = [line(time_band="peak", rate="2"), line(time_band="offpeak", rate="3")]
    said = refusal(tmp_path, *bands, line(rate="1", valid_from="2026-03-01"), bands=BANDS)
    assert "maker m output_tokens standard has two rates at 2026-03-01" in said


def test_a_time_band_that_no_line_of_bands_names_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, line(time_band="peek"), bands=BANDS)
    assert said == "maker.csv line 2: unknown time_band 'peek'"


def test_hours_with_rates_of_their_own_may_stand_between_two_rates_for_all_hours(tmp_path: Path) -> None:
    spring, summer = "2026-03-01", "2026-06-01"
    some = [
        line(time_band=name, rate=rate, valid_from=spring, valid_to=summer)
        for name, rate in (("peak", "2"), ("offpeak", "1"))
    ]
    around = line(rate="2", valid_to=spring), line(rate="3", valid_from=summer)
    dims = dimensions(write_book(tmp_path / "prices", {"maker": [*around, *some]}, bands=BANDS))
    for day, rates in (("2026-02-28", {2}), ("2026-03-01", {1, 2}), ("2026-06-01", {3})):
        card = dims.table("dim_rate_card", day, [("maker", "m")]).to_pylist()
        # Picodollars a token, dollars a million tokens.
        assert {row["output_tokens_rate"] // row["denominator"] // 10**6 for row in card} == rates, day


@pytest.mark.parametrize(
    "missing",
    [
        line(rate="3", valid_from="2026-06-02"),
        line(time_band="peak", rate="2", valid_from="2026-06-02", valid_to="2026-07-01"),
    ],
)
def test_a_hole_that_hours_do_not_fill_is_refused(tmp_path: Path, missing: str) -> None:
    spring, summer = "2026-03-01", "2026-06-01"
    some = [line(time_band=name, valid_from=spring, valid_to=summer) for name in ("peak", "offpeak")]
    said = refusal(tmp_path, line(valid_to=spring), *some, missing, bands=BANDS)
    assert "maker m output_tokens standard has a gap at 2026-06-01" in said
