"""A request log gives the same rows whatever the form it is written in."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.staging import AT, Row, Staging, attempt, journal, json_lines
from tests.ledger import Ledger

RECORDS: list[Row] = [
    attempt(
        "full", attempt=2, started_at="2026-08-01T11:59:59.5+02:00", status="error", service_tier="flex",
        region="eu", cache_read_tokens=10, cache_write_5m_tokens=1, cache_write_1h_tokens=2,
        cache_write_tokens=3, reasoning_tokens=4, audio_input_tokens=5, audio_output_tokens=6,
        image_input_tokens=7, web_search_requests=8, reported_cost_usd="0.000000000001", team="kitchen",
        feature="menu", environment="production", customer_id="c", user_id="u", trace_id="t",
        session_id="s", api_key_id="k", project_id="p", service_id="v", deadline_seconds=60,
        route_class="simple", max_output_tokens=999_999_999_999_999, finish_reason="stop",
        request_hash="h", tags={"b": "2", "a": "1"}, prefix_hashes=[{"hash": "x", "tokens": 5}],
    ),
    attempt("bare"),
    attempt("süß, \"quoted\"\tand 'more' \N{OX}", tags={"a/b~c": "é:ü"}),
]  # fmt: skip
PROMPTED = [{**record, "prompt": "my secret", "Modell": "odd"} for record in RECORDS]


def lines(records: Sequence[Row]) -> bytes:
    return json_lines(records).encode()


def as_csv(records: Sequence[Row]) -> bytes:
    names = list(dict.fromkeys(name for record in records for name in record))
    out = io.StringIO()
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    for record in records:
        nested = {name: json.dumps(cell) for name, cell in record.items() if isinstance(cell, list | dict)}
        writer.writerow(record | nested)
    return out.getvalue().encode()


def as_parquet(records: Sequence[Row]) -> bytes:
    """Every column as its writer would have it: counts as numbers, nested fields as JSON text."""
    texts = [
        {name: json.dumps(cell) if isinstance(cell, list | dict) else cell for name, cell in record.items()}
        for record in records
    ]
    names = list(dict.fromkeys(name for record in records for name in record))
    return written(pa.table({name: [record.get(name) for record in texts] for name in names}))


def written(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def zstd(content: bytes) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(content, asbytes=True)
    return packed


FORMS: dict[str, Callable[[Sequence[Row]], bytes]] = {
    "x.jsonl": lines,
    "x.ndjson": lines,
    "x.jsonl.gz": lambda records: gzip.compress(lines(records)),
    "x.jsonl.zst": lambda records: zstd(lines(records)),
    "two members.jsonl.gz": lambda records: b"".join(gzip.compress(lines([record])) for record in records),
    "byte order mark.jsonl": lambda records: b"\xef\xbb\xbf" + lines(records),
    "crlf.jsonl": lambda records: lines(records).replace(b"\n", b"\r\n"),
    "blank.jsonl": lambda records: b"\n \n" + lines(records).replace(b"\n", b"\n\n"),
    "no end of line.jsonl": lambda records: lines(records).removesuffix(b"\n"),
    "escaped.jsonl": lambda records: "\n".join(json.dumps(record) for record in records).encode(),
    "list.json": lambda records: json.dumps(records).encode(),
    "indented list.json": lambda records: json.dumps(records, indent=2).encode(),
    "list with a mark.json": lambda records: b"\xef\xbb\xbf" + json.dumps(records).encode(),
    "lines.json": lines,
    "indented documents.json": lambda records: "\n".join(json.dumps(r, indent=1) for r in records).encode(),
    "list.json.gz": lambda records: gzip.compress(json.dumps(records).encode()),
    "x.csv": as_csv,
    "crlf and mark.csv": lambda records: b"\xef\xbb\xbf" + as_csv(records),
    "lf and blank.csv": lambda records: as_csv(records).replace(b"\r\n", b"\n\n"),
    "x.csv.gz": lambda records: gzip.compress(as_csv(records)),
    "x.csv.zst": lambda records: zstd(as_csv(records)),
    "x.parquet": as_parquet,
    "x.parquet.gz": lambda records: gzip.compress(as_parquet(records)),
    "x.parquet.zst": lambda records: zstd(as_parquet(records)),
}


def without_lines(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [{name: cell for name, cell in row.items() if name != "source_line"} for row in rows]


@pytest.fixture(scope="module")
def expected(staging: Staging) -> list[Row]:
    """The rows of plain JSON Lines."""
    return without_lines(staging.stage("request_log/x.jsonl", lines(RECORDS)).rows)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_rows(staging: Staging, expected: list[Row], form: str) -> None:
    found = staging.stage(f"request_log/{form}", FORMS[form](RECORDS))
    assert found.rejects == []
    assert without_lines(found.rows) == expected
    assert found.staged.days == {"2026-08-01": 3}
    assert found.staged.columns_unknown == []


@pytest.mark.parametrize("form", FORMS)
def test_unknown_columns_are_listed_and_kept_out_in_every_form(
    staging: Staging, expected: list[Row], form: str
) -> None:
    found = staging.stage(f"request_log/{form}", FORMS[form](PROMPTED))
    assert found.staged.columns_unknown == ["Modell", "prompt"]
    assert without_lines(found.rows) == expected


def test_a_staged_row_holds_what_was_written(staging: Staging) -> None:
    row = staging.stage("request_log/x.jsonl", lines(RECORDS)).rows[0]
    same = {name: cell for name, cell in RECORDS[0].items() if isinstance(cell, int)}
    assert {name: row[name] for name in same} == same
    assert row["started_at"] == datetime(2026, 8, 1, 9, 59, 59, 500_000, UTC)
    assert row["ended_at"] == datetime.fromisoformat(AT)
    assert row["reported_cost_usd"] == Decimal("0.000000000001")
    assert row["tags"] == '["a:1","b:2"]'
    assert row["prefix_hashes"] == '[{"hash":"x","tokens":5}]'


@pytest.mark.parametrize("form", ["x.jsonl", "blank.jsonl", "x.csv", "x.parquet", "indented documents.json"])
def test_a_row_knows_its_line(staging: Staging, form: str) -> None:
    content = FORMS[form]([attempt("first"), attempt("second")])
    found = staging.stage(f"request_log/{form}", content)
    places = [row["source_line"] for row in found.rows]
    if form.endswith("parquet"):
        assert places == [1, 2]
    else:
        written_lines = content.decode().split("\n")
        whole = "{" if form.startswith("indented") else "first"
        assert places[0] == next(n for n, line in enumerate(written_lines, 1) if whole in line)
        assert places[1] > places[0]


def test_parquet_with_the_contracts_own_types_gives_the_same_facts(staging: Staging) -> None:
    instant = pa.array([datetime.fromisoformat(AT)] * 2, pa.timestamp("us", "UTC"))
    table = pa.table(
        {
            "request_id": ["a", "b"], "ended_at": instant, "provider": ["openai"] * 2,
            "model": ["gpt-5.4-mini"] * 2, "uncached_input_tokens": pa.array([100, 100]),
            "output_tokens": pa.array([20, 20]),
            "reported_cost_usd": pa.array([Decimal("0.5"), None], pa.decimal128(38, 12)),
        }
    )  # fmt: skip
    typed = staging.stage("request_log/x.parquet", written(table))
    wider = table.append_column("prompt", pa.array(["my secret"] * 2))
    unknown = staging.stage("request_log/x.parquet", written(wider))
    text = staging.stage("request_log/x.jsonl", lines([attempt("a", reported_cost_usd="0.5"), attempt("b")]))
    assert unknown.staged.columns_unknown == ["prompt"]
    # What is not in the file is filled in when the facts are made.
    for found in (typed, unknown):
        given = [{name: row[name] for name in table.column_names} for row in found.rows]
        assert given == [{name: row[name] for name in table.column_names} for row in text.rows]


def test_nested_parquet_columns_are_taken(staging: Staging) -> None:
    tags = pa.array([[("b", "2"), ("a", "1")], None], pa.map_(pa.string(), pa.string()))
    prefixes = pa.array([[{"hash": "x", "tokens": 5}], None])
    names = {name: [record[name] for record in (attempt("a"), attempt("b"))] for name in attempt()}
    found = staging.stage(
        "request_log/x.parquet", written(pa.table({**names, "tags": tags, "prefix_hashes": prefixes}))
    )
    assert [row["tags"] for row in found.rows] == ['["a:1","b:2"]', None]
    assert [row["prefix_hashes"] for row in found.rows] == ['[{"hash":"x","tokens":5}]', None]


@given(
    st.lists(
        st.builds(
            attempt,
            st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1),
            output_tokens=st.integers(0, 10**15 - 1),
            team=st.none() | st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["blank.jsonl", "escaped.jsonl", "list.json", "x.csv", "x.parquet"]),
)
@settings(max_examples=15)
def test_whatever_the_text_every_form_gives_the_same_rows(
    staging: Staging, records: list[Row], form: str
) -> None:
    plain = staging.stage("request_log/x.jsonl", lines(records))
    found = staging.stage(f"request_log/{form}", FORMS[form](records))
    assert [row["request_id"] for row in plain.rows] == [record["request_id"] for record in records]
    assert without_lines(found.rows) == without_lines(plain.rows)


def test_files_in_nested_folders_are_found_and_hidden_ones_are_not(ledger: Ledger) -> None:
    for name in ("a.jsonl", "2026/08/01/b.jsonl", "account=x/c.jsonl", ".d.jsonl", ".tmp/e.jsonl"):
        ledger.write(f"request_log/{name}", [attempt(name)])
    found = journal(ledger)
    assert list(found) == [f"request_log/{n}" for n in ("2026/08/01/b.jsonl", "a.jsonl", "account=x/c.jsonl")]
    assert {entry.status for entry in found.values()} == {"staged"}
    assert found["request_log/account=x/c.jsonl"].account == "x"


def test_the_name_of_a_folder_is_no_column(staging: Staging) -> None:
    row = staging.stage("request_log/team=of-the-path/x.jsonl", lines([attempt(team="of the record")])).row
    assert row["team"] == "of the record"


def test_a_file_whose_name_looks_like_a_pattern_is_read_alone(ledger: Ledger) -> None:
    ledger.write("request_log/a1.parquet", as_parquet([attempt("one")]))
    ledger.write("request_log/a[1].parquet", as_parquet([attempt("two"), attempt("three")]))
    assert [entry.staged_rows for entry in journal(ledger).values()] == [1, 2]


IMAGE, SPEECH = "gpt-image-1", "gpt-4o-mini-tts"


@pytest.mark.parametrize(
    ("said", "is_reported"),
    [
        (
            {"operation": "image_generation", "model": IMAGE, "uncached_input_tokens": 0, "output_tokens": 0},
            False,
        ),
        ({"operation": "Image_Edit", "model": IMAGE, "uncached_input_tokens": 40, "output_tokens": 0}, False),
        ({"model": IMAGE, "uncached_input_tokens": 40, "output_tokens": None}, False),
        ({"model": IMAGE, "uncached_input_tokens": 40, "output_tokens": 1056}, True),
        (
            {"model": "dall-e-3", "other_meter": "output_images", "other_quantity": 1, "output_tokens": 0},
            True,
        ),
        ({"operation": "text_to_speech", "model": SPEECH, "output_tokens": 0}, False),
        ({"operation": "speech", "model": SPEECH, "output_tokens": 0, "audio_output_tokens": 9}, True),
        ({"operation": "speech_to_text", "uncached_input_tokens": 0, "output_tokens": 0}, True),
        ({"model": "whisper-1", "uncached_input_tokens": 0, "output_tokens": 0}, False),
        ({"operation": "audio_transcription", "uncached_input_tokens": 5, "output_tokens": 0}, True),
        ({"operation": "rerank", "uncached_input_tokens": 0, "output_tokens": 0}, False),
        ({"model": IMAGE, "uncached_input_tokens": 0, "output_tokens": 0, "status": "error"}, True),
        ({"operation": "chat", "uncached_input_tokens": 0, "output_tokens": 0}, True),
    ],
)
def test_a_call_for_media_that_counts_none_does_not_report_its_usage(
    staging: Staging, said: Row, is_reported: bool
) -> None:
    row = staging.stage("request_log/x.jsonl", lines([attempt("a", **said)])).row
    assert row["usage_reading"] == (None if is_reported else "zero_is_not_reported")
    if not is_reported:
        assert (row["uncached_input_tokens"], row["output_tokens"], row["other_quantity"]) == (
            None,
            None,
            None,
        )
