-- One row per UTC hour and cell of the logs: everything that a price, an owner or a bill tells attempts apart by.
-- The one scan of the attempts that the reconciliation and the daily marts live on.
with cells as (
    select
        hour(ended_at) as hour,
        provider,
        project_id,
        api_key_id,
        model,
        service_tier,
        region,
        team,
        feature,
        environment,
        status,
        attempt > 1 as is_retry,
        rate_id,
        other_rate_id,
        unpriced_reason,
        count(*) as attempts,
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
        count(*) filter (where gateway_cached_tokens > 0) as gateway_cache_hits,
        cast(sum(gateway_cached_tokens) as bigint) as gateway_cached_tokens,
        cast(sum(tokens) as bigint) as tokens,
        sum(list_uncached_input_cost_usd) as list_uncached_input_cost_usd,
        sum(list_cache_read_cost_usd) as list_cache_read_cost_usd,
        sum(list_cache_write_5m_cost_usd) as list_cache_write_5m_cost_usd,
        sum(list_cache_write_1h_cost_usd) as list_cache_write_1h_cost_usd,
        sum(list_cache_write_cost_usd) as list_cache_write_cost_usd,
        sum(list_output_cost_usd) as list_output_cost_usd,
        sum(list_audio_input_cost_usd) as list_audio_input_cost_usd,
        sum(list_audio_output_cost_usd) as list_audio_output_cost_usd,
        sum(list_image_input_cost_usd) as list_image_input_cost_usd,
        sum(list_web_search_cost_usd) as list_web_search_cost_usd,
        sum(list_other_cost_usd) as list_other_cost_usd,
        sum(list_cost_usd) as list_cost_usd,
        sum(cost_usd) as cost_usd,
        count(*) filter (where price_is_assumed) as assumed_attempts,
        sum(reported_cost_usd) filter (where unpriced_reason is not null) as unpriced_reported_cost_usd
    from fct_attempt_cost
    group by
        hour(ended_at), provider, project_id, api_key_id, model, service_tier, region, team, feature, environment,
        status, attempt > 1, rate_id, other_rate_id, unpriced_reason
)

select
    cast($day as date) as day,
    cast($day as timestamptz) + cells.hour * interval 1 hour as hour_at,
    cells.provider,
    coalesce(by_key.account, by_project.account, by_provider.account, 'default') as account,
    cells.project_id,
    cells.api_key_id,
    cells.model,
    cells.service_tier,
    cells.region,
    cells.team,
    cells.feature,
    cells.environment,
    cells.status,
    cells.is_retry,
    cells.rate_id,
    cells.other_rate_id,
    cells.unpriced_reason,
    cells.attempts,
    cells.first_at,
    cells.least_context_tokens,
    cells.uncached_input_tokens,
    cells.cache_read_tokens,
    cells.cache_write_5m_tokens,
    cells.cache_write_1h_tokens,
    cells.cache_write_tokens,
    cells.output_tokens,
    cells.audio_input_tokens,
    cells.audio_output_tokens,
    cells.image_input_tokens,
    cells.web_search_requests,
    cells.gateway_cache_hits,
    cells.gateway_cached_tokens,
    cells.tokens,
    cells.list_uncached_input_cost_usd,
    cells.list_cache_read_cost_usd,
    cells.list_cache_write_5m_cost_usd,
    cells.list_cache_write_1h_cost_usd,
    cells.list_cache_write_cost_usd,
    cells.list_output_cost_usd,
    cells.list_audio_input_cost_usd,
    cells.list_audio_output_cost_usd,
    cells.list_image_input_cost_usd,
    cells.list_web_search_cost_usd,
    cells.list_other_cost_usd,
    cells.list_cost_usd,
    cells.cost_usd,
    cells.assumed_attempts,
    case when cells.unpriced_reason is null then 0 else cells.attempts end as unpriced_attempts,
    case when cells.unpriced_reason is null then 0 else coalesce(cells.tokens, 0) end as unpriced_tokens,
    cells.unpriced_reported_cost_usd
from cells
left join account_name as by_key
    on
        by_key.id_kind = 'api_key'
        and cells.provider = by_key.provider
        and cells.api_key_id = by_key.id
left join account_name as by_project
    on
        by_project.id_kind = 'project'
        and cells.provider = by_project.provider
        and cells.project_id = by_project.id
left join account_name as by_provider
    on
        by_provider.id_kind = 'any'
        and cells.provider = by_provider.provider
order by
    cells.hour, cells.provider, cells.project_id, cells.api_key_id, cells.model, cells.service_tier, cells.region,
    cells.team, cells.feature, cells.environment, cells.status, cells.is_retry, cells.rate_id, cells.other_rate_id,
    cells.unpriced_reason
