"""What is wrong with a record costs that record and nothing else, and is told with file, line and reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import UnreadableFileError
from tests.ingest.staging import Row, Staging, attempt, json_lines
from tests.ledger import Ledger

COUNTS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_tokens", "output_tokens", "reasoning_tokens", "audio_input_tokens", "audio_output_tokens",
    "image_input_tokens", "web_search_requests", "deadline_seconds", "max_output_tokens",
)  # fmt: skip
NO_COUNTS: list[Any] = [-1, 1.5, "many", "", True, [1], {"n": 1}, 10**15, 1e15, "1e400", 10**30, -(10**30)]
NO_TIMES = [
    "2026-08-01T10:00:00", "2026-08-01", "2026-08-01 10:00:00+2", "2026-02-30T10:00:00Z", "yesterday", "",
    "2019-12-31T23:59:59.999999Z", "2100-01-01T00:00:00Z", 1_785_578_400, "infinity", "infinityZ",
]  # fmt: skip


def without(name: str) -> Row:
    return {key: value for key, value in attempt().items() if key != name}


WRONG: list[tuple[Row, str]] = [
    *[(without(name), f"{name} is missing") for name in ("request_id", "provider", "model", "ended_at")],
    *[(attempt(**{name: ""}), f"{name} is missing") for name in ("provider", "model")],
    (attempt(""), "request_id is missing"),
    *[(attempt(**{name: -1}), f"{name} is not a count: -1") for name in COUNTS],
    *[
        (attempt(output_tokens=count), "output_tokens is not a count: " + as_text)
        for count in NO_COUNTS
        for as_text in [count if isinstance(count, str) else ""]
    ],
    *[(attempt(attempt=number), "attempt is not a count: ") for number in (0, -1, 1.5, "first")],
    *[(attempt(ended_at=time), "ended_at is no time with an offset, 2020 to 2099: ") for time in NO_TIMES],
    *[(attempt(started_at=time), "started_at is no time with an offset") for time in NO_TIMES],
    (attempt(started_at="2026-08-01T10:00:00.000001Z"), "started_at is after ended_at"),
    (attempt(status="fine"), "status is unknown: fine"),
    (attempt(route_class="easy"), "route_class is unknown: easy"),
    (attempt(reasoning_tokens=21), "reasoning_tokens 21 exceed output_tokens 20"),
    (
        {**without("output_tokens"), "reasoning_tokens": 1},
        "reasoning_tokens 1 exceed output_tokens not given",
    ),
    (attempt(reported_cost_usd="cheap"), "reported_cost_usd is not an amount: cheap"),
    (attempt(reported_cost_usd="NaN"), "reported_cost_usd is not an amount: NaN"),
    (attempt(reported_cost_usd="1e27"), "reported_cost_usd is not an amount: 1e27"),
    (attempt(tags="loose"), "tags is not a map: loose"),
    (attempt(tags=7), "tags is not a map: 7"),
    *[
        (attempt(prefix_hashes=prefixes), "prefix_hashes is not a list of {hash, tokens}")
        for prefixes in ("x", {"hash": "x"}, [1], ["x"], [{"hash": "x"}], [{"tokens": 1}], [{}])
    ],
]
GOOD = json.dumps(attempt("good")).encode()
BROKEN: dict[bytes, str] = {
    b"{": "not JSON",
    b"nonsense": "not JSON",
    GOOD + GOOD: "not JSON",
    GOOD[:-1]: "not JSON",
    GOOD[:-1] + b', "model": "twice"}': "not JSON: a key is given twice",
    b"[1]": "not a JSON object",
    b'"text"': "not a JSON object",
    b"null": "not a JSON object",
    b"7": "not a JSON object",
    b"[" * 100_000: "not JSON",
    GOOD.replace(b"good", b"\xff\xfe"): "not UTF-8 text",
    GOOD.replace(b"good", b"\\ud800"): "not UTF-8 text",
    GOOD.replace(b'"good"', b"NaN"): "NaN is no JSON number",
    GOOD.replace(b": 20", b": Infinity"): "Infinity is no JSON number",
    GOOD.replace(b"good", b"x" * (17 << 20)): "not JSON: ",
}


@pytest.fixture(scope="module")
def wrong(staging: Staging) -> dict[int, str]:
    """All wrong records in one file, every second line a good one."""
    found = staging.stage("request_log/x.jsonl", json_lines(r for bad, _ in WRONG for r in (bad, attempt())))
    assert len(found.rows) == len(WRONG)
    return dict(found.rejects)


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_a_wrong_value_rejects_its_record(wrong: dict[int, str], number: int) -> None:
    record, reason = WRONG[number]
    assert wrong[2 * number + 1].startswith(reason), record


def test_a_broken_line_is_rejected_with_its_number_and_the_rest_is_used(staging: Staging) -> None:
    content = b"".join(GOOD + b"\n" + line + b"\n" for line in BROKEN)
    found = staging.stage("request_log/x.jsonl", content)
    assert [row["source_line"] for row in found.rows] == [2 * n + 1 for n in range(len(BROKEN))]
    for (line, reason), expected in zip(found.rejects, BROKEN.items(), strict=True):
        assert expected[1] in reason, (line, expected[0][:60])
    assert [line for line, _ in found.rejects] == [2 * n + 2 for n in range(len(BROKEN))]


CSV = "request_id,ended_at,provider,model,output_tokens\n"
CELLS = "a,2026-08-01T10:00:00Z,openai,gpt-5.4-mini,20\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,2026-08-01T10:00:00Z,openai\n", "3 cells under 5 columns"),
        (CELLS.replace("\n", ",more\n"), "6 cells under 5 columns"),
        (CELLS.replace("a,", '"a"b,'), "broken quotes"),
        (CELLS.replace(",20\n", ",twenty\n"), "output_tokens is not a count: twenty"),
        (CELLS.replace("a,", ",", 1), "request_id is missing"),
    ],
)
def test_a_wrong_csv_row_is_rejected_and_the_rest_is_used(staging: Staging, row: str, reason: str) -> None:
    found = staging.stage("request_log/x.csv", CSV + CELLS + row + CELLS)
    assert found.rejects == [(3, reason)]
    assert [row["source_line"] for row in found.rows] == [2, 4]


def test_a_quote_that_is_never_closed_is_one_reject(staging: Staging) -> None:
    found = staging.stage("request_log/x.csv", CSV + CELLS + '"' + CELLS + CELLS)
    assert found.rejects == [(3, "broken quotes")]
    assert [row["source_line"] for row in found.rows] == [2, 4]


@settings(max_examples=40)
@given(
    rows=st.lists(st.sampled_from(["good", "two lines", "stray", "open", "closed"]), min_size=1, max_size=12)
)
def test_a_stray_quote_costs_its_line_and_no_good_one_after_it(staging: Staging, rows: list[str]) -> None:
    """Rows of two lines are good, too; an open quote finds no partner that makes a row of both."""
    forms = {
        "good": CELLS, "two lines": CELLS.replace("a,", '"a\nb",'), "stray": CELLS.replace("a,", '"a"b,'),
        "open": CELLS.replace("a,", '"a,'), "closed": CELLS.replace(",20\n", ',2"0\n'),
    }  # fmt: skip
    found = staging.stage("request_log/x.csv", CSV + "".join(forms[row] for row in rows))
    assert len(found.rows) == sum(row in {"good", "two lines"} for row in rows)
    assert {reason for _, reason in found.rejects} <= {"broken quotes", 'output_tokens is not a count: 2"0'}


def test_a_csv_without_a_header_is_refused_by_name(staging: Staging) -> None:
    with pytest.raises(UnreadableFileError, match=r"^no header: its first line has no name .*: a, …$"):
        staging.stage("request_log/x.csv", CELLS + CELLS)


def test_a_csv_cell_may_be_long(staging: Staging) -> None:
    prompt = "x" * 200_000
    found = staging.stage(
        "request_log/x.csv", f"request_id,ended_at,provider,model,prompt\n{CELLS[:-3]}{prompt}"
    )
    assert found.row["request_id"] == "a"


def test_edges_that_are_still_right_are_taken(staging: Staging) -> None:
    edges = [
        attempt(output_tokens=10**15 - 1), attempt(output_tokens="20"), attempt(output_tokens=20.0),
        attempt(output_tokens="2e1"), attempt(reasoning_tokens=20), attempt(output_tokens=None),
        attempt(started_at="2026-08-01T10:00:00Z"), attempt(ended_at="2020-01-01T00:00:00z"),
        attempt(ended_at="2099-12-31T23:59:59.999999Z"), attempt(ended_at="2026-08-01 00:30:00+05:30"),
        attempt(reported_cost_usd="-0.5"), attempt(tags={}), attempt(prefix_hashes=[]), attempt(status=None),
        attempt(model="a\u0000b"),
    ]  # fmt: skip
    found = staging.stage("request_log/x.jsonl", json_lines(edges))
    assert found.rejects == []
    days = {"2020-01-01": 1, "2026-07-31": 1, "2026-08-01": 12, "2099-12-31": 1}
    assert found.staged.days == days


@pytest.mark.parametrize("key", ["_line", "_error"])
@pytest.mark.parametrize("beside", ["", "{\n"])
def test_a_record_cannot_speak_for_the_reader(staging: Staging, key: str, beside: str) -> None:
    found = staging.stage("request_log/x.jsonl", json_lines([attempt(**{key: "9"})]) + beside)
    assert [row["source_line"] for row in found.rows] == [1]
    assert [line for line, _ in found.rejects] == [2] * bool(beside)


def test_a_csv_column_cannot_speak_for_the_reader(staging: Staging) -> None:
    row = staging.stage("request_log/x.csv", CSV.replace("\n", ",_line\n") + CELLS.replace("\n", ",x\n")).row
    assert row["source_line"] == 2


GOODS = st.just(GOOD) | st.builds(
    lambda n: json.dumps(attempt("ü", output_tokens=n)).encode(), st.integers(0, 10**15 - 1)
)
BADS = st.sampled_from([line for line in BROKEN if len(line) < 1000]) | st.sampled_from(
    [json.dumps(record).encode() for record, _ in WRONG]
)
BLANKS = st.sampled_from([b"", b"  ", b"\r"])


@given(st.lists(GOODS | BADS | BLANKS, max_size=12))
@settings(max_examples=25)
def test_rows_read_are_staged_or_rejected(staging: Staging, lines: list[bytes]) -> None:
    found = staging.stage("request_log/x.jsonl", b"\n".join(lines))
    given_lines = [number for number, line in enumerate(lines, start=1) if line.strip()]
    told = [row["source_line"] for row in found.rows] + [line for line, _ in found.rejects]
    assert sorted(told) == given_lines
    assert sum(found.staged.days.values()) == len(found.rows)
    assert found.staged.rejected_rows == len(found.rejects)


def test_rejects_are_published_with_file_line_and_reason(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path / "company")
    ledger.write("request_log/a.jsonl", [attempt("a"), attempt(status="fine"), attempt("b")])
    ledger.write("request_log/b/c.csv", CSV + "short\n" + CELLS)
    ledger.publish_only("fct_attempt_cost", "ingested_files", "rejects")
    assert ledger.rejects() == [
        ("request_log/a.jsonl", 2, "status is unknown: fine"),
        ("request_log/b/c.csv", 2, "1 cells under 5 columns"),
    ]
    counted = ledger.rows("select total_rows, staged_rows, rejected_rows from ingested_files order by name")
    assert counted == [(3, 2, 1), (2, 1, 1)]
    assert ledger.rows("select source_line from fct_attempt_cost where request_id = 'b'") == [(3,)]
