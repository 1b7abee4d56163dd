"""What the documents show of commands is what they print; every query they show can be asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.company import copied
from tests.flow.documents import DOCUMENTS, is_shown, printed, queries_in, rewritten, shown_in
from tests.ledger import Ledger


@pytest.fixture(scope="module")
def own(example: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The example company with nothing new, in a folder that a run may write to."""
    ledger = copied(example, tmp_path_factory.mktemp("documents") / "company")
    ledger.run()
    return ledger


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_prints_what_the_document_shows(own: Ledger, document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for shown in shown_in(text):
        output = printed(shown.arguments, own)
        assert is_shown(text[shown.start : shown.end], output), (shown.arguments, output)


def test_documents_show_commands() -> None:
    shown = {path.name: len(list(shown_in(path.read_text(encoding="utf-8")))) for path in DOCUMENTS}
    assert {name: number for name, number in shown.items() if number} == {
        "README.md": 8, "analysis.md": 4, "estimating.md": 4, "planning.md": 3, "querying.md": 10,
        "reconciliation.md": 1,
    }  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_query_of_a_document_can_be_asked(own: Ledger, document: Path) -> None:
    for sql in queries_in(document.read_text(encoding="utf-8")):
        own.rows(sql)


def test_a_document_that_shows_something_else_is_found_and_written_anew(own: Ledger) -> None:
    wrong = "```sql\nselect 1 as one, 2 as two\n```\n\n```\none  two\n1    3\n```\n"
    [shown] = shown_in(wrong)
    assert not is_shown(wrong[shown.start : shown.end], printed(shown.arguments, own))
    right = rewritten(wrong, own)
    assert right == wrong.replace("1    3", "1    2")
    assert rewritten(right, own) == right


def test_lines_may_be_left_out_of_an_output() -> None:
    assert is_shown("a\n...\nd\n", "a\nb\nc\nd\n")
    assert not is_shown("a\n...\nd\n", "a\nd\n")
    assert not is_shown("a\n...\ne\n", "a\nb\nc\nd\n")
