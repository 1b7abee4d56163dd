-- One row per row of `counted` and meter that it has: how much, and at what list cost. `other` is the one without a column.
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

-- Each row with each meter: an inner join without a condition drops nothing.
lines as (
    select
        counted.counted_number,
        meters.meter,
        case meters.meter
            when 'uncached_input_tokens' then counted.uncached_input_tokens
            when 'cache_read_tokens' then counted.cache_read_tokens
            when 'cache_write_5m_tokens' then counted.cache_write_5m_tokens
            when 'cache_write_1h_tokens' then counted.cache_write_1h_tokens
            when 'cache_write_tokens' then counted.cache_write_tokens
            when 'output_tokens' then counted.output_tokens
            when 'audio_input_tokens' then counted.audio_input_tokens
            when 'audio_output_tokens' then counted.audio_output_tokens
            when 'image_input_tokens' then counted.image_input_tokens
            when 'web_search_requests' then counted.web_search_requests
        end as meter_quantity,
        case meters.meter
            when 'uncached_input_tokens' then counted.list_uncached_input_cost_usd
            when 'cache_read_tokens' then counted.list_cache_read_cost_usd
            when 'cache_write_5m_tokens' then counted.list_cache_write_5m_cost_usd
            when 'cache_write_1h_tokens' then counted.list_cache_write_1h_cost_usd
            when 'cache_write_tokens' then counted.list_cache_write_cost_usd
            when 'output_tokens' then counted.list_output_cost_usd
            when 'audio_input_tokens' then counted.list_audio_input_cost_usd
            when 'audio_output_tokens' then counted.list_audio_output_cost_usd
            when 'image_input_tokens' then counted.list_image_input_cost_usd
            when 'web_search_requests' then counted.list_web_search_cost_usd
            else counted.list_other_cost_usd
        end as list_cost_usd
    from counted
    inner join meters on true
)

select
    counted_number,
    meter,
    meter_quantity,
    list_cost_usd
from lines
where meter_quantity > 0 or list_cost_usd > 0
