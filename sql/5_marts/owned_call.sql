-- One row per owner, ids, model and tier of the calls in the day of the account's bill: what they used, and at what cost.
with calls as (
    select
        mart_cost_hourly.provider,
        mart_cost_hourly.account,
        mart_cost_hourly.project_id,
        mart_cost_hourly.api_key_id,
        mart_cost_hourly.model,
        mart_cost_hourly.service_tier,
        mart_cost_hourly.team,
        mart_cost_hourly.feature,
        mart_cost_hourly.environment,
        cast(sum(mart_cost_hourly.uncached_input_tokens) as bigint) as uncached_input_tokens,
        cast(sum(mart_cost_hourly.cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(mart_cost_hourly.cache_write_5m_tokens) as bigint) as cache_write_5m_tokens,
        cast(sum(mart_cost_hourly.cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
        cast(sum(mart_cost_hourly.cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(mart_cost_hourly.output_tokens) as bigint) as output_tokens,
        cast(sum(mart_cost_hourly.audio_input_tokens) as bigint) as audio_input_tokens,
        cast(sum(mart_cost_hourly.audio_output_tokens) as bigint) as audio_output_tokens,
        cast(sum(mart_cost_hourly.image_input_tokens) as bigint) as image_input_tokens,
        cast(sum(mart_cost_hourly.web_search_requests) as bigint) as web_search_requests,
        sum(mart_cost_hourly.list_uncached_input_cost_usd) as list_uncached_input_cost_usd,
        sum(mart_cost_hourly.list_cache_read_cost_usd) as list_cache_read_cost_usd,
        sum(mart_cost_hourly.list_cache_write_5m_cost_usd) as list_cache_write_5m_cost_usd,
        sum(mart_cost_hourly.list_cache_write_1h_cost_usd) as list_cache_write_1h_cost_usd,
        sum(mart_cost_hourly.list_cache_write_cost_usd) as list_cache_write_cost_usd,
        sum(mart_cost_hourly.list_output_cost_usd) as list_output_cost_usd,
        sum(mart_cost_hourly.list_audio_input_cost_usd) as list_audio_input_cost_usd,
        sum(mart_cost_hourly.list_audio_output_cost_usd) as list_audio_output_cost_usd,
        sum(mart_cost_hourly.list_image_input_cost_usd) as list_image_input_cost_usd,
        sum(mart_cost_hourly.list_web_search_cost_usd) as list_web_search_cost_usd,
        sum(mart_cost_hourly.list_other_cost_usd) as list_other_cost_usd
    from mart_cost_hourly
    left join day_window
        on
            mart_cost_hourly.provider = day_window.provider
            and mart_cost_hourly.account = day_window.account
    where mart_cost_hourly.hour_at >= day_window.window_start and mart_cost_hourly.hour_at < day_window.window_end
    group by
        mart_cost_hourly.provider, mart_cost_hourly.account, project_id, api_key_id, model, service_tier, team, feature,
        environment
)

select
    calls.*,
    row_number() over (
        order by provider, account, project_id, api_key_id, model, service_tier, team, feature, environment
    ) as counted_number
from calls
