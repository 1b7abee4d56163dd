-- One row per staged usage line of `$day`, with its age among the versions of its window: 1 is the newest.
select
    staged_usage.*,
    rank() over newest_first as age,
    first_value(staged_usage.source_file) over newest_first as kept_content_id,
    first_value(staged_usage.source_line) over newest_first as kept_line
from staged_usage
left join staged_file
    on
        staged_usage.source = staged_file.source
        and staged_usage.source_file = staged_file.content_id
        and staged_file.status = 'staged'
where
    staged_usage.reject_reason is null
    and staged_usage.bucket_start >= cast($day as timestamptz)
    and staged_usage.bucket_start < cast($day + interval 1 day as timestamptz)
window newest_first as (
    partition by
        staged_usage.source,
        staged_usage.account,
        staged_usage.bucket_start,
        staged_usage.bucket_end,
        staged_usage.grouping,
        staged_usage.project_id
    order by staged_file.sequence desc, staged_usage.bucket_number desc
)
