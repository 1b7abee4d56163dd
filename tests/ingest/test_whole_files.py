"""Files that cannot be read are rejected whole and told; the same bytes are read once; the run goes on."""

import gzip
import json

import pytest

from pipelines.errors import UnreadableFileError
from tests.ingest.staging import Staging, attempt, journal, json_lines, openai_page
from tests.ingest.test_openai import charge, usage
from tests.ingest.test_request_log_forms import as_parquet, zstd
from tests.ledger import Ledger

GOOD = json_lines([attempt("good")]).encode()
MANY = json_lines([attempt(f"row-{number}") for number in range(2000)]).encode()
MAX = 400_000
NO_UTF8 = b"request_id,ended_at,provider,model\n\xff\xfe,x,openai,m\n"

UNREADABLE: dict[str, tuple[bytes, str]] = {
    "request_log/truncated.jsonl.gz": (gzip.compress(MANY)[:-200], "broken gzip data: "),
    "request_log/no gzip.jsonl.gz": (MANY[:500], "broken gzip data: "),
    "request_log/broken.jsonl.zst": (zstd(MANY)[:40] + b"\xff" * 40, "broken zstd data: "),
    "request_log/truncated.jsonl.zst": (zstd(MANY)[:-200], "broken zstd data: "),
    "request_log/bomb.jsonl.gz": (
        gzip.compress(b"\n" * (MAX + 1)),
        f"more than max_file_bytes {MAX} after decompression",
    ),
    "request_log/large.jsonl": (b"\n" * (MAX + 1), f"{MAX + 1} bytes, more than max_file_bytes {MAX}"),
    "request_log/no parquet.parquet": (b"PAR1 and then nothing", "no Parquet: "),
    "request_log/no utf8.csv": (NO_UTF8, "not UTF-8: "),
    "request_log/twice.csv": (b"model,model\na,b\n", "two columns have the same name"),
    "request_log/cut.json": (b'[{"request_id": "a"},\n', "not JSON: "),
    "request_log/notes.txt": (b"notes", "only .json, .jsonl, .ndjson, .csv, .parquet (plain, .gz or .zst)"),
    "request_log/archive.tar.gz": (gzip.compress(b"tar"), "only .json, "),
    "request_log/no extension": (b"{}", "only .json, "),
    "openai_usage/empty.json": (b"{}", "wrong shape: a page has a list `data`"),
    "openai_usage/number.json": (b"[7]", "wrong shape: line 1 is no JSON object"),
    "openai_usage/no results.json": (b'{"data": [{}]}', "wrong shape: data[0] has no list `results`"),
    "openai_usage/cut.json": (b'{"data": [', "not JSON: "),
    "openai_usage/x.csv": (b"model\n", "openai_usage is read from JSON pages, not from .csv"),
    "anthropic_costs/result.json": (b'{"data": [{"results": [1]}]}', "wrong shape: a result of data[0]"),
    "anthropic_usage/bytes.json": (b'{"data": "\xff"}', "not UTF-8 at byte 10"),
    "openai/x.json": (b"{} ", "no source is called 'openai'; known: openai_usage, openai_costs, "),
    "lost.jsonl": (b"{}\n", "no source is called ''; known: "),
}  # fmt: skip
EMPTY = (
    "request_log/nothing.jsonl",
    "request_log/nothing.csv",
    "litellm/nothing.json",
    "openai_usage/no.json",
)

STATUS = "select name, file_status, reason, same_as, total_rows from ingested_files"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A good file between files that cannot be read, copies and links, after one run."""
    ledger = Ledger.at(tmp_path_factory.mktemp("whole") / "company", max_file_bytes=str(MAX))
    ledger.write("request_log/good.jsonl", GOOD)
    for name, (content, _) in UNREADABLE.items():
        ledger.write(name, content)
    for name in EMPTY:
        ledger.write(name, b"")
    ledger.write("request_log/copies/again.jsonl", GOOD)
    ledger.write("request_log/zz.jsonl", [attempt("last")])
    outside = ledger.root / "outside.jsonl"
    outside.write_text(json_lines([attempt("outside")]), encoding="utf-8")
    (ledger.raw / "request_log" / "link.jsonl").symlink_to(outside)
    ledger.publish_only("fct_attempt_cost", "fct_usage_cost", "fct_charge", "ingested_files", "rejects")
    return ledger


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_file_is_rejected_whole_with_its_reason(published: Ledger, name: str) -> None:
    told = [reason for file, line, reason in published.rejects() if file == name and line == 0]
    assert len(told) == 1
    assert told[0].startswith(UNREADABLE[name][1])
    found = {file: rest for file, *rest in published.rows(STATUS)}
    assert found[name] == ["rejected", told[0], "", 0]


def test_a_link_out_of_raw_is_rejected_and_not_followed(published: Ledger) -> None:
    reason = "a link that leads out of RAW is not followed"
    assert ("request_log/link.jsonl", 0, reason) in published.rejects()


def test_the_run_goes_on_after_unreadable_files(published: Ledger) -> None:
    assert published.rows("select request_id from fct_attempt_cost order by all") == [("good",), ("last",)]
    assert len(published.rejects()) == len(UNREADABLE) + 1


def test_the_same_bytes_under_another_name_are_read_once(published: Ledger) -> None:
    found = {name: (status, same_as) for name, status, _, same_as, _ in published.rows(STATUS)}
    assert found["request_log/copies/again.jsonl"] == ("staged", "")
    assert found["request_log/good.jsonl"] == ("duplicate", "request_log/copies/again.jsonl")


def test_the_same_bytes_in_another_source_are_read(published: Ledger) -> None:
    found = {name: status for name, status, *_ in published.rows(STATUS)}
    assert [found[name] for name in EMPTY] == ["duplicate", "staged", "staged", "staged"]


def test_a_copy_of_a_file_changes_no_number(ledger: Ledger) -> None:
    for name, count in (("a", 1), ("b", 2), ("copy of a", 1), ("copy of b", 2)):
        ledger.write(f"request_log/{name}.jsonl", [attempt(output_tokens=count)])
        ledger.write(f"openai_usage/{name}.json", json.dumps(openai_page(usage(output_tokens=count))))
        money = {"value": count, "currency": "usd"}
        ledger.write(f"openai_costs/{name}.json", json.dumps(openai_page(charge(amount=money))))
    ledger.publish_only("fct_attempt_cost", "fct_usage_cost", "fct_charge", "ingested_files", "rejects")
    assert ledger.rows("select output_tokens from fct_attempt_cost") == [(2,)]
    assert ledger.rows("select output_tokens from fct_usage_cost") == [(2,)]
    assert ledger.rows("select billed_cost_usd from fct_charge") == [(2,)]
    assert ledger.rows("select count(*) from duplicates") == [(3,)]


def test_a_copy_of_an_attempt_that_was_logged_again_does_not_lose_it(ledger: Ledger) -> None:
    for name, count in (("a", 1), ("b", 2), ("copy of b", 2)):
        ledger.write(f"request_log/{name}.jsonl", [attempt(output_tokens=count)])
    ledger.publish_only("fct_attempt_cost")
    assert ledger.rows("select output_tokens from fct_attempt_cost") == [(2,)]


def test_nothing_is_read_twice_when_nothing_is_new(published: Ledger) -> None:
    before = (published.warehouse / "state" / "ingested.jsonl").read_bytes()
    journal(published)
    assert (published.warehouse / "state" / "ingested.jsonl").read_bytes() == before


def test_no_unfinished_file_is_left(published: Ledger) -> None:
    assert [path.name for path in published.warehouse.rglob("*.unfinished")] == []
    assert list((published.warehouse / "scratch").iterdir()) == []


def test_a_good_file_under_the_same_name_is_read(ledger: Ledger) -> None:
    ledger.write("request_log/a.jsonl.gz", gzip.compress(GOOD)[:-4])
    assert journal(ledger)["request_log/a.jsonl.gz"].status == "rejected"
    ledger.write("request_log/a.jsonl.gz", gzip.compress(GOOD))
    assert journal(ledger)["request_log/a.jsonl.gz"].staged_rows == 1


def test_a_file_that_was_renamed_to_a_known_extension_is_read(ledger: Ledger) -> None:
    path = ledger.write("request_log/a.log", GOOD)
    assert journal(ledger)["request_log/a.log"].status == "rejected"
    path.rename(path.with_suffix(".jsonl"))
    assert journal(ledger)["request_log/a.jsonl"].status == "staged"


@pytest.mark.parametrize("target", ["gone.jsonl", "link.jsonl"])
def test_a_link_that_leads_nowhere_does_not_stop_the_run(ledger: Ledger, target: str) -> None:
    ledger.write("request_log/a.jsonl", GOOD)
    (ledger.raw / "request_log" / "link.jsonl").symlink_to(target)
    assert journal(ledger)["request_log/a.jsonl"].staged_rows == 1
    assert journal(ledger)["request_log/link.jsonl"].status == "rejected"


def test_a_link_inside_raw_is_the_same_bytes_again(ledger: Ledger) -> None:
    (ledger.raw / "request_log").mkdir()
    (ledger.raw / "request_log" / "z.jsonl").symlink_to(ledger.write("request_log/a.jsonl", GOOD))
    assert journal(ledger)["request_log/z.jsonl"].status == "duplicate"


BROKEN_PAGES = bytearray(as_parquet([attempt(str(number)) for number in range(3000)]))
BROKEN_PAGES[10:500] = b"\xff" * 490
ONE_USAGE = '{"data": [{"start_time": 1785542400, "end_time": 1785628800, "results": [{"model": "%s"}]}]}'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("request_log/pages.parquet", bytes(BROKEN_PAGES)),
        ("request_log/header.csv", b'"request_id"x,model\na,b\n'),
        ("request_log/surrogate.json", b'[{"request_id": "\\ud800"}]'),
        ("request_log/number.json", b'[{"n": ' + b"9" * 5000 + b"}]"),
        ("openai_usage/surrogate.json", (ONE_USAGE % "\\ud800").encode()),
    ],
)
def test_no_content_stops_the_run(staging: Staging, name: str, content: bytes) -> None:
    try:
        found = staging.stage(name, content)
    except UnreadableFileError:
        return
    assert found.rows == []
    assert found.rejects != []


def test_a_file_name_that_is_no_utf8_does_not_stop_the_run(ledger: Ledger) -> None:
    ledger.write("request_log/a.jsonl", GOOD)
    ledger.write("request_log/\udcff.jsonl", json_lines([attempt("b")]))
    assert journal(ledger)["request_log/a.jsonl"].status == "staged"
