"""Findings that the company knows and lives with for a time: `config/acknowledged.csv`.

A finding that is acknowledged stays in the table and leaves the exit code alone. An acknowledgement that
has ended, or that no finding needs, is told itself: it would hide the next one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipelines.book.text import Row, read_rows
from pipelines.errors import BookError
from pipelines.warehouse.finding import WARNING, Finding

FILE = "acknowledged.csv"
HEADER = ("check", "subject", "day", "valid_to", "reason")
CHECK = "acknowledgement"


@dataclass(frozen=True)
class Acknowledgement:
    """One line: until before `valid_to`, findings of a check and subject are known, of one day or of any."""

    check: str
    subject: str
    day: date | None
    valid_to: date
    reason: str
    place: str

    def is_of(self, finding: Finding) -> bool:
        """Whether it names a finding."""
        is_same = (self.check, self.subject) == (finding.check, finding.subject)
        return is_same and self.day in (None, finding.day)


def load_acknowledged(config: Path) -> tuple[Acknowledgement, ...]:
    """Read the file, which need not exist; raise `BookError` for a line without check, end or reason."""
    path = config / FILE
    return tuple(map(_acknowledgement, read_rows(path, HEADER))) if path.is_file() else ()


def _acknowledgement(row: Row) -> Acknowledgement:
    row.need("valid_to")
    day, ends = _day(row, "day"), _day(row, "valid_to")
    return Acknowledgement(
        row.need("check"), row["subject"], day, ends or date.max, row.need("reason"), row.place
    )


def _day(row: Row, name: str) -> date | None:
    try:
        return date.fromisoformat(row[name]) if row[name] else None
    except ValueError:
        raise BookError(f"{row.place}: {name} {row[name]!r} is no day like 2026-08-31") from None


def acknowledge(
    findings: Iterable[Finding], given: Sequence[Acknowledgement], today: date | None
) -> list[Finding]:
    """The findings, those marked that are acknowledged on `today`, and what is wrong with acknowledgements.

    Args:
        findings: what failed.
        given: lines of the file.
        today: the newest day of the data; None where there is none, and then nothing has ended.
    """
    found = list(findings)
    held = [each for each in given if today is None or today < each.valid_to]
    marked = [_marked(finding, held) for finding in found]
    return marked + [
        Finding(CHECK, f"{each.place}: {_fault(each, held)}", subject=each.place, severity=WARNING)
        for each in given
        if each not in held or not any(map(each.is_of, found))
    ]


def _marked(finding: Finding, held: Iterable[Acknowledgement]) -> Finding:
    reasons = (each.reason for each in held if each.is_of(finding))
    return replace(finding, acknowledged_reason=next(reasons, None))


def _fault(each: Acknowledgement, held: Sequence[Acknowledgement]) -> str:
    named = f"{each.check} {each.subject!r}" + (f" of {each.day}" if each.day else "")
    if each not in held:
        return f"the acknowledgement of {named} ended on {each.valid_to}"
    return f"no finding is {named}; the acknowledgement can go"
