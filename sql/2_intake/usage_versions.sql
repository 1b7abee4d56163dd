-- One row per staged usage line of `$day`, with the file that replaces its bucket, if one does.
select
    staged_usage.*,
    replaced_bucket.source_file is not null as is_replaced,
    replaced_bucket.kept_content_id,
    replaced_bucket.kept_line,
    replaced_bucket.kept_is_older
from staged_usage
left join replaced_bucket
    on
        staged_usage.source = replaced_bucket.source
        and staged_usage.source_file = replaced_bucket.source_file
        and staged_usage.bucket_number = replaced_bucket.bucket_number
where
    staged_usage.reject_reason is null
    and staged_usage.bucket_start >= cast($day as timestamptz)
    and staged_usage.bucket_start < cast($day + interval 1 day as timestamptz)
