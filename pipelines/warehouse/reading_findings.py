"""What was read and is in doubt: files that are gone, older states that came back, ids of several calls."""

from collections.abc import Mapping, Sequence

from pipelines.warehouse.finding import Answers, Finding, usd

OUTDATED_READING, SHARED_ID = "outdated_reading", "shared_id"
MOVED_FILE, RETURNED = "moved_file", "returned_state"


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


def returned_states(answers: Answers) -> Sequence[Finding]:
    """Files whose bytes came back after a later state, with what counts of them: corrections may be undone.

    Somebody copied a folder, perhaps.
    """
    rows = answers.rows(
        "with arrived as (select source, content_id, max_by(name, sequence) as name"
        " from ingested_files where file_status in ('staged', 'duplicate') group by all)"
        " select state.source, coalesce(state.account, ''), back.name, undone.name, min(state.day),"
        " max(state.day), cast(sum(counted_rows) as bigint), sum(amount_usd)"
        " from mart_returned_state as state"
        " left join arrived as back on state.source = back.source and state.kept_content_id = back.content_id"
        " left join arrived as undone on state.source = undone.source"
        " and state.source_file = undone.content_id"
        " group by all order by 5, 1, 2, 3, 4",
        {},
    )
    return [
        Finding(
            RETURNED,
            f"{source} {account}: {name} has the bytes of an earlier file and undoes {undone}; what counts of"
            f" it again: {counted} rows with {'no price' if amount is None else usd(amount)}",
            day=last,
            subject=f"{source} {account} {name}",
            amount_usd=None if amount is None else abs(amount),
            since=first,
        )
        for source, account, name, undone, first, last, counted, amount in rows
    ]


def moved_files(answers: Answers) -> Sequence[Finding]:
    """Files that left the folder of an account and lie in that of another: they are booked there."""
    rows = answers.rows(
        "select gone.source, gone.account, gone.name, there.account, there.name, there.staged_rows,"
        " there.first_date, there.last_date from ingested_files as gone left join ingested_files as there"
        " on gone.source = there.source and gone.same_as = there.name and there.file_status = 'staged'"
        " where gone.file_status = 'moved' order by gone.sequence, there.sequence",
        {},
    )
    return [
        Finding(
            MOVED_FILE,
            f"{source} {account}: {name} is gone and {new_name} has its bytes: its {count} rows are booked in"
            f" {new_account} instead",
            day=last,
            subject=f"{source} {account} {name}",
            since=first,
        )
        for source, account, name, new_account, new_name, count, first, last in rows
    ]
