-- One row per staged row of `$day` that a newer version of the same thing replaces.
select
    cast($day as date) as day,
    'attempt' as kind,
    replaced_attempt.source,
    replaced_attempt.source_file,
    replaced_attempt.source_line,
    replaced_attempt.kept_content_id,
    replaced_attempt.kept_line,
    replaced_attempt.kept_is_older
from replaced_attempt
where replaced_attempt.day = cast($day as date) and not replaced_attempt.is_other_call
union all
select
    cast($day as date) as day,
    'usage' as kind,
    usage_versions.source,
    usage_versions.source_file,
    usage_versions.source_line,
    usage_versions.kept_content_id,
    usage_versions.kept_line,
    usage_versions.kept_is_older
from usage_versions
where usage_versions.is_replaced
union all
select
    cast($day as date) as day,
    'charge' as kind,
    charge_versions.source,
    charge_versions.source_file,
    charge_versions.source_line,
    charge_versions.kept_content_id,
    charge_versions.kept_line,
    charge_versions.kept_is_older
from charge_versions
where charge_versions.is_replaced
order by kind, source, source_file, source_line, kept_content_id, kept_line
