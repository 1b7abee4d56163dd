"""What a version of the tables has to tell, as the rows of `mart_finding`.

A finding does not stop a publication; it makes the run end with exit code 3 and the check fail. All of them
come from the tables of the version itself, of all its days: what a run did not build is told again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.raw_files import files_seen
from pipelines.warehouse.acknowledged import CHECK as ACKNOWLEDGEMENT
from pipelines.warehouse.acknowledged import acknowledge
from pipelines.warehouse.arrow import table as arrow_table
from pipelines.warehouse.bill_findings import reconciliation, unknown_lines
from pipelines.warehouse.column_findings import UNKNOWN_COLUMN, unknown_columns
from pipelines.warehouse.contracts import Table
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.expectations import Expectations
from pipelines.warehouse.export_findings import (
    NOT_WHOLE,
    OVERLAP,
    export_overlaps,
    exports_not_whole,
)
from pipelines.warehouse.finding import DAYS, Answers, Finding
from pipelines.warehouse.holdings import Holdings
from pipelines.warehouse.intake_findings import (
    last_day,
    nothing_read,
    rejected_files,
    rejected_rows,
    source_lag,
    today_of,
)
from pipelines.warehouse.layout import content_digest
from pipelines.warehouse.outlook import anomalies, budgets
from pipelines.warehouse.price_findings import coverage, reported_differences, stale_rates, unpriced
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.reading_findings import (
    MOVED_FILE,
    OUTDATED_READING,
    RETURNED,
    SHARED_ID,
    moved_files,
    outdated_readings,
    returned_states,
    shared_ids,
)
from pipelines.warehouse.rule_findings import LOGGED_PROVIDER, LoggedName, unmatched_rules

OPEN_FINDING = "open_finding"
"""The input of `mart_finding` with its rows."""

CHECKS = {
    "unpriced": "every used meter of every row has a rate",
    "coverage": "each day's share of tokens and of dollars without a price is within max_unpriced_share",
    "reported_difference": "our list price is what the rows state, within max_reported_difference_share",
    "stale_rate": "no promotion prices usage after the day it had to be looked at again",
    "reconciliation": "logs at list price are within max_reconciliation_share of the bill",
    "unknown_bill_line": "every line of a bill has a known form",
    "budget": "every month stays within max_budget_share of its budgets at its run rate",
    "anomaly": "no day costs more or less than anomaly_deviations of its weeks explain",
    "rejected_file": "some rows of every raw file can be used",
    "rejected_rows": "every row of every raw file can be used",
    UNKNOWN_COLUMN: "no column that is not known states usage or has nearly the name of one that is missing",
    OVERLAP: "exports about the same time do not contradict each other",
    NOT_WHOLE: "no page and no day of an export is missing",
    OUTDATED_READING: "every file was read as it would be read today",
    MOVED_FILE: "no file left its account for another",
    RETURNED: "no older state of a file came back over a newer one",
    SHARED_ID: "no two calls of other models, times and tokens have one id",
    "nothing_read": "the raw folder holds files, and attempts are published",
    "source_lag": "no source is more than max_source_lag_days behind the newest day",
    "yesterday_exists": "the last day that was asked for has rows",
    "unmatched_rule": "every owner, budget, contract, scenario, norm, account and name matches something",
    ACKNOWLEDGEMENT: "every acknowledgement names a finding and has not ended",
}
"""Every check and what it says where it passes."""

TYPES = {
    "check": "VARCHAR", "severity": "VARCHAR", "day": "DATE", "subject": "VARCHAR",
    "amount_usd": "DECIMAL(38,12)", "sentence": "VARCHAR", "since_day": "DATE", "is_acknowledged": "BOOLEAN",
    "acknowledged_reason": "VARCHAR",
}  # fmt: skip


def findings(
    answers: Answers, expected: Expectations, raw_files: int | None, logged: Sequence[LoggedName] = ()
) -> Sequence[Finding]:
    """Everything that failed in all days of a version, each once.

    Args:
        answers: the tables of the version.
        expected: what the company expects of them.
        raw_files: how many raw files the last run saw; None where none looked.
        logged: the names of providers as files write them, as far as a rule waits for one.
    """
    company = expected.company
    today = expected.asked or today_of(answers)
    found = [
        *nothing_read(answers, raw_files),
        *rejected_files(answers),
        *rejected_rows(answers),
        *unknown_columns(answers),
        *outdated_readings(answers, DAYS),
        *shared_ids(answers),
        *returned_states(answers),
        *moved_files(answers),
        *export_overlaps(answers, company),
        *exports_not_whole(answers),
        *source_lag(answers, company, today),
        *last_day(answers, expected.asked),
        *unpriced(answers),
        *coverage(answers, company),
        *reported_differences(answers, company),
        *stale_rates(answers),
        *reconciliation(answers, company),
        *unknown_lines(answers),
        *unmatched_rules(answers, expected.rules, logged),
        *budgets(answers, company),
        *anomalies(answers),
    ]
    return list(dict.fromkeys(acknowledge(found, expected.acknowledged, today)))


@dataclass(frozen=True)
class FindingInputs:
    """The findings as an input of `mart_finding`, from the tables that its contract names before."""

    holdings: Holdings
    expected: Expectations

    def says(self, table: Table, name: str, day: str) -> object:  # noqa: ARG002 a kind of input
        """What is expected, whether there are raw files, and the text of the checks."""
        return [self.expected.said(), files_seen(self.holdings.layout) == 0, _checks_digest()]

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:  # noqa: ARG002
        """One row per finding."""
        is_asked = any(LOGGED_PROVIDER in rule.kinds for rule in self.expected.rules)
        logged = logged_providers(self.holdings.journal) if is_asked else []
        found = findings(engine, self.expected, files_seen(self.holdings.layout), logged)
        engine.register(name, arrow_table(map(_row, found), TYPES))


def logged_providers(journal: Sequence[IngestedFile]) -> list[LoggedName]:
    """The providers that staged files name, in lower case as names are compared, on the days of each file."""
    found = {
        (day, entry.source, provider)
        for entry in journal
        for provider in {provider.lower() for provider, _ in entry.models}
        for day in entry.days
    }
    return [
        LoggedName(date.fromisoformat(day), source, LOGGED_PROVIDER, provider)
        for day, source, provider in sorted(found)
    ]


@cache
def _checks_digest() -> str:
    """Changes when a check does: a mended one tells anew."""
    modules = sorted([*Path(__file__).parent.glob("*finding*.py"), Path(__file__).with_name("outlook.py")])
    return content_digest([path.read_text(encoding="utf-8") for path in modules])


def _row(finding: Finding) -> dict[str, object]:
    return {
        **vars(finding), "since_day": finding.since,
        "is_acknowledged": finding.acknowledged_reason is not None,
    }  # fmt: skip


def published_findings(catalogue: Path) -> list[Finding]:
    """The findings of what is published, in the order of the table: the newest first."""
    with Reader(catalogue) as reader:
        return list(_published(reader))


def _published(reader: Reader) -> Iterator[Finding]:
    rows = reader.rows(
        "select mart_finding.check, sentence, day, subject, amount_usd, severity, since_day,"
        " acknowledged_reason from mart_finding order by day desc nulls first, amount_usd desc nulls last,"
        " mart_finding.check, subject, sentence",
        {},
    )
    return (Finding(*row) for row in rows)
