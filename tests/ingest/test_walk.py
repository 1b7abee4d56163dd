"""Everything below RAW is read or named, and nothing of it stops the rest."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.ingest import run as ingest_run
from pipelines.ingest import walk
from pipelines.ingest.stage import Staged, Stager
from tests.ingest.staging import attempt, journal, json_lines
from tests.ledger import Ledger

GOOD = json_lines([attempt("good")])


def states(ledger: Ledger) -> dict[str, tuple[str, str]]:
    return {name: (entry.status, entry.reason) for name, entry in journal(ledger).items()}


def make_socket(path: Path) -> None:
    """Bound by a short name: a socket's path is limited to a hundred bytes."""
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(before)


ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "fifo": (os.mkfifo, "a FIFO, which is not read"),
    "socket": (make_socket, "a socket, which is not read"),
    "linked folder": (lambda path: path.symlink_to("folder"), "a link to a folder is not followed"),
    "loop": (lambda path: path.symlink_to("loop"), "a link that leads nowhere"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "a link that leads out of RAW is not followed"),
}


def test_what_is_no_file_is_named_and_the_others_are_read(ledger: Ledger) -> None:
    ledger.write("request_log/folder/a.jsonl", GOOD)
    for name, (make, _) in ODD.items():
        make(ledger.raw / "request_log" / name)
    found = states(ledger)
    assert found["request_log/folder/a.jsonl"] == ("staged", "")
    for name, (_, reason) in ODD.items():
        status, told = found[f"request_log/{name}"]
        assert (status, told.startswith(reason)) == ("rejected", True), name
    assert states(ledger) == found
    assert len(found) == len(ODD) + 1


def test_a_name_that_is_no_utf8_is_read_and_escaped(ledger: Ledger) -> None:
    folder = os.fsencode(ledger.raw) + b"/request_log/account=caf\xe9/f\xfc"
    os.makedirs(folder)  # noqa: PTH103 a path of bytes
    (Path(os.fsdecode(folder)) / "a.jsonl").write_text(GOOD, encoding="utf-8")
    [entry] = journal(ledger).values()
    assert (entry.status, entry.account) == ("staged", "caf\\xe9")
    assert entry.name == "request_log/account=caf\\xe9/f\\xfc/a.jsonl"


def test_a_folder_or_file_without_permission_is_named_until_it_can_be_read(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("closed/a", "open/b", "open/c"):
        ledger.write(f"request_log/{name}.jsonl", json_lines([attempt(name)]))
    listed, hashed = os.scandir, ingest_run.raw_files.__globals__["content_id"]

    def scandir(folder: Path) -> object:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    def content_id(path: Path) -> object:
        if path.name == "c.jsonl":
            raise PermissionError(13, "Permission denied")
        return hashed(path)

    with monkeypatch.context() as patched:
        patched.setattr(walk.os, "scandir", scandir)
        patched.setitem(ingest_run.raw_files.__globals__, "content_id", content_id)
        denied = ("rejected", "it cannot be read: Permission denied")
        assert states(ledger) == {
            "request_log/closed": denied,
            "request_log/open/b.jsonl": ("staged", ""),
            "request_log/open/c.jsonl": denied,
        }
    found = states(ledger)
    assert found["request_log/closed/a.jsonl"] == found["request_log/open/c.jsonl"] == ("staged", "")


@pytest.mark.parametrize("form", ["vanishes", "grows", "vanishes early"])
def test_a_file_that_changes_while_it_is_read_is_read_by_the_next_run(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    path = ledger.write("request_log/a.jsonl", GOOD)
    ledger.write("request_log/b.jsonl", [attempt("b")])
    stage = Stager.stage

    def staged(stager: Stager, file: ingest_run.RawFile, source: object) -> Staged:
        if file.path.name != "a.jsonl":
            return stage(stager, file, source)  # type: ignore[arg-type]
        if form == "vanishes early":
            path.unlink()
        found = stage(stager, file, source)  # type: ignore[arg-type]
        if form == "vanishes":
            path.unlink()
        else:
            path.write_text(GOOD + json_lines([attempt("more")]), encoding="utf-8")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Stager, "stage", staged)
        assert states(ledger) == {
            "request_log/a.jsonl": (
                "rejected", "it changed or vanished while it was read; the next run reads it"
            ),
            "request_log/b.jsonl": ("staged", ""),
        }  # fmt: skip
    path.write_text(GOOD, encoding="utf-8")
    assert states(ledger)["request_log/a.jsonl"] == ("staged", "")


def test_what_is_booked_stays_so_where_the_file_vanishes_while_it_is_read_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ledger.write("request_log/a.jsonl", GOOD)
    before = journal(ledger)
    for staged in (ledger.warehouse / "staging" / "request_log").glob("*.parquet"):
        staged.unlink()

    def vanishes(_stager: Stager, _file: object, _source: object) -> Staged:
        path.unlink()
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(Stager, "stage", vanishes)
    assert journal(ledger) == before
