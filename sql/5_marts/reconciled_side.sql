-- One row per side (logs, usage), ids, model, conditions and rate: what the side counts and what it costs as published.
-- Aggregated by rate, so that one line of it has one price. The day is that of the
-- account's bill: its hours may be those of another time zone.
with logs as (
    select
        'logs' as side,
        mart_cost_hourly.provider,
        mart_cost_hourly.account,
        mart_cost_hourly.project_id,
        mart_cost_hourly.api_key_id,
        mart_cost_hourly.model,
        mart_cost_hourly.service_tier,
        mart_cost_hourly.region,
        mart_cost_hourly.rate_id,
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
        sum(list_other_cost_usd) as list_other_cost_usd
    from mart_cost_hourly
    left join day_window
        on
            mart_cost_hourly.provider = day_window.provider
            and mart_cost_hourly.account = day_window.account
    where mart_cost_hourly.hour_at >= day_window.window_start and mart_cost_hourly.hour_at < day_window.window_end
    group by
        mart_cost_hourly.provider, mart_cost_hourly.account, project_id, api_key_id, model, service_tier, region, rate_id,
        unpriced_reason is null
),

usages as (
    select
        'usage' as side,
        fct_usage_cost.provider,
        fct_usage_cost.account,
        fct_usage_cost.project_id,
        fct_usage_cost.api_key_id,
        fct_usage_cost.model,
        fct_usage_cost.service_tier,
        fct_usage_cost.region,
        fct_usage_cost.rate_id,
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
        cast(null as decimal(38, 12)) as list_other_cost_usd
    from fct_usage_cost
    left join day_window
        on
            fct_usage_cost.provider = day_window.provider
            and fct_usage_cost.account = day_window.account
    where
        case
            when datediff('hour', cast(fct_usage_cost.bucket_start as timestamp), cast(fct_usage_cost.bucket_end as timestamp)) < 23
                then
                    fct_usage_cost.bucket_start >= day_window.window_start
                    and fct_usage_cost.bucket_start < day_window.window_end
            else fct_usage_cost.day = cast($day as date)
        end
    group by
        fct_usage_cost.provider, fct_usage_cost.account, project_id, api_key_id, model, service_tier, region, rate_id,
        unpriced_reason is null,
        case when context_window = '200k-1M' then 200001 else 0 end
),

sides as (
    select logs.* from logs
    union all
    select usages.* from usages
)

select
    sides.*,
    coalesce(sku_name.sku, sides.model) as sku,
    row_number() over (
        order by side, sides.provider, account, project_id, api_key_id, model, service_tier, region, rate_id, is_priced, context_tokens
    ) as counted_number
from sides
left join sku_name
    on
        sides.provider = sku_name.provider
        and sides.model = sku_name.alias
