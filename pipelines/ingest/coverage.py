"""Which spans of time the buckets of an export cover, also empty ones, and where pages are missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

Span = tuple[datetime, datetime]
"""From an instant until before another, both in UTC."""

LONGEST = timedelta(days=366)
"""A longer bucket is a mistake, and would tie all days of a warehouse together."""

LATEST_SECOND = 253_402_300_799
"""The last second of the year 9999, as Unix time."""


@dataclass(frozen=True)
class Page:
    """The buckets of one page in order, and whether it says that there are more."""

    spans: tuple[Span, ...]
    has_more: bool


@dataclass(frozen=True)
class Coverage:
    """What a file of pages covers.

    Attributes:
        covered: the spans of its buckets, joined within a UTC day where they touch.
        cuts: the last bucket of each page that says there are more, where no page of the file goes on; None
            for a page that says so and has no bucket.
        repeats_buckets: whether buckets overlap each other.
    """

    covered: tuple[Span, ...] = ()
    cuts: tuple[Span | None, ...] = ()
    repeats_buckets: bool = False


NO_COVERAGE = Coverage()
"""Of a file that is no export."""


def span_of(bucket: dict[str, object]) -> Span | None:
    """From when until when a bucket of a page is; None where it does not say so properly, or is no bucket."""
    start = _instant(bucket.get("start_time", bucket.get("starting_at")))
    end = _instant(bucket.get("end_time", bucket.get("ending_at")))
    return (start, end) if start and end and start < end <= start + LONGEST else None


def _instant(written: object) -> datetime | None:
    """Unix seconds or an RFC 3339 instant, as text."""
    if not isinstance(written, str):
        return None
    if written.isdigit():
        return datetime.fromtimestamp(int(written), UTC) if int(written) <= LATEST_SECOND else None
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else None


def coverage_of(pages: Sequence[Page]) -> Coverage:
    """What the pages of a file cover."""
    spans = sorted(span for page in pages for span in page.spans)
    firsts = {page.spans[0][0] for page in pages if page.spans}
    cuts = [page.spans[-1] if page.spans else None for page in pages if page.has_more]
    return Coverage(
        covered=tuple(joined(spans)),
        cuts=tuple(cut for cut in cuts if cut is None or cut[1] not in firsts),
        repeats_buckets=any(one[1] > next_one[0] for one, next_one in pairwise(spans)),
    )


def joined(spans: Iterable[Span]) -> list[Span]:
    """Sorted spans with those joined that overlap, or touch within a UTC day.

    A midnight that no bucket crosses stays a border: what is said before it is decided without what is said
    after it.
    """
    long: list[Span] = []
    for start, end in spans:
        last = long[-1] if long else None
        if last and (start < last[1] or (start == last[1] and not _is_midnight(start))):
            long[-1] = (last[0], max(last[1], end))
        else:
            long.append((start, end))
    return long


def _is_midnight(instant: datetime) -> bool:
    """Whether a UTC day begins at an instant."""
    return (instant.hour, instant.minute, instant.second, instant.microsecond) == (0, 0, 0, 0)


def as_text(spans: Iterable[Span | None]) -> list[list[str]]:
    """Spans as the journal has them; an empty list for none."""
    return [[instant.isoformat() for instant in span or ()] for span in spans]


def from_text(written: Iterable[Sequence[str]]) -> list[Span]:
    """Spans of the journal."""
    return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in written]
