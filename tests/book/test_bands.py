"""Time bands share out every instant between them, in any time zone and on the days the clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.book.bands import Band, intervals, load_bands
from pipelines.book.text import ALWAYS, OPEN
from pipelines.errors import BookError
from tests.book.small import BANDS, band, write
from tests.book.written import read, strikes

NEW_YORK = "America/New_York"
SPRING, AUTUMN = datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC)
"""Midnights in New York on which clocks go forward and back."""


def bands_of(folder: Path, *lines: str) -> tuple[Band, ...]:
    write(folder / "bands.csv", BANDS, lines)
    return load_bands(folder)


def split(*cuts: str, tz: str = "UTC", days: str = "mon-sun") -> list[str]:
    """Bands a, b, c, … one after the other, cut at times of the day."""
    edges = ["00:00", *cuts, "24:00"]
    return [
        band(**{"time_band": "abcdef"[number], "from": start, "to": end, "tz": tz, "days": days})
        for number, (start, end) in enumerate(pairwise(edges))
    ]


def hours(found: tuple[Band, ...], name: str, start: datetime, end: datetime) -> list[str]:
    """Intervals of a band as UTC days and hours."""
    return [f"{a:%d %H:%M} - {b:%d %H:%M}" for a, b in intervals(found, "maker", name, start, end)]


def day(number: int) -> datetime:
    return datetime(2026, 8, number, tzinfo=UTC)


def test_a_line_is_read_as_it_is_written(tmp_path: Path) -> None:
    [found, _] = bands_of(tmp_path, *split("08:30"))
    assert found == Band(
        "maker", "a", frozenset(range(7)), 0, 510, "UTC", ALWAYS, OPEN, ALWAYS, OPEN, "bands.csv line 2"
    )


def test_a_book_without_bands_needs_no_file(tmp_path: Path) -> None:
    assert load_bands(tmp_path) == ()


def test_a_band_holds_on_its_days_and_within_its_life(tmp_path: Path) -> None:
    weekday = split("08:00", "20:00", days="mon-fri")
    found = bands_of(tmp_path, *weekday, band(time_band="a", days="sat-sun"))
    # 1 August 2026 is a Saturday.
    assert hours(found, "b", day(1), day(5)) == ["03 08:00 - 03 20:00", "04 08:00 - 04 20:00"]
    assert hours(found, "a", day(2), day(3).replace(hour=9)) == ["03 00:00 - 03 08:00", "02 00:00 - 03 00:00"]
    assert hours(found, "b", day(3).replace(hour=9), day(3).replace(hour=10)) == ["03 09:00 - 03 10:00"]
    assert hours(found, "none", day(1), day(9)) == []


def test_a_band_begins_and_ends_at_the_instant_of_its_validity(tmp_path: Path) -> None:
    changed = "2026-08-03T16:00:00Z"
    early = band(time_band="a", to="08:00", valid_from=changed)
    late = band(**{"time_band": "b", "from": "08:00", "valid_from": changed})
    found = bands_of(tmp_path, band(time_band="all", valid_to=changed), early, late)
    assert hours(found, "all", day(3), day(5)) == ["03 00:00 - 03 16:00"]
    assert hours(found, "a", day(3), day(5)) == ["04 00:00 - 04 08:00"]
    assert hours(found, "b", day(3), day(4)) == ["03 16:00 - 04 00:00"]


@pytest.mark.parametrize(
    ("midnight", "a", "b"),
    [
        (SPRING, "08 05:00 - 08 12:00", "08 12:00 - 09 04:00"),
        (AUTUMN, "01 04:00 - 01 13:00", "01 13:00 - 02 05:00"),
    ],
)
def test_on_a_day_the_clocks_change_hours_are_those_of_the_wall(
    tmp_path: Path, midnight: datetime, a: str, b: str
) -> None:
    found = bands_of(tmp_path, *split("08:00", tz=NEW_YORK))
    day_after = (midnight.astimezone(ZoneInfo(NEW_YORK)) + timedelta(days=1)).astimezone(UTC)
    assert hours(found, "a", midnight, day_after) == [a]
    assert hours(found, "b", midnight, day_after) == [b]


@pytest.mark.parametrize(
    "cuts", [("02:00", "03:00"), ("02:30",), ("02:30", "03:00"), ("02:15", "02:45", "03:15")]
)
@pytest.mark.parametrize("midnight", [SPRING, AUTUMN])
def test_no_instant_of_a_day_the_clocks_change_is_in_two_bands_or_in_none(
    tmp_path: Path, cuts: tuple[str, ...], midnight: datetime
) -> None:
    found = bands_of(tmp_path, *split(*cuts, tz=NEW_YORK))
    end = midnight + timedelta(hours=26)
    spans = sorted(s for name in "abcdef" for s in intervals(found, "maker", name, midnight, end))
    assert [spans[0][0], spans[-1][1]] == [midnight, end]
    assert [(f"{a[1]:%H:%M}", f"{b[0]:%H:%M}") for a, b in pairwise(spans) if a[1] != b[0]] == []


def test_an_hour_that_is_struck_twice_is_in_its_band_both_times(tmp_path: Path) -> None:
    found = bands_of(tmp_path, *split("01:30", tz=NEW_YORK))
    # 01:00 to 02:00 in New York is 05:00 to 06:00 in UTC, and 06:00 to 07:00 once more.
    end = AUTUMN + timedelta(hours=4)
    assert hours(found, "a", AUTUMN, end) == ["01 04:00 - 01 05:30", "01 06:00 - 01 06:30"]
    assert hours(found, "b", AUTUMN, end) == ["01 05:30 - 01 06:00", "01 06:30 - 01 08:00"]


@settings(max_examples=25)
@given(
    cuts=st.sets(st.integers(1, 23), max_size=4),
    zone=st.sampled_from(
        ["UTC", NEW_YORK, "Europe/Berlin", "Asia/Shanghai", "Asia/Kolkata", "Australia/Sydney"]
    ),
    month=st.integers(1, 12),
)
def test_the_intervals_of_a_month_are_what_the_clock_on_the_wall_says(
    tmp_path: Path, cuts: set[int], zone: str, month: int
) -> None:
    found = bands_of(tmp_path, *split(*(f"{cut:02}:00" for cut in sorted(cuts)), tz=zone))
    start = datetime(2026, month, 1, tzinfo=UTC)
    spans = {
        b.name: list(intervals(found, "maker", b.name, start, start + timedelta(days=31))) for b in found
    }
    written = {row["time_band"]: row for row in read(tmp_path / "bands.csv")}
    for half in range(2 * 24 * 31):
        at = start + timedelta(minutes=30 * half)
        said = [name for name, some in spans.items() if any(a <= at < b for a, b in some)]
        assert said == [name for name, row in written.items() if strikes(row, at)]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"provider": ""}, "provider is empty"),
        ({"time_band": ""}, "time_band is empty"),
        ({"tz": ""}, "tz is empty"),
        ({"tz": "Mars/Olympus"}, "unknown time zone 'Mars/Olympus'"),
        ({"tz": "../UTC"}, "unknown time zone '../UTC'"),
        ({"days": "monday"}, "days 'monday' are not like mon-fri"),
        ({"days": "fri-mon"}, "days 'fri-mon' are not like mon-fri"),
        ({"days": ""}, "days '' are not like mon-fri"),
        ({"from": "8"}, "from '8' is no time like 08:30"),
        ({"from": "08:60"}, "from '08:60' is no time like 08:30"),
        ({"to": "24:01"}, "to '24:01' is after 24:00"),
        ({"from": "24:00"}, "from 24:00 is not before to 24:00"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-02-01"},
         "valid_from 2026-02-01 is not before valid_to 2026-02-01"),
        ({"known_from": "soon"}, "known_from 'soon' is neither a day nor an instant"),
        ({"source_ref": ""}, "source_ref is empty"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_refused_by_file_and_line(
    tmp_path: Path, cells: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BookError) as error:
        bands_of(tmp_path, band(**cells))
    assert str(error.value) == f"bands.csv line 2: {sentence}"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([band(to="12:00")], "bands.csv line 2: maker has no band on mon at minute 720"),
        ([band(days="mon-sat")], "bands.csv line 2: maker has no band on sun at minute 0"),
        ([band(), band(**{"from": "23:00"})], "bands.csv line 3: maker has two bands on mon at minute 1380"),
        ([band(valid_to="2026-09-01"), band(valid_from="2026-08-31")],
         "bands.csv line 3: maker has two bands on mon at minute 0"),
        ([band(known_to="2026-09-01"), band(known_from="2026-08-31")],
         "bands.csv line 3: maker has two bands on mon at minute 0"),
    ],
)  # fmt: skip
def test_an_instant_in_two_bands_or_in_none_is_refused(
    tmp_path: Path, lines: list[str], sentence: str
) -> None:
    with pytest.raises(BookError) as error:
        bands_of(tmp_path, *lines)
    assert str(error.value) == sentence


def test_bands_of_one_provider_in_two_time_zones_are_refused(tmp_path: Path) -> None:
    lines = [band(to="12:00"), band(**{"time_band": "offpeak", "from": "12:00", "tz": "Asia/Shanghai"})]
    with pytest.raises(BookError, match=r"^bands\.csv line 3: maker has bands in two time zones$"):
        bands_of(tmp_path, *lines)


def test_two_providers_have_bands_of_their_own(tmp_path: Path) -> None:
    assert len(bands_of(tmp_path, band(), band(provider="other", tz="Asia/Shanghai"))) == 2
