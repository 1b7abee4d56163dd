"""Which money a provider's account is reported in: our price of the logs, of the usage export, or the bill.

A company that has no rule for an account reports the price of its logs, and leaves billed cost that no log
explains unattributed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.book.text import Row, read_rows

FILE = "money_of_record.csv"
HEADER = (
    "provider", "account", "money_of_record", "unlogged_cost", "valid_from", "valid_to", "source_ref",
)  # fmt: skip
MONEY = ("logs", "usage", "billed")
UNLOGGED = ("leave", "spread", "key_owner")
"""Billed cost without a log: nobody's, everybody's in the account by their cost, or the key's owner's."""


@dataclass(frozen=True)
class MoneyOfRecord:
    """From `valid_from` until before `valid_to`; provider and account may be `*`, the more exact wins."""

    provider: str
    account: str
    money_of_record: str
    unlogged_cost: str
    valid_from: datetime
    valid_to: datetime

    @property
    def precedence(self) -> int:
        """0 is the most exact."""
        return 2 * (self.provider == "*") + (self.account == "*")


def load_money_of_record(config: Path) -> tuple[MoneyOfRecord, ...]:
    """Read `config/money_of_record.csv`, which need not exist.

    Raises:
        BookError: an unknown money or rule, no source, or two rules of an account at one instant.
    """
    path = config / FILE
    found: list[MoneyOfRecord] = []
    for row in read_rows(path, HEADER) if path.is_file() else ():
        row.need("source_ref")
        words = _word(row, "money_of_record", MONEY), _word(row, "unlogged_cost", UNLOGGED)
        names = row.need("provider"), row.need("account")
        rule = MoneyOfRecord(*names, *words, *row.interval("valid_from", "valid_to"))
        if any(_overlaps(rule, other) for other in found):
            raise row.fail(f"{names[0]} {names[1]} has two rules at one instant")
        found.append(rule)
    return tuple(found)


def _word(row: Row, name: str, allowed: Iterable[str]) -> str:
    if row[name] not in allowed:
        raise row.fail(f"{name} {row[name]!r} is not one of {', '.join(allowed)}")
    return row[name]


def _overlaps(one: MoneyOfRecord, other: MoneyOfRecord) -> bool:
    is_same = (one.provider, one.account) == (other.provider, other.account)
    return is_same and one.valid_from < other.valid_to and other.valid_from < one.valid_to
