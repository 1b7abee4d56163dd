"""Names of models are exact, dated, and mean one sku at a time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.book.aliases import Alias, load_aliases, load_names, load_providers
from pipelines.book.prices import load_book
from pipelines.book.text import ALWAYS, OPEN
from pipelines.errors import BookError
from tests.book.small import ALIASES, alias, dimensions, line, write, write_book

SKUS = [line(sku="old"), line(sku="new", valid_from="2026-06-01")]
FIRST, JUNE, MOVED = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 6, 7))


def aliases_of(tmp_path: Path, *aliases: str, skus: list[str] = SKUS) -> tuple[Alias, ...]:
    prices = write_book(tmp_path / "prices", {"maker": skus}, aliases)
    return load_aliases([prices / "aliases.csv", tmp_path / "none.csv"], load_book(prices))


def meanings(found: tuple[Alias, ...], name: str) -> list[tuple[str, str, datetime, datetime]]:
    return [(a.sku, a.region, a.valid_from, a.valid_to) for a in found if a.alias == name]


def test_every_sku_is_its_own_alias_while_it_has_rates(tmp_path: Path) -> None:
    found = aliases_of(tmp_path)
    assert found == (
        Alias("maker", "new", "new", "", JUNE, OPEN, ALWAYS, OPEN, "skus"),
        Alias("maker", "old", "old", "", FIRST, OPEN, ALWAYS, OPEN, "skus"),
    )


def test_an_alias_that_moves_has_two_meanings_one_after_the_other(tmp_path: Path) -> None:
    found = aliases_of(
        tmp_path, alias(sku="new", valid_from="2026-07-01"), alias(sku="old", valid_to="2026-07-01")
    )
    assert meanings(found, "latest") == [("old", "", FIRST, MOVED), ("new", "", MOVED, OPEN)]


def test_an_alias_may_stand_for_the_prices_of_a_region(tmp_path: Path) -> None:
    found = aliases_of(tmp_path, alias(alias="eu.old", sku="old", region="eu"))
    assert meanings(found, "eu.old") == [("old", "eu", FIRST, OPEN)]


def test_the_name_of_a_sku_may_mean_another_once_its_rates_have_ended(tmp_path: Path) -> None:
    skus = [line(sku="old", valid_to="2026-07-01"), line(sku="new")]
    found = aliases_of(tmp_path, alias(alias="old", sku="new", valid_from="2026-07-01"), skus=skus)
    assert meanings(found, "old") == [("old", "", FIRST, MOVED), ("new", "", MOVED, OPEN)]


def test_a_meaning_may_be_corrected_while_the_earlier_belief_is_kept(tmp_path: Path) -> None:
    found = aliases_of(
        tmp_path, alias(sku="old", known_to="2026-08-01"), alias(sku="new", known_from="2026-08-01")
    )
    assert [sku for sku, *_ in meanings(found, "latest")] == ["old", "new"]


def test_a_company_adds_names_of_its_own(tmp_path: Path) -> None:
    prices = write_book(tmp_path / "prices", {"maker": SKUS}, [alias(sku="old")])
    own = tmp_path / "config" / "aliases.csv"
    own.parent.mkdir()
    write(own, ALIASES, [alias(alias="our-model", sku="old")])
    assert dimensions(prices).rates.names == [
        ("maker", "latest"), ("maker", "new"), ("maker", "old"), ("maker", "our-model"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (alias(sku="none"), "maker has no sku 'none'"),
        (alias(provider="other", sku="old"), "other has no sku 'old'"),
        (alias(alias="new", sku="old"), "maker new means old and new at 2026-06-01T00:00:00+00:00"),
        (
            alias(sku="old", valid_from="2026-02-01", valid_to="2026-02-01"),
            "valid_from 2026-02-01T00:00:00+00:00 is not before valid_to 2026-02-01",
        ),
        (
            alias(sku="old", known_from="2026-02-01", known_to="2026-02-01"),
            "known_from 2026-02-01 is not before known_to 2026-02-01",
        ),
        (alias(alias="", sku="old"), "alias is empty"),
        (alias(sku="old", source_ref=""), "source_ref is empty"),
        (alias(sku="old", valid_from="yesterday"), "valid_from 'yesterday' is neither a day nor an instant"),
    ],
)
def test_a_wrong_alias_is_refused_by_file_and_line(tmp_path: Path, row: str, sentence: str) -> None:
    with pytest.raises(BookError) as error:
        aliases_of(tmp_path, row)
    assert str(error.value) == f"aliases.csv line 2: {sentence}"


def test_two_meanings_at_one_instant_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BookError) as error:
        aliases_of(
            tmp_path, alias(sku="old", valid_to="2026-07-02"), alias(sku="new", valid_from="2026-07-01")
        )
    assert (
        str(error.value) == "aliases.csv line 3: maker latest means old and new at 2026-07-01T00:00:00+00:00"
    )


def test_names_are_found_without_regard_to_case_and_the_first_of_a_name_stands(tmp_path: Path) -> None:
    named = [
        "maker,old,Old Model 1.0,2026-01-01",
        "maker,new,,2026-06-01",
        "host,old,old model 1.0,2026-02-01",
    ]
    prices = write_book(tmp_path / "prices", {"maker": SKUS}, names=named)
    assert load_names(prices) == {"old model 1.0": ("maker", "old")}
    assert load_providers(prices) == ["maker", "host"]
