"""Time bands: hours of the week, in a time zone, with rates of their own; as UTC intervals."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.book.dated import applying, believed, known_edges, valid_edges
from pipelines.book.text import Row, read_rows
from pipelines.errors import BookError

HEADER = (
    "provider", "time_band", "days", "from", "to", "tz", "valid_from", "valid_to", "known_from", "known_to",
    "source", "source_ref",
)  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Band:
    """On `days` (0 is Monday), from minute `first` until before minute `last` of the local day."""

    provider: str
    name: str
    days: frozenset[int]
    first: int
    last: int
    zone: str
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    place: str


def load_bands(folder: Path) -> tuple[Band, ...]:
    """Read `bands.csv`, which a book without time bands need not have; in order of time, not of its lines.

    Raises:
        BookError: unknown days, hours or time zone, or an instant of a provider in no band or in two.
    """
    path = folder / "bands.csv"
    bands = tuple(_band(row) for row in read_rows(path, HEADER)) if path.is_file() else ()
    by_provider: dict[str, list[Band]] = defaultdict(list)
    for band in bands:
        by_provider[band.provider].append(band)
    for each in by_provider.values():
        _prove(each)
    return tuple(sorted(bands, key=lambda band: (band.provider, band.valid_from, min(band.days), band.first)))


def _band(row: Row) -> Band:
    try:
        ZoneInfo(row.need("tz"))
    except (ZoneInfoNotFoundError, ValueError):
        raise row.fail(f"unknown time zone {row['tz']!r}") from None
    first, last = _minute(row, "from"), _minute(row, "to")
    if first >= last:
        raise row.fail(f"from {row['from']} is not before to {row['to']}")
    row.need("source_ref")
    return Band(
        row.need("provider"), row.need("time_band"), _days(row), first, last, row["tz"],
        *row.interval("valid_from", "valid_to"), *row.known(), row.place,
    )  # fmt: skip


def _days(row: Row) -> frozenset[int]:
    first, _, last = row["days"].partition("-")
    if first not in DAYS or (last or first) not in DAYS or DAYS.index(last or first) < DAYS.index(first):
        raise row.fail(f"days {row['days']!r} are not like mon-fri")
    return frozenset(range(DAYS.index(first), DAYS.index(last or first) + 1))


def _minute(row: Row, name: str) -> int:
    hours, _, minutes = row[name].partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):  # noqa: PLR2004
        raise row.fail(f"{name} {row[name]!r} is no time like 08:30")
    minute = int(hours) * 60 + int(minutes)
    if minute > DAY_MINUTES:
        raise row.fail(f"{name} {row[name]!r} is after 24:00")
    return minute


def _prove(bands: list[Band]) -> None:
    """While a provider has bands, every minute of the week of its one time zone is in exactly one of them."""
    for band in bands:
        if band.zone != bands[0].zone:
            raise BookError(f"{band.place}: {band.provider} has bands in two time zones")
    for known_at in known_edges(bands)[:-1]:
        for valid_at in valid_edges(bands)[:-1]:
            alive = applying(believed(bands, known_at), valid_at)
            for day in range(7) if alive else ():
                _prove_day(day, sorted((b.first, b.last, b.place) for b in alive if day in b.days), alive[0])


def _prove_day(day: int, hours: Iterable[tuple[int, int, str]], one: Band) -> None:
    reached = 0
    for first, last, place in hours:
        if first < reached:
            raise BookError(f"{place}: {one.provider} has two bands on {DAYS[day]} at minute {first}")
        if first > reached:
            break
        reached = last
    if reached != DAY_MINUTES:
        raise BookError(f"{one.place}: {one.provider} has no band on {DAYS[day]} at minute {reached}")


def intervals(
    bands: Iterable[Band], provider: str, name: str, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """UTC intervals of a band between two instants, in order of `bands`."""
    for band in bands:
        if (band.provider, band.name) == (provider, name):
            yield from _local(band, max(start, band.valid_from), min(end, band.valid_to))


def _local(band: Band, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Hours on the wall, cut where the clocks change: a skipped hour is none, a repeated one is two."""
    reached: tuple[datetime, datetime] | None = None
    for low, high, offset in _offsets(ZoneInfo(band.zone), start, end):
        day = (low + offset).replace(hour=0, minute=0, second=0, microsecond=0) - offset
        while day < high:
            first = max(low, day + timedelta(minutes=band.first))
            last = min(high, day + timedelta(minutes=band.last))
            if first < last and (day + offset).weekday() in band.days:
                if reached and reached[1] == first:
                    first = reached[0]
                elif reached:
                    yield reached
                reached = first, last
            day += timedelta(days=1)
    if reached:
        yield reached


def _offsets(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """UTC intervals in which a zone keeps its offset; clocks change on a quarter of an hour."""
    low = start
    while low < end:
        offset = _offset(zone, low)
        high = low.replace(minute=low.minute - low.minute % 15, second=0, microsecond=0)
        while high < end and _offset(zone, max(low, high)) == offset:
            high += timedelta(minutes=15)
        yield low, min(high, end), offset
        low = min(high, end)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
