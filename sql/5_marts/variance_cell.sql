-- One row per comparison, period, owner, model, tier, region, context band and kind: what was used and what it cost.
-- Attempts without a price, and those with a meter that has no column, are kinds of their own.
with band as (
    select
        rate_id,
        max(context_min_tokens) as band_tokens
    from dim_rate
    group by rate_id
),

sided as (
    select
        compared_period.comparison,
        'earlier' as side,
        mart_cost_hourly.*
    from compared_period
    left join mart_cost_hourly
        on
            mart_cost_hourly.day >= compared_period.earlier_first_date
            and mart_cost_hourly.day <= compared_period.earlier_last_date
    union all
    select
        compared_period.comparison,
        'later' as side,
        mart_cost_hourly.*
    from compared_period
    left join mart_cost_hourly
        on
            mart_cost_hourly.day >= compared_period.later_first_date
            and mart_cost_hourly.day <= compared_period.later_last_date
)

select
    sided.comparison,
    sided.side,
    sided.team,
    sided.feature,
    sided.provider,
    sided.model,
    sided.service_tier,
    sided.region,
    band.band_tokens,
    case
        when sided.unpriced_reason is not null then 'unpriced'
        when sided.other_rate_id is not null then 'other_meter'
        else 'columns'
    end as kind,
    cast(sum(sided.attempts) as bigint) as attempts,
    min(sided.first_at) as first_at,
    max(sided.first_at) as last_at,
    min(sided.least_context_tokens) as least_context_tokens,
    cast(sum(sided.uncached_input_tokens) as bigint) as uncached_input_tokens,
    cast(sum(sided.cache_read_tokens) as bigint) as cache_read_tokens,
    cast(sum(sided.cache_write_5m_tokens) as bigint) as cache_write_5m_tokens,
    cast(sum(sided.cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
    cast(sum(sided.cache_write_tokens) as bigint) as cache_write_tokens,
    cast(sum(sided.output_tokens) as bigint) as output_tokens,
    cast(sum(sided.audio_input_tokens) as bigint) as audio_input_tokens,
    cast(sum(sided.audio_output_tokens) as bigint) as audio_output_tokens,
    cast(sum(sided.image_input_tokens) as bigint) as image_input_tokens,
    cast(sum(sided.web_search_requests) as bigint) as web_search_requests,
    cast(sum(sided.tokens) as bigint) as tokens,
    sum(sided.cost_usd) as cost_usd
from sided
left join band
    on sided.rate_id = band.rate_id
where sided.day is not null
group by
    sided.comparison, sided.side, sided.team, sided.feature, sided.provider, sided.model, sided.service_tier, sided.region,
    band.band_tokens,
    case
        when sided.unpriced_reason is not null then 'unpriced'
        when sided.other_rate_id is not null then 'other_meter'
        else 'columns'
    end
