"""The command `reprice`: what it prints, and that it needs no raw file."""

import shutil
from pathlib import Path

from typer.testing import CliRunner

from pipelines.cli import app
from tests.flow.test_repricing import MINI, dearer, edit, three_days


def test_the_command_says_what_changed_and_reads_no_raw_file(tmp_path: Path) -> None:
    company = three_days(tmp_path / "company")
    company.run()
    shutil.rmtree(company.raw)
    edit(company, "openai.csv", dearer(MINI, "4.5", "5"))
    places = [
        "--warehouse", company.warehouse, "--config", company.root / "config", "--prices", company.prices,
    ]  # fmt: skip
    told = CliRunner().invoke(app, ["reprice", *map(str, places)])
    assert told.exit_code == 0, told.output
    assert "Published numbers of 3 days changed by 0.000300000000 USD" in told.output
    again = CliRunner().invoke(app, ["reprice", *map(str, places)])
    assert "No published number changed." in again.output
