"""What the documents show of commands: `python -m tests.flow.documents` writes it anew, a test compares it.

A block that begins with `$ inferledger` has commands with what they print; a block of SQL has what
`inferledger query` prints in the block after it, if that follows at once. `...` stands for lines left out.
All of it is asked of the example company, in the folder `warehouse`.
"""

import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.settings import PROJECT
from tests.flow.company import example_at
from tests.ledger import Ledger

DOCUMENTS = (PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md")))
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANSWER = "configuration: fixtures/config"
"""How the block begins that shows what `make demo` prints."""

ASKING = ("query", "variance", "tables")
LEFT_OUT = "..."


@dataclass(frozen=True)
class Shown:
    """A command of a document, and the place of what it prints there."""

    arguments: tuple[str, ...]
    start: int
    end: int


def shown_in(text: str) -> Iterator[Shown]:
    """Every command of a document whose output it shows."""
    blocks = list(FENCED.finditer(text))
    for block in blocks:
        if block[2].startswith("$ inferledger "):
            yield from _commands(block[2], block.start(2))
        if block[2].startswith(ANSWER):
            yield Shown(("run",), block.start(2), block.end(2))
    for sql, output in pairwise(blocks):
        if sql[1] == "sql" and not output[1] and not text[sql.end() : output.start()].strip():
            yield Shown(("query", sql[2]), output.start(2), output.end(2))


def queries_in(text: str) -> list[str]:
    """Every query of a document, with its output or without."""
    return [block[2] for block in FENCED.finditer(text) if block[1] == "sql"]


def _commands(block: str, place: int) -> Iterator[Shown]:
    for command in re.finditer(
        r'^\$ inferledger ((?:"[^"]*"|\\\n|[^"\n])*)\n((?:(?!\$ ).*\n)*)', block, re.MULTILINE
    ):
        yield Shown(
            tuple(shlex.split(command[1].replace("\\\n", " "))),
            place + command.start(2),
            place + command.end(2),
        )


def printed(arguments: tuple[str, ...], ledger: Ledger) -> str:
    """What a command prints of a company, without spaces at the ends of lines."""
    command, *options = arguments
    if command in ASKING and "--warehouse" not in options:
        options += ["--warehouse", "warehouse"]
    if command == "run":
        options = [
            "--raw",
            str(ledger.raw),
            "--warehouse",
            "warehouse",
            "--config",
            str(ledger.root / "config"),
        ]
    folders = {"warehouse": ledger.warehouse, "fixtures/config": PROJECT / "fixtures" / "config"}
    given = [str(folders.get(option, option)) for option in options]
    result = CliRunner().invoke(app, [command, *given], env={"COLUMNS": "160"})
    if result.exit_code not in {0, 3}:
        raise AssertionError(f"{arguments}: {result.output}")
    told = result.stdout.replace(str(ledger.warehouse), "warehouse").replace(str(ledger.root), "fixtures")
    return "".join(f"{line.rstrip()}\n" for line in told.splitlines())


def is_shown(shown: str, output: str) -> bool:
    """Whether a document shows an output, but for lines that it leaves out."""
    parts = [re.escape(part) for part in f"\n{shown}".split(f"\n{LEFT_OUT}\n")]
    return re.fullmatch(r"\n(?:.*\n)+".join(parts), f"\n{output}") is not None


def rewritten(text: str, ledger: Ledger) -> str:
    """A document with what commands print now; one that leaves lines out keeps its ends."""
    for shown in sorted(shown_in(text), key=lambda shown: shown.start, reverse=True):
        output, before = printed(shown.arguments, ledger), text[shown.start : shown.end]
        if not is_shown(before, output):
            text = text[: shown.start] + _shortened(output, before) + text[shown.end :]
    return text


def _shortened(output: str, before: str) -> str:
    lines, old = output.splitlines(keepends=True), before.splitlines()
    if LEFT_OUT not in old:
        return output
    first = old.index(LEFT_OUT)
    last = len(old) - first - 1
    return "".join([*lines[:first], f"{LEFT_OUT}\n", *(lines[-last:] if last else [])])


def main() -> None:
    """Run the example company and write every document anew."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = example_at(Path(folder) / "company")
        ledger.run()
        for path in DOCUMENTS:
            before = path.read_text(encoding="utf-8")
            after = rewritten(before, ledger)
            if after != before:
                path.write_text(after, encoding="utf-8")
                sys.stdout.write(f"{path.relative_to(PROJECT)}\n")


if __name__ == "__main__":
    main()
