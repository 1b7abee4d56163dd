-- One row per attempt of `$day` that a tag rule owns: of several rules the first by its tag.
with matching as (
    -- An inner join: an attempt without a matching tag has no row here.
    select
        staged_attempt.source_file,
        staged_attempt.source_line,
        ownership.id,
        ownership.team,
        ownership.feature,
        ownership.environment,
        row_number() over (
            partition by staged_attempt.source_file, staged_attempt.source_line
            order by ownership.id
        ) as preference
    from staged_attempt
    inner join ownership
        on
            ownership.id_kind = 'tag'
            and staged_attempt.source = ownership.source
            and contains(staged_attempt.tags, ownership.tag_text)
            and staged_attempt.ended_at >= ownership.valid_from
            and staged_attempt.ended_at < ownership.valid_to
    where
        staged_attempt.ended_at >= cast($day as timestamptz)
        and staged_attempt.ended_at < cast($day + interval 1 day as timestamptz)
)

select
    source_file,
    source_line,
    id,
    team,
    feature,
    environment
from matching
where preference = 1
