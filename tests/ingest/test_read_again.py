"""A staged file is read again when what read it has changed, and keeps its place in the order of arrival."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.sources import SOURCES
from pipelines.warehouse.layout import Layout
from tests.ingest.staging import attempt, journal
from tests.ledger import Ledger, only


@pytest.fixture(scope="module", autouse=True)
def few_tables() -> Iterator[None]:
    """What reading again changes first."""
    with only("fct_attempt_cost", "ingested_files", "mart_reprice_journal", "rejects"):
        yield


def as_read_by(ledger: Ledger, reader: str, **changed: object) -> None:
    """Write the journal as another reader would have left it."""
    path = Layout(ledger.warehouse).journal
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [json.dumps({**entry, "reader": reader, **changed}) for entry in entries]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def places(ledger: Ledger) -> list[tuple[int, str, str]]:
    return [(entry.sequence, entry.name, entry.status) for entry in journal(ledger).values()]


def test_a_file_of_an_earlier_reader_is_read_again_in_its_old_place(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path)
    ledger.write("request_log/a.jsonl", [attempt("a")])
    ledger.write("request_log/b.jsonl", [attempt("b"), attempt("c")])
    first = journal(ledger)
    as_read_by(ledger, "an earlier one", days={}, staged_rows=0)
    again = journal(ledger)
    assert again == first
    assert {entry.reader for entry in again.values()} == {SOURCES["request_log"].reader}


def test_a_journal_of_before_readers_were_told_is_read_again_once(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path)
    ledger.write("request_log/a.jsonl", [attempt("a")])
    journal(ledger)
    as_read_by(ledger, "")
    journal(ledger)
    lines = Layout(ledger.warehouse).journal.read_bytes()
    journal(ledger)
    assert lines.count(b"\n") == 2
    assert Layout(ledger.warehouse).journal.read_bytes() == lines


def test_what_an_earlier_reader_refused_is_read_when_today_can(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path)
    ledger.write("request_log/a.jsonl", [attempt("a")])
    ledger.write("request_log/copy.jsonl", [attempt("a")])
    journal(ledger)
    as_read_by(ledger, "an earlier one", status="rejected", reason="not known then", days={}, same_as="")
    assert places(ledger) == [
        (0, "request_log/a.jsonl", "staged"),
        (1, "request_log/copy.jsonl", "duplicate"),
    ]


def test_what_was_moved_is_found_by_its_content(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path)
    moved = ledger.write("request_log/a.jsonl", [attempt("a")])
    journal(ledger)
    as_read_by(ledger, "an earlier one")
    moved.rename(moved.with_name("b.jsonl"))
    again = journal(ledger)
    assert again["request_log/a.jsonl"].reader == SOURCES["request_log"].reader
    assert again["request_log/b.jsonl"].status == "duplicate"


def test_what_is_gone_stays_as_it_was_read_and_is_marked(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path)
    gone = ledger.write("request_log/a.jsonl", [attempt("a")])
    ledger.write("request_log/b.jsonl", [attempt("b")])
    ledger.run()
    as_read_by(ledger, "an earlier one")
    gone.unlink()
    ledger.run()
    marks = ledger.rows("select name, is_outdated from ingested_files order by name")
    assert marks == [("request_log/a.jsonl", True), ("request_log/b.jsonl", False)]
    assert ledger.rows("select count(*) from fct_attempt_cost") == [(2,)]


def test_readers_of_two_sources_differ() -> None:
    readers = {name: source.reader for name, source in SOURCES.items()}
    assert len(set(readers.values())) == len(SOURCES)
    assert IngestedFile(0, "litellm", "default", "a", "0", 1, "staged").reader == ""
