"""What a bucket of an export states, and how two statements about the same time stand to each other.

The values of a dimension are compared as they are: a null is a value, "none". A dimension that the results do
not have at all, or that the description of the request does not name, is one that the export is not grouped by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property, reduce
from typing import Any

from pipelines.ingest.coverage import Span

DIMENSIONS = (
    "project_id", "api_key_id", "user_id", "service_id", "model", "service_tier", "context_window", "region",
    "description", "token_type", "cost_type",
)  # fmt: skip
WHO = DIMENSIONS[:5]
"""Whose usage it is and of which model: what exports are pulled apart by."""

APART_BY = DIMENSIONS[:8]
"""What tells two exports apart; the text of a bill's line does not, as providers rewrite it."""

STAGED_AS = {
    "workspace_id": ("project_id",), "account_id": ("user_id",), "service_account_id": ("service_id",),
    "inference_geo": ("region",), "batch": ("service_tier",), "speed": ("service_tier",),
    "line_item": ("description", "model"), "description": ("description", "model"),
}  # fmt: skip
"""Dimensions of the providers whose columns in staging have other names; a bill's text names the model too."""

Values = tuple[str | None, ...]
"""One value for each of `DIMENSIONS`."""


class Relation(Enum):
    """How two statements stand to each other: of other usage, of the same, or one may be a total of the other."""

    APART = "apart"
    TOGETHER = "together"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True)
class Request:
    """What an export was asked for, apart from its days.

    Attributes:
        scope: what makes two requests the same one: endpoint, width, grouping and filters.
        grouping: staging's names of the dimensions it is grouped by.
        filters: the values it is limited to, by staging's name of the dimension.
    """

    scope: str
    grouping: frozenset[str]
    filters: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Contents:
    """Which usage a statement is about and how much it is.

    Attributes:
        grouping: the dimensions that were told.
        values: every combination of values of `DIMENSIONS` that has a row.
        quantities: the sum by unit: tokens, or a currency.
    """

    grouping: frozenset[str]
    values: frozenset[Values]
    quantities: Mapping[str, Decimal]
    request: Request | None = None

    @cached_property
    def by_dimension(self) -> dict[str, frozenset[str | None]]:
        """The values of each dimension that was told."""
        return {
            name: frozenset(values[place] for values in self.values)
            for place, name in enumerate(DIMENSIONS)
            if name in self.grouping
        }

    def relation(self, other: "Contents") -> Relation:
        """Whether two statements are about other usage, the same, or nobody can tell."""
        if self.request and other.request:
            if self.request.filters == other.request.filters:
                return Relation.TOGETHER
            if _are_disjoint(self.request.filters, other.request.filters):
                return Relation.APART
        found = Relation.TOGETHER
        for name in APART_BY:
            mine, others = self.by_dimension.get(name), other.by_dimension.get(name)
            if mine is None or others is None or not mine.isdisjoint(others):
                continue
            may_be_total = frozenset({None}) in (mine, others) if name in WHO else None in mine | others
            if not may_be_total:
                return Relation.APART
            if name in WHO:
                found = Relation.DOUBTFUL
        return found

    def replaces(self, other: "Contents") -> bool:
        """Whether both are about the same usage; of a doubtful pair the same amounts prove it."""
        relation = self.relation(other)
        is_proved = relation is Relation.DOUBTFUL and self.quantities == other.quantities
        return relation is Relation.TOGETHER or is_proved

    def lacks(self, holders: Iterable["Contents"]) -> set[Values]:
        """The combinations that none of some statements has, as far as both tell the dimensions."""
        missing = set(self.values)
        for holder in holders:
            common = [
                place for place, name in enumerate(DIMENSIONS) if name in self.grouping & holder.grouping
            ]
            has = {_at(values, common) for values in holder.values}
            missing = {values for values in missing if _at(values, common) not in has}
        return missing

    def is_at_least(self, other: "Contents") -> bool:
        """Whether no quantity is smaller than the other's."""
        units = self.quantities.keys() | other.quantities.keys()
        return all(self.quantities.get(unit, 0) >= other.quantities.get(unit, 0) for unit in units)


@dataclass(frozen=True, eq=False)
class Pull:
    """A file as it was read at one time.

    Attributes:
        sequence: the order in which files were read.
        covered: the spans of its buckets, with or without results.
        values: the values of each dimension of `WHO` in the whole file.
    """

    sequence: int
    name: str
    content_id: str
    covered: Sequence[Span]
    request: Request | None = None
    values: Mapping[str, frozenset[str | None]] = field(default_factory=dict)

    def is_of_one_lineage(self, other: "Pull") -> bool:
        """Whether one says anew what the other said: the same name or the same request."""
        is_same_request = self.request and other.request and self.request.scope == other.request.scope
        return self.name == other.name or bool(is_same_request)

    def is_about_others(self, bucket: "StatedBucket") -> bool:
        """Whether the file is of another key, project or model than a bucket, by all that it has at any time."""
        asked = self.request, bucket.pull.request
        if asked[0] and asked[1] and _are_disjoint(asked[0].filters, asked[1].filters):
            return True
        return any(
            values and values != {None} and values.isdisjoint(bucket.contents.by_dimension.get(name, values))
            for name, values in self.values.items()
        )


@dataclass(frozen=True, eq=False)
class StatedBucket:
    """A bucket with results, of one pull."""

    pull: Pull
    number: int
    start: datetime
    end: datetime
    contents: Contents
    line: int

    @property
    def span(self) -> Span:
        """From when until when."""
        return self.start, self.end

    @property
    def order(self) -> tuple[int, int]:
        """What is greater was said later."""
        return self.pull.sequence, self.number

    def overlaps(self, other: "StatedBucket") -> bool:
        """Whether both are about some common time."""
        return self.start < other.end and other.start < self.end


def request_of(said: Mapping[str, Any], scope: str) -> Request | None:
    """What the journal has of a description; None where it has none."""
    if not said:
        return None
    filters: dict[str, frozenset[str]] = {}
    for name, values in said["filters"].items():
        for staged in STAGED_AS.get(name, (name,)):
            filters[staged] = frozenset(values)
    return Request(scope, told(said["group_by"]), filters)


def told(names: Iterable[str]) -> frozenset[str]:
    """Staging's names of a provider's dimensions."""
    return frozenset(staged for name in names for staged in STAGED_AS.get(name, (name,)))


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


def covers(spans: Iterable[Span], wanted: Span) -> bool:
    """Whether spans leave nothing out of another one."""
    reached = wanted[0]
    for start, end in sorted(spans):
        if start > reached:
            return False
        reached = max(reached, end)
        if reached >= wanted[1]:
            return True
    return False


def _are_disjoint(mine: Mapping[str, frozenset[str]], others: Mapping[str, frozenset[str]]) -> bool:
    return any(mine[name].isdisjoint(others[name]) for name in mine.keys() & others.keys())


def _at(values: Values, places: Sequence[int]) -> Values:
    return tuple(values[place] for place in places)
