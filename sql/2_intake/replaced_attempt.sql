-- One row per staged attempt that a newer version of the same call replaces, or that is another call of the same id.
-- Records of one (source, account, request_id, attempt) are versions of one call where they have the time, the model or
-- the tokens in common; where they differ in all three, they are calls that share an id, and all count. Newer is what
-- arrived last, also where the same bytes had arrived before; it replaces what lies at most `$window_days` UTC days away,
-- so that the answer for a day depends on its neighbourhood alone. Hashes find the few suspects cheaply; the keys
-- themselves decide.
with keys as not materialized (
    select
        staged_attempt.source,
        staged_attempt.source_file,
        staged_attempt.source_line,
        staged_attempt.ended_at,
        cast(staged_attempt.ended_at as date) as day,
        staged_attempt.request_id,
        coalesce(staged_attempt.attempt, 1) as attempt,
        staged_attempt.model,
        coalesce(staged_attempt.uncached_input_tokens, 0)
        + coalesce(staged_attempt.cache_read_tokens, 0)
        + coalesce(staged_attempt.cache_write_5m_tokens, 0)
        + coalesce(staged_attempt.cache_write_1h_tokens, 0)
        + coalesce(staged_attempt.cache_write_tokens, 0)
        + coalesce(staged_attempt.audio_input_tokens, 0)
        + coalesce(staged_attempt.image_input_tokens, 0) as input_tokens,
        coalesce(staged_attempt.output_tokens, 0) + coalesce(staged_attempt.audio_output_tokens, 0) as output_tokens,
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
        keys.day,
        staged_file.account,
        staged_file.first_sequence,
        keys.request_id,
        keys.attempt,
        keys.model,
        keys.input_tokens,
        keys.output_tokens,
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
        versions.*,
        greatest(
            max(versions.version) over (
                partition by versions.source, versions.account, versions.request_id, versions.attempt, versions.ended_at
                order by versions.day_number
                range between $window_days preceding and $window_days following
            ),
            max(versions.version) over (
                partition by versions.source, versions.account, versions.request_id, versions.attempt, versions.model
                order by versions.day_number
                range between $window_days preceding and $window_days following
            ),
            max(versions.version) over (
                partition by
                    versions.source, versions.account, versions.request_id, versions.attempt,
                    versions.input_tokens, versions.output_tokens
                order by versions.day_number
                range between $window_days preceding and $window_days following
            )
        ) as newest_version
    from versions
),

counted as (
    select
        newest.*,
        min(newest.ended_at) over (
            partition by newest.source, newest.account, newest.request_id, newest.attempt
            order by newest.day_number
            range between $window_days preceding and $window_days following
        ) as first_ended_at
    from newest
    where newest.version = newest.newest_version
)

select
    newest.day,
    newest.source,
    newest.source_file,
    newest.source_line,
    kept.source_file as kept_content_id,
    kept.source_line as kept_line,
    kept.first_sequence < newest.first_sequence as kept_is_older,
    false as is_other_call
from newest
left join versions as kept
    on
        newest.source = kept.source
        and newest.account = kept.account
        and newest.request_id = kept.request_id
        and newest.attempt = kept.attempt
        and newest.newest_version = kept.version
where newest.version < newest.newest_version
union all
select
    counted.day,
    counted.source,
    counted.source_file,
    counted.source_line,
    counted.source_file as kept_content_id,
    counted.source_line as kept_line,
    false as kept_is_older,
    true as is_other_call
from counted
where counted.ended_at > counted.first_ended_at
order by day, source, source_file, source_line
