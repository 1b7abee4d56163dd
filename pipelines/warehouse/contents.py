"""What a bucket of an export states, and how two statements about the same time stand to each other.

The values of a dimension are compared as they are: a null is a value, "none". A dimension that the results
do not have at all, or that the description of the request does not name, is one that the export is not
grouped by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cached_property, reduce
from typing import Any

from pipelines.ingest.request import STAGED_AS, STAGED_IDS

DIMENSIONS = (
    "project_id", "api_key_id", "user_id", "service_id", "model", "service_tier", "context_window", "region",
    "description", "token_type", "cost_type",
)  # fmt: skip
WHO = DIMENSIONS[:5]
"""Whose usage it is and of which model: what exports are pulled apart by."""

APART_BY = DIMENSIONS[:8]
"""What tells two exports apart; the text of a bill's line does not, as providers rewrite it."""

TIERS = frozenset({"service_tier", "batch", "speed"})
"""What staging makes one tier of: tiers are compared where both exports tell the same of these."""

Values = tuple[str | None, ...]
"""One value for each of `DIMENSIONS`."""


class Relation(Enum):
    """Whether two statements are of other usage, one may be a total of the other, or they are of the same.

    In this order: what one dimension tells apart no other one brings together.
    """

    APART = "apart"
    DOUBTFUL = "doubtful"
    TOGETHER = "together"


@dataclass(frozen=True)
class Request:
    """What an export was asked for, apart from its days.

    Attributes:
        scope: what makes two requests the same one: endpoint, width, grouping and filters.
        grouping: the provider's names of the dimensions it is grouped by.
        filters: the values it is limited to, by dimension; ids by staging's name, as values of rows are.
    """

    scope: str
    grouping: frozenset[str]
    filters: Mapping[str, frozenset[str]]

    @property
    def whose(self) -> dict[str, frozenset[str | None]]:
        """The filters that say whose usage it is: they compare with values of rows."""
        return {name: frozenset(values) for name, values in self.filters.items() if name in WHO}


@dataclass(frozen=True)
class Contents:
    """Which usage a statement is about and how much it is.

    Attributes:
        grouping: the dimensions that are told, by the provider's names.
        values: every combination of values of `DIMENSIONS` that has a row.
        quantities: the sum by unit: tokens, or a currency.
        request: what was asked for, where a description says so.
    """

    grouping: frozenset[str]
    values: frozenset[Values]
    quantities: Mapping[str, Decimal]
    request: Request | None = None

    @cached_property
    def dimensions(self) -> frozenset[str]:
        """Staging's names of the dimensions that are told."""
        return frozenset(staged for name in self.grouping for staged in STAGED_AS.get(name, (name,)))

    @cached_property
    def by_dimension(self) -> dict[str, frozenset[str | None]]:
        """The values of each dimension that is told, or that the request was limited to."""
        limited = self.request.whose if self.request else {}
        return limited | {
            name: frozenset(values[place] for values in self.values)
            for place, name in enumerate(DIMENSIONS)
            if name in self.dimensions
        }

    @property
    def shown(self) -> frozenset[str]:
        """The dimensions of which some value is not null: a null may mean "not grouped by"."""
        return frozenset(name for name, values in self.by_dimension.items() if values != {None})

    def are_tiers_alike(self, other: "Contents") -> bool:
        """Whether the tiers of both are made of the same dimensions."""
        return self.grouping & TIERS == other.grouping & TIERS

    def relation(self, other: "Contents") -> Relation:
        """Whether two statements are about other usage, the same, or nobody can tell."""
        if self.request and other.request:
            if self.request.filters == other.request.filters:
                return Relation.TOGETHER
            if are_disjoint(self.request.filters, other.request.filters):
                return Relation.APART
        relations = {self._relation_by(name, other) for name in APART_BY}
        return next(relation for relation in Relation if relation in relations)

    def is_of_others(self, other: "Contents") -> bool:
        """Whether two statements are of other projects, keys or models."""
        return any(self._relation_by(name, other) is Relation.APART for name in WHO)

    def _relation_by(self, name: str, other: "Contents") -> Relation:
        """What one dimension says of two statements; where it says nothing, they are about the same."""
        mine, others = self.by_dimension.get(name), other.by_dimension.get(name)
        if mine is None or others is None or not mine.isdisjoint(others):
            return Relation.TOGETHER
        if name == "service_tier" and not self.are_tiers_alike(other):
            return Relation.TOGETHER
        if name not in WHO:
            return Relation.TOGETHER if None in mine | others else Relation.APART
        return Relation.DOUBTFUL if frozenset({None}) in (mine, others) else Relation.APART

    def replaces(self, other: "Contents") -> bool:
        """Whether both are about the same usage; of a doubtful pair the same amounts prove it."""
        relation = self.relation(other)
        is_proved = relation is Relation.DOUBTFUL and self.quantities == other.quantities
        return relation is Relation.TOGETHER or is_proved

    def lacks(self, holders: Iterable["Contents"]) -> set[Values]:
        """The combinations that none of some statements has, as far as both tell the dimensions."""
        missing = set(self.values)
        for holder in holders:
            common = self.dimensions & holder.dimensions
            if not self.are_tiers_alike(holder):
                common -= {"service_tier"}
            missing -= self._held(holder, common)
        return missing

    def lacks_of_whom(self, holders: Iterable["Contents"]) -> set[Values]:
        """The same by whose usage it is alone, as far as both show it; the rest may be grouped otherwise."""
        missing = set(self.values)
        for holder in holders:
            missing -= self._held(holder, self.shown & holder.shown & frozenset(WHO))
        return missing

    def _held(self, holder: "Contents", names: frozenset[str]) -> set[Values]:
        """The combinations that a statement has, too, by some dimensions."""
        places = [place for place, name in enumerate(DIMENSIONS) if name in names]
        held = {_at(values, places) for values in holder.values}
        return {values for values in self.values if _at(values, places) in held}

    def is_narrower(self, other: "Contents") -> bool:
        """Whether its request leaves out what the other may hold, and the values do not tell it."""
        if not self.request:
            return False
        told_by_both = self.dimensions & other.dimensions
        others = other.request.filters if other.request else {}
        return any(
            STAGED_AS.get(name, (name,))[0] not in told_by_both
            and not (name in others and others[name] <= values)
            for name, values in self.request.filters.items()
        )

    def may_differ_in_filters(self, other: "Contents") -> bool:
        """Whether both are told by other dimensions, and nothing says that they were limited alike."""
        is_told = self.request is not None and other.request is not None
        return not is_told and self.dimensions != other.dimensions

    def is_at_least(self, other: "Contents") -> bool:
        """Whether no quantity is smaller than the other's."""
        units = self.quantities.keys() | other.quantities.keys()
        return all(self.quantities.get(unit, 0) >= other.quantities.get(unit, 0) for unit in units)


def request_of(description: Mapping[str, Any], scope: str) -> Request | None:
    """The request that the journal has of a description; None where it has none."""
    if not description:
        return None
    filters = description["filters"].items()
    by_name = {STAGED_IDS.get(name, name): frozenset(values) for name, values in filters}
    return Request(scope, frozenset(description["group_by"]), by_name)


def together(parts: Sequence[Contents]) -> Contents:
    """What several statements state in sum, in the dimensions that all of them tell."""
    units = sorted({unit for part in parts for unit in part.quantities})
    return Contents(
        grouping=reduce(frozenset.intersection, (part.grouping for part in parts)),
        values=frozenset().union(*(part.values for part in parts)),
        quantities={
            unit: sum((p.quantities.get(unit, Decimal()) for p in parts), Decimal()) for unit in units
        },
    )


def are_disjoint(mine: Mapping[str, frozenset[Any]], others: Mapping[str, frozenset[Any]]) -> bool:
    """Whether two descriptions by values of dimensions cannot be about the same."""
    return any(mine[name].isdisjoint(others[name]) for name in mine.keys() & others.keys())


def _at(values: Values, places: Sequence[int]) -> Values:
    return tuple(values[place] for place in places)
