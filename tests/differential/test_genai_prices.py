"""Twenty thousand usages priced by us and by genai-prices: they agree, or the reviewed list says why not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import pytest

from pipelines.book.aliases import load_aliases
from pipelines.book.dimensions import load_dimensions
from pipelines.book.prices import load_book
from pipelines.settings import PROJECT
from tests.differential.comparison import PICODOLLARS, Disagreement, Outcome, compare, is_same
from tests.differential.generated import USAGES, Books, usages
from tests.differential.reviewed import Entry, first_covering, ours_is, read, theirs_is
from tests.ledger import OWNERSHIP

VERDICTS = ("They are wrong: ", "They may be wrong: ", "Open: ")
"""How the cause of an entry begins: a mistake of ours is mended, not listed."""

SHOWN = 40
"""How many kinds of unreviewed disagreement a failure shows."""


@dataclass(frozen=True)
class Differential:
    """Everything priced on both sides, and the entry that each disagreement falls under."""

    books: Books
    outcomes: Sequence[Outcome]
    entries: Sequence[Entry]
    found: Sequence[tuple[Disagreement, Entry | None]]


@pytest.fixture(scope="module")
def differential(tmp_path_factory: pytest.TempPathFactory) -> Differential:
    prices, company = PROJECT / "prices", tmp_path_factory.mktemp("company")
    (company / "ownership.csv").write_text(OWNERSHIP, encoding="utf-8")
    dimensions = load_dimensions(prices, company, (), assumed_rates=True)
    books = Books(dimensions.rates, load_aliases((prices / "aliases.csv",), load_book(prices)))
    outcomes = compare(list(usages(books)), dimensions, company)
    entries = read()
    found = [
        (each, first_covering(entries, each, books)) for outcome in outcomes for each in outcome.disagreements
    ]
    return Differential(books, outcomes, entries, found)


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


def test_every_disagreement_falls_under_an_entry_of_the_reviewed_list(differential: Differential) -> None:
    kinds = Counter(_kind(each, differential.books) for each, entry in differential.found if entry is None)
    shown = "\n".join(f"{number:5} {kind}" for kind, number in sorted(kinds.items())[:SHOWN])
    assert not kinds, f"{kinds.total()} lines of {len(kinds)} kinds are not reviewed:\n{shown}"


def test_every_entry_of_the_reviewed_list_is_used(differential: Differential) -> None:
    used = {entry.place for _, entry in differential.found if entry}
    assert [entry.place for entry in differential.entries if entry.place not in used] == []


def test_every_entry_says_who_is_right() -> None:
    assert [entry.place for entry in read() if not entry.cause.startswith(VERDICTS)] == []


def _kind(found: Disagreement, books: Books) -> str:
    usage = found.usage
    words = (usage.provider, usage.model, usage.tier, found.meter)
    sides = ("/".join(sorted(names)) for names in (ours_is(found, books), theirs_is(found)))
    return f"{' '.join(words)} {usage.at:%Y-%m-%d}: ours {', theirs '.join(sides)}"
