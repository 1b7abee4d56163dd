"""Twenty thousand usages priced by us and by genai-prices: they agree, or the reviewed list says why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import pytest

from tests.differential.comparison import NAME, Outcome, compare, is_same
from tests.differential.disagreement import Disagreement
from tests.differential.generated import USAGES, usages
from tests.differential.ground import Ground
from tests.differential.ours import PICODOLLARS
from tests.differential.reviewed import VERDICTS, Entry, first_covering, read, shown


@dataclass(frozen=True)
class Differential:
    """Everything priced on both sides, and the entry that each disagreement falls under."""

    outcomes: Sequence[Outcome]
    entries: Sequence[Entry]
    found: Sequence[tuple[Disagreement, Entry | None]]


@pytest.fixture(scope="module")
def differential(ground: Ground) -> Differential:
    outcomes = compare(list(usages(ground.books)), ground.dimensions, ground.spill)
    entries = [entry for entry in ground.entries if NAME in entry.catalogues]
    found = [
        (each, first_covering(entries, each, ground.books))
        for outcome in outcomes
        for each in outcome.disagreements
    ]
    return Differential(outcomes, entries, found)


def test_every_usage_is_priced_on_both_sides_or_has_a_reason(differential: Differential) -> None:
    assert len(differential.outcomes) == USAGES
    assert all((each.ours.cost_usd is None) == bool(each.ours.reason) for each in differential.outcomes)


def test_their_total_is_the_sum_of_the_lines_we_compare(differential: Differential) -> None:
    for each in differential.outcomes:
        lines = [each.theirs[meter].picodollars for meter, units in each.usage.units.items() if units]
        assert sum(line for line in lines if line) == Fraction(each.their_total) * PICODOLLARS, each.usage


def test_totals_agree_to_the_picodollar_where_all_lines_do(differential: Differential) -> None:
    agreeing = [each for each in differential.outcomes if not each.disagreements]
    assert len(agreeing) > USAGES // 3
    for each in agreeing:
        assert each.ours.cost_usd is not None
        ours, theirs = (Fraction(total) * PICODOLLARS for total in (each.ours.cost_usd, each.their_total))
        assert is_same(ours, theirs, len(each.ours.lines)), each.usage


def test_every_disagreement_falls_under_an_entry_of_the_reviewed_list(
    differential: Differential, ground: Ground
) -> None:
    assert shown([found for found, entry in differential.found if entry is None], ground.books) == ""


def test_every_entry_of_the_reviewed_list_is_used(differential: Differential) -> None:
    used = {entry.place for _, entry in differential.found if entry}
    assert [entry.place for entry in differential.entries if entry.place not in used] == []


def test_every_entry_says_who_is_right() -> None:
    assert [entry.place for entry in read() if not entry.cause.startswith(VERDICTS)] == []
