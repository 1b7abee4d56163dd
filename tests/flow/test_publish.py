"""The swap: readers see the old version or the new one, and a failed check leaves the old one alone."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import IntegrityError, LedgerError
from pipelines.ingest.journal import IngestedFile
from pipelines.orchestrate import Asked, run_ledger
from pipelines.warehouse import contracts
from pipelines.warehouse import run as running
from pipelines.warehouse.contracts import tables
from pipelines.warehouse.layout import Layout
from pipelines.warehouse.lock import locked
from pipelines.warehouse.publish import KEPT_VERSIONS
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.run import Run
from tests.flow.days import Saved, attempt, company, day, published_by_table, published_files
from tests.ledger import Ledger, only

FIRST_COST, ONE_MORE = Decimal("0.0102"), Decimal("0.00165")
STORAGE_V1_0_0 = 64
SWAPS, READERS = 3, 2


@pytest.fixture(scope="module", autouse=True)
def few_tables() -> Iterator[None]:
    """By day and of all days: the swap is the same whatever tables it swaps."""
    with only("mart_cost_by_team", "mart_cost_by_model", "ingested_files", "rejects"):
        yield


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Saved]:
    """A published company of one day, and the way back to it."""
    ledger = company(tmp_path_factory.mktemp("publish") / "company", 1)
    ledger.run()
    return ledger, Saved(ledger, tmp_path_factory.mktemp("store") / "company")


@pytest.fixture
def published(saved: tuple[Ledger, Saved]) -> Ledger:
    """A published company of one day, free to be changed."""
    saved[1].restore()
    return saved[0]


def one_more(ledger: Ledger, number: int) -> None:
    """A further file with one attempt of the first day."""
    name = f"more-{number}"
    ledger.write(f"request_log/{name}.jsonl", [attempt(name, day(0), request_id=name)])


def cost(ledger: Ledger) -> Decimal:
    found: Decimal = ledger.rows("select sum(cost_usd) from mart_cost_by_team")[0][0]
    return found


def catalogue(ledger: Ledger) -> Path:
    return ledger.warehouse / "inferledger.duckdb"


def test_the_catalogue_holds_one_view_per_table_and_no_table(published: Ledger) -> None:
    with duckdb.connect(str(catalogue(published)), read_only=True) as connection:
        views = connection.execute("select view_name from duckdb_views() where not internal").fetchall()
        assert {name for (name,) in views} == set(tables())
        assert connection.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]


def test_the_catalogue_is_written_in_the_oldest_storage_version(published: Ledger) -> None:
    header = catalogue(published).read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == STORAGE_V1_0_0


def test_views_list_exactly_the_files_of_their_version(published: Ledger) -> None:
    files = published_files(published)
    with duckdb.connect(str(catalogue(published)), read_only=True) as connection:
        views = connection.execute("select view_name, sql from duckdb_views() where not internal").fetchall()
    for name, sql in views:
        listed = set(re.findall(r"'([^']*\.parquet)'", sql))
        parts = {
            str(published.warehouse / file)
            for (table, _), of_day in files.items()
            if table == name
            for file in of_day
        }
        assert listed == parts | {str(published.warehouse / "tables" / name / "empty.parquet")}, name
        assert "*" not in "".join(listed)


def test_files_are_named_by_their_content(published: Ledger) -> None:
    one_more(published, 1)
    before = published_by_table(published)
    old = published_files(published)
    published.run()
    now = published_by_table(published)
    for (table, of_day), files in published_files(published).items():
        assert (now[table][of_day] == before[table][of_day]) == (files == old[table, of_day])


def test_columns_carry_their_meaning_as_comments(published: Ledger) -> None:
    with duckdb.connect(str(catalogue(published)), read_only=True) as connection:
        found = connection.execute(
            "select table_name, column_name, comment from duckdb_columns() where not internal"
        ).fetchall()
    said = {(table, column): comment or "" for table, column, comment in found}
    for table in tables().values():
        for column in table.columns:
            assert said[table.name, column.name].startswith(column.meaning)


def test_a_reader_keeps_its_version_while_later_ones_are_swapped_in(published: Ledger) -> None:
    sql = "select sum(cost_usd) from mart_cost_by_team"
    with Reader(catalogue(published)) as reader:
        for number in range(1, KEPT_VERSIONS):
            one_more(published, number)
            published.run()
            assert reader.select(sql)[1] == [(FIRST_COST,)]
            assert cost(published) == FIRST_COST + number * ONE_MORE


def all_files(ledger: Ledger) -> set[str]:
    return {file for files in published_files(ledger).values() for file in files}


def test_files_no_recent_version_names_are_removed(published: Ledger) -> None:
    versions = [all_files(published)]
    for number in range(1, KEPT_VERSIONS + 1):
        one_more(published, number)
        published.run()
        versions.append(all_files(published))
    recent = set().union(*versions[-KEPT_VERSIONS:])
    there = {
        path.relative_to(published.warehouse).as_posix()
        for path in (published.warehouse / "tables").rglob("*.parquet")
        if path.name != "empty.parquet"
    }
    history = json.loads((published.warehouse / "state" / "versions.json").read_text(encoding="utf-8"))
    assert versions[0] - recent
    assert there == recent
    assert [set(version) for version in history] == versions[-KEPT_VERSIONS:]


def wrong_key(patch: pytest.MonkeyPatch) -> None:
    changed = {**tables(), "fct_attempt_cost": replace(tables()["fct_attempt_cost"], key=("day", "source"))}
    patch.setattr(running, "tables", lambda: changed)


def wrong_type(patch: pytest.MonkeyPatch) -> None:
    fact = tables()["fct_charge"]
    columns = tuple(
        replace(column, type="BIGINT") if column.name == "day" else column for column in fact.columns
    )
    patch.setattr(running, "tables", lambda: {**tables(), "fct_charge": replace(fact, columns=columns)})


def row_lost(patch: pytest.MonkeyPatch) -> None:
    def one_row_more(path: Path) -> list[IngestedFile]:
        return [replace(entry, days={key: n + 1 for key, n in entry.days.items()}) for entry in real(path)]

    real = running.load_journal
    patch.setattr(running, "load_journal", one_row_more)


def money_invented(patch: pytest.MonkeyPatch) -> None:
    def dearer(name: str) -> str:
        mart = name.endswith("mart_cost_daily.sql")
        exactly, more = (
            "sum(cost_usd) as cost_usd",
            "cast(sum(cost_usd) + 0.01 as decimal(38, 12)) as cost_usd",
        )
        return real(name).replace(exactly, more) if mart else real(name)

    real = contracts.read_sql
    patch.setattr(contracts, "read_sql", dearer)


BROKEN: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "unique_grain": (wrong_key, "fct_attempt_cost of 2026-07-01: 6 rows but 1 different (day, source)"),
    "shape": (wrong_type, "fct_charge: columns wrong ['day DATE']"),
    "nothing_lost": (row_lost, "rows staged, but"),
    "same_totals": (money_invented, "mart_cost_daily of 2026-07-01: totals "),
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_failed_check_publishes_nothing_and_the_next_run_mends_it(published: Ledger, check: str) -> None:
    break_it, said = BROKEN[check]
    one_more(published, 1)
    before, version = catalogue(published).read_bytes(), published_by_table(published)
    with pytest.MonkeyPatch.context() as patch:
        break_it(patch)
        with pytest.raises(IntegrityError, match=re.escape(said)) as error:
            published.run()
    assert error.value.check == check
    assert catalogue(published).read_bytes() == before
    assert published_by_table(published) == version
    assert cost(published) == FIRST_COST
    published.run()
    assert cost(published) == FIRST_COST + ONE_MORE


def test_a_second_writer_is_told_who_is_there(published: Ledger) -> None:
    with locked(Layout(published.warehouse)):
        where = vars(published.locations)
        options = [f"--{name}={path}" for name, path in where.items()]
        command = [sys.executable, "-m", "pipelines.cli", "run", *options]
        second = subprocess.run(command, capture_output=True, text=True, check=False)
    told = f"error: another run is writing {published.warehouse}: process {os.getpid()}, since "
    assert (second.returncode, second.stderr[: len(told)]) == (1, told)
    assert second.stderr.count("\n") == 1
    assert cost(published) == FIRST_COST


def test_a_run_of_the_command_holds_the_warehouse_from_its_first_step_to_its_last(
    published: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that ended lets nobody in: the next one is tried by another thread between them."""
    told: list[str] = []

    def intrude() -> None:
        try:
            Run.of(published.locations).ingest()
        except LedgerError as error:
            told.append(str(error))

    steps, build = iter(range(3)), Run.build

    def step(run: Run, table: str, days: Sequence[str]) -> int:
        if next(steps, None) is not None:
            other = threading.Thread(target=intrude)
            other.start()
            other.join()
        return build(run, table, days)

    monkeypatch.setattr(Run, "build", step)
    monkeypatch.setattr(Run, "findings", lambda _run: [])  # their table is not among the few
    one_more(published, 1)
    run_ledger(published.locations, Asked())
    assert len(told) == 3
    assert all(sentence.startswith(f"another run is writing {published.warehouse}: ") for sentence in told)
    assert cost(published) == FIRST_COST + ONE_MORE


def test_readers_need_no_lock(published: Ledger) -> None:
    with locked(Layout(published.warehouse)):
        assert cost(published) == FIRST_COST


def test_a_moved_warehouse_reads_right_after_the_next_run(published: Ledger) -> None:
    version = published_by_table(published)
    root = published.root.with_name("moved")
    moved = Ledger(root, root / "prices")
    shutil.rmtree(moved.root, ignore_errors=True)
    shutil.move(published.root, moved.root)
    try:
        moved.run()
        assert cost(moved) == FIRST_COST
        assert published_by_table(moved) == version
    finally:
        shutil.move(moved.root, published.root)


def test_a_day_that_is_not_built_whole_stays_as_it_was(published: Ledger) -> None:
    one_more(published, 1)
    run = Run.of(published.locations)
    run.ingest()
    run.find_replaced(run.days())
    run.build("fct_attempt_cost", run.days())
    run.publish()
    assert cost(published) == FIRST_COST
    assert published.rows("select sum(cost_usd) from fct_attempt_cost") == [(FIRST_COST,)]


def test_readers_in_a_loop_see_whole_versions_in_order_while_others_are_swapped_in(published: Ledger) -> None:
    done = threading.Event()
    seen: list[list[Decimal]] = [[] for _ in range(READERS)]
    torn: list[object] = []

    def read(into: list[Decimal]) -> None:
        for version in versions_read(catalogue(published), done):
            if isinstance(version, Decimal):
                into.append(version)
            else:
                torn.append(version)

    readers = [threading.Thread(target=read, args=(into,)) for into in seen]
    for reader in readers:
        reader.start()
    for number in range(1, SWAPS + 1):
        one_more(published, number)
        published.run()
    done.set()
    for reader in readers:
        reader.join()
    whole = {FIRST_COST + number * ONE_MORE for number in range(SWAPS + 1)}
    assert torn == []
    for costs in seen:
        assert set(costs) <= whole
        assert costs == sorted(costs)
        assert costs[-1] == FIRST_COST + SWAPS * ONE_MORE


def versions_read(path: Path, done: threading.Event) -> Iterator[object]:
    """The cost of the version read each time, or what was wrong with it; one more time after the end."""
    sql = (
        "select (select sum(cost_usd) from fct_attempt_cost), (select sum(cost_usd) from mart_cost_daily),"
        " (select sum(cost_usd) from mart_cost_by_model), (select count(*) from ingested_files)"
    )
    is_last = False
    while not is_last:
        is_last = done.is_set()
        try:
            with Reader(path) as reader:
                [(fact, daily, by_model, files)] = reader.select(sql)[1]
        except (LedgerError, duckdb.Error) as error:
            yield error
            continue
        agrees = fact == daily == by_model == FIRST_COST + (files - 3) * ONE_MORE
        yield fact if agrees else (fact, daily, by_model, files)
