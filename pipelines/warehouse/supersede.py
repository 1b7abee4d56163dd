"""Which buckets of exports count, and what replaces the others.

In the order in which files were read, of one source and account:

1. The same name or the same request again replaces what it covers, be it with nothing.
2. A bucket of the same span about the same usage replaces the one before it; buckets that hold another key,
   project or model stay beside each other.
3. Of buckets of several widths the finer ones count where they cover the time and the values of the wide one,
   else the wide one; of spans that cross each other the later one.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pipelines.ingest.coverage import Span
from pipelines.warehouse.contents import Relation, Values, together
from pipelines.warehouse.stated import Pull, StatedBucket, covers


@dataclass(frozen=True)
class Replacement:
    """A bucket that does not count, and what counts in its place: a bucket, or a file that has none there."""

    bucket: StatedBucket
    counting: StatedBucket | Pull

    @property
    def counting_pull(self) -> Pull:
        """The file that counts."""
        return self.counting.pull if isinstance(self.counting, StatedBucket) else self.counting

    @property
    def counting_line(self) -> int | None:
        """The first line of what counts; None where the file has nothing there."""
        return self.counting.line if isinstance(self.counting, StatedBucket) else None


@dataclass
class Supersession:
    """Takes the pulls of one source and account, oldest first; then says what counts."""

    replaced: dict[StatedBucket, StatedBucket | Pull] = field(default_factory=dict)
    by_pull: dict[Pull, Sequence[StatedBucket]] = field(default_factory=dict)
    _by_span: dict[Span, list[StatedBucket]] = field(default_factory=lambda: defaultdict(list))
    _by_lineage: dict[tuple[str, str], list[StatedBucket]] = field(default_factory=lambda: defaultdict(list))

    def take(self, pull: Pull, buckets: Sequence[StatedBucket]) -> None:
        """Add a pull that is newer than those before it."""
        for lineage in pull.lineages:
            for old in self._by_lineage[lineage]:
                if self.counts(old) and covers(pull.covered, old.span):
                    self.replaced[old] = next((new for new in buckets if new.overlaps(old)), pull)
        for bucket in sorted(buckets, key=lambda bucket: bucket.number):
            for old in self._by_span[bucket.span]:
                if self.counts(old) and bucket.contents.replaces(old.contents):
                    self.replaced[old] = bucket
            self._by_span[bucket.span].append(bucket)
        for lineage in pull.lineages:
            self._by_lineage[lineage] += buckets
        self.by_pull[pull] = buckets

    def settle(self) -> None:
        """Decide between buckets of several widths, when all pulls are taken."""
        for cluster in self.clusters:
            if len({bucket.span for bucket in cluster}) > 1:
                for wide in sorted(cluster, key=lambda bucket: (bucket.start - bucket.end, bucket.order)):
                    self._settle_wide(wide, cluster)
                self._settle_crossing(cluster)

    def counts(self, bucket: StatedBucket) -> bool:
        """Whether nothing replaces a bucket."""
        return bucket not in self.replaced

    @cached_property
    def clusters(self) -> list[list[StatedBucket]]:
        """Buckets whose spans hang together, in the order of their beginnings, when all pulls are taken."""
        hanging: list[list[StatedBucket]] = []
        reached = None
        for span in sorted(self._by_span):
            if reached is None or span[0] >= reached:
                hanging.append([])
                reached = span[1]
            reached = max(reached, span[1])
            hanging[-1] += self._by_span[span]
        return hanging

    def replacements(self) -> Iterator[Replacement]:
        """Each bucket of a content that counts in none of its pulls, with what counts in the end."""
        counted = {
            (bucket.pull.content_id, bucket.number)
            for buckets in self._by_span.values()
            for bucket in buckets
            if self.counts(bucket)
        }
        newest: dict[tuple[str, int], StatedBucket] = {}
        for bucket in sorted(self.replaced, key=lambda bucket: bucket.order):
            newest[bucket.pull.content_id, bucket.number] = bucket
        for place, bucket in newest.items():
            if place not in counted:
                yield Replacement(bucket, self._in_place_of(bucket))

    def _settle_wide(self, wide: StatedBucket, cluster: Sequence[StatedBucket]) -> None:
        inner = [bucket for bucket in cluster if self._is_finer(bucket, wide)]
        if not inner or not self.counts(wide):
            return
        relations = {bucket.relation(wide) for bucket in inner}
        whole = together([bucket.contents for bucket in inner])
        if Relation.DOUBTFUL in relations and not whole.replaces(wide.contents):
            return
        if _are_whole(inner, wide):
            self.replaced[wide] = inner[0]
        else:
            self.replaced |= dict.fromkeys(inner, wide)

    def _is_finer(self, bucket: StatedBucket, wide: StatedBucket) -> bool:
        return self.counts(bucket) and bucket.is_finer(wide) and bucket.relation(wide) is not Relation.APART

    def _settle_crossing(self, cluster: Sequence[StatedBucket]) -> None:
        """Of spans of which neither lies within the other the later one counts."""
        counted = [bucket for bucket in cluster if self.counts(bucket)]
        ordered = sorted(counted, key=lambda bucket: bucket.order)
        for place, later in enumerate(ordered):
            for old in ordered[:place]:
                if self.counts(old) and old.crosses(later) and later.contents.replaces(old.contents):
                    self.replaced[old] = later

    def _in_place_of(self, bucket: StatedBucket) -> StatedBucket | Pull:
        newer = self.replaced[bucket]
        while isinstance(newer, StatedBucket) and not self.counts(newer):
            newer = self.replaced[newer]
        return newer


def _are_whole(inner: Sequence[StatedBucket], wide: StatedBucket) -> bool:
    """Whether finer buckets cover the whole of a wide one: its time, for each of its values."""
    held: dict[Pull, frozenset[Values]] = {}
    for pull in {bucket.pull for bucket in inner}:
        of_pull = [bucket.contents for bucket in inner if bucket.pull is pull]
        is_limited = any(contents.is_narrower(wide.contents) for contents in of_pull)
        stated = together(of_pull)
        is_of_all = pull.request is not None and not pull.request.filters
        lacking = set() if is_of_all else wide.contents.lacks([stated])
        held[pull] = wide.contents.values - lacking if not is_limited else frozenset()
    if wide.contents.lacks(bucket.contents for bucket in inner):
        return False
    holders = {
        frozenset(pull for pull, of_pull in held.items() if values in of_pull)
        for values in wide.contents.values
    }
    return all(covers([span for pull in pulls for span in pull.covered], wide.span) for pulls in holders)
