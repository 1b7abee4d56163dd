"""Ids are stored as a keyed hash where the company says so; the key is nowhere in the warehouse."""

import hashlib
import json
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import LedgerError
from tests.ingest.staging import attempt, journal, openai_page
from tests.ingest.test_litellm import FULL
from tests.ingest.test_openai import usage
from tests.ingest.test_request_log_forms import as_csv, as_parquet
from tests.ledger import Ledger

KEY = "a-key-of-thirty-two-characters-00"
HASHED = "[user_id, customer_id, api_key_id]"
NAMED = {"user_id": "user-of-mine", "customer_id": "customer-of-mine", "project_id": "open-project"}


def hashed(value: str, key: str = KEY) -> str:
    return hashlib.sha256((key + value).encode()).hexdigest()


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A published company that hashes three of its id columns."""
    monkeypatch.setenv("INFERLEDGER_HASH_KEY", KEY)
    ledger = Ledger.at(tmp_path / "company", hash_columns=HASHED)
    ledger.write("request_log/a.jsonl", [attempt("lines", **NAMED), attempt("none")])
    ledger.write("request_log/b.csv", as_csv([attempt("csv", **NAMED)]))
    ledger.write("request_log/c.parquet", as_parquet([attempt("parquet", **NAMED)]))
    ledger.write("litellm/a.jsonl", [{**FULL, "user": NAMED["user_id"], "end_user": NAMED["customer_id"]}])
    page = openai_page(usage(user_id=NAMED["user_id"], api_key_id="key-of-mine"))
    ledger.write("openai_usage/a.json", json.dumps(page))
    ledger.run()
    return ledger


def test_ids_are_hashed_with_the_key_in_every_source_and_nothing_names_them(company: Ledger) -> None:
    rows = company.rows(
        "select request_id, user_id, customer_id, project_id from fct_attempt_cost order by all"
    )
    both = (hashed(NAMED["user_id"]), hashed(NAMED["customer_id"]))
    open_project = NAMED["project_id"]
    assert rows == [
        ("csv", *both, open_project), ("lines", *both, open_project), ("none", None, None, None),
        ("parquet", *both, open_project), ("r", *both, "p"),
    ]  # fmt: skip
    found = company.rows("select user_id, api_key_id, project_id from fct_usage_cost")
    assert found == [(hashed(NAMED["user_id"]), hashed("key-of-mine"), "p")]

    told = _everything_in(company.warehouse)
    assert hashed(NAMED["user_id"]) in told
    for secret in (KEY, "user-of-mine", "customer-of-mine", "key-of-mine"):
        assert secret not in told


def _everything_in(folder: Path) -> str:
    """The bytes of every file, and of Parquet, which is compressed, the values."""
    told = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        told.append(path.read_bytes().decode("latin-1"))
        if path.suffix == ".parquet":
            told.append(str(duckdb.read_parquet(str(path)).fetchall()))
    return "\n".join(told)


def test_a_missing_key_is_one_sentence_and_nothing_is_stored(ledger: Ledger, tmp_path: Path) -> None:
    secretive = Ledger.at(tmp_path / "secretive", hash_columns=HASHED)
    secretive.write("request_log/a.jsonl", [attempt(**NAMED)])
    with pytest.raises(LedgerError) as caught:
        secretive.run()
    assert str(caught.value) == "settings.yml hashes ids, but INFERLEDGER_HASH_KEY is empty"
    assert "user-of-mine" not in _everything_in(secretive.warehouse)
    # Who hashes nothing needs no key.
    ledger.write("request_log/a.jsonl", [attempt(**NAMED)])
    assert journal(ledger)["request_log/a.jsonl"].staged_rows == 1
