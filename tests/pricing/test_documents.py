"""What README.md and docs/estimating.md show of `inferledger estimate` is what it prints."""

import re
import shlex

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.settings import PROJECT

SHOWN = re.compile(r"^\$ inferledger (estimate (?:.*\\\n)*.*)\n((?:(?!```|\$ ).*\n)+)", re.MULTILINE)


def shown(document: str) -> list[tuple[str, str]]:
    """The commands of a document, each with its output."""
    return SHOWN.findall((PROJECT / document).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("document", "commands"), [("README.md", 3), ("docs/estimating.md", 4)])
def test_every_command_prints_what_the_document_shows(document: str, commands: int) -> None:
    found = shown(document)
    assert len(found) == commands
    for command, output in found:
        result = CliRunner().invoke(app, shlex.split(command.replace("\\\n", " ")))
        printed = [text.rstrip() for text in result.stdout.splitlines()]
        assert printed == output.rstrip().splitlines(), command
