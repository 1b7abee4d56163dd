"""Running again, in another order or in other pieces gives the same bytes; a change rebuilds what it must."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.warehouse.contracts import follows_days, tables
from pipelines.warehouse.run import Run
from tests.flow.days import (
    Saved,
    attempt,
    company,
    day,
    log_of,
    made_from,
    published_by_table,
    published_files,
    run_days,
)
from tests.ledger import OWNERSHIP, Ledger

DAYS = 4
REWRITTEN_ALIKE = {"state/seen.json"}
"""Touched by every run; all other files keep even their times."""

LOCK = ".lock"
"""Says who writes and since when; no part of the ledger."""
MINI = "gpt-5.4-mini-2026-03-17"


def repeats() -> list[dict[str, object]]:
    """Newer versions of attempts of the same, the next and a far day: two lie within the window."""
    return [
        attempt("same", day(0), request_id=f"once-{day(0)}", output_tokens=201),
        attempt("next", day(2), request_id=f"once-{day(1)}", output_tokens=202),
        attempt("far", day(3), request_id=f"dear-{day(0)}", output_tokens=203),
        attempt("near and far", day(1), request_id=f"dear-{day(2)}", output_tokens=204),
        attempt("near and far", day(3), request_id=f"dear-{day(2)}", output_tokens=205),
    ]


def with_repeats(root: Path) -> Ledger:
    ledger = company(root, DAYS)
    ledger.write("request_log/repeats.jsonl", repeats())
    return ledger


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Everything in one run."""
    ledger = with_repeats(tmp_path_factory.mktemp("at_once") / "company")
    ledger.run()
    return ledger


def files_of(ledger: Ledger) -> dict[str, tuple[bytes, int]]:
    """Every file of the warehouse with its bytes and the time it was written."""
    paths = sorted(path for path in ledger.warehouse.rglob("*") if path.is_file() and path.name != LOCK)
    return {
        path.relative_to(ledger.warehouse).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in paths
    }


def test_a_second_run_changes_no_byte_and_writes_no_file_again(at_once: Ledger) -> None:
    before = files_of(at_once)
    at_once.run()
    after = files_of(at_once)
    assert {name: content for name, (content, _) in after.items()} == {
        name: content for name, (content, _) in before.items()
    }
    rewritten = {name for name in before if after[name][1] != before[name][1]}
    assert rewritten <= REWRITTEN_ALIKE
    assert "inferledger.duckdb" in before


def test_only_a_version_within_the_window_replaces_an_attempt(at_once: Ledger) -> None:
    kept = at_once.rows(
        "select day, request_id, output_tokens from fct_attempt_cost"
        " where output_tokens > 200 and output_tokens < 1000 order by output_tokens"
    )
    assert [(str(of_day), name, tokens) for of_day, name, tokens in kept] == [
        (day(0), f"once-{day(0)}", 201),
        (day(2), f"once-{day(1)}", 202),
        (day(3), f"dear-{day(0)}", 203),
        (day(1), f"dear-{day(2)}", 204),
        (day(3), f"dear-{day(2)}", 205),
    ]
    far = at_once.rows("select day from fct_attempt_cost where request_id = 'dear-2026-07-01' order by day")
    assert [str(of_day) for (of_day,) in far] == [day(0), day(3)]


@st.composite
def ways(draw: st.DrawFn) -> list[tuple[list[str], int]]:
    """Days in any order, in groups of any size, and how many raw files came before each."""
    order = draw(st.permutations([day(number) for number in range(DAYS)]))
    cuts = sorted(draw(st.sets(st.integers(1, DAYS - 1), max_size=DAYS - 1)))
    groups = [order[a:b] for a, b in zip([0, *cuts], [*cuts, DAYS], strict=True)]
    arrived = sorted(draw(st.lists(st.integers(0, 3 * DAYS + 1), min_size=len(groups), max_size=len(groups))))
    return list(zip(groups, arrived, strict=True))


@settings(max_examples=3)
@given(way=ways())
def test_days_in_any_order_split_in_any_way_give_the_same_bytes(
    at_once: Ledger, tmp_path_factory: pytest.TempPathFactory, way: Sequence[tuple[list[str], int]]
) -> None:
    piecewise = with_repeats(tmp_path_factory.mktemp("pieces") / "company")
    coming = Coming(piecewise)
    for group, arrived in way:
        coming.until(arrived)
        run_days(piecewise, group)
    coming.until(coming.count)
    piecewise.run()
    assert published_by_table(piecewise) == published_by_table(at_once)
    assert made_from(piecewise) == made_from(at_once)
    journals = [
        (ledger.warehouse / "state" / "ingested.jsonl").read_bytes() for ledger in (piecewise, at_once)
    ]
    assert journals[0] == journals[1]


class Coming:
    """Raw files that come one after the other, in the order of their paths."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._aside = ledger, ledger.root / "coming"
        ledger.raw.rename(self._aside)
        ledger.raw.mkdir()
        self._names = sorted(p.relative_to(self._aside).as_posix() for p in self._aside.rglob("*.json*"))
        self.count = len(self._names)

    def until(self, count: int) -> None:
        """Let the first `count` files be there."""
        for name in self._names[:count]:
            target = self._ledger.raw / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                (self._aside / name).rename(target)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Saved]:
    """A published company of three days, and the way back to it."""
    ledger = company(tmp_path_factory.mktemp("change") / "company", 3)
    ledger.run()
    return ledger, Saved(ledger, tmp_path_factory.mktemp("store") / "company")


@pytest.fixture
def published(saved: tuple[Ledger, Saved]) -> Ledger:
    """A published company of three days, free to be changed."""
    saved[1].restore()
    return saved[0]


LATE = "request_log/2026-06-30.late.jsonl"
"""Its name comes before the names of the files that were there first."""


def add_late_file(ledger: Ledger) -> None:
    ledger.write(
        LATE, [attempt("late", day(1), request_id="late"), attempt("late", day(1), request_id="later")]
    )


REACHING = {"mart_reconciliation_state", "mart_reconciliation", "mart_billed_cost"}
"""What compares over the hours of the bill's own day, or with the bills around it, and so reads more days."""


def test_a_late_file_builds_its_day_again_and_what_reads_it(published: Ledger) -> None:
    origins, times = made_from(published), files_of(published)
    add_late_file(published)
    stale = Run.of(published.locations)
    stale.ingest()
    assert stale.stale_days() == [day(0), day(1), day(2)]
    published.run()
    changed = {key for key, origin in made_from(published).items() if origins[key] != origin}
    assert {of_day for table, of_day in changed if table not in REACHING} == {day(1), ""}
    assert {of_day for table, of_day in changed if table in REACHING} == {day(0), day(1), day(2)}
    following = {name for name, table in tables().items() if follows_days(table)}
    assert {table for table, of_day in changed if not of_day} == {"ingested_files", "rejects", *following}
    assert ("fct_attempt_cost", day(1)) in changed
    assert ("fct_charge", day(1)) not in changed
    kept = [
        file
        for (table, of_day), files in published_files(published).items()
        if of_day not in {day(1), ""} and table not in {"replaced_attempt", *REACHING}
        for file in files
    ]
    now = files_of(published)
    assert kept
    assert all(now[file] == times[file] for file in kept)


def test_files_in_two_batches_end_like_at_once_except_for_the_order_of_arrival(
    published: Ledger, tmp_path: Path
) -> None:
    add_late_file(published)
    published.run()
    at_once = company(tmp_path / "company", 3)
    add_late_file(at_once)
    at_once.run()
    batches, once = published_by_table(published), published_by_table(at_once)
    assert {table for table in once if once[table] != batches[table]} == {"ingested_files"}
    listed = "select * exclude (sequence) from ingested_files order by name"
    assert published.rows(listed) == at_once.rows(listed)
    last = "select name from ingested_files order by sequence desc limit 1"
    assert published.rows(last) == [(LATE,)]
    assert at_once.rows(last) == [(f"request_log/{day(2)}.jsonl",)]
    journals = [
        [
            json.loads(line)
            for line in (ledger.warehouse / "state" / "ingested.jsonl").read_text().splitlines()
        ]
        for ledger in (published, at_once)
    ]
    assert [entry["sequence"] for entry in journals[0]] == [entry["sequence"] for entry in journals[1]]
    assert by_name(journals[0]) == by_name(journals[1])


def by_name(journal: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """The entries without their place in the order."""
    entries = [{key: value for key, value in entry.items() if key != "sequence"} for entry in journal]
    return sorted(entries, key=lambda entry: str(entry["name"]))


def changed_files(before: dict[tuple[str, str], str], ledger: Ledger) -> set[tuple[str, str]]:
    """Table and day of each published part that is another file than before."""
    return {key for key, files in published_files(ledger).items() if before.get(key) != files}


def test_a_change_of_owner_changes_the_days_it_holds_for_and_no_bill(published: Ledger) -> None:
    before = published_files(published)
    moved = f"*,api_key,key-a,search,answers,production,2026-01-01,{day(2)}\n"
    gained = f"*,api_key,key-a,support,answers,production,{day(2)},\n"
    (published.root / "config" / "ownership.csv").write_text(OWNERSHIP + moved + gained, encoding="utf-8")
    assert Run.of(published.locations).stale_days() == [day(number) for number in range(3)]
    published.run()
    assert changed_files(before, published) == {
        (table, day(2))
        for table in (
            "fct_attempt_cost",
            "fct_usage_cost",
            "mart_billed_cost",
            "mart_cost_daily",
            "mart_cost_hourly",
            "mart_cost_by_team",
            "mart_recorded_cost",
            "mart_cost_drivers",
            "mart_unit_cost",
            "mart_reprice_journal",
            "mart_used_name",
        )
    }


def test_a_change_of_price_changes_the_days_it_holds_for(published: Ledger) -> None:
    before, was = (
        published_files(published),
        published.rows("select day, sum(cost_usd) from mart_cost_daily group by 1"),
    )
    raise_output_price(published.prices / "openai.csv", day(2))
    published.run()
    changed = changed_files(before, published)
    assert {of_day for _, of_day in changed} == {day(2), ""}
    assert {table for table, of_day in changed if of_day} == {
        "fct_attempt_cost", "fct_usage_cost", "mart_cost_daily", "mart_cost_by_model", "mart_cost_by_feature",
        "mart_cost_by_team", "mart_cost_drivers", "mart_cost_hourly", "mart_coverage",
        "mart_price_disagreement", "mart_reconciliation", "mart_reconciliation_daily",
        "mart_reconciliation_state", "mart_recorded_cost", "mart_reprice_journal", "mart_unit_cost",
        "mart_used_name",
    }  # fmt: skip
    assert {table for table, of_day in changed if not of_day} == {"dim_rate", "mart_forecast"}
    now = dict(published.rows("select day, sum(cost_usd) from mart_cost_daily group by 1"))
    assert {str(of_day) for of_day, cost in was if now[of_day] != cost} == {day(2)}


def raise_output_price(path: Path, from_day: str) -> None:
    """Close gpt-5.4-mini's standard output rate and open one of twice the rate."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    written: list[dict[str, str]] = []
    for row in rows:
        written.append(row)
        mini = row["sku"] == MINI and row["meter"] == "output_tokens"
        if mini and row["service_tier"] == "standard" and not row["valid_to"]:
            row["valid_to"] = from_day
            written.append({**row, "rate": "9", "valid_from": from_day, "valid_to": "", "basis": "cited"})
    assert len(written) == len(rows) + 1
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(written)


def test_a_file_that_only_changes_its_name_changes_no_table_of_a_day(published: Ledger) -> None:
    before = published_files(published)
    name = f"request_log/{day(0)}.jsonl"
    (published.raw / name).rename(published.raw / "request_log" / "renamed.jsonl")
    published.run()
    assert changed_files(before, published) == {("ingested_files", "")}
    assert published.rows("select same_as from ingested_files where file_status = 'duplicate'") == [(name,)]
    assert len(log_of(day(0))) == 5
