-- One row per staged line of a bill of `$day`, with the file that replaces its bucket, if one does.
select
    staged_charge.*,
    replaced_bucket.source_file is not null as is_replaced,
    replaced_bucket.kept_content_id,
    replaced_bucket.kept_line,
    replaced_bucket.kept_is_older
from staged_charge
left join replaced_bucket
    on
        staged_charge.source = replaced_bucket.source
        and staged_charge.source_file = replaced_bucket.source_file
        and staged_charge.bucket_number = replaced_bucket.bucket_number
where
    staged_charge.reject_reason is null
    and staged_charge.charge_start >= cast($day as timestamptz)
    and staged_charge.charge_start < cast($day + interval 1 day as timestamptz)
