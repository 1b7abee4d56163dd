"""What was read and is in doubt: files whose raw content is gone, and ids that several calls have."""

from collections.abc import Mapping, Sequence

from pipelines.warehouse.finding import Answers, Finding, usd

OUTDATED_READING, SHARED_ID = "outdated_reading", "shared_id"


def outdated_readings(answers: Answers, _days: Mapping[str, str]) -> Sequence[Finding]:
    """Files that an earlier version read and that were not there to be read again, by source.

    Their rows stay as they were read, with the faults of that reader, until the files are back.
    """
    rows = answers.rows(
        "select source, count(*), sum(staged_rows), min(first_date), max(last_date), min(name)"
        " from ingested_files where is_outdated group by source order by source",
        {},
    )
    return [
        Finding(
            OUTDATED_READING,
            f"{source}: {files:,} files with {staged:,} rows, {first} to {last}, were read by an earlier"
            f" version and are not there to be read again, the first {name}",
            day=last,
            subject=source,
            since=first,
        )
        for source, files, staged, first, last, name in rows
    ]


def shared_ids(answers: Answers) -> Sequence[Finding]:
    """Calls that have the id of an earlier one of another time, model and tokens, by source and account.

    All of them count; were they one call, what the later ones cost would be counted twice.
    """
    rows = answers.rows(
        "select source, account, sum(attempts), sum(list_cost_usd), min(day), max(day),"
        " arg_max(shared_request_id, day) from mart_shared_request_id group by source, account"
        " order by source, account",
        {},
    )
    return [
        Finding(
            SHARED_ID,
            f"{source} {account}: {attempts} calls have the id of an earlier call of another time, model and"
            f" tokens; all count, these with {'no price' if cost is None else usd(cost)}, as {example}",
            day=last,
            subject=f"{source} {account}",
            amount_usd=cost,
            since=first,
        )
        for source, account, attempts, cost, first, last, example in rows
    ]
