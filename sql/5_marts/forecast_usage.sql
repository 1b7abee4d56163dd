-- One row per cell of the last seven days with logs and number of weeks: the same usage so many weeks later.
-- A rate card row holds for one band of context and of hours, so that one call of a cell stands for all of them.
with published as (
    select max(day) as as_of_date from mart_cost_hourly
),

week as (
    select cast(0 as bigint) as weeks_ahead
    union all
    select weeks_ahead from seasonal_forecast
    group by weeks_ahead
),

cell as (
    select
        mart_cost_hourly.day,
        mart_cost_hourly.team,
        mart_cost_hourly.feature,
        mart_cost_hourly.provider,
        mart_cost_hourly.model,
        mart_cost_hourly.service_tier,
        mart_cost_hourly.region,
        mart_cost_hourly.rate_id,
        min(mart_cost_hourly.first_at) as first_at,
        min(mart_cost_hourly.least_context_tokens) as context_tokens,
        cast(sum(mart_cost_hourly.attempts) as bigint) as attempts,
        cast(sum(mart_cost_hourly.uncached_input_tokens) as bigint) as uncached_input_tokens,
        cast(sum(mart_cost_hourly.cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(mart_cost_hourly.cache_write_5m_tokens) as bigint) as cache_write_5m_tokens,
        cast(sum(mart_cost_hourly.cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
        cast(sum(mart_cost_hourly.cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(mart_cost_hourly.output_tokens) as bigint) as output_tokens,
        cast(sum(mart_cost_hourly.audio_input_tokens) as bigint) as audio_input_tokens,
        cast(sum(mart_cost_hourly.audio_output_tokens) as bigint) as audio_output_tokens,
        cast(sum(mart_cost_hourly.image_input_tokens) as bigint) as image_input_tokens,
        cast(sum(mart_cost_hourly.web_search_requests) as bigint) as web_search_requests
    from mart_cost_hourly
    left join published
        on true
    where
        datediff('day', mart_cost_hourly.day, published.as_of_date) < 7
        and mart_cost_hourly.unpriced_reason is null
        and mart_cost_hourly.rate_id is not null
    group by
        mart_cost_hourly.day, mart_cost_hourly.team, mart_cost_hourly.feature, mart_cost_hourly.provider,
        mart_cost_hourly.model, mart_cost_hourly.service_tier, mart_cost_hourly.region, mart_cost_hourly.rate_id
)

select
    cell.day,
    week.weeks_ahead,
    cell.team,
    cell.feature,
    cell.attempts,
    cell.rate_id as known_rate_id,
    cell.provider,
    cell.model,
    cell.service_tier,
    cell.region,
    cell.uncached_input_tokens,
    cell.cache_read_tokens,
    cell.cache_write_5m_tokens,
    cell.cache_write_1h_tokens,
    cell.cache_write_tokens,
    cell.output_tokens,
    cell.audio_input_tokens,
    cell.audio_output_tokens,
    cell.image_input_tokens,
    cell.web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    cell.first_at + week.weeks_ahead * interval 7 day as priced_at,
    cell.first_at + week.weeks_ahead * interval 7 day as priced_until,
    cell.context_tokens,
    cell.context_tokens as largest_context_tokens
from cell
left join week
    on true
