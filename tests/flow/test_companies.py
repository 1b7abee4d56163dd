"""A warehouse belongs to one company: edits of its files are normal, another's are refused at once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.errors import LedgerError
from pipelines.orchestrate import Asked, Outcome, run_ledger
from pipelines.settings import NOWHERE, Locations
from pipelines.warehouse.run import Run
from tests.flow.days import Saved, company, day
from tests.ledger import Ledger, only


@pytest.fixture(scope="module", autouse=True)
def few_tables() -> Iterator[None]:
    """What a run prints is made of findings; an owner moves costs between teams."""
    with only("mart_finding", "mart_cost_by_team"):
        yield


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Saved]:
    """One day of the company Acme, published, and the way back to it."""
    ledger = company(tmp_path_factory.mktemp("companies") / "acme", 1)
    name(ledger.root / "config", "company: Acme")
    ledger.run()
    return ledger, Saved(ledger, tmp_path_factory.mktemp("store") / "acme")


@pytest.fixture
def acme(saved: tuple[Ledger, Saved]) -> Ledger:
    """Acme as it was published, free to be changed."""
    saved[1].restore()
    return saved[0]


def name(config: Path, line: str) -> Path:
    config.mkdir(exist_ok=True)
    (config / "settings.yml").write_text(line + "\n", encoding="utf-8")
    return config


def run(ledger: Ledger, config: Path | None, *, reads_raw: bool = True) -> Outcome:
    """A run over Acme's raw files and warehouse with other files of a company, or none."""
    locations = Locations.resolve(ledger.raw, ledger.warehouse, config, ledger.prices)
    return run_ledger(locations, Asked(reads_raw=reads_raw))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(ledger: Ledger, config: Path | None, *, reads_raw: bool = True) -> str:
    """The sentence a run is refused with; not a byte of the warehouse may have changed."""
    before = contents(ledger.warehouse)
    with pytest.raises(LedgerError) as caught:
        run(ledger, config, reads_raw=reads_raw)
    assert contents(ledger.warehouse) == before
    return str(caught.value)


def teams(ledger: Ledger) -> set[str]:
    return {team for (team,) in ledger.rows("select distinct team from mart_cost_by_team")}


@pytest.mark.parametrize("reads_raw", [True, False])
def test_another_company_is_refused_and_told_how_to_go_on(acme: Ledger, *, reads_raw: bool) -> None:
    other = name(acme.root / "other", "company: Bolt")
    assert refused(acme, other, reads_raw=reads_raw) == (
        f"{acme.warehouse} is the warehouse of Acme, not of Bolt: name another --warehouse;"
        f' if both are the same company, write `company: "Acme"` into {other / "settings.yml"}'
    )


@pytest.mark.parametrize("reads_raw", [True, False])
def test_no_configuration_over_the_warehouse_of_a_company_is_refused(
    acme: Ledger, *, reads_raw: bool
) -> None:
    assert refused(acme, None, reads_raw=reads_raw) == (
        f"{acme.warehouse} is the warehouse of Acme and this run has no configuration:"
        " name the company's folder with --config, or another --warehouse"
    )


def test_a_folder_without_a_name_is_another_company(acme: Ledger) -> None:
    other = name(acme.root / "other", "")
    assert f"is the warehouse of Acme, not of {other}: " in refused(acme, other)


def test_what_the_refusal_advises_is_accepted(acme: Ledger) -> None:
    other = name(acme.root / "other", 'company: "Acme"')
    run(acme, other)
    # Its files are used: without owners only those that a log names itself are left.
    assert teams(acme) == {"support", "unattributed"}


def test_edits_of_the_same_company_are_normal(acme: Ledger) -> None:
    config = acme.root / "config"
    rules = (config / "ownership.csv").read_text(encoding="utf-8")
    (config / "ownership.csv").write_text(rules.replace(",search,", ",discovery,"), encoding="utf-8")
    name(config, 'company: Acme\nmax_budget_share: "0.5"')
    assert run(acme, config).notes == [f"configuration: {config}, company Acme"]
    assert "discovery" in teams(acme)


def test_a_company_without_a_name_is_known_by_its_folder_and_may_name_itself_later(tmp_path: Path) -> None:
    ledger = company(tmp_path / "company", 1)
    config = name(ledger.root / "config", "")
    run(ledger, config)
    moved = tmp_path / "moved"
    shutil.copytree(config, moved)
    assert f"is the warehouse of {config}, not of {moved}: " in refused(ledger, moved)

    name(config, "company: Acme")
    run(ledger, config)
    name(moved, "company: Acme")
    assert run(ledger, moved).notes == [f"configuration: {moved}, company Acme"]


def test_a_moved_folder_is_known_by_the_path_it_had(tmp_path: Path) -> None:
    ledger = company(tmp_path / "company", 1)
    config = name(ledger.root / "config", "")
    run(ledger, config)
    moved = tmp_path / "moved"
    shutil.move(config, moved)
    name(moved, f'company: "{config}"')
    assert run(ledger, moved).notes == [f"configuration: {moved}, company {config}"]


def test_without_a_configuration_a_run_uses_the_defaults_and_no_owners_and_says_so(tmp_path: Path) -> None:
    ledger = company(tmp_path / "company", 1)
    assert run(ledger, None).notes == ["configuration: none (no --config): defaults, no owners, list prices"]
    assert teams(ledger) == {"support", "unattributed"}
    assert run(ledger, None, reads_raw=False).new_entries == []

    # What nobody's files built is nobody's: the first company takes it, and says so.
    config = ledger.root / "config"
    name(config, "company: Acme")
    used = f"configuration: {config}, company Acme"
    assert run(ledger, config).notes == [
        used,
        f"{ledger.warehouse} was built without a configuration; from now on it is the warehouse of Acme",
    ]
    assert "search" in teams(ledger)
    assert run(ledger, config).notes == [used]


def test_a_warehouse_of_before_adopts_the_first_company_and_says_so(acme: Ledger) -> None:
    (acme.warehouse / "state" / "company.json").unlink()
    assert refused(acme, None) == (
        f"{acme.warehouse} is the warehouse of a company and this run has no configuration:"
        " name the company's folder with --config, or another --warehouse"
    )
    used = f"configuration: {acme.root / 'config'}, company Acme"
    assert run(acme, acme.root / "config", reads_raw=False).notes == [
        used,
        f"{acme.warehouse} was built before warehouses knew their company;"
        " from now on it is the warehouse of Acme",
    ]
    assert run(acme, acme.root / "config").notes == [used]
    assert "not of Bolt" in refused(acme, name(acme.root / "other", "company: Bolt"))


def test_an_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    ledger = company(tmp_path / "company", 1)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(ledger, empty).notes == [
        f"configuration: {empty} (no settings.yml: defaults; no ownership.csv: no owners)"
    ]


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("setings.yml", "settings.yml"),
        ("settings.yaml", "settings.yml"),
        ("owners.csv", "ownership.csv"),
        ("notes.csv", None),
        ("ownerships.csv", "ownership.csv"),
        ("budget.csv", "budgets.csv"),
    ],
)
def test_a_misspelt_file_is_not_passed_over(tmp_path: Path, misspelt: str, meant: str | None) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / misspelt).write_text("", encoding="utf-8")
    locations = Locations.resolve(None, tmp_path, config)
    if meant is None:
        locations.require_inputs()
        return
    with pytest.raises(LedgerError) as caught:
        locations.require_inputs()
    assert str(caught.value) == f"{config / misspelt} is not read (did you mean {meant}?)"
    (config / meant).write_text("", encoding="utf-8")
    locations.require_inputs()


def test_a_run_without_raw_files_says_how_to_name_them_and_touches_nothing(tmp_path: Path) -> None:
    ledger = company(tmp_path / "company", 1)
    locations = Locations.resolve(None, ledger.warehouse, ledger.root / "config", ledger.prices)
    assert locations.raw == NOWHERE
    with pytest.raises(LedgerError) as caught:
        run_ledger(locations, Asked())
    assert str(caught.value) == "no folder of raw files is given: name it with --raw or INFERLEDGER_RAW"
    assert not ledger.warehouse.exists()


def test_a_sensor_that_looks_does_not_claim_the_warehouse(acme: Ledger) -> None:
    state = acme.warehouse / "state" / "company.json"
    state.unlink()
    assert Run.of(acme.locations).stale_days() == []
    assert not state.exists()
    assert day(0) in Run.of(acme.locations).days()
