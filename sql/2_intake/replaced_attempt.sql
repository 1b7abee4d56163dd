-- One row per staged attempt that a later version of the same (source, request_id, attempt) replaces.
-- Hashes find the few suspects cheaply; the keys themselves decide.
with keys as (
    select
        staged_attempt.source,
        staged_attempt.source_file,
        staged_attempt.source_line,
        staged_attempt.ended_at,
        staged_attempt.request_id,
        coalesce(staged_attempt.attempt, 1) as attempt,
        hash(staged_attempt.source, staged_attempt.request_id, coalesce(staged_attempt.attempt, 1)) as key_hash
    from staged_attempt
    where
        staged_attempt.reject_reason is null
        and staged_attempt.ended_at >= cast($from as timestamptz)
        and staged_attempt.ended_at < cast($to as timestamptz)
),

suspects as (
    select keys.key_hash
    from keys
    group by keys.key_hash
    having count(*) > 1
),

versions as (
    -- An inner join: only rows whose key may occur twice are looked at.
    select
        keys.source,
        keys.source_file,
        keys.source_line,
        keys.ended_at,
        row_number() over newest_first as age,
        first_value(keys.source_file) over newest_first as kept_content_id,
        first_value(keys.source_line) over newest_first as kept_line
    from keys
    inner join suspects on keys.key_hash = suspects.key_hash
    left join staged_file on keys.source = staged_file.source and keys.source_file = staged_file.content_id
    window newest_first as (
        partition by keys.source, keys.request_id, keys.attempt
        order by staged_file.sequence desc, keys.source_line desc
    )
)

select
    cast(versions.ended_at as date) as day,
    versions.source,
    versions.source_file,
    versions.source_line,
    versions.kept_content_id,
    versions.kept_line
from versions
where versions.age > 1
order by day, source, source_file, source_line
