-- One row per owner, ids, model, tier and meter of the calls in the day of the account's bill: what they used, and at what cost.
with meters as (
    select 'uncached_input_tokens' as meter
    union all
    select 'cache_read_tokens' as meter
    union all
    select 'cache_write_5m_tokens' as meter
    union all
    select 'cache_write_1h_tokens' as meter
    union all
    select 'cache_write_tokens' as meter
    union all
    select 'output_tokens' as meter
    union all
    select 'audio_input_tokens' as meter
    union all
    select 'audio_output_tokens' as meter
    union all
    select 'image_input_tokens' as meter
    union all
    select 'web_search_requests' as meter
    union all
    select 'other' as meter
),

calls as (
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
        sum(mart_cost_hourly.uncached_input_cost_usd) as uncached_input_cost_usd,
        sum(mart_cost_hourly.cache_read_cost_usd) as cache_read_cost_usd,
        sum(mart_cost_hourly.cache_write_5m_cost_usd) as cache_write_5m_cost_usd,
        sum(mart_cost_hourly.cache_write_1h_cost_usd) as cache_write_1h_cost_usd,
        sum(mart_cost_hourly.cache_write_cost_usd) as cache_write_cost_usd,
        sum(mart_cost_hourly.output_cost_usd) as output_cost_usd,
        sum(mart_cost_hourly.audio_input_cost_usd) as audio_input_cost_usd,
        sum(mart_cost_hourly.audio_output_cost_usd) as audio_output_cost_usd,
        sum(mart_cost_hourly.image_input_cost_usd) as image_input_cost_usd,
        sum(mart_cost_hourly.web_search_cost_usd) as web_search_cost_usd,
        sum(mart_cost_hourly.other_cost_usd) as other_cost_usd
    from mart_cost_hourly
    left join day_window
        on
            mart_cost_hourly.provider = day_window.provider
            and mart_cost_hourly.account = day_window.account
    where mart_cost_hourly.hour_at >= day_window.window_start and mart_cost_hourly.hour_at < day_window.window_end
    group by
        mart_cost_hourly.provider, mart_cost_hourly.account, project_id, api_key_id, model, service_tier, team, feature,
        environment
),

-- Each row with each meter: an inner join without a condition drops nothing.
lines as (
    select
        calls.provider,
        calls.account,
        calls.project_id,
        calls.api_key_id,
        coalesce(sku_name.sku, calls.model) as sku,
        calls.service_tier,
        calls.team,
        calls.feature,
        calls.environment,
        meters.meter,
        case meters.meter
            when 'uncached_input_tokens' then calls.uncached_input_tokens
            when 'cache_read_tokens' then calls.cache_read_tokens
            when 'cache_write_5m_tokens' then calls.cache_write_5m_tokens
            when 'cache_write_1h_tokens' then calls.cache_write_1h_tokens
            when 'cache_write_tokens' then calls.cache_write_tokens
            when 'output_tokens' then calls.output_tokens
            when 'audio_input_tokens' then calls.audio_input_tokens
            when 'audio_output_tokens' then calls.audio_output_tokens
            when 'image_input_tokens' then calls.image_input_tokens
            when 'web_search_requests' then calls.web_search_requests
        end as meter_quantity,
        case meters.meter
            when 'uncached_input_tokens' then calls.uncached_input_cost_usd
            when 'cache_read_tokens' then calls.cache_read_cost_usd
            when 'cache_write_5m_tokens' then calls.cache_write_5m_cost_usd
            when 'cache_write_1h_tokens' then calls.cache_write_1h_cost_usd
            when 'cache_write_tokens' then calls.cache_write_cost_usd
            when 'output_tokens' then calls.output_cost_usd
            when 'audio_input_tokens' then calls.audio_input_cost_usd
            when 'audio_output_tokens' then calls.audio_output_cost_usd
            when 'image_input_tokens' then calls.image_input_cost_usd
            when 'web_search_requests' then calls.web_search_cost_usd
            else calls.other_cost_usd
        end as list_cost_usd
    from calls
    inner join meters on true
    left join sku_name
        on
            calls.provider = sku_name.provider
            and calls.model = sku_name.alias
)

select
    provider,
    account,
    project_id,
    api_key_id,
    sku,
    service_tier,
    team,
    feature,
    environment,
    meter,
    cast(sum(meter_quantity) as bigint) as meter_quantity,
    coalesce(sum(list_cost_usd), cast(0 as decimal(38, 12))) as list_cost_usd
from lines
where meter_quantity > 0 or list_cost_usd > 0
group by provider, account, project_id, api_key_id, sku, service_tier, team, feature, environment, meter
