"""The last state wins, whatever its bytes: what comes back counts, and is told where it undoes another."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from pipelines.errors import LedgerError
from pipelines.warehouse.finding import Finding
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.reading_findings import returned_states
from tests.ingest.staging import attempt, openai_page
from tests.ingest.test_openai import charge, usage
from tests.ledger import Ledger, only

NAMES = [("a", "a", "a"), ("a", "b", "c"), ("c", "b", "a")]
KINDS = {
    "request_log": "select sum(output_tokens) from fct_attempt_cost",
    "openai_usage": "select sum(output_tokens) from fct_usage_cost",
    "openai_costs": "select cast(sum(billed_cost_usd) as bigint) from fct_charge",
}


@pytest.fixture(scope="module", autouse=True)
def few_tables() -> Iterator[None]:
    """The facts and what is told of them."""
    with only("fct_attempt_cost", "fct_usage_cost", "fct_charge", "mart_returned_state", "ingested_files"):
        yield


def write(ledger: Ledger, name: str, count: int) -> None:
    ledger.write(f"request_log/{name}.jsonl", [attempt(output_tokens=count)])
    ledger.write(f"openai_usage/{name}.json", json.dumps(openai_page(usage(output_tokens=count))))
    money = {"value": count, "currency": "usd"}
    ledger.write(f"openai_costs/{name}.json", json.dumps(openai_page(charge(amount=money))))


def counted(ledger: Ledger) -> list[int]:
    return [ledger.rows(sql)[0][0] for sql in KINDS.values()]


def told(ledger: Ledger) -> list[Finding]:
    with Reader(ledger.warehouse / "inferledger.duckdb") as reader:
        return sorted(returned_states(reader), key=lambda finding: finding.subject)


def sources(ledger: Ledger) -> list[str]:
    return [finding.subject.split()[0] for finding in told(ledger)]


@pytest.mark.parametrize("names", NAMES)
def test_what_arrives_last_counts_though_it_was_there_before(ledger: Ledger, names: tuple[str, ...]) -> None:
    """100 x 0.75 + 20 x 4.50 per million of gpt-5.4-mini are 0.000165; the bill states 20 USD."""
    seen = []
    for name, count in zip(names, (20, 99, 20), strict=True):
        write(ledger, name, count)
        ledger.run()
        seen.append((counted(ledger), sources(ledger)))
    assert seen[0] == ([20, 20, 20], [])
    assert seen[1] == ([99, 99, 99], [])
    assert seen[2] == ([20, 20, 20], sorted(KINDS))
    amounts = dict(zip(sources(ledger), (finding.amount_usd for finding in told(ledger)), strict=True))
    assert (amounts["openai_costs"], amounts["request_log"]) == (20, Decimal("0.000165"))


def test_a_newer_state_settles_it_and_a_copy_of_what_counts_is_none(ledger: Ledger) -> None:
    for name, count in (("a", 20), ("b", 99), ("c", 20), ("d", 7), ("e", 7)):
        write(ledger, name, count)
        ledger.run()
    assert counted(ledger) == [7, 7, 7]
    assert told(ledger) == []


def test_it_is_told_with_both_files(ledger: Ledger) -> None:
    for name, count in (("a", 20), ("b", 99), ("old/a", 20)):
        ledger.write(f"request_log/{name}.jsonl", [attempt(output_tokens=count)])
        ledger.run()
    [sentence] = [finding.sentence for finding in told(ledger)]
    assert sentence == (
        "request_log default: request_log/old/a.jsonl has the bytes of an earlier file and undoes"
        " request_log/b.jsonl; what counts of it again: 1 rows with 0.000165 USD"
    )


def test_the_order_of_arrival_is_the_journals_not_that_of_the_folder(ledger: Ledger) -> None:
    for name, count in (("c", 20), ("b", 99), ("a", 20)):
        write(ledger, name, count)
        ledger.run()
    before = ledger.published_bytes()
    journal = (ledger.warehouse / "state" / "ingested.jsonl").read_bytes()
    ledger.forget()
    (ledger.warehouse / "state").mkdir(parents=True)
    (ledger.warehouse / "state" / "ingested.jsonl").write_bytes(journal)
    ledger.run()
    assert counted(ledger) == [20, 20, 20]
    assert ledger.published_bytes() == before


def test_a_staging_file_that_is_gone_is_made_again_or_named(ledger: Ledger) -> None:
    for name in ("a", "b"):
        ledger.write(f"request_log/{name}.jsonl", [attempt(name)])
    ledger.run()
    before = ledger.published_bytes()
    for path in (ledger.warehouse / "staging" / "request_log").glob("*.parquet"):
        path.unlink()
    ledger.run()
    assert ledger.published_bytes() == before
    for path in (ledger.warehouse / "staging" / "request_log").glob("*.parquet"):
        path.unlink()
    (ledger.raw / "request_log" / "a.jsonl").unlink()
    ledger.write("request_log/c.jsonl", [attempt("c")])
    with pytest.raises(
        LedgerError, match=r"^the staging file of request_log/a\.jsonl is gone: put the raw file"
    ):
        ledger.run()


def test_a_log_that_was_renamed_is_not_said_anew_and_one_that_comes_after_it_left_is(ledger: Ledger) -> None:
    path = ledger.raw / "request_log" / "a.jsonl"
    for name, count in (("a", 20), ("b", 99)):
        ledger.write(f"request_log/{name}.jsonl", [attempt(output_tokens=count)])
        ledger.run()
    path.rename(path.with_name("c.jsonl"))
    ledger.run()
    assert counted(ledger)[0] == 99
    path.with_name("c.jsonl").unlink()
    ledger.run()
    ledger.write("request_log/d.jsonl", [attempt(output_tokens=20)])
    ledger.run()
    assert counted(ledger)[0] == 20
    assert sources(ledger) == ["request_log"]
