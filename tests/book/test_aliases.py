"""Names of models are exact, dated, and mean one sku at a time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.book.aliases import Alias, load_aliases, load_names
from pipelines.book.prices import load_book
from pipelines.book.text import OPEN
from pipelines.errors import BookError
from tests.book.small import line, write_book

SKUS = [line(sku="old"), line(sku="new", valid_from="2026-06-01")]


def aliases_of(tmp_path: Path, *aliases: str) -> tuple[Alias, ...]:
    prices = write_book(tmp_path / "prices", {"maker": SKUS}, aliases)
    return load_aliases(prices, load_book(prices))


def test_every_sku_is_its_own_alias_while_it_has_rates(tmp_path: Path) -> None:
    found = aliases_of(tmp_path)
    assert found == (
        Alias("maker", "new", "new", datetime(2026, 6, 1, tzinfo=UTC), OPEN),
        Alias("maker", "old", "old", datetime(2026, 1, 1, tzinfo=UTC), OPEN),
    )


def test_an_alias_that_moves_has_two_meanings_one_after_the_other(tmp_path: Path) -> None:
    found = aliases_of(
        tmp_path, "maker,latest,new,2026-07-01,,maker,page", "maker,latest,old,,2026-07-01,maker,page"
    )
    moved = datetime(2026, 7, 1, tzinfo=UTC)
    assert [alias for alias in found if alias.alias == "latest"] == [
        Alias("maker", "latest", "old", datetime(2026, 1, 1, tzinfo=UTC), moved),
        Alias("maker", "latest", "new", moved, OPEN),
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("maker,latest,none,,,maker,page", "aliases.csv line 2: maker has no sku 'none'"),
        ("other,latest,old,,,maker,page", "aliases.csv line 2: other has no sku 'old'"),
        (
            "maker,new,old,,,maker,page",
            "aliases.csv line 2: 'new' is a sku of maker and cannot be an alias too",
        ),
        (
            "maker,latest,old,2026-02-01,2026-02-01,maker,page",
            "aliases.csv line 2: valid_from is not before valid_to",
        ),
        ("maker,,old,,,maker,page", "aliases.csv line 2: alias is empty"),
        ("maker,latest,old,,,maker,", "aliases.csv line 2: source_ref is empty"),
        (
            "maker,latest,old,yesterday,,maker,page",
            "aliases.csv line 2: valid_from 'yesterday' is neither a day nor an instant",
        ),
    ],
)
def test_a_wrong_alias_is_refused(tmp_path: Path, row: str, sentence: str) -> None:
    with pytest.raises(BookError) as error:
        aliases_of(tmp_path, row)
    assert str(error.value) == sentence


def test_two_meanings_at_one_instant_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BookError) as error:
        aliases_of(
            tmp_path, "maker,latest,old,,2026-07-02,maker,page", "maker,latest,new,2026-07-01,,maker,page"
        )
    assert str(error.value) == "aliases.csv: maker latest means old and new at 2026-07-01T00:00:00+00:00"


def test_names_are_found_without_regard_to_case(tmp_path: Path) -> None:
    prices = write_book(
        tmp_path / "prices",
        {"maker": SKUS},
        names=["maker,old,Old Model 1.0,2026-01-01", "maker,new,,2026-06-01"],
    )
    assert load_names(prices) == {"old model 1.0": ("maker", "old")}
