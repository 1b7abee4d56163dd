"""Every rate that five catalogues list beside ours: they agree, or the reviewed list says why not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.differential.catalogues import LISTS, Compared, compare
from tests.differential.disagreement import Disagreement
from tests.differential.ground import Ground
from tests.differential.reviewed import Entry, first_covering, shown

LEAST = {
    "litellm": 6500, "metergraph-core": 600, "model-prices": 1400, "azure-genai-prices": 900,
    "openrouter": 200,
}  # fmt: skip
"""So many rates of each list are the same as ours: a list that comes out empty agrees with everything."""


@dataclass(frozen=True)
class Reviewed:
    """All rates compared, and the entry that each disagreement falls under."""

    rates: Sequence[Compared]
    found: Sequence[tuple[Disagreement, Entry | None]]
    entries: Sequence[Entry]


@pytest.fixture(scope="module")
def reviewed(ground: Ground) -> Reviewed:
    rates = compare(ground.books, ground.dimensions, ground.spill)
    entries = [entry for entry in ground.entries if not LISTS.keys().isdisjoint(entry.catalogues)]
    found = [
        (rate.disagreement, first_covering(entries, rate.disagreement, ground.books))
        for rate in rates
        if rate.disagreement
    ]
    return Reviewed(rates, found, entries)


def test_most_rates_of_every_list_are_ours(reviewed: Reviewed) -> None:
    same = Counter(rate.quote.listed.catalogue for rate in reviewed.rates if not rate.disagreement)
    assert {name: same[name] >= least for name, least in LEAST.items()} == dict.fromkeys(LISTS, True), same


def test_every_other_rate_falls_under_an_entry_of_the_reviewed_list(
    reviewed: Reviewed, ground: Ground
) -> None:
    assert shown([found for found, entry in reviewed.found if entry is None], ground.books) == ""


def test_every_entry_about_a_catalogue_is_used(reviewed: Reviewed) -> None:
    used = {entry.place for _, entry in reviewed.found if entry}
    assert [entry.place for entry in reviewed.entries if entry.place not in used] == []
