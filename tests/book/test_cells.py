"""Cells are cut where a rate or a ratio begins or ends, and joined where none does; each names itself."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from pipelines.book.cells import Cell
from pipelines.book.prices import UNBOUNDED
from tests.book.small import adjustment, dimensions, exchange, line, write_book


def cells_of(
    tmp_path: Path, *lines: str, assumed_rates: bool = True, adjustments: Iterable[str] = (),
    exchanges: Iterable[str] = (),
) -> list[Cell]:  # fmt: skip
    prices = write_book(tmp_path / "prices", {"maker": lines}, adjustments=adjustments)
    rates = dimensions(prices, assumed_rates=assumed_rates, exchanges=exchanges).rates
    return [cell for sku in rates.skus for cell in rates.cells(sku)]


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


def test_tiers_and_regions_never_share_a_cell(tmp_path: Path) -> None:
    found = cells_of(
        tmp_path, line(rate="2"), line(service_tier="batch", rate="1"), line(region="eu", rate="3")
    )
    assert {(*cell.shelf[2:], str(cell.prices[0].rate)) for cell in found} == {
        ("standard", "*", "2"),
        ("standard", "eu", "3"),
        ("batch", "*", "1"),
    }


def test_a_region_with_a_rate_of_its_own_has_none_of_everywhere(tmp_path: Path) -> None:
    found = cells_of(
        tmp_path, line(rate="2"), line(meter="cache_read_tokens", rate="1"), line(region="eu", rate="3")
    )
    assert [(cell.shelf[3], span(cell)[4]) for cell in found] == [
        ("*", {"cache_read": "1", "output": "2"}),
        ("eu", {"output": "3"}),
    ]


def test_each_meter_without_a_column_has_a_cell_for_each_attribute(tmp_path: Path) -> None:
    found = cells_of(
        tmp_path,
        line(rate="1"),
        line(meter="output_images", attribute="large", rate="4", per="1"),
        line(meter="output_images", attribute="small", rate="2", per="1"),
        line(meter="pages", rate="5", per="1000"),
    )
    assert [(cell.is_other, cell.prices[0].meter, cell.prices[0].attribute) for cell in found] == [
        (False, "output_tokens", ""),
        (True, "output_images", "large"),
        (True, "output_images", "small"),
        (True, "pages", ""),
    ]


def test_a_cell_is_cut_where_a_ratio_or_a_currency_changes(tmp_path: Path) -> None:
    found = cells_of(
        tmp_path,
        line(currency="CNY"),
        adjustments=[adjustment(valid_from="2026-02-01", valid_to="2026-03-01")],
        exchanges=[exchange(valid_to="2026-06-01"), exchange(usd="0.15", valid_from="2026-06-01")],
    )
    assert [(span(cell)[0], *map(str, cell.ratios[0]), cell.named) for cell in found] == [
        ("01-01", "7/50", "7/50", "CNY at 7/50"),
        ("02-01", "77/500", "77/500", "residency 11/10; CNY at 7/50"),
        ("03-01", "7/50", "7/50", "CNY at 7/50"),
        ("06-01", "3/20", "3/20", "CNY at 3/20"),
    ]


def test_a_rate_id_stays_where_something_unrelated_changes(tmp_path: Path) -> None:
    before = {cell.shelf[1]: cell.rate_id for cell in cells_of(tmp_path / "a", line(), line(sku="other"))}
    changed = cells_of(
        tmp_path / "b", line(note="seen again"), line(sku="other", rate="7"), line(sku="third")
    )
    after = {cell.shelf[1]: cell.rate_id for cell in changed}
    assert after["m"] == before["m"]
    assert after["other"] != before["other"]


OTHER = {"meter": "pages", "per": "1000"}


@pytest.mark.parametrize(
    ("before", "changed"),
    [
        *(({}, each) for each in (
            {"rate": "2"}, {"per": "1000"}, {"basis": "observed"}, {"valid_from": "2026-01-02"},
            {"service_tier": "batch"}, {"sku": "n"}, {"meter": "cache_read_tokens"}, {"region": "eu"},
            {"currency": "CNY"},
        )),
        (OTHER, OTHER | {"attribute": "a4"}),
        (OTHER, OTHER | {"minimum_quantity": 10}),
        (
            OTHER | {"context_basis": "quantity", "tier_mode": "whole"},
            OTHER | {"context_basis": "quantity", "tier_mode": "marginal"},
        ),
    ],
)  # fmt: skip
def test_a_rate_id_changes_with_what_it_names(
    tmp_path: Path, before: dict[str, object], changed: dict[str, object]
) -> None:
    [one] = cells_of(tmp_path / "a", line(**before), exchanges=[exchange()])
    [other] = cells_of(tmp_path / "b", line(**changed), exchanges=[exchange()])
    assert one.rate_id != other.rate_id


def test_a_rate_id_stays_when_its_interval_is_closed(tmp_path: Path) -> None:
    [before] = cells_of(tmp_path / "a", line())
    closed = cells_of(tmp_path / "b", line(valid_to="2026-09-01"), line(rate="2", valid_from="2026-09-01"))
    assert closed[0].rate_id == before.rate_id
