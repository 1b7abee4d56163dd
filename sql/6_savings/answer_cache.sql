-- One row per attempt that a cache of answers would have served: an identical request of the same feature had
-- been answered, by the same model, before it started and at most the scenario's time to live ago.
-- The cache is empty at midnight UTC. Every answer, also one that the cache would have served, keeps it alive.
with repeated as (
    select fct_attempt_cost.request_hash
    from fct_attempt_cost
    left join scenario
        on scenario.lever = 'answer_cache'
    where
        scenario.scenario is not null
        and fct_attempt_cost.request_hash is not null
        and fct_attempt_cost.status = 'success'
    group by fct_attempt_cost.request_hash
    having count(*) > 1
),

asked as (
    select
        fct_attempt_cost.*,
        coalesce(fct_attempt_cost.started_at, fct_attempt_cost.ended_at) as asked_at
    from fct_attempt_cost
    left join repeated
        on fct_attempt_cost.request_hash = repeated.request_hash
    where
        repeated.request_hash is not null
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
        source,
        request_id,
        attempt
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
        source,
        request_id,
        attempt
    from asked
),

latest as (
    select
        source,
        request_id,
        attempt,
        answered_at,
        moment_at,
        max(answered_at) over (
            partition by provider, model, team, feature, request_hash
            order by moment_at, case when answered_at is null then 0 else 1 end
            range between unbounded preceding and current row
        ) as last_answered_at
    from moment
),

served as (
    select
        asked.*,
        scenario.scenario,
        scenario.kind,
        scenario.assumptions_id
    from latest
    -- this inner join drops the moments at which an answer ended
    inner join asked
        on
            latest.source = asked.source
            and latest.request_id = asked.request_id
            and latest.attempt = asked.attempt
            and latest.answered_at is null
    left join scenario
        on scenario.lever = 'answer_cache'
    where
        scenario.scenario is not null
        and datediff('microsecond', latest.last_answered_at, latest.moment_at) <= scenario.ttl_seconds * 1000000
)

select
    served.scenario,
    served.kind,
    served.assumptions_id,
    served.source,
    served.request_id,
    served.attempt,
    served.team,
    served.feature,
    served.provider as baseline_provider,
    served.model as baseline_model,
    served.cost_usd as baseline_usd,
    1 as parts,
    served.provider,
    served.model,
    served.service_tier,
    served.region,
    cast(0 as bigint) as uncached_input_tokens,
    cast(0 as bigint) as cache_read_tokens,
    cast(0 as bigint) as cache_write_5m_tokens,
    cast(0 as bigint) as cache_write_1h_tokens,
    cast(0 as bigint) as cache_write_tokens,
    cast(0 as bigint) as output_tokens,
    cast(0 as bigint) as audio_input_tokens,
    cast(0 as bigint) as audio_output_tokens,
    cast(0 as bigint) as image_input_tokens,
    cast(0 as bigint) as web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    served.ended_at as priced_at,
    served.ended_at as priced_until,
    cast(0 as bigint) as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from served
