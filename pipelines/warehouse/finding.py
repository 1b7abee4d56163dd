"""The shape of a finding, and of what the checks ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

DAYS = {"first": "0001-01-01", "last": "9999-12-31"}
"""All days, as parameters of SQL."""

ERROR, WARNING = "error", "warning"
"""A number is wrong, missing or not known to be right; or numbers are right and ask for a decision."""


@dataclass(frozen=True)
class Finding:
    """One failed check, as a sentence with the culprit and the number.

    Attributes:
        check: which check.
        sentence: whole, for people.
        day: the UTC day it is about, or the last of several; None where it is about no day.
        subject: what it is about, the same from day to day: an acknowledgement names it.
        amount_usd: the money it is about, never negative; None where nobody knows.
        severity: `error` or `warning`.
        since: the first day it is about where the check knows; else it is taken from the days before.
        acknowledged_reason: why the company lives with it; None where it does not.
    """

    check: str
    sentence: str
    day: date | None = None
    subject: str = ""
    amount_usd: Decimal | None = None
    severity: str = ERROR
    since: date | None = None
    acknowledged_reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether a run that has it ends with 3."""
        return self.acknowledged_reason is None


class Answers(Protocol):
    """Something that answers SQL over the tables of one version: a reader, or the engine before the swap."""

    def rows(self, sql: str, parameters: Mapping[str, object], /) -> list[tuple[Any, ...]]:
        """Fetch all rows of a select; every parameter that is given is used."""
