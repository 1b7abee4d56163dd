"""A wrong file of options or of capacity is refused with one sentence that names the place."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.book.dimensions import load_dimensions
from pipelines.book.prices import load_book
from pipelines.errors import BookError
from pipelines.ingest.sources import SOURCES
from pipelines.savings.capacity import load_capacity, share_of_month
from pipelines.settings import PROJECT
from tests.book.small import write_terms
from tests.savings.capacity import FIRST, GPU, OWN_RATES, number, own_rate, write_capacity
from tests.savings.test_make_or_buy import FLEET, STAFFED, UNITS

PRICES = PROJECT / "prices"


def refused(config: Path, options: object) -> str:
    """What the file is refused with."""
    (config / "self_hosting.yml").write_text(yaml.safe_dump(options), encoding="utf-8")
    with pytest.raises(BookError) as refusal:
        load_capacity(config)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"lever": "batch"}, "lever is none of self_hosting, dedicated"),
        ({"colour": 1}, "keys missing or unknown: colour"),
        ({"gpu": "h100"}, "gpu 'h100' is no provider/model"),
        ({"serves": []}, "serves is no list of provider/model"),
        ({"serves": "openai/gpt-4o"}, "serves is no list of provider/model"),
        ({"serves": ["gpt-4o"]}, "serves is no list of provider/model"),
        ({"people": "firm/person"}, "people and people_hours_per_month go together"),
        ({"spare_units": 1}, "spare_units: needs high, low, source, value"),
        ({"spare_units": number(1, 2, 3)}, "spare_units: 2, 1, 3 are no whole numbers in order"),
        (
            {"spare_units": {**number(1), "value": 1.5}},
            "spare_units: 1, 1.5, 1 are no whole numbers in order",
        ),
        ({"spare_units": {**number(1), "source": ""}}, "spare_units: needs high, low, source, value"),
        ({"utilisation_permille": number(1, 0, 1)}, "utilisation_permille must be above zero"),
        ({"prefill_tokens_per_second": number(0)}, "prefill_tokens_per_second must be above zero"),
        ({"utilisation_permille": number(1001)}, "utilisation_permille 1001 is above 1000"),
        (
            {"decode_tokens_per_second": number(10**6 + 1)},
            "decode_tokens_per_second 1000001 is above 1000000",
        ),
        (
            {
                "gpus_per_unit": number(10**6),
                "prefill_tokens_per_second": number(999_983),
                "decode_tokens_per_second": number(999_979),
                "utilisation_permille": number(997),
            },
            "throughput of one step does not fit 64 bits",
        ),
        ({"gpus_per_unit": number(2, 1, 2)}, "gpus_per_unit has one value; another one is another option"),
    ],
)
def test_a_wrong_option_is_refused(tmp_path: Path, cells: dict[str, Any], sentence: str) -> None:
    assert refused(tmp_path, {"fleet": FLEET | cells}) == f"self_hosting.yml: fleet: {sentence}"


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    less = {key: value for key, value in UNITS.items() if key != "units_per_step"}
    assert refused(tmp_path, {"u": less}) == "self_hosting.yml: u: keys missing or unknown: units_per_step"
    assert refused(tmp_path, ["u"]) == "self_hosting.yml: no mapping of keys to values"


def test_a_name_without_a_rate_is_refused(tmp_path: Path) -> None:
    config = write_capacity(write_terms(tmp_path / "config"), OWN_RATES[:2])
    (config / "self_hosting.yml").write_text(yaml.safe_dump({"fleet": STAFFED}), encoding="utf-8")
    knows = load_dimensions(PRICES, config, tuple(SOURCES), assumed_rates=True).rates.knows
    with pytest.raises(BookError, match=r"self_hosting\.yml: fleet: no rate of firm/person"):
        load_capacity(config).require(knows)


def test_no_file_is_no_option_and_no_rate(tmp_path: Path) -> None:
    assert load_capacity(tmp_path).entries == ()
    assert load_book(PRICES, tmp_path / "capacity.csv") == load_book(PRICES)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (own_rate("openai/gpu", "gpu_hours", "2"), "openai is a provider of the price book"),
        (own_rate("/gpu", "gpu_hours", "2"), "provider is empty"),
        (own_rate(GPU, "hours", "2"), "unknown meter 'hours'"),
        (
            own_rate(GPU, "gpu_hours", "2", valid_from="2026-07-01"),
            "hall gpu gpu_hours standard has two rates at",
        ),
    ],
)
def test_own_rates_are_proved_like_those_of_the_book(tmp_path: Path, line: str, sentence: str) -> None:
    config = write_capacity(tmp_path, (*OWN_RATES, line))
    with pytest.raises(BookError, match=rf"capacity.csv line \d: {sentence}"):
        load_book(PRICES, config / "capacity.csv")


def test_a_changed_rate_is_another_edition(tmp_path: Path) -> None:
    config = write_capacity(write_terms(tmp_path / "config"))
    said = []
    for lines in (OWN_RATES, (own_rate(GPU, "gpu_hours", "3"), *OWN_RATES[1:])):
        rates = load_dimensions(
            PRICES, write_capacity(config, lines), tuple(SOURCES), assumed_rates=True
        ).rates
        day = next(iter(rates.cells(("hall", "gpu")))).valid_from
        said.append(rates.digest({("hall", "gpu")}, (day, day + timedelta(days=1)), within_day=True))
    assert said[0] != said[1]


@pytest.mark.parametrize(
    "month", [date(2026, 2, 1), date(2028, 2, 1), FIRST.replace(day=1), date(2026, 7, 1)]
)
def test_the_days_of_a_month_add_up_to_its_hours(month: date) -> None:
    following = (month + timedelta(days=32)).replace(day=1)
    shares = [share_of_month(160, month + timedelta(days=n)) for n in range((following - month).days)]
    assert sum(shares) == 160
    assert max(shares) - min(shares) <= Decimal("0.001")


def test_the_example_company_has_options() -> None:
    found = load_capacity(PROJECT / "fixtures" / "config")
    assert [entry.name for entry in found.entries] == ["llama_70b_h100", "llama_8b_h100", "ptu_mini"]
    assert {row["assumption_source"] for row in found.assumptions.to_pylist()} >= {"self_hosting.yml"}
