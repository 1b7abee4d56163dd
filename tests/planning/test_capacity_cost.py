"""Capacity paid by the hour: parts add up to the hours' cost to the last digit, nobody gets it whole."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import BookError
from pipelines.planning.reserved import (
    HEADER,
    RESERVED_HOUR,
    RESERVED_SERVES,
    load_reserved,
    reserved_hours,
    reserved_serves,
)
from pipelines.settings import PROJECT
from pipelines.warehouse.arrow import table
from pipelines.warehouse.run import Run
from tests.flow.days import attempt, small_book
from tests.ledger import Ledger, only
from tests.planning.conftest import Planned, Rows, costs

DAY = date(2026, 8, 3)
D = Decimal
HOURLY = (
    "day", "hour_at", "provider", "model", "project_id", "team", "feature", "attempts", "unpriced_attempts",
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens", "output_tokens", "list_cost_usd",
)  # fmt: skip
PRICED = {
    "reserved_capacity": "VARCHAR", "hour_at": "TIMESTAMP WITH TIME ZONE", "cost_usd": "DECIMAL(38,12)",
    "unpriced_reason": "VARCHAR",
}  # fmt: skip
PTU = "ptu,azure_capacity,ptu-global,capacity_unit_hours,{units},{deployed},openai/m,{project},"
PTU += "1000,100,0,,,,,board"


@pytest.fixture(scope="module", autouse=True)
def few_tables() -> Iterator[None]:
    """What reserved capacity costs, and what logs cost."""
    with only("mart_capacity_cost", "mart_cost_daily"):
        yield


def write(folder: Path, *lines: str) -> Path:
    (folder / "reserved_capacity.csv").write_text(
        "\n".join([",".join(HEADER), *lines]) + "\n", encoding="utf-8"
    )
    return folder


def ptu(units: int = 10, deployed: int = 8, project: str = "") -> str:
    return PTU.format(units=units, deployed=deployed, project=project)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of its own for files that are written again and again."""
    return tmp_path_factory.mktemp("config")


def called(hour: int, team: str, tokens: int, usd: str | None, **more: Any) -> dict[str, Any]:
    return dict.fromkeys(HOURLY) | {
        "day": DAY, "hour_at": datetime(2026, 8, 3, hour, tzinfo=UTC), "provider": "openai", "model": "m",
        "team": team, "feature": "f", "attempts": 1, "unpriced_attempts": 0 if usd else 1,
        "uncached_input_tokens": tokens, "list_cost_usd": D(usd) if usd else None, **more,
    }  # fmt: skip


def rows_of(planned: Planned, config: Path, calls: Sequence[Any], hour_usd: str | None) -> Rows:
    reserved = load_reserved(config)
    hours = [datetime(2026, 8, 3, hour, tzinfo=UTC) for hour in range(24)]
    cost = {"cost_usd": D(hour_usd), "unpriced_reason": None} if hour_usd else {"unpriced_reason": "no_rate"}
    names = [each.reserved_capacity for each in reserved]
    priced = [{"reserved_capacity": name, "hour_at": hour, **cost} for name in names for hour in hours]
    priced_table = table(priced, PRICED)
    inputs = {
        "mart_cost_hourly": costs(calls, HOURLY),
        "reserved_hour": table(reserved_hours(reserved, DAY), RESERVED_HOUR),
        "reserved_serves": table(reserved_serves(reserved, DAY), RESERVED_SERVES),
        "usage": priced_table, "priced": priced_table,
    }  # fmt: skip
    return planned.of("mart_capacity_cost", inputs, DAY)


def by_part(rows: Rows) -> dict[tuple[str, str | None], tuple[Decimal, Decimal]]:
    return {(row["capacity_part"], row["team"]): (row["by_tokens_usd"], row["by_peak_usd"]) for row in rows}


def test_an_hour_is_used_idle_and_unallocated(planned: Planned, tmp_path: Path) -> None:
    # Ten units at 1 USD, eight deployed. A unit reads 60,000 tokens an hour: ten carry 600,000.
    calls = [
        called(9, "a", 150_000, "3"), called(9, "b", 150_000, "1"),  # half of it: 5 USD, 3 to 1
        called(10, "b", 60_000, "2"),  # a tenth: 1 USD
        called(11, "a", 900_000, "2"),  # more than the eight carry: 8 USD; the busiest hour
        called(9, "c", 500_000, "9", model="other"),
    ]  # fmt: skip
    rows = rows_of(planned, write(tmp_path, ptu()), calls, "10")
    assert by_part(rows) == {
        ("used", "a"): (D("11.75"), D(14)),  # 3.75 + 8; by peak all 14 used USD
        ("used", "b"): (D("2.25"), D(0)),
        ("idle", None): (D(178), D(178)),  # 3 + 7 + 0 of three hours, 8 of the other 21
        ("unallocated", None): (D(48), D(48)),
    }
    assert sum(D(row["by_tokens_usd"]) for row in rows) == 240


def test_output_and_the_cache_weigh_as_they_are_written(planned: Planned, tmp_path: Path) -> None:
    # output is ten times as heavy; cached tokens do not count
    calls = [called(9, "a", 30_000, "1", output_tokens=3_000, cache_read_tokens=10**9)]
    assert by_part(rows_of(planned, write(tmp_path, ptu()), calls, "10"))["used", "a"] == (D(1), D(1))


def test_only_calls_of_its_project_are_served(planned: Planned, tmp_path: Path) -> None:
    calls = [called(9, "a", 60_000, "1", project_id="p"), called(9, "b", 60_000, "1", project_id="q")]
    found = by_part(rows_of(planned, write(tmp_path, ptu(project="p")), calls, "10"))
    assert (found["used", "a"], ("used", "b") in found) == ((D(1), D(1)), False)


def test_calls_without_a_price_use_it_for_nobody(planned: Planned, tmp_path: Path) -> None:
    rows = rows_of(planned, write(tmp_path, ptu()), [called(9, "a", 60_000, None)], "10")
    assert by_part(rows)["used", "unattributed"] == (D(1), D(1))


def test_hours_without_a_rate_are_null_with_a_reason(planned: Planned, tmp_path: Path) -> None:
    for row in rows_of(planned, write(tmp_path, ptu()), [called(9, "a", 60_000, "1")], None):
        assert (row["by_tokens_usd"], row["by_peak_usd"], row["unpriced_reason"]) == (None, None, "no_rate")


calls_of_day = st.lists(
    st.tuples(
        st.integers(0, 23), st.sampled_from("abc"), st.integers(0, 10**8),
        st.integers(0, 10**13).map(lambda pico: str(D(pico).scaleb(-9))),
    ),
    max_size=12,
)  # fmt: skip
fleets = st.tuples(st.integers(1, 50), st.integers(0, 50)).map(lambda two: (two[0], max(two[0] - two[1], 0)))


@settings(max_examples=30)
@given(calls_of_day, fleets, st.integers(1, 10**15).map(lambda pico: D(pico).scaleb(-12)))
def test_parts_add_up_to_the_hours_by_both_rules(
    planned: Planned, folder: Path, calls: list[Any], fleet: tuple[int, int], hour: Decimal
) -> None:
    rows = rows_of(planned, write(folder, ptu(*fleet)), [called(*each) for each in calls], f"{hour:f}")
    for rule in ("by_tokens_usd", "by_peak_usd"):
        assert sum(row[rule] for row in rows) == 24 * hour
        assert all(row[rule] >= 0 for row in rows)
    if not fleet[1]:
        assert all(row["by_tokens_usd"] == 0 for row in rows if row["capacity_part"] == "used")


def company_of(root: Path, line: str) -> Ledger:
    """A company with one line of reserved capacity, one dollar an hour of a unit."""
    ledger = replace(Ledger.at(root / "company"), prices=small_book(root / "prices"))
    config = ledger.root / "config"
    write(config, line.replace("openai/m", "openai/gpt-5.4-mini"))
    rates = (
        (PROJECT / "fixtures" / "config" / "capacity.csv")
        .read_text(encoding="utf-8")
        .splitlines(keepends=True)
    )
    (config / "capacity.csv").write_text("".join(rates[:2]), encoding="utf-8")
    return ledger


def test_a_run_prices_the_hours_of_the_units(tmp_path: Path) -> None:
    ledger = company_of(tmp_path, ptu(15, 15))
    ledger.write("request_log/day.jsonl", [attempt("one", "2026-08-01", uncached_input_tokens=90_000)])
    ledger.run()
    # 90,000 tokens in and 200 out, ten times as heavy, of 900,000; rounded down to millionths
    used = 15 * D(102222) / 10**6
    assert ledger.rows("select capacity_part, by_tokens_usd, by_peak_usd from mart_capacity_cost") == [
        ("idle", 360 - used, 360 - used), ("unallocated", 0, 0), ("used", used, used),
    ]  # fmt: skip


def test_a_day_without_a_file_is_paid_and_idle(tmp_path: Path) -> None:
    # Paid from noon of the second day until noon of the fifth; the first, fourth and sixth have a file.
    dates = "2026-08-02T12:00:00Z,2026-08-05T12:00:00Z,,,"
    ledger = company_of(tmp_path, ptu(10, 8).replace(",,,,,", f",{dates}"))
    for day in ("2026-08-01", "2026-08-04", "2026-08-06"):
        ledger.write(f"request_log/{day}.jsonl", [attempt(day, day, output_tokens=0)])
    ledger.run()
    # Two of ten units are not deployed; the call reads 1,000 of the 600,000 tokens that ten take in an hour.
    used = D(1666) / 10**5
    found = ledger.rows(
        "select cast(day as varchar), capacity_part, by_tokens_usd from mart_capacity_cost order by 1, 2"
    )
    assert found == [
        ("2026-08-02", "idle", 96), ("2026-08-02", "unallocated", 24),
        ("2026-08-03", "idle", 192), ("2026-08-03", "unallocated", 48),
        ("2026-08-04", "idle", 192 - used), ("2026-08-04", "unallocated", 48), ("2026-08-04", "used", used),
        ("2026-08-05", "idle", 96), ("2026-08-05", "unallocated", 24),
    ]  # fmt: skip
    assert ledger.rows("select count(distinct day) from mart_cost_daily") == [(3,)]
    assert Run.of(ledger.locations).stale_days() == []


def test_a_day_without_a_file_that_is_no_longer_paid_is_gone(tmp_path: Path) -> None:
    ledger = company_of(tmp_path, ptu())
    for day in ("2026-08-01", "2026-08-03"):
        ledger.write(f"request_log/{day}.jsonl", [attempt(day, day)])
    ledger.run()
    assert ledger.rows("select count(distinct day) from mart_capacity_cost") == [(3,)]
    write(ledger.root / "config")
    ledger.run()
    assert ledger.rows("select count(*) from mart_capacity_cost") == [(0,)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([ptu(5, 6)], "line 2: 6 of 5 units are deployed"),
        ([ptu(0, 0)], "line 2: 0 of 0 units are deployed"),
        (
            [ptu().replace("capacity_unit_hours", "pages")],
            "line 2: meter 'pages' is none of capacity_unit_hours, gpu_hours",
        ),
        ([ptu().replace("openai/m", "m")], "line 2: serves is no list of provider/model"),
        ([ptu().replace(",1000,", ",0,")], "line 2: throughput must be from 1"),
        ([ptu(), ptu()], "line 3: ptu has two rows at 1970-01-01"),
        ([ptu(project="p"), ptu().replace("ptu,", "more,")], "line 3: openai/m is served by ptu too"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(BookError, match=said):
        load_reserved(write(tmp_path, *lines))


def test_capacity_holds_from_hour_to_hour(tmp_path: Path) -> None:
    line = ptu().replace(",,,,,board", ",2026-08-03T06:00:00Z,2026-08-03T09:00:00Z,,,board")
    hours = [row["hour_at"] for row in reserved_hours(load_reserved(write(tmp_path, line)), DAY)]
    assert hours == [datetime(2026, 8, 3, 6, tzinfo=UTC) + timedelta(hours=n) for n in range(3)]
