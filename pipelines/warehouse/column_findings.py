"""Columns that were kept out though they may hold what a number lacks."""

from collections.abc import Sequence

from pipelines.ingest.columns import doubtful
from pipelines.warehouse.finding import Answers, Finding
from pipelines.warehouse.intake_findings import NEWEST_FILES

UNKNOWN_COLUMN = "unknown_column"


def unknown_columns(answers: Answers) -> Sequence[Finding]:
    """What is kept out of files in use, by source and columns, with the first file."""
    rows = answers.rows(
        f"{NEWEST_FILES} select source, columns_unknown, count(*), cast(sum(total_rows) as bigint),"  # noqa: S608 constant
        " arg_min(name, sequence), min(first_date), max(last_date) from file"
        " where file_status = 'staged' and columns_unknown like '% (%' group by source, columns_unknown order by source, min(sequence)",
        {},
    )
    return [
        Finding(
            UNKNOWN_COLUMN,
            f"{source}: unknown columns: {columns}; they are kept out of {total} rows of {files} files, the"
            f" first {name}",
            day=last,
            subject=f"{source} {columns}",
            since=first,
        )
        for source, unknown, files, total, name, first, last in rows
        if (columns := ", ".join(column.strip() for column in doubtful(unknown)))
    ]
