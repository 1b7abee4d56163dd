"""What a person, a pipe or an old terminal gets of a run; none of it changes how the run ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.screen_text import escaped
from tests.ingest.staging import attempt
from tests.ledger import Ledger

EVIL = "\x1b[2J\x07gpt\u202e"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A company with a model whose name clears the screen, and a team that ASCII has no letters for."""
    ledger = Ledger.at(tmp_path_factory.mktemp("screen") / "company")
    ledger.write("request_log/a.jsonl", [attempt("a", model=EVIL), attempt("b", team="Müller")])
    ledger.run()
    return ledger


def command(ledger: Ledger, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipelines.cli", *arguments, f"--warehouse={ledger.warehouse}"]


def run_of(ledger: Ledger) -> list[str]:
    folders = {name: getattr(ledger.locations, name) for name in ("raw", "config", "prices")}
    return command(ledger, "run", *(f"--{name}={folder}" for name, folder in folders.items()))


def test_a_screen_gets_no_control_character(published: Ledger) -> None:
    asked = [
        run_of(published),
        command(published, "query", "select model, count(*) from fct_attempt_cost group by all"),
        command(published, "query", f"select {EVIL}"),
    ]
    for each in asked:
        done = subprocess.run(each, capture_output=True, check=False)
        shown = (done.stdout + done.stderr).decode()
        assert not set(EVIL) & set(shown) - set("[2Jgpt"), each
        assert "\\x07gpt" in shown, each


def test_text_without_controls_is_shown_as_it_is() -> None:
    assert escaped("süß, 日本 \\ [bold]") == "süß, 日本 \\ [bold]"
    assert escaped("a\tb\nc\x9b") == "a\\tb\\nc\\x9b"


def test_an_output_that_is_no_utf8_ends_a_run_as_any_other(published: Ledger) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(run_of(published), capture_output=True, env=environment, check=False)
    assert done.returncode == 3
    assert b"M\\xfcller" in done.stdout
    assert done.stderr == b""


def test_a_pipe_that_nobody_reads_ends_a_run_as_any_other(published: Ledger, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with (tmp_path / "errors").open("wb") as errors:
        done = subprocess.run(run_of(published), stdout=writing, stderr=errors, check=False)
    os.close(writing)
    assert done.returncode == 3
    assert (tmp_path / "errors").read_bytes() == b""
