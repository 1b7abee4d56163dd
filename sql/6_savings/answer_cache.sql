-- One row per attempt that a cache of answers would have served: an identical request of the same feature had
-- been answered, by the same model, before it started and at most the scenario's time to live ago.
-- The cache is empty at midnight UTC. Every answer, also one that the cache would have served, keeps it alive.
with repeated as (
    -- A number tells most questions apart in a quarter of the memory of their text; two with one number are
    -- only looked at for nothing.
    select hash(request_hash) as question_number
    from fct_attempt_cost
    where
        request_hash is not null
        and status = 'success'
        and exists (select scenario.scenario from scenario where scenario.lever = 'answer_cache')
    group by hash(request_hash)
    having count(*) > 1
),

asked as (
    select
        fct_attempt_cost.fact_row,
        fct_attempt_cost.provider,
        fct_attempt_cost.model,
        fct_attempt_cost.team,
        fct_attempt_cost.feature,
        fct_attempt_cost.request_hash,
        coalesce(fct_attempt_cost.started_at, fct_attempt_cost.ended_at) as asked_at,
        fct_attempt_cost.ended_at
    from fct_attempt_cost
    left join repeated
        on hash(fct_attempt_cost.request_hash) = repeated.question_number
    where
        repeated.question_number is not null
        and fct_attempt_cost.status = 'success'
),

moment as (
    select
        provider,
        model,
        team,
        feature,
        request_hash,
        asked_at as moment_at,
        cast(null as timestamptz) as answered_at,
        fact_row
    from asked
    union all
    select
        provider,
        model,
        team,
        feature,
        request_hash,
        ended_at as moment_at,
        ended_at as answered_at,
        fact_row
    from asked
),

latest as (
    select
        fact_row,
        answered_at,
        moment_at,
        max(answered_at) over (
            partition by provider, model, team, feature, request_hash
            order by moment_at, case when answered_at is null then 0 else 1 end
            range between unbounded preceding and current row
        ) as last_answered_at
    from moment
)

select
    scenario.scenario,
    latest.fact_row
from latest
left join scenario
    on scenario.lever = 'answer_cache'
where
    latest.answered_at is null
    and datediff('microsecond', latest.last_answered_at, latest.moment_at) <= scenario.ttl_seconds * 1000000
