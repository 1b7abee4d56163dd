"""A run that dies anywhere leaves the published version readable, and the next run ends in the same bytes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from pipelines.ingest import run as ingest_run
from pipelines.settings import PROJECT
from pipelines.warehouse import publish as publishing
from pipelines.warehouse import run as running
from pipelines.warehouse.build import Builder
from pipelines.warehouse.contracts import in_order
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.run import Run
from tests.flow.days import Saved, attempt, company, day, published_by_table, write_day
from tests.ledger import Ledger

OLD_COST, NEW_COST = Decimal("0.0102"), Decimal("0.01185")
"""Of the first day: three of 0.00165 and 0.00525; later one held over midnight less, two late ones more."""


class Killed(BaseException):
    """What no handler of the product may swallow."""


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> "Stages":
    """A published company with new files, and what an undisturbed run makes of them."""
    ledger = company(tmp_path_factory.mktemp("killed") / "company", 1)
    ledger.run()
    ledger.write(
        "request_log/late.jsonl", [attempt("late", day(0), request_id=f"late-{n}") for n in range(2)]
    )
    write_day(ledger, 1)
    saved = Saved(ledger, tmp_path_factory.mktemp("store") / "company")
    calls = counted_run(ledger)
    return Stages(ledger, saved, state_of(ledger), calls)


class Stages:
    """The company before the run that is to be killed, and its state after an undisturbed one.

    `calls` counts how often the undisturbed run came to each place.
    """

    def __init__(
        self, ledger: Ledger, saved: Saved, undisturbed: dict[str, Any], calls: dict[str, int]
    ) -> None:
        self.undisturbed, self.calls = undisturbed, calls
        self._ledger, self._saved = ledger, saved

    def back(self) -> Ledger:
        """The company as it was before the run."""
        self._saved.restore()
        return self._ledger


def state_of(ledger: Ledger) -> dict[str, Any]:
    """What a run leaves for the next: what is built and published, the journal, the files of tables."""
    state = ledger.warehouse / "state"
    return {
        "published": published_by_table(ledger),
        "journal": (state / "ingested.jsonl").read_text(encoding="utf-8").splitlines(),
        "built": json.loads((state / "built.json").read_text(encoding="utf-8")),
        "tables": sorted(path.name for path in (ledger.warehouse / "tables").rglob("*.parquet")),
    }


def assert_same(ledger: Ledger, undisturbed: dict[str, Any], said: object = "") -> None:
    """The run ended like an undisturbed one; a killed swap may keep the files of one version more."""
    state = state_of(ledger)
    for what, kept in undisturbed.items():
        if what == "tables":
            assert set(kept) <= set(state[what]), (what, said)
        else:
            assert state[what] == kept, (what, said)


def first_day_cost(ledger: Ledger) -> Decimal:
    cost: Decimal = ledger.rows("select sum(cost_usd) from mart_cost_daily where day = '2026-07-01'")[0][0]
    return cost


def test_undisturbed_numbers_are_those_a_reader_can_add_up(stages: Stages) -> None:
    ledger = stages.back()
    assert first_day_cost(ledger) == OLD_COST
    ledger.run()
    assert first_day_cost(ledger) == NEW_COST


Patch = tuple[object, str]
PLACES: dict[str, Patch] = {
    "a file is staged or a part is written": (Engine, "write"),
    "a part is named by its content": (Builder, "keep"),
    "a line is added to the journal": (ingest_run, "append_to_journal"),
    "the built parts are remembered": (running, "save_parts"),
    "the published parts are remembered": (publishing, "save_parts"),
    "a finished file takes its place": (os, "replace"),
    "old files are removed": (publishing, "_forget_old_files"),
}


def dying(real: Callable[..., Any], at_call: int, *, after: bool) -> tuple[Callable[..., Any], list[int]]:
    """The function, dying at its n-th call, before or after its work; and the count of its calls."""
    calls = [0]

    def instead(*given: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] == at_call and not after:
            raise Killed
        result = real(*given, **named)
        if calls[0] == at_call:
            raise Killed
        return result

    return instead, calls


def run_with(ledger: Ledger, owner: object, name: str, instead: object, dies_of: type[BaseException]) -> None:
    """A run that dies in `instead`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, instead)
        with pytest.raises(dies_of):
            ledger.run()


def counted_run(ledger: Ledger) -> dict[str, int]:
    """An undisturbed run; how often it came to each place."""
    counts = {}
    with pytest.MonkeyPatch.context() as patch:
        for place, (owner, name) in PLACES.items():
            counting, counts[place] = dying(getattr(owner, name), at_call=0, after=True)
            patch.setattr(owner, name, counting)
        ledger.run()
    return {place: calls[0] for place, calls in counts.items()}


def assert_whole_version(ledger: Ledger, catalogue_before: bytes) -> None:
    """The old numbers as long as the catalogue was not swapped, the new ones from then on."""
    swapped = ledger_catalogue(ledger) != catalogue_before
    assert first_day_cost(ledger) == (NEW_COST if swapped else OLD_COST)


def ledger_catalogue(ledger: Ledger) -> bytes:
    return (ledger.warehouse / "inferledger.duckdb").read_bytes()


@pytest.mark.parametrize("place", PLACES)
def test_a_run_killed_inside_a_step_ends_in_the_same_bytes_when_started_again(
    stages: Stages, place: str
) -> None:
    (owner, name), count = PLACES[place], stages.calls[place]
    assert count > 0
    for at_call, after in ((count // 2 + 1, False), (count, True)):
        ledger = stages.back()
        before = ledger_catalogue(ledger)
        deadly, _ = dying(getattr(owner, name), at_call, after=after)
        run_with(ledger, owner, name, deadly, Killed)
        assert_whole_version(ledger, before)
        ledger.run()
        assert_same(ledger, stages.undisturbed, (place, at_call, after))


def test_a_run_killed_at_every_step_in_turn_ends_in_the_same_bytes(stages: Stages) -> None:
    ledger = stages.back()
    before = ledger_catalogue(ledger)
    for steps in range(len(in_order()) + 2):
        run_steps(ledger, steps)
        assert ledger_catalogue(ledger) == before
        assert first_day_cost(ledger) == OLD_COST
    ledger.run()
    assert state_of(ledger) == stages.undisturbed


def run_steps(ledger: Ledger, steps: int) -> None:
    """A run that reads the price book, takes so many steps after it, and is heard of no more."""
    run = Run.of(ledger.locations)
    names = [table.name for table in in_order()]
    if steps > 0:
        run.ingest()
    if steps > 1:
        run.find_replaced(run.days())
    for table in names[: max(0, steps - 2)]:
        run.build(table, run.days())


def test_an_error_of_the_disk_ends_like_a_kill(stages: Stages) -> None:
    ledger = stages.back()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    run_with(ledger, os, "replace", full, OSError)
    assert first_day_cost(ledger) == OLD_COST
    ledger.run()
    assert_same(ledger, stages.undisturbed)


def test_a_torn_line_of_the_journal_is_cut_off(stages: Stages) -> None:
    ledger = stages.back()
    journal = ledger.warehouse / "state" / "ingested.jsonl"
    with journal.open("ab") as file:
        file.write(b'{"account": "default", "col\xc3')
    assert Run.of(ledger.locations).days() == [day(0)]
    ledger.run()
    assert_same(ledger, stages.undisturbed)


SCRIPT = """
import os, signal, sys
from pathlib import Path
from pipelines.warehouse import publish
from pipelines.warehouse.engine import Engine
from tests.ledger import Ledger

def half(engine, sql, parameters, target):
    if "fct_charge" in target.name:
        target.write_bytes(b"PAR1 and no more")
        os.kill(os.getpid(), signal.SIGKILL)
    whole(engine, sql, parameters, target)

def never_remembered(*_):
    os.kill(os.getpid(), signal.SIGKILL)

whole = Engine.write
if sys.argv[2] == "in a write":
    Engine.write = half
else:
    publish.save_parts = never_remembered
root = Path(sys.argv[1])
Ledger(root, root / "prices").run()
"""


@pytest.mark.parametrize(("moment", "cost"), [("in a write", OLD_COST), ("after the swap", NEW_COST)])
def test_a_process_that_is_killed_leaves_a_whole_version_and_no_lock(
    stages: Stages, moment: str, cost: Decimal
) -> None:
    ledger = stages.back()
    died = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(ledger.root), moment],
        cwd=PROJECT,
        check=False,
        capture_output=True,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert first_day_cost(ledger) == cost
    ledger.run()
    assert_same(ledger, stages.undisturbed)
    assert list((ledger.warehouse / "scratch").iterdir()) == []
