"""Each proof of the price book finds a book that it is about, and is silent about the book beside it."""

from pathlib import Path

import pytest

from pipelines.book.proofs import prove
from pipelines.settings import PROJECT
from tests.book.small import adjustment, alias, line, write, write_book

EXCEPTIONS = "proof,provider,sku,meter,service_tier,region,reason"
LINEAGES = "source,lineage,reason"


def rate(rate: str, **cells: object) -> str:
    """A rate of `m` that one source shows, and that claims no more."""
    return line(rate=rate, confidence="medium", **cells)


def of(meter: str, rate_: str, **cells: object) -> str:
    """One of a meter."""
    return rate(rate_, meter=meter, **cells)


def faults(tmp_path: Path, *lines: str, **book: tuple[str, ...]) -> list[str]:
    """The names of the proofs that a book does not pass."""
    folder = write_book(tmp_path / "prices", {"maker": lines}, **book)  # type: ignore[arg-type]
    return [fault.proof for fault in prove(folder)]


LONG = {"context_basis": "input_and_cache", "tier_mode": "whole"}
SHORT_BAND, LONG_BAND = {"context_max_tokens": 200_000, **LONG}, {"context_min_tokens": 200_001, **LONG}
ASSUMED = {"basis": "assumed", "valid_to": "2026-03-01"}
SEEN = {"basis": "observed", "valid_from": "2026-03-01"}

WRONG_AND_RIGHT = {
    "fast": ("tiers_out_of_order", [rate("4"), rate("3.99", service_tier="fast")],
             [rate("4"), rate("4", service_tier="fast")]),
    "priority": ("tiers_out_of_order", [rate("4"), rate("2", service_tier="priority")],
                 [rate("4"), rate("8", service_tier="priority")]),
    "batch": ("tiers_out_of_order", [rate("4"), rate("4.01", service_tier="batch")],
              [rate("4"), rate("4", service_tier="batch")]),
    "flex": ("tiers_out_of_order", [rate("4"), rate("5", service_tier="flex")],
             [rate("4"), rate("2", service_tier="flex")]),
    "long": ("long_context_cheaper", [rate("4", **SHORT_BAND), rate("3", **LONG_BAND)],
             [rate("4", **SHORT_BAND), rate("4", **LONG_BAND)]),
    "read": ("reads_above_input", [of("uncached_input_tokens", "1"), of("cache_read_tokens", "1.1")],
             [of("uncached_input_tokens", "1"), of("cache_read_tokens", "1")]),
    "carried": ("carried_over_a_sighting", [rate("2", **ASSUMED), rate("5", **SEEN)],
                [rate("5", **ASSUMED), rate("5", **SEEN)]),
    "thirteen decimals": ("more_than_twelve_decimals", [rate("0.0833333")], [rate("0.083333")]),
    "dear": ("cost_out_of_range", [rate("10000")], [rate("600")]),
    "high": ("high_from_one_source", [line()], [line(source="maker; observer")]),
}  # fmt: skip
"""By what is tried: the proof, a book that it finds, and the nearest one that passes."""


@pytest.mark.parametrize("name", WRONG_AND_RIGHT)
def test_a_proof_finds_what_cannot_be_right_and_nothing_else(tmp_path: Path, name: str) -> None:
    proof, wrong, right = WRONG_AND_RIGHT[name]
    assert faults(tmp_path / "wrong", *wrong) == [proof]
    assert faults(tmp_path / "right", *right) == []


def test_a_rate_carried_back_may_keep_its_ratio_to_one_that_changed_on_that_day(tmp_path: Path) -> None:
    standard = [rate("4", valid_to="2026-03-01"), rate("2", valid_from="2026-03-01")]
    batch = [rate("2", service_tier="batch", **ASSUMED), rate("1", service_tier="batch", **SEEN)]
    assert faults(tmp_path / "half", *standard, *batch) == []
    batch[0] = rate("1.9", service_tier="batch", **ASSUMED)
    assert faults(tmp_path / "less", *standard, *batch) == ["carried_over_a_sighting"]


def test_what_was_believed_once_is_not_held_against_the_book_of_today(tmp_path: Path) -> None:
    once = rate("2", known_to="2026-06-01", **ASSUMED), rate("5", **SEEN)
    assert faults(tmp_path, *once, rate("5", known_from="2026-06-01", **ASSUMED)) == []


def test_two_sources_of_one_lineage_are_one(tmp_path: Path) -> None:
    folder = write_book(tmp_path / "prices", {"maker": [line(source="list; copy")]})
    assert prove(folder) == []
    write(folder / "lineages.csv", LINEAGES, ["copy,list,made from it"])
    assert [fault.proof for fault in prove(folder)] == ["high_from_one_source"]


REGIONAL = (alias(alias="gov.m", region="us-gov"),)


def test_a_name_that_ties_a_region_has_a_rate_of_it_or_a_ratio(tmp_path: Path) -> None:
    everywhere = rate("1")
    assert faults(tmp_path / "none", everywhere, aliases=REGIONAL) == ["region_of_everywhere"]
    assert faults(tmp_path / "rate", everywhere, rate("1.2", region="us-gov"), aliases=REGIONAL) == []
    ratio = (adjustment(region="us-gov", numerator="6", denominator="5"),)
    assert faults(tmp_path / "ratio", everywhere, aliases=REGIONAL, adjustments=ratio) == []


def test_one_meter_without_the_ratio_of_the_region_is_enough_to_be_found(tmp_path: Path) -> None:
    lines = [rate("1"), of("uncached_input_tokens", "0.5"), of("web_search_requests", "10", per=1000)]
    ratio = adjustment(region="us-gov", meter="output_tokens")
    alone = faults(tmp_path / "output", *lines, aliases=REGIONAL, adjustments=(ratio,))
    assert alone == ["region_of_everywhere"]
    both = (ratio, adjustment(region="us-gov", meter="uncached_input_tokens"))
    assert faults(tmp_path / "both", *lines, aliases=REGIONAL, adjustments=both) == []


def test_a_ratio_of_a_region_on_a_rate_of_that_region_counts_it_twice(tmp_path: Path) -> None:
    lines = [rate("1"), rate("1.2", region="us-gov")]
    ratio = (adjustment(region="us-gov", numerator="6", denominator="5"),)
    assert faults(tmp_path, *lines, adjustments=ratio) == ["region_counted_twice"]


def test_an_exception_covers_what_it_names_and_has_to_cover_something(tmp_path: Path) -> None:
    folder = write_book(tmp_path / "prices", {"maker": [rate("4"), rate("5", service_tier="batch")]})
    reviewed = "tiers_out_of_order,maker,m,*,batch,*,a page says so"
    write(folder / "proof_exceptions.csv", EXCEPTIONS, [reviewed])
    assert prove(folder) == []
    write(folder / "proof_exceptions.csv", EXCEPTIONS, [reviewed, reviewed.replace(",m,", ",n,")])
    [fault] = prove(folder)
    assert (fault.place, fault.sentence) == ("proof_exceptions.csv line 3", "this exception covers nothing")


def test_the_book_that_ships_is_proved() -> None:
    assert list(map(str, prove(PROJECT / "prices"))) == []
