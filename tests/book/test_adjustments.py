"""Ratios on rates: exact, dated, read from one line each, and only of the kinds their file may have."""

from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from pipelines.book.adjustments import COMPANY_KINDS, PROVIDER_KINDS, Adjustment, load_adjustments
from pipelines.book.meters import Meter
from pipelines.book.text import ALWAYS, OPEN
from pipelines.errors import BookError
from tests.book.small import ADJUSTMENTS, adjustment, dimensions, line, write, write_book

TOKENS, PAGES = Meter("output_tokens", "token", "column", ""), Meter("pages", "page", "other", "")
HALF = {"kind": "contract", "numerator": "1", "denominator": "2"}


def adjustments_of(
    folder: Path, *lines: str, kinds: Iterable[str] = PROVIDER_KINDS
) -> tuple[Adjustment, ...]:
    write(folder / "adjustments.csv", ADJUSTMENTS, lines)
    return load_adjustments(folder / "adjustments.csv", kinds, [TOKENS, PAGES])


def test_a_line_is_read_as_it_is_written(tmp_path: Path) -> None:
    [found] = adjustments_of(tmp_path, adjustment(region="eu", meter="tokens", valid_from="2026-03-05"))
    starts = datetime(2026, 3, 5, tzinfo=UTC)
    assert found == Adjustment(
        "maker",
        "*",
        "tokens",
        "*",
        "eu",
        "residency",
        Fraction(11, 10),
        1,
        starts,
        OPEN,
        ALWAYS,
        OPEN,
        "page",
    )
    assert found.is_of_provider
    assert str(found) == "residency 11/10"


def test_a_file_need_not_exist(tmp_path: Path) -> None:
    assert load_adjustments(tmp_path / "adjustments.csv", PROVIDER_KINDS, []) == ()


@pytest.mark.parametrize(
    ("meter", "changes_tokens", "changes_pages"),
    [("*", True, True), ("tokens", True, False), ("pages", False, True), ("output_tokens", True, False)],
)
def test_a_ratio_is_for_a_meter_for_all_of_them_or_for_those_that_count_tokens(
    tmp_path: Path, meter: str, changes_tokens: bool, changes_pages: bool
) -> None:
    [found] = adjustments_of(tmp_path, adjustment(meter=meter))
    assert (found.is_for_meter(TOKENS), found.is_for_meter(PAGES)) == (changes_tokens, changes_pages)


@pytest.mark.parametrize(
    "narrower", [{"provider": "p"}, {"sku": "n"}, {"service_tier": "batch"}, {"region": "us"}]
)
def test_a_ratio_is_for_the_shelves_it_names(tmp_path: Path, narrower: dict[str, str]) -> None:
    [found] = adjustments_of(tmp_path, adjustment(**narrower))
    shelf = {"provider": "maker", "sku": "m", "service_tier": "standard", "region": "*"}
    assert not found.is_for_shelf(**shelf)
    assert found.is_for_shelf(**shelf | narrower)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"kind": "contract"}, "kind 'contract' is none of residency"),
        ({"kind": ""}, "kind '' is none of residency"),
        ({"meter": "input"}, "unknown meter 'input'"),
        ({"meter": ""}, "unknown meter ''"),
        ({"numerator": "0"}, "numerator and denominator must be above zero"),
        ({"denominator": ""}, "numerator and denominator must be above zero"),
        ({"numerator": "1.1"}, "numerator '1.1' is no whole number"),
        ({"numerator": "-1"}, "numerator '-1' is no whole number"),
        ({"sequence": "first"}, "sequence 'first' is no whole number"),
        ({"provider": ""}, "provider is empty"),
        ({"sku": ""}, "sku is empty"),
        ({"service_tier": ""}, "service_tier is empty"),
        ({"region": ""}, "region is empty"),
        ({"source_ref": ""}, "source_ref is empty"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"},
         "valid_from 2026-02-01 is not before valid_to 2026-01-01"),
        ({"known_to": "never"}, "known_to 'never' is neither a day nor an instant"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_refused_by_file_and_line(
    tmp_path: Path, cells: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BookError) as error:
        adjustments_of(tmp_path, adjustment(), adjustment(**{"sku": "n"} | cells))
    assert str(error.value) == f"adjustments.csv line 3: {sentence}"


def test_a_provider_states_residency_and_a_company_its_contracts(tmp_path: Path) -> None:
    for kind in COMPANY_KINDS:
        [found] = adjustments_of(tmp_path, adjustment(kind=kind), kinds=COMPANY_KINDS)
        assert not found.is_of_provider
    with pytest.raises(BookError, match="kind 'residency' is none of contract, commitment, reseller_fee"):
        adjustments_of(tmp_path, adjustment(), kinds=COMPANY_KINDS)


@pytest.mark.parametrize("other", [{}, {"known_from": "2026-03-01"}, {"valid_from": "2026-03-01"}])
def test_the_same_ratio_twice_at_one_instant_is_refused(tmp_path: Path, other: dict[str, str]) -> None:
    with pytest.raises(BookError, match=r"^adjustments\.csv line 3: maker \* has residency twice at "):
        adjustments_of(tmp_path, adjustment(), adjustment(**other))


def test_a_ratio_that_changes_or_is_corrected_is_given_once_at_a_time(tmp_path: Path) -> None:
    day = "2026-03-01"
    changed = [adjustment(valid_to=day), adjustment(valid_from=day, known_to=day, numerator=12)]
    assert (
        len(adjustments_of(tmp_path, *changed, adjustment(valid_from=day, known_from=day, numerator=13))) == 3
    )


def rates_of(
    tmp_path: Path, *lines: str, contracts: Iterable[str], adjustments: Iterable[str] = ()
) -> dict[tuple[str, str], tuple[Fraction, Fraction]]:
    """List and effective rate of output, in picodollars a token, by tier and region."""
    prices = write_book(tmp_path / "prices", {"maker": lines}, adjustments=adjustments)
    found = dimensions(prices, contracts=contracts).table("dim_rate_card", "2026-05-01", [("maker", "m")])
    return {
        (row["service_tier"], row["region"]): (
            Fraction(row["output_tokens_rate"], row["denominator"]),
            Fraction(row["output_tokens_effective_rate"], row["denominator"]),
        )
        for row in found.to_pylist()
    }


def test_a_residency_makes_the_list_price_and_a_contract_the_effective_one(tmp_path: Path) -> None:
    found = rates_of(tmp_path, line(), adjustments=[adjustment(region="eu")], contracts=[adjustment(**HALF)])
    assert found == {
        ("standard", "*"): (1_000_000, 500_000),
        ("standard", "eu"): (1_100_000, 550_000),
    }


def test_ratios_of_several_kinds_multiply_exactly_whatever_their_sequence(tmp_path: Path) -> None:
    fee = {"kind": "reseller_fee", "numerator": "1055", "denominator": "1000"}
    third = {"kind": "commitment", "numerator": "2", "denominator": "3"}
    for order in ((1, 2, 3), (3, 2, 1)):
        kinds = zip(order, (HALF, fee, third), strict=True)
        own = [adjustment(**kind, sequence=place) for place, kind in kinds]
        found = rates_of(tmp_path, line(), contracts=own)
        assert found["standard", "*"] == (1_000_000, Fraction(1055, 3) * 1000)


def test_a_contract_of_a_tier_and_a_sku_changes_nothing_else(tmp_path: Path) -> None:
    found = rates_of(
        tmp_path, line(), line(service_tier="batch"), line(sku="n"),
        contracts=[adjustment(**HALF, service_tier="batch"), adjustment(**HALF, sku="n")],
    )  # fmt: skip
    assert found == {("standard", "*"): (1_000_000, 1_000_000), ("batch", "*"): (1_000_000, 500_000)}


@pytest.mark.parametrize(
    "out_of_force",
    [
        {"valid_to": "2026-05-01"},
        {"valid_from": "2026-05-02"},
        {"known_to": "2026-04-01"},
        {"provider": "other"},
    ],
)
def test_a_contract_out_of_force_changes_nothing(tmp_path: Path, out_of_force: dict[str, str]) -> None:
    found = rates_of(tmp_path, line(), contracts=[adjustment(**HALF, **out_of_force)])
    assert found == {("standard", "*"): (1_000_000, 1_000_000)}
