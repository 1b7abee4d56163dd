"""Where what counts of the exports leaves a doubt that a reader has to be told of.

It is a doubt:

- where what counts does not hold what it replaces, states less of it under another name or asked for less;
- where it is older or grouped otherwise and states another amount;
- where two buckets cross each other;
- where two buckets both count of which one may be the total of the other;
- where a later file has nothing of a bucket that counts, and nothing tells that it is about other usage.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from pipelines.warehouse.contents import DIMENSIONS, WHO, Relation, Values, together
from pipelines.warehouse.stated import Pull, StatedBucket, covers
from pipelines.warehouse.supersede import Replacement, Supersession

NAMED_VALUES = 3
"""How many missing values a doubt names."""


class Reason(StrEnum):
    """Why two files are told."""

    FEWER = "fewer_values"
    LESS = "smaller_amount"
    OLDER = "older_counts"
    CROSSING = "other_span"
    NARROWER = "narrower_request"
    GROUPING = "other_grouping"
    BOTH = "both_count"
    EMPTY = "empty_later"


@dataclass(frozen=True)
class Doubt:
    """Two files about the same time of which one counts, or both do though they may state the same.

    Attributes:
        start: the beginning of the span.
        pull: the file that does not count, or one of both.
        stated: what it states.
        counting: the file that counts, or the other one of both.
        holders: what counts of the usage that `stated` is about.
        missing: the values that nothing that counts has, for a reader.
    """

    start: datetime
    reason: Reason
    pull: Pull
    stated: tuple[StatedBucket, ...]
    counting: Pull
    holders: tuple[StatedBucket, ...]
    missing: str = ""


def doubts(supersession: Supersession) -> Iterator[Doubt]:
    """Every doubt that a settled supersession leaves."""
    near = {bucket: cluster for cluster in supersession.clusters for bucket in cluster}
    confirmed = _confirmed(supersession)
    for replacement in supersession.replacements():
        bucket, counting = replacement.bucket, replacement.counting
        holders = tuple(
            other
            for other in near[bucket]
            if supersession.counts(other)
            and other.overlaps(bucket)
            and (other is counting or other.relation(bucket) is not Relation.APART)
        )
        yield from _of_replaced(replacement, holders, confirmed)
    for cluster in supersession.clusters:
        counted = [bucket for bucket in cluster if supersession.counts(bucket)]
        yield from _doubles(counted)
        for bucket in counted:
            yield from _emptied(supersession, bucket)


def _confirmed(supersession: Supersession) -> frozenset[StatedBucket]:
    """The wide buckets that count and whose amounts the finer ones in them state, too."""
    finer: dict[StatedBucket, list[StatedBucket]] = defaultdict(list)
    for bucket, newer in supersession.replaced.items():
        if isinstance(newer, StatedBucket) and bucket.is_finer(newer):
            finer[newer].append(bucket)
    return frozenset(wide for wide, inner in finer.items() if quantities(inner) == wide.contents.quantities)


def _of_replaced(
    replacement: Replacement, holders: tuple[StatedBucket, ...], confirmed: frozenset[StatedBucket]
) -> Iterator[Doubt]:
    bucket, counting = replacement.bucket, replacement.counting_pull
    missing = _missing(replacement, holders)
    unsure = [holder for holder in holders if holder not in confirmed or not bucket.is_finer(holder)]
    reason = Reason.FEWER if missing else _contradiction(bucket, counting, holders, unsure)
    if reason:
        named = _named(missing, holders)
        yield Doubt(bucket.start, reason, bucket.pull, (bucket,), counting, holders, named)


def _missing(replacement: Replacement, holders: Sequence[StatedBucket]) -> set[Values]:
    """The combinations of a replaced bucket that nothing that counts has.

    Where a file has nothing in its place, what counts of a part of its time is not the same usage.
    """
    bucket = replacement.bucket
    is_held = covers([holder.span for holder in holders], bucket.span)
    is_gone = isinstance(replacement.counting, Pull) and not is_held
    contents = [] if is_gone else [holder.contents for holder in holders]
    are_alike = not is_gone and _are_alike(bucket, holders)
    return bucket.contents.lacks_of_whom(contents) if are_alike else bucket.contents.lacks(contents)


def _are_alike(bucket: StatedBucket, holders: Sequence[StatedBucket]) -> bool:
    """Whether what counts states the same amount for the time of a bucket."""
    are_within = all(holder.is_within(bucket) for holder in holders)
    return are_within and quantities(holders) == bucket.contents.quantities


def _contradiction(
    bucket: StatedBucket, counting: Pull, holders: Sequence[StatedBucket], unsure: Sequence[StatedBucket]
) -> Reason | None:
    """Why what counts may be wrong, though it holds every value of what it replaces.

    `unsure` are the holders that no finer buckets confirm.
    """
    if any(bucket.crosses(holder) for holder in holders):
        return Reason.CROSSING
    if _are_alike(bucket, holders):
        return None
    if any(holder.order < bucket.order for holder in unsure):
        return Reason.OLDER
    if any(holder.contents.is_narrower(bucket.contents) for holder in holders):
        return Reason.NARROWER
    if any(holder.contents.may_differ_in_filters(bucket.contents) for holder in holders):
        return Reason.GROUPING
    whole = together([holder.contents for holder in holders])
    is_restated = counting.restates(bucket.pull) and whole.shown == bucket.contents.shown
    return None if is_restated or whole.is_at_least(bucket.contents) else Reason.LESS


def _doubles(counted: Sequence[StatedBucket]) -> Iterator[Doubt]:
    for place, bucket in enumerate(counted):
        for other in counted[:place]:
            if other.overlaps(bucket) and other.relation(bucket) is Relation.DOUBTFUL:
                one, two = sorted((other, bucket), key=lambda either: either.order)
                yield Doubt(one.start, Reason.BOTH, one.pull, (one,), two.pull, (two,))


def _emptied(supersession: Supersession, bucket: StatedBucket) -> Iterator[Doubt]:
    for pull, buckets in supersession.by_pull.items():
        is_silent = (
            pull.sequence > bucket.pull.sequence
            and covers(pull.covered, bucket.span)
            and all(
                other.contents.is_of_others(bucket.contents) for other in buckets if other.overlaps(bucket)
            )
        )
        if is_silent and not pull.is_about_others(bucket):
            yield Doubt(bucket.start, Reason.EMPTY, pull, (), bucket.pull, (bucket,))


def _named(missing: Iterable[Values], holders: Sequence[StatedBucket]) -> str:
    """The keys, projects and models of missing values that nothing that counts has, as text for a reader."""
    lacking: dict[str, set[str]] = defaultdict(set)
    for values in missing:
        for name, value in zip(DIMENSIONS, values, strict=True):
            is_held = any(value in holder.contents.by_dimension.get(name, ()) for holder in holders)
            if name in WHO and value is not None and not is_held:
                lacking[name].add(value)
    return "; ".join(
        f"{name} {', '.join(sorted(values)[:NAMED_VALUES])}{' …' if len(values) > NAMED_VALUES else ''}"
        for name, values in sorted(lacking.items())
    )


def quantities(buckets: Iterable[StatedBucket]) -> Mapping[str, Decimal]:
    """The sum of some buckets by unit; each counts once."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for bucket in dict.fromkeys(buckets):
        for unit, quantity in bucket.contents.quantities.items():
            sums[unit] += quantity
    return sums
