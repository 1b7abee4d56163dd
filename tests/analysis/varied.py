"""Why a cost changed, as a slow, plain program: five usages of a feature, priced by the oracle in fractions.

It shares no code with the project.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.analysis.driven import Fact, price, units_of
from tests.oracle import Oracle

Units = Counter[str]
Cell = tuple[str, str, str]
"""Name of the model, service tier, band."""
Cells = Mapping[Cell, Units]
OPENAI_SHORT_TOKENS = 272_000
PARTS = ("volume_usd", "model_mix_usd", "tier_mix_usd", "meter_mix_usd")


def parts_of(
    oracle: Oracle, earlier: Sequence[Fact], later: Sequence[Fact], instants: Mapping[str, Fact]
) -> dict[str, Fraction]:
    """The parts of the change of one feature that both periods know.

    Args:
        oracle: prices by the text of the book.
        earlier: priced attempts of the earlier period.
        later: those of the later one.
        instants: by model the attempt at whose instant it is priced.
    """
    known = {instants_key(fact): fact for fact in (*earlier, *later)}
    old, new = pooled(earlier), pooled(later)
    steps = [
        old,
        scaled(old, new, lambda _: ()),
        scaled(old, new, lambda cell: cell[:1]),
        scaled(old, new, lambda cell: cell),
        new,
    ]
    worth = []
    for cells in steps:
        total = Fraction(0)
        for cell, units in cells.items():
            at = {**known[cell], "ended_at": instants[cell[0]]["ended_at"]}
            cost = price(oracle, at, units, context=known[cell]["context_tokens"])
            assert cost is not None
            total += cost
        worth.append(total)
    found = {name: after - before for name, (before, after) in zip(PARTS, pairwise(worth), strict=True)}
    paid = [sum((Fraction(fact["cost_usd"]) for fact in side), Fraction(0)) for side in (earlier, later)]
    return found | {"price_usd": paid[1] - worth[4] + worth[0] - paid[0]}


def instants_key(fact: Fact) -> Cell:
    is_long = fact["provider"] == "openai" and fact["context_tokens"] > OPENAI_SHORT_TOKENS
    return f"{fact['provider']}/{fact['model']}", fact["service_tier"], "long" if is_long else "short"


def pooled(facts: Sequence[Fact]) -> Cells:
    found: dict[Cell, Units] = defaultdict(Counter)
    for fact in facts:
        found[instants_key(fact)].update(units_of(fact))
    return found


def scaled(old: Cells, new: Cells, group_of: Callable[[Cell], tuple[str, ...]]) -> Cells:
    """The old usage with as many tokens of each group of cells as the new; new groups as they are."""
    before, after = totals(old, group_of), totals(new, group_of)
    found: dict[Cell, Units] = {}
    for cell, units in old.items():
        part, whole = before[group_of(cell)], after[group_of(cell)]
        if part:
            found[cell] = Counter({m: (count * whole + part // 2) // part for m, count in units.items()})
    return found | {cell: units for cell, units in new.items() if not before[group_of(cell)]}


def totals(cells: Cells, group_of: Callable[[Cell], tuple[str, ...]]) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for cell, units in cells.items():
        found[group_of(cell)] += sum(count for meter, count in units.items() if meter.endswith("_tokens"))
    return found
