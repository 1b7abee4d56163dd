-- One row per staged attempt that a newer version of the same (source, account, request_id, attempt) replaces.
-- Newer is what was ingested later; it replaces what lies at most `$window_days` UTC days away, so that the answer
-- for a day depends on its neighbourhood alone. Hashes find the few suspects cheaply; the keys themselves decide.
with keys as (
    select
        staged_attempt.source,
        staged_attempt.source_file,
        staged_attempt.source_line,
        cast(staged_attempt.ended_at as date) as day,
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
        keys.day,
        staged_file.account,
        keys.request_id,
        keys.attempt,
        date_diff('day', cast('2020-01-01' as date), keys.day) as day_number,
        row_number() over (
            partition by keys.source, staged_file.account, keys.request_id, keys.attempt
            order by staged_file.sequence, keys.source_line
        ) as version
    from keys
    inner join suspects on keys.key_hash = suspects.key_hash
    left join staged_file on keys.source = staged_file.source and keys.source_file = staged_file.content_id
),

newest as (
    select
        versions.source,
        versions.source_file,
        versions.source_line,
        versions.day,
        versions.account,
        versions.request_id,
        versions.attempt,
        versions.version,
        max(versions.version) over (
            partition by versions.source, versions.account, versions.request_id, versions.attempt
            order by versions.day_number
            range between $window_days preceding and $window_days following
        ) as newest_version
    from versions
)

select
    newest.day,
    newest.source,
    newest.source_file,
    newest.source_line,
    kept.source_file as kept_content_id,
    kept.source_line as kept_line
from newest
left join versions as kept
    on
        newest.source = kept.source
        and newest.account = kept.account
        and newest.request_id = kept.request_id
        and newest.attempt = kept.attempt
        and newest.newest_version = kept.version
where newest.version < newest.newest_version
order by newest.day, newest.source, newest.source_file, newest.source_line
