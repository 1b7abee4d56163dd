-- One row per staged row of `$day` that a newer version of the same thing replaces.
with usage_ages as (
    select
        staged_usage.source,
        staged_usage.source_file,
        staged_usage.source_line,
        rank() over newest_first as age,
        first_value(staged_usage.source_file) over newest_first as kept_content_id,
        first_value(staged_usage.source_line) over newest_first as kept_line
    from staged_usage
    left join staged_file
        on staged_usage.source = staged_file.source and staged_usage.source_file = staged_file.content_id
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
),

charge_ages as (
    select
        staged_charge.source,
        staged_charge.source_file,
        staged_charge.source_line,
        rank() over newest_first as age,
        first_value(staged_charge.source_file) over newest_first as kept_content_id,
        first_value(staged_charge.source_line) over newest_first as kept_line
    from staged_charge
    left join staged_file
        on staged_charge.source = staged_file.source and staged_charge.source_file = staged_file.content_id
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
)

select
    cast($day as date) as day,
    'attempt' as kind,
    replaced_attempt.source,
    replaced_attempt.source_file,
    replaced_attempt.source_line,
    replaced_attempt.kept_content_id,
    replaced_attempt.kept_line
from replaced_attempt
where replaced_attempt.day = cast($day as date)
union all
select
    cast($day as date) as day,
    'usage' as kind,
    usage_ages.source,
    usage_ages.source_file,
    usage_ages.source_line,
    usage_ages.kept_content_id,
    usage_ages.kept_line
from usage_ages
where usage_ages.age > 1
union all
select
    cast($day as date) as day,
    'charge' as kind,
    charge_ages.source,
    charge_ages.source_file,
    charge_ages.source_line,
    charge_ages.kept_content_id,
    charge_ages.kept_line
from charge_ages
where charge_ages.age > 1
order by kind, source, source_file, source_line, kept_content_id, kept_line
