"""A file of an export as it was read at one time, and its buckets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.ingest.coverage import Span
from pipelines.warehouse.contents import Contents, Relation, Request, are_disjoint


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

    @property
    def lineages(self) -> frozenset[tuple[str, str]]:
        """Its name and its request: a later pull of one of them states the same anew."""
        asked = {("request", self.request.scope)} if self.request else set()
        return frozenset({("name", self.name), *asked})

    def restates(self, other: "Pull") -> bool:
        """Whether it is another pull under the same name or of the same request."""
        return self is not other and not self.lineages.isdisjoint(other.lineages)

    def is_about_others(self, bucket: "StatedBucket") -> bool:
        """Whether the file is of another key, project or model than a bucket, by all that it has."""
        asked = self.request.whose if self.request else {}
        shown = {name: values for name, values in self.values.items() if values and values != {None}}
        theirs = bucket.contents.by_dimension
        return are_disjoint(asked, theirs) or are_disjoint(shown, theirs)


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

    def relation(self, other: "StatedBucket") -> Relation:
        """Whether both are about other usage, the same, or nobody can tell; their times aside."""
        return self.contents.relation(other.contents)

    def is_within(self, other: "StatedBucket") -> bool:
        """Whether all of its time is the other's, too."""
        return other.start <= self.start and self.end <= other.end

    def is_finer(self, other: "StatedBucket") -> bool:
        """Whether its time is a part of the other's."""
        return self.is_within(other) and self.span != other.span

    def crosses(self, other: "StatedBucket") -> bool:
        """Whether both have some common time and each has some of its own."""
        return self.overlaps(other) and not self.is_within(other) and not other.is_within(self)

    def overlaps(self, other: "StatedBucket") -> bool:
        """Whether both are about some common time."""
        return self.start < other.end and other.start < self.end


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
