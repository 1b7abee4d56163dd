"""Who a bill belongs to, computed one line after the other in fractions, without the project's SQL."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pipelines.book.aliases import Sku

PICODOLLARS = 10**12
METERS = {
    "uncached_input_tokens": "list_uncached_input_cost_usd", "cache_read_tokens": "list_cache_read_cost_usd",
    "cache_write_tokens": "list_cache_write_cost_usd", "output_tokens": "list_output_cost_usd",
    "web_search_requests": "list_web_search_cost_usd",
}  # fmt: skip
NOBODY = ("unattributed", "unattributed", "unattributed")

Row = Mapping[str, Any]
Owner = tuple[str, str, str]
Parts = dict[Owner, int]


def owner_of(attempt: Row) -> Owner:
    """Team, feature and environment of an attempt."""
    return attempt["team"], attempt["feature"], attempt["environment"]


def shares(amount: Decimal, weights: Mapping[Owner, int]) -> Parts:
    """An amount in picodollars by weights: the largest remainders get what whole parts leave over."""
    units = int(abs(amount) * PICODOLLARS)
    whole = sum(weights.values())
    exact = {owner: Fraction(units * weight, whole) for owner, weight in weights.items()}
    parts = {owner: int(share) for owner, share in exact.items()}
    left = units - sum(parts.values())
    for owner in sorted(exact, key=lambda each: (parts[each] - exact[each], each))[:left]:
        parts[owner] += 1
    sign = -1 if amount < 0 else 1
    return {owner: sign * part for owner, part in parts.items()}


def billed_by_owner(
    charges: Iterable[Row], attempts: Iterable[Row], skus: Mapping[Sku, str], unlogged: str
) -> dict[Owner, int]:
    """Picodollars of one account's day by owner; `skus` are the book's names, `unlogged` the rule."""
    lines, calls = list(charges), list(attempts)
    batched = {line["meter"] for line in lines if line["service_tier"] == "batch"}
    projects = {line["project_id"] for line in lines} & {call["project_id"] for call in calls} - {None}
    sums: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[_cell(line, skus)] += line["billed_cost_usd"]
    found: dict[Owner, int] = defaultdict(int)
    for cell, amount in sums.items():
        weights = _weights(cell, _of_tier(cell, calls, batched), skus, bool(projects))
        weights = weights or _weights(cell, calls, skus, bool(projects))
        if not weights and unlogged == "spread":
            weights = _listed(calls, METERS)
        for owner, part in shares(amount, weights or {NOBODY: 1}).items():
            found[owner] += part
    return dict(found)


def _cell(line: Row, skus: Mapping[Sku, str]) -> tuple[Any, ...]:
    sku = skus.get((line["provider"], line["model"]), line["model"])
    return (
        line["charge_category"], line["project_id"], sku, line["model"], line["meter"], line["service_tier"],
    )  # fmt: skip


def _of_tier(cell: tuple[Any, ...], calls: Iterable[Row], batched: set[str]) -> list[Row]:
    """The calls of a line's tier; where the bill tells batches apart, a line without a tier is none."""
    category, _, _, _, meter, tier = cell
    if category != "usage" or meter not in batched:
        return list(calls)
    return [call for call in calls if (call["service_tier"] == "batch") == (tier == "batch")]


def _weights(
    cell: tuple[Any, ...], calls: Iterable[Row], skus: Mapping[Sku, str], shares_project: bool
) -> Parts:
    category, project, sku, _, meter, _ = cell
    of_project = [call for call in calls if not shares_project or call["project_id"] == project]
    if category != "usage":
        return _listed(of_project if shares_project and project else calls, METERS)
    same = [call for call in of_project if skus.get((call["provider"], call["model"]), call["model"]) == sku]
    return _listed(same, [meter] if meter else [])


def _listed(calls: Iterable[Row], meters: Iterable[str]) -> Parts:
    """List cost by owner in picodollars; tokens where nothing has a price."""
    cost: dict[Owner, int] = defaultdict(int)
    units: dict[Owner, int] = defaultdict(int)
    for call in calls:
        for meter in meters:
            cost[owner_of(call)] += int((call[METERS[meter]] or 0) * PICODOLLARS)
            units[owner_of(call)] += call[meter] or 0
    chosen = cost if sum(cost.values()) else units
    return {owner: weight for owner, weight in chosen.items() if weight}
