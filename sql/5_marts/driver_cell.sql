-- One row per cell of `$day`: attempts that one driver takes whole, or one rate card row prices, and their parts.
-- The one scan of the attempts: each passes the chain `unpriced`, `retries`, `failures`, `later_calls_of_trace`; what no
-- driver takes whole is a `call`, whose tokens are cut into parts. A long input is cut from its end: what was sent
-- anew first, then what was written to a cache, then what was read from it.
with first_call as (
    select
        trace_id,
        min(ended_at) as first_at
    from fct_attempt_cost
    where trace_id is not null and attempt = 1 and status = 'success'
    group by trace_id
    having count(*) > 1
),

classed as (
    select
        fct_attempt_cost.provider,
        fct_attempt_cost.model,
        fct_attempt_cost.service_tier,
        fct_attempt_cost.region,
        fct_attempt_cost.team,
        fct_attempt_cost.feature,
        fct_attempt_cost.rate_id,
        case
            when fct_attempt_cost.unpriced_reason is not null then 'unpriced'
            when fct_attempt_cost.attempt > 1 then 'retries'
            when fct_attempt_cost.status <> 'success' then 'failures'
            when fct_attempt_cost.ended_at > first_call.first_at then 'later_calls_of_trace'
            else 'call'
        end as class,
        fct_attempt_cost.ended_at,
        fct_attempt_cost.context_tokens,
        coalesce(fct_attempt_cost.uncached_input_tokens, 0) as uncached_input_tokens,
        coalesce(fct_attempt_cost.cache_read_tokens, 0) as cache_read_tokens,
        coalesce(fct_attempt_cost.cache_write_5m_tokens, 0) as cache_write_5m_tokens,
        coalesce(fct_attempt_cost.cache_write_1h_tokens, 0) as cache_write_1h_tokens,
        coalesce(fct_attempt_cost.cache_write_tokens, 0) as cache_write_tokens,
        coalesce(fct_attempt_cost.output_tokens, 0) as output_tokens,
        coalesce(fct_attempt_cost.reasoning_tokens, 0) as reasoning_tokens,
        fct_attempt_cost.audio_input_tokens,
        fct_attempt_cost.audio_output_tokens,
        fct_attempt_cost.image_input_tokens,
        fct_attempt_cost.web_search_requests,
        fct_attempt_cost.tokens,
        fct_attempt_cost.cost_usd,
        driver_norm.output_norm_tokens,
        greatest(
            coalesce(fct_attempt_cost.uncached_input_tokens, 0)
            + coalesce(fct_attempt_cost.cache_read_tokens, 0)
            + coalesce(fct_attempt_cost.cache_write_5m_tokens, 0)
            + coalesce(fct_attempt_cost.cache_write_1h_tokens, 0)
            + coalesce(fct_attempt_cost.cache_write_tokens, 0)
            - coalesce(driver_norm.input_norm_tokens, 1000000000000000000), 0
        ) as excess
    from fct_attempt_cost
    left join first_call
        on fct_attempt_cost.trace_id = first_call.trace_id
    left join driver_norm
        on fct_attempt_cost.feature = driver_norm.feature
),

cut as (
    select
        classed.*,
        greatest(output_tokens - reasoning_tokens - output_norm_tokens, 0) as verbose_tokens,
        least(uncached_input_tokens, excess) as long_uncached_tokens,
        least(cache_write_tokens, greatest(excess - uncached_input_tokens, 0)) as long_write_tokens,
        least(cache_write_5m_tokens, greatest(excess - uncached_input_tokens - cache_write_tokens, 0)) as long_write_5m_tokens,
        least(
            cache_write_1h_tokens,
            greatest(excess - uncached_input_tokens - cache_write_tokens - cache_write_5m_tokens, 0)
        ) as long_write_1h_tokens
    from classed
)

select
    provider,
    model,
    service_tier,
    region,
    team,
    feature,
    rate_id,
    class,
    count(*) as attempts,
    cast(sum(tokens) as bigint) as tokens,
    sum(cost_usd) as cost_usd,
    min(ended_at) as first_at,
    min(context_tokens) as least_context_tokens,
    cast(sum(uncached_input_tokens) as bigint) as uncached_input_tokens,
    cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
    cast(sum(cache_write_5m_tokens) as bigint) as cache_write_5m_tokens,
    cast(sum(cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
    cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(audio_input_tokens) as bigint) as audio_input_tokens,
    cast(sum(audio_output_tokens) as bigint) as audio_output_tokens,
    cast(sum(image_input_tokens) as bigint) as image_input_tokens,
    cast(sum(web_search_requests) as bigint) as web_search_requests,
    cast(sum(reasoning_tokens) as bigint) as reasoning_tokens,
    cast(coalesce(sum(verbose_tokens), 0) as bigint) as verbose_tokens,
    cast(sum(excess) as bigint) as long_tokens,
    cast(sum(long_uncached_tokens) as bigint) as long_uncached_tokens,
    cast(sum(long_write_tokens) as bigint) as long_write_tokens,
    cast(sum(long_write_5m_tokens) as bigint) as long_write_5m_tokens,
    cast(sum(long_write_1h_tokens) as bigint) as long_write_1h_tokens,
    count_if(reasoning_tokens > 0) as reasoning_attempts,
    count_if(verbose_tokens > 0) as verbose_attempts,
    count_if(excess > 0) as long_attempts,
    count_if(cache_write_5m_tokens + cache_write_1h_tokens + cache_write_tokens > 0) as writing_attempts
from cut
group by provider, model, service_tier, region, team, feature, rate_id, class
