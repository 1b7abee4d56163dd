"""Rules of the money of record: known words, a source, one at a time for an account."""

from pathlib import Path

import pytest

from pipelines.book.money_of_record import FILE, HEADER, MoneyOfRecord, load_money_of_record
from pipelines.errors import BookError
from tests.book.small import write


def rules_of(config: Path, *lines: str) -> tuple[MoneyOfRecord, ...]:
    write(config / FILE, ",".join(HEADER), lines)
    return load_money_of_record(config)


def test_the_more_exact_rule_has_precedence(tmp_path: Path) -> None:
    lines = [
        "*,*,logs,leave,,,memo", "*,main,usage,leave,,,memo", "openai,*,billed,spread,,,memo",
        "openai,main,billed,key_owner,,2026-07-01,memo", "openai,main,logs,leave,2026-07-01,,memo",
    ]  # fmt: skip
    assert [rule.precedence for rule in rules_of(tmp_path, *lines)] == [3, 2, 1, 0, 0]


def test_a_company_without_the_file_has_no_rule(tmp_path: Path) -> None:
    assert load_money_of_record(tmp_path) == ()


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["openai,main,bill,leave,,,memo"], "money_of_record 'bill' is not one of logs, usage, billed"),
        (["openai,main,billed,guess,,,memo"], "unlogged_cost 'guess' is not one of leave, spread, key_owner"),
        (["openai,main,billed,leave,,,"], "source_ref is empty"),
        (["openai,,billed,leave,,,memo"], "account is empty"),
        (
            ["openai,main,billed,leave,,2026-07-02,memo", "openai,main,logs,leave,2026-07-01,,memo"],
            "line 3: openai main has two rules at one instant",
        ),
    ],
)
def test_what_is_no_rule_is_refused(tmp_path: Path, lines: list[str], reason: str) -> None:
    with pytest.raises(BookError) as error:
        rules_of(tmp_path, *lines)
    assert reason in str(error.value)
