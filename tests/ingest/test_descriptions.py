"""`FILE.request.json` beside an export: what it may say, and the sentence for what it may not."""

import json
from typing import Any

import pytest

from tests.ingest.staging import Row, journal, openai_page
from tests.ledger import Ledger

FILE = "openai_usage/a.json"
BESIDE = f"{FILE}.request.json"
GOOD = {
    "endpoint": "/v1/organization/usage/completions", "from": "2026-08-01T00:00:00Z",
    "to": "2026-08-02T00:00:00Z", "bucket_width": "1d", "group_by": ["model", "api_key_id"],
    "filters": {"api_key_id": ["key_1"]},
}  # fmt: skip


def page(tokens: int = 10, **dimensions: Any) -> str:
    result = {
        "object": "organization.usage.completions.result", "input_tokens": tokens, "output_tokens": 0,
        "model": "gpt-5.4-mini", "api_key_id": "key_1", **dimensions,
    }  # fmt: skip
    return json.dumps(openai_page(result))


def described(ledger: Ledger, written: str | bytes | Row) -> str:
    """The reason why a description is rejected; "" where it is not."""
    ledger.write(FILE, page())
    ledger.write(BESIDE, json.dumps(written) if isinstance(written, dict) else written)
    entries = journal(ledger)
    assert entries[FILE].status in {"staged", "duplicate"}
    assert bool(entries[FILE].request) == (not entries[BESIDE].reason)
    assert entries[BESIDE].status == ("rejected" if entries[BESIDE].reason else "request")
    return entries[BESIDE].reason


def test_a_description_is_taken_in_one_spelling(ledger: Ledger) -> None:
    written = GOOD | {"from": "2026-08-01T02:00:00+02:00", "group_by": ["model", "api_key_id", "model"]}
    assert described(ledger, written | {"account": "default"}) == ""
    assert journal(ledger)[FILE].request == GOOD | {
        "from": "2026-08-01T00:00:00+00:00", "to": "2026-08-02T00:00:00+00:00",
        "group_by": ["api_key_id", "model"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"filter": {}}, "unknown key 'filter' (did you mean filters?)"),
        ({"limit": 7},
         "unknown key 'limit'; known: endpoint, from, to, bucket_width, account, group_by, filters"),
        ({"endpoint": "/v1/organization/costs"},
         "endpoint is '/v1/organization/costs'; openai_usage is /v1/organization/usage/completions"),
        ({"account": "prod"}, "account is 'prod', the file lies in 'default'"),
        ({"bucket_width": "1w"}, "bucket_width is '1w', not one of 1m, 1h, 1d"),
        ({"bucket_width": ["1d"]}, "bucket_width is ['1d'], not one of 1m, 1h, 1d"),
        ({"to": "2026-08-01T00:00:00Z"},
         "from 2026-08-01T00:00:00+00:00 is not before to 2026-08-01T00:00:00+00:00"),
        ({"group_by": "model"}, "group_by is not a list of names"),
        ({"group_by": ["models"]}, "'models' is no dimension (did you mean model?)"),
        ({"filters": ["key_1"]}, "filters is not an object of lists, one a dimension"),
        ({"filters": {"api_key_ids": ["key_1"]}}, "'api_key_ids' is no dimension (did you mean api_key_id?)"),
        ({"filters": {"api_key_id": "key_1"}}, "the filter api_key_id is not a list of texts"),
        ({"filters": {"api_key_id": []}}, "the filter api_key_id is not a list of texts"),
        ({"filters": {"api_key_id": ["\ud800"]}}, "not UTF-8 text"),
        ({"filters": {"api_key_id": ["key_2"]}},
         "the filter of api_key_id lacks key_1, which the results name"),
        ({"group_by": ["model"]}, "group_by lacks api_key_id, of which the results name key_1"),
    ],
)  # fmt: skip
def test_a_wrong_description_is_a_sentence(ledger: Ledger, change: Row, reason: str) -> None:
    assert described(ledger, GOOD | change) == reason


@pytest.mark.parametrize("name", ["endpoint", "from", "to", "bucket_width"])
def test_a_key_that_is_needed(ledger: Ledger, name: str) -> None:
    assert (
        described(ledger, {key: value for key, value in GOOD.items() if key != name}) == f"{name} is missing"
    )


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("{", "not JSON: Expecting property name"),
        (b'"\xff"', "not JSON: 'utf-8' codec"),
        ("[]", "the description of a request is a JSON object"),
        ("[" * 100_000, "not JSON: "),
        (json.dumps(GOOD) + " " * 1024 * 1024, "larger than 1048576 bytes for the description of a request"),
        (json.dumps(GOOD | {"from": "yesterday"}), "from: "),
    ],
)
def test_what_is_no_description(ledger: Ledger, written: str | bytes, reason: str) -> None:
    assert described(ledger, written).startswith(reason)


def test_a_description_beside_no_file_or_out_of_raw_is_told(ledger: Ledger) -> None:
    ledger.write("openai_usage/gone.json.request.json", json.dumps(GOOD))
    outside = ledger.root / "outside.json"
    outside.write_text(json.dumps(GOOD), encoding="utf-8")
    ledger.write(FILE, page())
    (ledger.raw / BESIDE).symlink_to(outside)
    entries = journal(ledger)
    assert entries["openai_usage/gone.json.request.json"].reason == "it describes a file that is not there"
    assert entries[BESIDE].reason == "a link that leads out of RAW is not followed"
    assert entries[FILE].request == {}


def test_a_mended_description_is_read_again_and_an_idle_run_adds_nothing(ledger: Ledger) -> None:
    assert described(ledger, GOOD | {"bucket_width": "1w"})
    assert described(ledger, GOOD) == ""
    assert [entry.sequence for entry in journal(ledger).values()] == [2, 3]
    assert [entry.sequence for entry in journal(ledger).values()] == [2, 3]
    (ledger.raw / BESIDE).unlink()
    assert journal(ledger)[FILE].request == {}


def test_ids_of_a_description_are_hashed_as_those_of_rows(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFERLEDGER_HASH_KEY", "secret")
    settings = ledger.root / "config" / "settings.yml"
    settings.write_text("company: a company of the tests\nhash_columns: [api_key_id]\n", encoding="utf-8")
    assert described(ledger, GOOD) == ""
    entry = journal(ledger)[FILE]
    assert entry.request["filters"]["api_key_id"] == entry.values["api_key_id"]
