-- One row per side (logs, usage), ids, model, conditions and rate: what the side counts and what it costs as published.
-- Aggregated by rate, so that one line of it has one price.
with logs as (
    select
        'logs' as side,
        provider,
        account,
        project_id,
        api_key_id,
        model,
        service_tier,
        region,
        rate_id,
        unpriced_reason is null as is_priced,
        min(first_at) as priced_at,
        min(least_context_tokens) as context_tokens,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(case when status = 'success' then 0 else attempts end) as bigint) as unfinished_attempts,
        cast(sum(gateway_cache_hits) as bigint) as gateway_cache_hits,
        cast(null as bigint) as requests,
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
        sum(uncached_input_cost_usd) as uncached_input_cost_usd,
        sum(cache_read_cost_usd) as cache_read_cost_usd,
        sum(cache_write_5m_cost_usd) as cache_write_5m_cost_usd,
        sum(cache_write_1h_cost_usd) as cache_write_1h_cost_usd,
        sum(cache_write_cost_usd) as cache_write_cost_usd,
        sum(output_cost_usd) as output_cost_usd,
        sum(audio_input_cost_usd) as audio_input_cost_usd,
        sum(audio_output_cost_usd) as audio_output_cost_usd,
        sum(image_input_cost_usd) as image_input_cost_usd,
        sum(web_search_cost_usd) as web_search_cost_usd,
        sum(other_cost_usd) as other_cost_usd
    from mart_cost_hourly
    group by
        provider, account, project_id, api_key_id, model, service_tier, region, rate_id, unpriced_reason is null
),

usages as (
    select
        'usage' as side,
        provider,
        account,
        project_id,
        api_key_id,
        model,
        service_tier,
        region,
        rate_id,
        unpriced_reason is null as is_priced,
        min(bucket_start) as priced_at,
        case when context_window = '200k-1M' then 200001 else 0 end as context_tokens,
        cast(null as bigint) as attempts,
        cast(null as bigint) as unfinished_attempts,
        cast(null as bigint) as gateway_cache_hits,
        cast(sum(requests) as bigint) as requests,
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
        sum(uncached_input_cost_usd) as uncached_input_cost_usd,
        sum(cache_read_cost_usd) as cache_read_cost_usd,
        sum(cache_write_5m_cost_usd) as cache_write_5m_cost_usd,
        sum(cache_write_1h_cost_usd) as cache_write_1h_cost_usd,
        sum(cache_write_cost_usd) as cache_write_cost_usd,
        sum(output_cost_usd) as output_cost_usd,
        sum(audio_input_cost_usd) as audio_input_cost_usd,
        sum(audio_output_cost_usd) as audio_output_cost_usd,
        sum(image_input_cost_usd) as image_input_cost_usd,
        sum(web_search_cost_usd) as web_search_cost_usd,
        cast(null as decimal(38, 12)) as other_cost_usd
    from fct_usage_cost
    group by
        provider, account, project_id, api_key_id, model, service_tier, region, rate_id, unpriced_reason is null,
        case when context_window = '200k-1M' then 200001 else 0 end
),

sides as (
    select logs.* from logs
    union all
    select usages.* from usages
)

select
    sides.*,
    coalesce(sku_name.sku, sides.model) as sku
from sides
left join sku_name
    on
        sides.provider = sku_name.provider
        and sides.model = sku_name.alias
