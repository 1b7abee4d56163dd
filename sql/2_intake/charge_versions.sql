-- One row per staged line of a bill of `$day`, with its age among the versions of its window: 1 is the newest.
select
    staged_charge.*,
    rank() over newest_first as age,
    first_value(staged_charge.source_file) over newest_first as kept_content_id,
    first_value(staged_charge.source_line) over newest_first as kept_line
from staged_charge
left join staged_file
    on
        staged_charge.source = staged_file.source
        and staged_charge.source_file = staged_file.content_id
        and staged_file.status = 'staged'
where
    staged_charge.reject_reason is null
    and staged_charge.charge_start >= cast($day as timestamptz)
    and staged_charge.charge_start < cast($day + interval 1 day as timestamptz)
window newest_first as (
    partition by
        staged_charge.source,
        staged_charge.account,
        staged_charge.charge_start,
        staged_charge.charge_end,
        staged_charge.grouping,
        staged_charge.project_id
    order by staged_file.sequence desc, staged_charge.bucket_number desc
)
