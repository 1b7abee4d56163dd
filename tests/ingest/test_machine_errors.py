"""An error of the machine says nothing of a file: the run ends, and the file is as unknown as before."""

import gzip
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import LedgerError
from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.retry import retry
from pipelines.orchestrate import Asked, run_ledger
from pipelines.warehouse.engine import is_of_the_machine
from pipelines.warehouse.layout import Layout
from tests.ingest.staging import attempt, journal, json_lines
from tests.ledger import Ledger

MANY = [
    attempt(f"row-{number}", user_id=md5(b"%d" % number, usedforsecurity=False).hexdigest())
    for number in range(20_000)
]
LIMIT = 200_000
FORMS = ("jsonl", "jsonl.gz", "csv", "parquet")


def write(ledger: Ledger, form: str) -> None:
    table = pa.Table.from_pylist(MANY)
    match form:
        case "jsonl":
            ledger.write("request_log/log.jsonl", MANY)
        case "jsonl.gz":
            ledger.write("request_log/log.jsonl.gz", gzip.compress(json_lines(MANY).encode()))
        case "csv":
            lines = [",".join(MANY[0]), *(",".join(map(str, row.values())) for row in MANY)]
            ledger.write("request_log/log.csv", "\n".join(lines) + "\n")
        case _:
            ledger.write("request_log/log.parquet", b"")
            pq.write_table(table, ledger.raw / "request_log" / "log.parquet")


@contextmanager
def files_of_at_most(limit_bytes: int) -> Iterator[None]:
    """No file may grow beyond: writing fails as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_a_full_disk_stopped_is_read_by_the_next_run(ledger: Ledger, form: str) -> None:
    write(ledger, form)
    with files_of_at_most(LIMIT), pytest.raises(LedgerError, match=r"^(OSError|IOException): ") as told:
        run_ledger(ledger.locations, Asked())
    assert "\n" not in str(told.value)
    assert not Layout(ledger.warehouse).journal.exists()
    [entry] = journal(ledger).values()
    assert (entry.status, entry.staged_rows) == ("staged", len(MANY))


def test_short_memory_and_a_disk_are_of_the_machine_and_a_cut_file_is_not() -> None:
    assert is_of_the_machine(duckdb.OutOfMemoryException("Out of Memory Error: could not allocate"))
    assert is_of_the_machine(duckdb.IOException("IO Error: Could not write file: No space left on device"))
    assert not is_of_the_machine(duckdb.IOException("IO Error: Could not read enough bytes from file"))
    assert not is_of_the_machine(duckdb.InvalidInputException("Invalid Input Error: no magic bytes"))


def test_parquet_that_ends_early_or_has_other_bytes_is_a_verdict_on_the_file(ledger: Ledger) -> None:
    write(ledger, "parquet")
    good = (ledger.raw / "request_log" / "log.parquet").read_bytes()
    footer = good[-int.from_bytes(good[-8:-4], "little") - 8 :]
    ledger.write("request_log/log.parquet", good[:4000] + footer)
    [entry] = journal(ledger).values()
    assert entry.status == "rejected"
    assert entry.reason.startswith(("broken Parquet: ", "no Parquet: "))


def settings(ledger: Ledger, max_file_bytes: int) -> None:
    path = ledger.root / "config" / "settings.yml"
    path.write_text(f"max_file_bytes: {max_file_bytes}\n", encoding="utf-8")


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz"])
def test_a_file_that_was_too_large_is_read_in_its_place_when_the_limit_is_higher(
    ledger: Ledger, name: str
) -> None:
    content = json_lines(MANY[:100]).encode()
    settings(ledger, len(content) - 1)
    ledger.write(f"request_log/{name}", gzip.compress(content) if name.endswith("gz") else content)
    ledger.write("request_log/z.jsonl", [attempt("last")])
    assert states(ledger) == [("rejected", 0), ("staged", 1)]
    settings(ledger, len(content))
    assert states(ledger) == [("staged", 100), ("staged", 1)]


def test_a_lower_limit_rejects_nothing_that_was_read(ledger: Ledger) -> None:
    ledger.write("request_log/log.jsonl", MANY[:100])
    assert states(ledger) == [("staged", 100)]
    settings(ledger, 1)
    assert states(ledger) == [("staged", 100)]


def states(ledger: Ledger) -> list[tuple[str, int]]:
    return [(entry.status, entry.staged_rows) for entry in journal(ledger).values()]


def test_rejected_files_are_read_again_on_request_by_name_or_reason(ledger: Ledger) -> None:
    names = ["request_log/a.json", "request_log/b.json", "request_log/c.csv"]
    for name in names[:2]:
        ledger.write(name, b"{")
    ledger.write(names[2], b"model,model\na,b\n")
    first = journal(ledger)
    layout = Layout(ledger.warehouse)
    assert retry(layout, names[0]) == names[:1]
    assert retry(layout, "not JSON") == names[:2]
    assert retry(layout, "same name") == names[2:]
    assert [entry.reader for entry in _entries(layout)] == ["", "", ""]
    assert journal(ledger) == first
    with pytest.raises(LedgerError, match=r"^none of 3 rejected files has the name or reason 'x\.json'$"):
        retry(layout, "x.json")


def _entries(layout: Layout) -> list[IngestedFile]:
    lines = Path(layout.journal).read_text(encoding="utf-8").splitlines()
    return list({line["sequence"]: IngestedFile(**line) for line in map(json.loads, lines)}.values())
