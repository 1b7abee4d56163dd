-- One row per raw file and content, in the order of ingestion, with what became of it.
select
    sequence,
    source,
    account,
    name,
    content_id,
    size_bytes,
    status as file_status,
    reason,
    same_as,
    total_rows,
    staged_rows,
    rejected_rows,
    columns_unknown,
    first_date,
    last_date,
    is_outdated
from staged_file
order by sequence
