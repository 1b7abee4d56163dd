-- One row per raw row that cannot be used, and one per file that cannot be read at all (without a line).
with rejected as (
    select source, source_file, source_line, reject_reason as reason from staged_attempt
    where reject_reason is not null
    union all
    select source, source_file, source_line, reject_reason as reason from staged_usage
    where reject_reason is not null
    union all
    select source, source_file, source_line, reject_reason as reason from staged_charge
    where reject_reason is not null
)

select
    rejected.source,
    staged_file.name,
    rejected.source_file,
    rejected.source_line,
    rejected.reason
from rejected
left join staged_file
    on
        rejected.source = staged_file.source
        and rejected.source_file = staged_file.content_id
        and staged_file.status = 'staged'
union all
select source, name, content_id as source_file, cast(null as bigint) as source_line, reason
from staged_file
where status = 'rejected'
order by source, name, source_line, reason
