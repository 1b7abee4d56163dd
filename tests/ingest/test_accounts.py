"""Equal bytes in two accounts are two bills; bytes that left one account for another are one."""

import json
from collections.abc import Iterator

import pytest

from pipelines.warehouse.layout import Layout, content_id
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.reading_findings import moved_files
from tests.ingest.staging import attempt, journal, openai_page
from tests.ingest.test_openai import charge, usage
from tests.ledger import Ledger, only

FILES = {
    "request_log": json.dumps(attempt(output_tokens=20)) + "\n",
    "openai_usage": json.dumps(openai_page(usage(output_tokens=20))),
    "openai_costs": json.dumps(openai_page(charge(amount={"value": 20, "currency": "usd"}))),
}
COUNTED = (
    "select account, sum(output_tokens) from fct_attempt_cost group by all order by account",
    "select account, sum(output_tokens) from fct_usage_cost group by all order by account",
    "select account, cast(sum(billed_cost_usd) as bigint) from fct_charge group by all order by account",
)


@pytest.fixture(scope="module", autouse=True)
def few_tables() -> Iterator[None]:
    """The facts and what is told of them."""
    with only("fct_attempt_cost", "fct_usage_cost", "fct_charge", "ingested_files"):
        yield


def write(ledger: Ledger, account: str, name: str = "a") -> None:
    for source, content in FILES.items():
        ledger.write(f"{source}/account={account}/{name}.json", content)


def remove(ledger: Ledger, account: str) -> None:
    for source in FILES:
        (ledger.raw / source / f"account={account}" / "a.json").unlink()


def counted(ledger: Ledger) -> list[list[tuple[str, int]]]:
    ledger.run()
    return [ledger.rows(sql) for sql in COUNTED]


def told(ledger: Ledger) -> list[str]:
    with Reader(ledger.warehouse / "inferledger.duckdb") as reader:
        return sorted(finding.sentence for finding in moved_files(reader))


def test_equal_bytes_in_two_accounts_are_two_bills_and_a_copy_in_one_is_none(ledger: Ledger) -> None:
    for account, name in (("x", "a"), ("y", "a"), ("y", "b"), ("default", "a")):
        write(ledger, account, name)
    assert counted(ledger) == [[("default", 20), ("x", 20), ("y", 20)]] * 3
    assert told(ledger) == []


def test_what_moved_to_another_account_is_booked_there_once_and_told(ledger: Ledger) -> None:
    write(ledger, "x")
    assert counted(ledger) == [[("x", 20)]] * 3
    remove(ledger, "x")
    assert counted(ledger) == [[("x", 20)]] * 3  # deleted only: it stays booked
    write(ledger, "y")
    assert counted(ledger) == [[("y", 20)]] * 3
    assert told(ledger)[-1] == (
        "request_log x: request_log/account=x/a.json is gone and request_log/account=y/a.json has its bytes:"
        " its 1 rows are booked in y instead"
    )
    write(ledger, "x")
    assert counted(ledger) == [[("x", 20), ("y", 20)]] * 3
    assert told(ledger) == []


def test_a_restated_file_did_not_move(ledger: Ledger) -> None:
    write(ledger, "x")
    ledger.run()
    ledger.write("openai_costs/account=x/a.json", FILES["openai_costs"].replace("20", "30"))
    write(ledger, "y")
    assert counted(ledger)[2] == [("x", 30), ("y", 20)]
    assert told(ledger) == []


def test_a_journal_in_which_bytes_alone_were_a_file_gets_the_second_bill_in_its_place(ledger: Ledger) -> None:
    """There the file of y was a duplicate of that of x, and z.json in x one of a.json."""
    for account, name in (("x", "a"), ("x", "z"), ("y", "a")):
        ledger.write(f"openai_costs/account={account}/{name}.json", FILES["openai_costs"])
    first = journal(ledger)
    as_before_accounts(ledger)
    assert counted(ledger)[2] == [("x", 20), ("y", 20)]
    again = journal(ledger)
    assert again == first
    assert [(entry.sequence, entry.status) for entry in again.values()] == [
        (0, "staged"), (1, "duplicate"), (2, "staged"),
    ]  # fmt: skip


def as_before_accounts(ledger: Ledger) -> None:
    """Write the journal as the version before would have: the second account has a copy."""
    layout = Layout(ledger.warehouse)
    [digest] = {content_id(path)[0] for path in ledger.raw.rglob("*.json")}
    lines = [json.loads(line) for line in layout.journal.read_text(encoding="utf-8").splitlines()]
    layout.staged("openai_costs", lines[0]["content_id"]).rename(layout.staged("openai_costs", digest))
    layout.staged("openai_costs", lines[2]["content_id"]).unlink()
    empty = {"days": {}, "models": [], "covered": [], "values": {}, "total_rows": 0, "staged_rows": 0}
    lines[2] |= {"status": "duplicate", "same_as": lines[0]["name"], **empty}
    written = "".join(json.dumps(line | {"content_id": digest}) + "\n" for line in lines)
    layout.journal.write_text(written, encoding="utf-8")
