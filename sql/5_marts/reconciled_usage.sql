-- One row per line of a state between logs and bill, as the pricing query takes it: one meter a row, so that a price that is
-- missing leaves out nothing but its own meter.
with counted as (
    select
        reconciled_line.line_number,
        reconciled_count.unlogged_requests,
        reconciled_count.unfinished_attempts
    from reconciled_line
    left join reconciled_count
        on
            reconciled_line.provider = reconciled_count.provider
            and reconciled_line.account = reconciled_count.account
            and reconciled_line.pair_project_id is not distinct from reconciled_count.project_id
            and reconciled_line.pair_api_key_id is not distinct from reconciled_count.api_key_id
            and reconciled_line.sku is not distinct from reconciled_count.sku
),

-- Tokens that the export has beyond the logs, as far as they belong to requests that no log has: by count of calls.
unlogged as (
    select
        spread.line_number,
        spread.context_tokens,
        spread.meter_quantity,
        cast(spread.weight - spread.meter_quantity as decimal(19, 0)) as more_units,
        case
            when counted.unlogged_requests + counted.unfinished_attempts > 0 then counted.unlogged_requests
            else 0
        end as calls,
        case
            when counted.unlogged_requests + counted.unfinished_attempts > 0
                then counted.unlogged_requests + counted.unfinished_attempts
            else 1
        end as all_calls
    from spread
    left join counted
        on spread.line_number = counted.line_number
    where spread.state = 'tier'
),

states as (
    select
        'logs_summed' as state,
        line_number,
        context_tokens,
        meter_quantity
    from reconciled_line
    where side = 'logs' and is_priced and meter <> 'other'
    union all
    select
        state,
        line_number,
        context_tokens,
        meter_quantity
    from spread
    union all
    select
        'request' as state,
        line_number,
        context_tokens,
        case
            when more_units > 0
                then meter_quantity + cast((more_units * calls - more_units * calls % all_calls) / all_calls as bigint)
            else meter_quantity
        end as meter_quantity
    from unlogged
    union all
    select
        'usage_summed' as state,
        line_number,
        context_tokens,
        meter_quantity
    from reconciled_line
    where side = 'usage' and is_priced
),

lines as (
    select
        states.state,
        states.line_number,
        states.context_tokens,
        states.meter_quantity,
        reconciled_line.provider,
        reconciled_line.model,
        reconciled_line.service_tier,
        reconciled_line.region,
        reconciled_line.meter,
        reconciled_line.priced_at
    from states
    left join reconciled_line
        on states.line_number = reconciled_line.line_number
)

select
    state,
    line_number,
    meter,
    meter_quantity,
    provider,
    model,
    service_tier,
    region,
    priced_at,
    priced_at as priced_until,
    context_tokens,
    cast(0 as bigint) as largest_context_tokens,
    case when meter = 'uncached_input_tokens' then meter_quantity end as uncached_input_tokens,
    case when meter = 'cache_read_tokens' then meter_quantity end as cache_read_tokens,
    case when meter = 'cache_write_5m_tokens' then meter_quantity end as cache_write_5m_tokens,
    case when meter = 'cache_write_1h_tokens' then meter_quantity end as cache_write_1h_tokens,
    case when meter = 'cache_write_tokens' then meter_quantity end as cache_write_tokens,
    case when meter = 'output_tokens' then meter_quantity end as output_tokens,
    case when meter = 'audio_input_tokens' then meter_quantity end as audio_input_tokens,
    case when meter = 'audio_output_tokens' then meter_quantity end as audio_output_tokens,
    case when meter = 'image_input_tokens' then meter_quantity end as image_input_tokens,
    case when meter = 'web_search_requests' then meter_quantity end as web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute
from lines
