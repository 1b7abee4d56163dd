"""What came in: files and rows that cannot be used, sources that fell behind, nothing at all."""

from collections.abc import Sequence
from datetime import date, timedelta

from pipelines.settings import Company
from pipelines.warehouse.finding import Answers, Finding

NEWEST_FILES = (
    "with file as (select * from ingested_files qualify sequence = max(sequence) over (partition by name))"
)
"""A later file of the same name settles what was wrong with an earlier one."""


def today_of(answers: Answers) -> date | None:
    """The newest day of any source; no clock is read."""
    newest: date | None = answers.rows("select max(last_date) from ingested_files", {})[0][0]
    return newest


def nothing_read(answers: Answers, raw_files: int | None) -> Sequence[Finding]:
    """An empty raw folder, or tables without one attempt.

    Args:
        answers: the tables.
        raw_files: files the last run found below RAW; None where none looked.
    """
    read, attempts = answers.rows(
        "select count(*), (select coalesce(sum(attempts), 0) from mart_coverage) from ingested_files", {}
    )[0]
    found = []
    if raw_files == 0:
        before = f"{read} were read before" if read else "none was ever read"
        found.append(Finding("nothing_read", f"the raw folder holds no file; {before}", subject="raw"))
    if not attempts:
        said = f"no attempt is published, from {read} raw files"
        found.append(Finding("nothing_read", said, subject="attempts"))
    return found


def source_lag(answers: Answers, company: Company, today: date | None) -> Sequence[Finding]:
    """Sources whose newest day lies too far behind today."""
    rows = answers.rows(
        "select source, max(last_date) as newest from ingested_files group by source"
        " having newest is not null order by source",
        {},
    )
    return [
        Finding(
            "source_lag",
            f"{source}: its newest day is {newest}, {(today - newest).days} days behind {today}",
            day=today,
            subject=source,
            since=newest + timedelta(days=1),
        )
        for source, newest in rows
        if today is not None and (today - newest).days > company.max_source_lag_days
    ]


def last_day(answers: Answers, asked: date | None) -> Sequence[Finding]:
    """A run that was asked for a last day expects rows on it."""
    if asked is None:
        return []
    rows = answers.rows(
        "select count(*) from (select day from mart_coverage union all"
        " select day from mart_reconciliation_daily where usage_tokens is not null) where day = $asked",
        {"asked": asked},
    )
    said = f"{asked}: no log and no usage export has a row"
    return [] if rows[0][0] else [Finding("yesterday_exists", said, asked, "rows")]


def rejected_files(answers: Answers) -> Sequence[Finding]:
    """Files of which nothing can be used and that no good one of the same name has replaced."""
    sql = f"{NEWEST_FILES} select name, reason from file where file_status = 'rejected' order by sequence"  # noqa: S608 constant
    rows = answers.rows(sql, {})
    return [Finding("rejected_file", f"{name}: {reason}", subject=name) for name, reason in rows]


def rejected_rows(answers: Answers) -> Sequence[Finding]:
    """Rows that cannot be used, by source and reason; numbers, quotations and what follows a colon aside."""
    rows = answers.rows(
        f"{NEWEST_FILES}, of_source as (select source, sum(total_rows) as total from file group by source),"  # noqa: S608 constant
        " rejected as (select rejects.*, file.sequence, file.first_date, file.last_date,"
        " split_part(regexp_replace(rejects.reason, $value, '…', 'g'), ': ', 1) as kind"
        # An inner join: rows of files that a later one of the same name replaced are left out.
        " from rejects join file on rejects.name = file.name and rejects.source_file = file.content_id"
        " where rejects.source_line > 0)"
        " select source, kind, count(*) as lost, any_value(total), arg_min((reason, name, source_line),"
        " (sequence, source_line)), sum(tokens), sum(reported_cost_usd), min(first_date), max(last_date)"
        " from rejected left join of_source using (source) group by source, kind"
        " order by lost desc, source, kind",
        {"value": r"""'[^']*'|"[^"]*"|[0-9]+([.:,-][0-9]+)*"""},
    )
    found = []
    for source, kind, lost, total, (reason, name, line), tokens, stated, first, last in rows:
        states = [] if tokens is None else [f"{tokens} tokens"]
        states += [] if stated is None else [f"{stated.normalize():f} USD"]
        said = f"{source}: {lost} of {total} rows ({lost / total:.2%}) cannot be used: {reason}"
        said += f"; they state {' and '.join(states)}" if states else ""
        said += f"; the first is {name} line {line}"
        found.append(Finding("rejected_rows", said, last, f"{source} {kind}", stated, since=first))
    return found
