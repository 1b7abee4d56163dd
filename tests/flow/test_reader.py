"""Queries of users: they read what is published and can do nothing else."""

from pathlib import Path

import pytest

from pipelines.errors import LedgerError
from pipelines.warehouse.reader import Reader
from tests.flow.days import company, day
from tests.ledger import Ledger


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A small published company, only to be read."""
    ledger = company(tmp_path_factory.mktemp("reader") / "company", 1)
    ledger.run()
    return ledger


WRITING = {
    "a file in the warehouse": "copy (select 1 as a) to '{warehouse}/tables/x.parquet'",
    "the catalogue itself": "copy (select 1 as a) to '{warehouse}/inferledger.duckdb'",
    "a folder of the warehouse": "export database '{warehouse}/export'",
    "another database": "attach '{warehouse}/x.duckdb' as x",
    "a table": "create table t as select 1 as a",
    "a temporary table": "create temp table t as select 1 as a",
    "a view": "create or replace view fct_charge as select 1 as a",
    "a macro": "create macro f() as 1",
    "rows": "insert into fct_charge select * from fct_charge",
    "fewer rows": "delete from fct_charge",
    "nothing any more": "drop view fct_charge",
    "a comment": "comment on view fct_charge is 'mine'",
    "after a select": "select 1; copy (select 1 as a) to '{warehouse}/tables/x.parquet'",
    "under explain": "explain analyze copy (select 1 as a) to '{warehouse}/tables/x.parquet'",
    "prepared": "prepare p as copy (select 1 as a) to '{warehouse}/tables/x.parquet'",
}
REACHING = {
    "a file elsewhere": "select * from read_csv('{elsewhere}')",
    "a file elsewhere as text": "select * from read_text('{elsewhere}')",
    "a file by its name": "select * from '{elsewhere}'",
    "a file above": "select * from read_text('{warehouse}/../secret.csv')",
    "a list of files elsewhere": "select * from glob('{folder}/*')",
    "a database elsewhere": "attach '{folder}/x.duckdb' as x",
    "the network": "select * from read_csv('https://example.org/x.csv')",
    "an extension": "install httpfs",
    "an extension that is there": "load httpfs",
    "the environment": "select getenv('HOME')",
    "secrets": "create secret (type s3, key_id 'a', secret 'b')",
}
CHANGING = {
    "memory": "set memory_limit = '1GB'",
    "access": "set enable_external_access = true",
    "folders": "set allowed_directories = ['/']",
    "the lock": "set lock_configuration = false",
    "the lock by reset": "reset lock_configuration",
    "threads": "pragma threads = 1",
    "the zone": "set timezone = 'Europe/Berlin'",
}


def contents(ledger: Ledger) -> dict[str, bytes]:
    """Every file of the warehouse."""
    paths = (path for path in ledger.warehouse.rglob("*") if path.is_file())
    return {path.relative_to(ledger.warehouse).as_posix(): path.read_bytes() for path in paths}


def refused(ledger: Ledger, sql: str) -> str:
    """The sentence with which a query is refused; it must have changed no file."""
    elsewhere = ledger.root / "secret.csv"
    elsewhere.write_text("secret\n1\n", encoding="utf-8")
    filled = sql.format(warehouse=ledger.warehouse, elsewhere=elsewhere, folder=ledger.root)
    before = contents(ledger)
    with Reader(ledger.warehouse / "inferledger.duckdb") as reader, pytest.raises(LedgerError) as error:
        reader.select(filled)
    assert contents(ledger) == before
    return str(error.value)


@pytest.mark.parametrize("what", [*WRITING, *REACHING, *CHANGING])
def test_a_query_cannot_write_reach_out_or_change_a_setting(published: Ledger, what: str) -> None:
    said = refused(published, (WRITING | REACHING | CHANGING)[what])
    assert said
    assert "\n" not in said


@pytest.mark.parametrize(
    "sql", ["", " ", ";", "-- nothing", "select 1; select 2", "select", "this is no sql"]
)
def test_what_is_not_one_select_is_refused_in_one_sentence(published: Ledger, sql: str) -> None:
    said = refused(published, sql)
    assert said
    assert "\n" not in said


def test_an_unknown_table_or_column_is_named(published: Ledger) -> None:
    assert "nowhere" in refused(published, "select * from nowhere")
    assert "colour" in refused(published, "select colour from fct_charge")


def test_python_variables_are_not_tables(published: Ledger) -> None:
    contents_of_a_variable = [1]
    assert "contents_of_a_variable" in refused(published, "select * from contents_of_a_variable")
    assert contents_of_a_variable == [1]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select 1 as a", [(1,)]),
        ("with a as (select 2 as b) select b from a", [(2,)]),
        ("select count(*) as n from fct_charge;", [(1,)]),
        ("from fct_charge select count(*)", [(1,)]),
    ],
)
def test_a_select_in_any_form_is_run(published: Ledger, sql: str, rows: list[tuple[int]]) -> None:
    assert published.rows(sql) == rows


@pytest.mark.parametrize("sql", ["describe fct_charge", "summarize mart_unpriced", "show tables"])
def test_the_tables_describe_themselves(published: Ledger, sql: str) -> None:
    assert len(published.rows(sql)) > 5


def test_instants_are_shown_in_utc_wherever_the_reader_sits(
    published: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    [(first,)] = published.rows("select cast(min(ended_at) as varchar) from fct_attempt_cost")
    assert first == f"{day(0)} 00:00:00+00"


def test_a_warehouse_without_a_version_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LedgerError) as error:
        Reader(tmp_path / "inferledger.duckdb")
    assert str(error.value) == f"nothing is published in {tmp_path}; run `inferledger run` first"


def test_an_error_names_what_may_be_meant(published: Ledger) -> None:
    with Reader(published.warehouse / "inferledger.duckdb") as reader:
        with pytest.raises(LedgerError) as column:
            reader.select("select costs_usd from mart_cost_by_team")
        with pytest.raises(LedgerError) as table:
            reader.select("select team from mart_cost_by_teams")
    assert str(column.value).startswith(
        'Binder Error: Referenced column "costs_usd" not found in FROM clause!;'
        ' Candidate bindings: "cost_usd"'
    )
    assert str(table.value).endswith('does not exist!; Did you mean "mart_cost_by_team"?')


def test_a_moved_warehouse_says_so_and_one_run_publishes_it_again(tmp_path: Path) -> None:
    ledger = company(tmp_path / "company", 1)
    ledger.run()
    attempts = ledger.rows("select sum(attempts) from mart_coverage")
    moved = Ledger((tmp_path / "company").rename(tmp_path / "moved"))
    with pytest.raises(LedgerError, match="moved/warehouse was moved or copied"):
        moved.rows("select 1")
    moved.run()
    assert moved.rows("select sum(attempts) from mart_coverage") == attempts
