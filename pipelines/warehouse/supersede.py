"""Which buckets of exports count, what replaces the others, and where that leaves a doubt.

In the order in which files were read, of one source and account:

1. The same name or the same request again replaces what it covers, be it with nothing.
2. A bucket of the same span about the same usage replaces the one before it; buckets that hold another key,
   project or model stay beside each other.
3. Of buckets of several widths the finer ones count where they cover the time and the values of the wide one,
   else the wide one; of spans that cross each other the later one.

It is a doubt where what counts does not hold what it replaces, says less of it under another name, or is older
and says another amount; where two buckets both count, of which one may be the total of the other; and where a
later file has no results for the time of a bucket that counts, and nothing tells that it is about other usage.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from pipelines.ingest.coverage import Span
from pipelines.warehouse.stated import (
    DIMENSIONS,
    WHO,
    Pull,
    Relation,
    StatedBucket,
    Values,
    covers,
    together,
)

NAMED_VALUES = 3
"""How many missing values a doubt names."""


class Reason(StrEnum):
    """Why a pair is told."""

    FEWER = "fewer_values"
    LESS = "smaller_amount"
    OLDER = "older_counts"
    BOTH = "both_count"
    EMPTY = "empty_later"


@dataclass(frozen=True)
class Replacement:
    """A bucket that does not count, and what counts in its place: a bucket, or a file that has none there."""

    bucket: StatedBucket
    kept: StatedBucket | Pull


@dataclass(frozen=True)
class Doubt:
    """Two files about the same time of which one counts, or both do though they may say the same.

    Attributes:
        start: the beginning of the span.
        pull: the file that does not count, or one of both.
        stated: what it states.
        kept: the file that counts.
        holders: what counts of the usage that `stated` is about.
        missing: the values that nothing that counts has, for a reader.
    """

    start: datetime
    reason: Reason
    pull: Pull
    stated: tuple[StatedBucket, ...]
    kept: Pull
    holders: tuple[StatedBucket, ...]
    missing: str = ""


@dataclass
class Supersession:
    """Takes the pulls of one source and account, oldest first; then says what counts."""

    replaced: dict[StatedBucket, StatedBucket | Pull] = field(default_factory=dict)
    _by_span: dict[Span, list[StatedBucket]] = field(default_factory=lambda: defaultdict(list))
    _by_lineage: dict[str, list[StatedBucket]] = field(default_factory=lambda: defaultdict(list))
    _by_pull: dict[Pull, Sequence[StatedBucket]] = field(default_factory=dict)

    def take(self, pull: Pull, buckets: Sequence[StatedBucket]) -> None:
        """Add a pull that is newer than those before it."""
        lineage = [f"name {pull.name}", *([f"scope {pull.request.scope}"] if pull.request else [])]
        for key in lineage:
            for old in self._by_lineage[key]:
                if self._counts(old) and covers(pull.covered, old.span):
                    self.replaced[old] = next((new for new in buckets if new.overlaps(old)), pull)
        for bucket in sorted(buckets, key=lambda bucket: bucket.number):
            for old in self._by_span[bucket.span]:
                if self._counts(old) and bucket.contents.replaces(old.contents):
                    self.replaced[old] = bucket
            self._by_span[bucket.span].append(bucket)
        for key in lineage:
            self._by_lineage[key] += buckets
        self._by_pull[pull] = buckets

    def settle(self) -> None:
        """Decide between buckets of several widths, when all pulls are taken."""
        for cluster in self._clusters():
            if len({bucket.span for bucket in cluster}) > 1:
                for wide in sorted(cluster, key=lambda bucket: (bucket.start - bucket.end, bucket.order)):
                    self._settle_wide(wide, cluster)
                self._settle_crossing(cluster)

    def replacements(self) -> Iterator[Replacement]:
        """Each bucket of a content that counts in none of its pulls, with what counts in the end."""
        for bucket in self._lost():
            yield Replacement(bucket, self._kept(bucket))

    def doubts(self) -> Iterator[Doubt]:
        """What a reader has to be told of."""
        near = {id(bucket): cluster for cluster in self._clusters() for bucket in cluster}
        for bucket in self._lost():
            yield from self._doubt(bucket, near[id(bucket)])
        for cluster in self._clusters():
            counted = [bucket for bucket in cluster if self._counts(bucket)]
            yield from self._doubles(counted)
            for bucket in counted:
                yield from self._emptied(bucket)

    def _counts(self, bucket: StatedBucket) -> bool:
        return bucket not in self.replaced

    def _clusters(self) -> list[list[StatedBucket]]:
        """Buckets whose spans hang together, in the order of their beginnings."""
        found: list[list[StatedBucket]] = []
        reached = None
        for span in sorted(self._by_span):
            if reached is None or span[0] >= reached:
                found.append([])
                reached = span[1]
            reached = max(reached, span[1])
            found[-1] += self._by_span[span]
        return found

    def _settle_wide(self, wide: StatedBucket, cluster: Sequence[StatedBucket]) -> None:
        inner = [
            bucket
            for bucket in cluster
            if self._counts(bucket)
            and bucket.span != wide.span
            and wide.start <= bucket.start
            and bucket.end <= wide.end
            and bucket.contents.relation(wide.contents) is not Relation.APART
        ]
        if not inner or not self._counts(wide):
            return
        whole = together([bucket.contents for bucket in inner])
        if not all(bucket.contents.relation(wide.contents) is Relation.TOGETHER for bucket in inner) and (
            not whole.replaces(wide.contents)
        ):
            return
        spans = [span for pull in {bucket.pull for bucket in inner} for span in pull.covered]
        if covers(spans, wide.span) and not wide.contents.lacks(bucket.contents for bucket in inner):
            self.replaced[wide] = inner[0]
        else:
            self.replaced |= dict.fromkeys(inner, wide)

    def _settle_crossing(self, cluster: Sequence[StatedBucket]) -> None:
        """Spans of which neither lies within the other."""
        ordered = sorted(cluster, key=lambda bucket: bucket.order)
        for place, later in enumerate(ordered):
            for old in ordered[:place]:
                is_crossing = old.overlaps(later) and not _is_nested(old, later)
                if is_crossing and self._counts(old) and self._counts(later):
                    if later.contents.replaces(old.contents):
                        self.replaced[old] = later

    def _lost(self) -> Iterator[StatedBucket]:
        counted = {
            (bucket.pull.content_id, bucket.number)
            for buckets in self._by_span.values()
            for bucket in buckets
            if self._counts(bucket)
        }
        newest: dict[tuple[str, int], StatedBucket] = {}
        for bucket in sorted(self.replaced, key=lambda bucket: bucket.order):
            newest[bucket.pull.content_id, bucket.number] = bucket
        yield from (bucket for key, bucket in newest.items() if key not in counted)

    def _kept(self, bucket: StatedBucket) -> StatedBucket | Pull:
        kept: StatedBucket | Pull = bucket
        while isinstance(kept, StatedBucket) and not self._counts(kept):
            kept = self.replaced[kept]
        return kept

    def _doubt(self, bucket: StatedBucket, cluster: Iterable[StatedBucket]) -> Iterator[Doubt]:
        kept = self._kept(bucket)
        holders = tuple(
            other
            for other in cluster
            if self._counts(other)
            and other.overlaps(bucket)
            and (other is kept or other.contents.relation(bucket.contents) is not Relation.APART)
        )
        missing = bucket.contents.lacks(holder.contents for holder in holders)
        pull = kept.pull if isinstance(kept, StatedBucket) else kept
        reason = Reason.FEWER if missing else _contradiction(bucket, pull, holders)
        if reason:
            named = _named(missing, bucket, holders)
            yield Doubt(bucket.start, reason, bucket.pull, (bucket,), pull, holders, named)

    def _doubles(self, counted: Sequence[StatedBucket]) -> Iterator[Doubt]:
        for place, bucket in enumerate(counted):
            for other in counted[:place]:
                if other.overlaps(bucket) and other.contents.relation(bucket.contents) is Relation.DOUBTFUL:
                    one, two = sorted((other, bucket), key=lambda each: each.order)
                    yield Doubt(one.start, Reason.BOTH, one.pull, (one,), two.pull, (two,))

    def _emptied(self, bucket: StatedBucket) -> Iterator[Doubt]:
        for pull, buckets in self._by_pull.items():
            is_silent = pull.sequence > bucket.pull.sequence and covers(pull.covered, bucket.span)
            if is_silent and not any(other.overlaps(bucket) for other in buckets):
                if not pull.is_about_others(bucket):
                    yield Doubt(bucket.start, Reason.EMPTY, pull, (), bucket.pull, (bucket,))


def _contradiction(bucket: StatedBucket, kept: Pull, holders: Sequence[StatedBucket]) -> Reason | None:
    """Why what counts may be wrong, though it holds every value of what it replaces."""
    whole = together([holder.contents for holder in holders])
    if all(bucket.start <= holder.start and holder.end <= bucket.end for holder in holders) and (
        whole.quantities == bucket.contents.quantities
    ):
        return None
    if any(holder.order < bucket.order for holder in holders):
        return Reason.OLDER
    is_restated = kept.is_of_one_lineage(bucket.pull)
    return None if is_restated or whole.is_at_least(bucket.contents) else Reason.LESS


def _is_nested(one: StatedBucket, two: StatedBucket) -> bool:
    return (one.start <= two.start and two.end <= one.end) or (two.start <= one.start and one.end <= two.end)


def _named(missing: Iterable[Values], bucket: StatedBucket, holders: Sequence[StatedBucket]) -> str:
    """The keys, projects and models of missing values that nothing that counts has, as text for a reader."""
    found: dict[str, set[str]] = defaultdict(set)
    for values in missing:
        for name, value in zip(DIMENSIONS, values, strict=True):
            is_held = any(value in holder.contents.by_dimension.get(name, ()) for holder in holders)
            if name in WHO and value is not None and not is_held:
                found[name].add(value)
    return "; ".join(
        f"{name} {', '.join(sorted(values)[:NAMED_VALUES])}{' …' if len(values) > NAMED_VALUES else ''}"
        for name, values in sorted(found.items())
    )


def quantities(buckets: Iterable[StatedBucket]) -> Mapping[str, Decimal]:
    """The sum of some buckets by unit; each counts once."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for bucket in dict.fromkeys(buckets):
        for unit, quantity in bucket.contents.quantities.items():
            sums[unit] += quantity
    return sums
