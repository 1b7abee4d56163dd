"""All levers together: what each saves in the order of the file, and its share over all orders."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

from hypothesis import given, settings

from tests.savings.conftest import Rows, Savings
from tests.savings.replaced import LEVERS, Call, cost
from tests.savings.test_scenarios import ALL, BATCH, CAP, RETRIES, ROUTE, SONNET, call, calls_of

NAMES = ["retries", "cache", "route", "cap", "median", "batch"]
CHOSEN = {name: ALL[name] for name in NAMES}
Group = tuple[str, str, str, str]


def portfolio(savings: Savings, calls: Sequence[Call], scenarios: Mapping[str, Any]) -> Rows:
    return savings.of(calls, scenarios, "sav_portfolio")


def test_half_of_a_shorter_answer_is_shared_between_cap_and_batch(savings: Savings) -> None:
    # Output costs 4.50 a million. Of 300 tokens 200 go: 0.0009 alone, and half of it on the batch tier; the
    # batch halves 0.0021, or 0.0012 after the cut. Together 0.0021 - 0.0006 = 0.0015.
    waits = call("waits", output=300, deadline_seconds=86_400)
    rows = portfolio(savings, [waits], {"cap": CAP, "batch": BATCH})
    assert [(row["scenario"], row["marginal_usd"], row["share_usd"]) for row in rows] == [
        ("batch", Decimal("0.0006"), Decimal("0.000825")),
        ("cap", Decimal("0.0009"), Decimal("0.000675")),
    ]
    turned = portfolio(savings, [waits], {"batch": BATCH, "cap": CAP})
    assert [(row["scenario"], row["marginal_usd"], row["share_usd"]) for row in turned] == [
        ("batch", Decimal("0.00105"), Decimal("0.000825")),
        ("cap", Decimal("0.00045"), Decimal("0.000675")),
    ]


def test_a_call_that_is_not_made_saves_once(savings: Savings) -> None:
    retry = call("again", attempt=2, deadline_seconds=86_400)
    rows = portfolio(savings, [retry], {"retries": RETRIES, "batch": BATCH})
    # The retry alone saves all 0.00165, the batch half of it, both together 0.00165.
    assert [(row["scenario"], row["marginal_usd"], row["share_usd"]) for row in rows] == [
        ("batch", Decimal(0), Decimal("0.0004125")),
        ("retries", Decimal("0.00165"), Decimal("0.0012375")),
    ]


def test_one_lever_alone_is_what_its_scenario_says(savings: Savings) -> None:
    calls = [call("a", SONNET, route_class="simple"), call("b", SONNET, route_class="simple", output=900)]
    [alone] = savings.of(calls, {"route": ROUTE})
    [row] = portfolio(savings, calls, {"route": ROUTE})
    assert row["marginal_usd"] == row["share_usd"] == alone["saving_usd"]


def instead(
    each: Call, taken: frozenset[str], changed: Mapping[str, Mapping[int, list[Call]]], place: int
) -> list[Call]:
    """What is called instead of a call when some levers are pulled, for levers that change it."""
    if taken & {"retries", "cache"}:
        return []
    made = each
    caps = [name for name in ("cap", "median") if name in taken]
    if caps:
        made = made.uses(output_tokens=changed[caps[0]][place][0].units["output_tokens"])
    calls = [made]
    if "route" in taken:
        ratio = ROUTE["output_permille"]["value"]
        answer, *others = changed["route"][place]
        shorter = answer.uses(output_tokens=-(-made.units["output_tokens"] * ratio // 1000))
        calls = [shorter, *(made if other is each else other for other in others)]
    if "batch" in taken:
        batched = changed["batch"][place][0]
        inputs = {meter: count for meter, count in batched.units.items() if meter != "output_tokens"}
        calls = [
            replace(one.uses(**inputs), tier="batch") if one is made
            else replace(one, tier="batch") if "route" in taken and one is calls[0]
            else one
            for one in calls
        ]  # fmt: skip
    return calls


def slow(calls: Sequence[Call], savings: Savings) -> dict[Group, dict[str, tuple[Decimal, Fraction]]]:
    """Marginal saving in the order of the names and Shapley share of each scenario, by group."""
    changed: dict[str, dict[int, list[Call]]] = {name: {} for name in NAMES}
    for name in NAMES:
        for each, calls_instead in LEVERS[CHOSEN[name]["lever"]](calls, CHOSEN[name], savings.oracle):
            changed[name][next(n for n, one in enumerate(calls) if one is each)] = calls_instead
    groups: dict[tuple[Group, frozenset[str]], list[int]] = defaultdict(list)
    for place, each in enumerate(calls):
        mine = {name for name in NAMES if place in changed[name]} - {"median"}
        if mine:
            group = (each.team, each.feature, each.provider, each.model)
            groups[group, frozenset(mine)].append(place)
    found: dict[Group, dict[str, tuple[Decimal, Fraction]]] = defaultdict(dict)
    for (group, mine), places in groups.items():

        def value(taken: frozenset[str], places: list[int] = places) -> Decimal | None:
            costs = [
                cost(one, savings.oracle)
                for place in places
                for one in instead(calls[place], taken, changed, place)
            ]
            return None if None in costs else sum((each for each in costs if each is not None), Decimal(0))

        subsets = [
            frozenset(n for i, n in enumerate(sorted(mine)) if bits >> i & 1)
            for bits in range(2 ** len(mine))
        ]
        values = {taken: value(taken) for taken in subsets}
        if any(value is None for value in values.values()):
            continue
        orders = list(permutations([name for name in NAMES if name in mine]))
        for name in mine:
            gains = []
            for order in orders:
                before = frozenset(order[: order.index(name)])
                gains.append((values[before] or Decimal(0)) - (values[before | {name}] or Decimal(0)))
            marginal, share = found[group].get(name, (Decimal(0), Fraction(0)))
            average = sum(map(Fraction, gains), Fraction(0)) / len(orders)
            found[group][name] = marginal + gains[0], share + average
    return dict(found)


@settings(max_examples=20)
@given(calls=calls_of())
def test_the_slow_program_agrees_and_shares_add_up(savings: Savings, calls: list[Call]) -> None:
    rows = portfolio(savings, calls, CHOSEN)
    expected = slow(calls, savings)
    told: dict[Group, dict[str, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for row in rows:
        group = (row["team"], row["feature"], row["provider"], row["model"])
        told[group][row["scenario"]] = row["marginal_usd"], row["share_usd"]
    assert {group: set(of_group) for group, of_group in told.items()} == {
        group: set(of_group) for group, of_group in expected.items()
    }
    for group, of_group in told.items():
        for name, (marginal, share) in of_group.items():
            assert marginal == expected[group][name][0]
            assert abs(Fraction(share) - expected[group][name][1]) < Fraction(1, 10**12)
        assert sum(share for _, share in of_group.values()) == sum(one for one, _ in of_group.values())
