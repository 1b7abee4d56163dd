"""Dagster's side: what is declared, when it runs, what it tells of a run, what a failed check holds back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from pipelines.defs.assets import ASSETS, WEBHOOK
from pipelines.defs.automation import late_days, nightly
from pipelines.defs.definitions import defs
from pipelines.defs.ledger import Ledger as Folders
from pipelines.defs.partitions import days_tags
from pipelines.errors import IntegrityError
from pipelines.orchestrate import Asked, run_ledger
from pipelines.settings import PROJECT, SQL
from pipelines.warehouse import build
from pipelines.warehouse.checks import checks_of
from pipelines.warehouse.contracts import tables
from pipelines.warehouse.findings import CHECKS
from tests.flow.days import Saved, company, day, write_day
from tests.ledger import Ledger

FIRST, LAST = day(0), day(2)
RAN = (day(0), day(1))
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def folders(ledger: Ledger) -> dict[str, Folders]:
    return {"ledger": Folders(**{name: str(path) for name, path in vars(ledger.locations).items()})}


def run_nightly(
    ledger: Ledger, instance: dg.DagsterInstance, tags: dict[str, str]
) -> dg.ExecuteInProcessResult:
    """The whole job in this process over the days of `tags`."""
    return defs.resolve_job_def("nightly").execute_in_process(
        resources=folders(ledger),
        instance=instance,
        tags=tags,
        run_config=QUIET,
        raise_on_error=False,
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, dg.ExecuteInProcessResult]]:
    ledger = company(tmp_path_factory.mktemp("dagster") / "company", len(RAN))
    with dg.DagsterInstance.ephemeral() as instance:
        yield ledger, run_nightly(ledger, instance, days_tags(RAN[0], RAN[-1]))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Saved]:
    """Two days, published by the steps alone, and the way back to them."""
    ledger = company(tmp_path_factory.mktemp("published") / "company", 2)
    ledger.run()
    return ledger, Saved(ledger, tmp_path_factory.mktemp("store") / "company")


@pytest.fixture
def published(saved: tuple[Ledger, Saved]) -> Ledger:
    """A published company of two days, free to be changed."""
    saved[1].restore()
    return saved[0]


def materialized(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], dict[str, Any]]:
    """Asset and partition → metadata of its materialization."""
    found = {}
    for event in result.get_asset_materialization_events():
        assert event.asset_key is not None
        metadata = event.step_materialization_data.materialization.metadata
        place = event.asset_key.to_user_string(), event.partition or ""
        assert place not in found
        found[place] = {name: each.value for name, each in metadata.items()}
    return found


def test_definitions_load_without_a_warning() -> None:
    load = "from pipelines.defs.definitions import defs; defs.resolve_job_def('nightly')"
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", load], check=True, capture_output=True, text=True, cwd=PROJECT
    )
    assert (said.stdout, said.stderr) == ("", "")


def test_definitions_can_be_executed() -> None:
    dg.Definitions.validate_loadable(defs)


def test_assets_are_the_tables_the_intake_and_the_catalogue() -> None:
    keys = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
    assert keys == {*tables(), "intake", "replaced_attempt", "catalogue"}


def test_tables_by_day_have_daily_utc_partitions_and_the_others_have_none() -> None:
    for asset in ASSETS:
        name = asset.key.to_user_string()
        partitions = asset.partitions_def
        if name in tables() and tables()[name].by_day:
            assert isinstance(partitions, dg.DailyPartitionsDefinition)
            assert partitions.timezone == "UTC"
            assert partitions.has_partition_key("2020-01-01")
        else:
            assert partitions is None, name


def test_every_asset_comes_after_what_its_sql_reads() -> None:
    graph = defs.resolve_asset_graph()
    for name, table in tables().items():
        parents = {key.to_user_string() for key in graph.get(dg.AssetKey(name)).parent_keys}
        assert {each for each in table.inputs if each in tables()} <= parents
    catalogue = graph.get(dg.AssetKey("catalogue"))
    assert {key.to_user_string() for key in catalogue.parent_keys} == set(tables())


def test_jobs_run_in_process() -> None:
    for name in ("nightly", "late_days"):
        assert defs.resolve_job_def(name).executor_def.name == dg.in_process_executor.name


def test_catalogue_of_dagster_shows_columns_units_and_grain_before_any_run() -> None:
    for asset in ASSETS:
        name = asset.key.to_user_string()
        if name not in tables():
            continue
        metadata = asset.metadata_by_key[asset.key]
        contract = tables()[name]
        shown = metadata["dagster/column_schema"].columns
        assert [(column.name, column.type) for column in shown] == list(contract.types.items())
        for column, promised in zip(shown, contract.columns, strict=True):
            assert column.description.startswith(promised.meaning)
            assert not promised.unit or column.description.endswith(f"[{promised.unit}]")
        assert metadata["grain"] == contract.grain
        assert (PROJECT / metadata["sql"]).is_file()


def test_catalogue_of_dagster_shows_where_a_column_comes_from() -> None:
    [by_team] = [asset for asset in ASSETS if asset.key == dg.AssetKey("mart_cost_by_team")]
    lineage = by_team.metadata_by_key[by_team.key]["dagster/column_lineage"].deps_by_column
    assert [(dep.asset_key.to_user_string(), dep.column_name) for dep in lineage["cost_usd"]] == [
        ("mart_cost_daily", "cost_usd")
    ]


def test_lineage_file_has_every_column_of_every_table() -> None:
    """Where each comes from, `python -m pipelines.lineage --check` proves in a tenth of a minute."""
    kept = json.loads((SQL / "lineage.json").read_text(encoding="utf-8"))
    assert {name: sorted(columns) for name, columns in kept.items()} == {
        name: sorted(table.types) for name, table in tables().items()
    }


def scheduled(at: datetime, warehouse: Path) -> dg.RunRequest:
    """What the schedule asks for at an instant."""
    resources = {"ledger": Folders(warehouse=str(warehouse))}
    with dg.build_schedule_context(scheduled_execution_time=at, resources=resources) as context:
        [request] = nightly.evaluate_tick(context).run_requests or []
    return request


def test_schedule_runs_every_night_up_to_yesterday(tmp_path: Path) -> None:
    assert (nightly.cron_schedule, nightly.execution_timezone) == ("0 2 * * *", "UTC")
    request = scheduled(datetime(2026, 8, 1, 2, tzinfo=UTC), tmp_path)
    assert request.run_key == "2026-07-31"
    assert request.tags["dagster/asset_partition_range_end"] == "2026-07-31"
    assert "2026-07-29" < request.tags["dagster/asset_partition_range_start"] <= "2026-07-31"


def test_the_scheduled_run_counts_an_attempt_once_that_yesterdays_log_repeats(published: Ledger) -> None:
    ledger = published
    write_day(ledger, 2)
    request = scheduled(datetime.fromisoformat(f"{day(3)}T02:00:00Z"), ledger.root / "another")
    with dg.DagsterInstance.ephemeral() as instance:
        result = run_nightly(ledger, instance, dict(request.tags))
    assert result.success
    held = f"request_id = 'held-{day(1)}'"
    found = ledger.rows(f"select cast(day as varchar) from fct_attempt_cost where {held}")  # noqa: S608
    assert found == [(day(2),)]


def asked_by_sensor(ledger: Ledger) -> tuple[str, str] | None:
    """The first and last day that the sensor asks a run for."""
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, resources=folders(ledger), definitions=defs)
        requests = late_days.evaluate_tick(context).run_requests or []
    if not requests:
        return None
    [request] = requests
    return (
        request.tags["dagster/asset_partition_range_start"],
        request.tags["dagster/asset_partition_range_end"],
    )


def test_sensor_asks_for_stale_days_and_skips_when_there_are_none(published: Ledger, tmp_path: Path) -> None:
    assert asked_by_sensor(company(tmp_path / "company", 1)) is None
    ledger = published
    assert asked_by_sensor(ledger) is None
    rules = ledger.root / "config" / "ownership.csv"
    rules.write_text(rules.read_text(encoding="utf-8").replace(",search,", ",discovery,"), encoding="utf-8")
    assert asked_by_sensor(ledger) == (day(0), day(1))
    ledger.run()
    assert asked_by_sensor(ledger) is None


def test_sensor_skips_with_a_sentence_when_the_settings_are_wrong(tmp_path: Path) -> None:
    ledger = company(tmp_path / "company", 1)
    (ledger.root / "config" / "settings.yml").write_text("forecast_days: 5", encoding="utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, resources=folders(ledger), definitions=defs)
        said = late_days.evaluate_tick(context).skip_message
    assert said == "settings.yml: forecast_days must be from 31 to 100, but is 5"


def test_one_run_over_a_range_materializes_every_asset_and_every_day(
    ran: tuple[Ledger, dg.ExecuteInProcessResult],
) -> None:
    ledger, result = ran
    assert result.success
    by_day = {name for name, table in tables().items() if table.by_day}
    whole = {"intake", "replaced_attempt", "catalogue", *(set(tables()) - by_day)}
    expected = {(name, of_day) for name in by_day for of_day in RAN}
    assert set(materialized(result)) == expected | {(name, "") for name in whole}
    assert ledger.rows("select count(distinct day) from fct_attempt_cost") == [(len(RAN),)]


def test_row_counts_of_a_run_are_those_of_the_tables(
    ran: tuple[Ledger, dg.ExecuteInProcessResult],
) -> None:
    ledger, result = ran
    said = materialized(result)
    for name in (name for name, table in tables().items() if not table.by_day):
        assert ledger.rows(f"select count(*) from {name}") == [(said[name, ""]["dagster/row_count"],)]  # noqa: S608
    [(staged,)] = ledger.rows("select sum(staged_rows) from ingested_files")
    assert said["intake", ""]["dagster/row_count"] == staged


def test_every_partition_says_its_own_number_of_rows(
    ran: tuple[Ledger, dg.ExecuteInProcessResult],
) -> None:
    ledger, result = ran
    said = {
        place: metadata["dagster/partition_row_count"]
        for place, metadata in materialized(result).items()
        if "dagster/partition_row_count" in metadata
    }
    for name in (name for name, table in tables().items() if table.by_day):
        sql = f"select cast(day as varchar), count(*) from {name} group by 1"  # noqa: S608
        rows = dict(ledger.rows(sql))
        assert {of_day: said[name, of_day] for of_day in RAN} == {
            of_day: rows.get(of_day, 0) for of_day in RAN
        }, name


def test_every_promised_check_was_made_and_blocks(ran: tuple[Ledger, dg.ExecuteInProcessResult]) -> None:
    _, result = ran
    made = {
        (each.asset_key.to_user_string(), each.check_name): each
        for each in result.get_asset_check_evaluations()
    }
    blocking = {(name, check) for name, table in tables().items() for check in checks_of(table)}
    assert {place for place, each in made.items() if each.blocking} == blocking
    assert all(made[place].passed for place in blocking)
    assert {place for place, each in made.items() if not each.blocking} == {
        ("catalogue", check) for check in (*CHECKS, WEBHOOK)
    }


def test_findings_warn_and_name_the_culprit(ran: tuple[Ledger, dg.ExecuteInProcessResult]) -> None:
    _, result = ran
    [unpriced] = [each for each in result.get_asset_check_evaluations() if each.check_name == "unpriced"]
    assert (unpriced.passed, unpriced.severity) == (False, dg.AssetCheckSeverity.WARN)
    said = unpriced.metadata["findings"].value
    assert isinstance(said, list)
    assert any("nobody-knows-it" in str(sentence) for sentence in said)


def test_a_failed_check_holds_back_the_catalogue_and_keeps_the_old_tables(
    published: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = published
    before = ledger.published_bytes(), (ledger.warehouse / "inferledger.duckdb").read_bytes()
    write_day(ledger, 2)

    def failing(engine: Any, table: Any, of_day: str, *rest: Any) -> int:
        if table.name == "mart_cost_daily":
            raise IntegrityError("same_totals", f"{table.name} of {of_day}: totals differ")
        return check_part(engine, table, of_day, *rest)

    check_part = build.check_part
    monkeypatch.setattr(build, "check_part", failing)
    with dg.DagsterInstance.ephemeral() as instance:
        result = run_nightly(ledger, instance, days_tags(FIRST, LAST))
        assert not result.success
        done = {name for name, _ in materialized(result)}
        [failed] = [each for each in result.get_asset_check_evaluations() if not each.passed]
    assert "fct_attempt_cost" in done
    assert not done & {"mart_cost_daily", "mart_cost_by_team", "mart_reconciliation_daily", "catalogue"}
    assert (failed.asset_key.to_user_string(), failed.check_name) == ("mart_cost_daily", "same_totals")
    assert failed.blocking
    # The new log repeats an attempt of the day before, so that day is built again too, and first.
    assert failed.metadata["said"].value == f"mart_cost_daily of {day(1)}: totals differ"
    assert (ledger.published_bytes(), (ledger.warehouse / "inferledger.duckdb").read_bytes()) == before


def test_run_through_dagster_publishes_the_same_bytes_as_the_steps_alone(
    ran: tuple[Ledger, dg.ExecuteInProcessResult], tmp_path: Path
) -> None:
    alone = company(tmp_path / "alone", len(RAN))
    alone.run()
    assert ran[0].published_bytes() == alone.published_bytes()


def test_command_after_the_nightly_run_finds_nothing_to_do(
    ran: tuple[Ledger, dg.ExecuteInProcessResult],
) -> None:
    ledger, _ = ran
    before = ledger.published_bytes()
    assert run_ledger(ledger.locations, Asked()).days == []
    assert ledger.published_bytes() == before


def test_telemetry_and_pop_ups_are_off_and_one_run_works_at_a_time() -> None:
    settings = yaml.safe_load((PROJECT / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings["telemetry"] == {"enabled": False}
    assert settings["nux"] == {"enabled": False}
    assert settings["concurrency"]["runs"]["max_concurrent_runs"] == 1


def test_workspace_loads_these_definitions() -> None:
    workspace = yaml.safe_load((PROJECT / "workspace.yaml").read_text(encoding="utf-8"))
    assert workspace == {"load_from": [{"python_module": "pipelines.defs.definitions"}]}
