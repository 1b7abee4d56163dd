"""What is in use and was not read as it would be read today: files whose raw content is gone."""

from collections.abc import Mapping, Sequence

from pipelines.warehouse.finding import Answers, Finding

OUTDATED_READING = "outdated_reading"


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
