-- One row per plan of capacity and meter: hours of its units, and hours of its people, as usage of `$day`.
-- They are priced with the rate of the day's first instant.
with planned as (
    select
        capacity_plan.*,
        capacity_option.unit_provider,
        capacity_option.unit_model,
        capacity_option.unit_meter,
        capacity_option.people_provider,
        capacity_option.people_model,
        cast(capacity_plan.steps * capacity_option.step_units as bigint) as units,
        cast(capacity_plan.step_hours * capacity_option.step_units as decimal(18, 3)) as unit_hours,
        capacity_option.people_hours
    from capacity_plan
    left join capacity_option
        on
            capacity_plan.scenario = capacity_option.scenario
            and capacity_plan.bound = capacity_option.bound
)

select
    scenario,
    bound,
    scope_provider,
    scope_model,
    approach,
    steps,
    units,
    unit_hours,
    people_hours,
    overflow_usd,
    overflow_attempts,
    unit_provider as provider,
    unit_model as model,
    'standard' as service_tier,
    cast(null as varchar) as region,
    cast(null as bigint) as uncached_input_tokens,
    cast(null as bigint) as cache_read_tokens,
    cast(null as bigint) as cache_write_5m_tokens,
    cast(null as bigint) as cache_write_1h_tokens,
    cast(null as bigint) as cache_write_tokens,
    cast(null as bigint) as output_tokens,
    cast(null as bigint) as audio_input_tokens,
    cast(null as bigint) as audio_output_tokens,
    cast(null as bigint) as image_input_tokens,
    cast(null as bigint) as web_search_requests,
    unit_meter as other_meter,
    unit_hours as other_quantity,
    cast(null as varchar) as other_attribute,
    cast($day as timestamptz) as priced_at,
    cast($day as timestamptz) as priced_until,
    cast(0 as bigint) as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from planned
union all
select
    scenario,
    bound,
    scope_provider,
    scope_model,
    approach,
    steps,
    units,
    unit_hours,
    people_hours,
    overflow_usd,
    overflow_attempts,
    people_provider as provider,
    people_model as model,
    'standard' as service_tier,
    cast(null as varchar) as region,
    cast(null as bigint) as uncached_input_tokens,
    cast(null as bigint) as cache_read_tokens,
    cast(null as bigint) as cache_write_5m_tokens,
    cast(null as bigint) as cache_write_1h_tokens,
    cast(null as bigint) as cache_write_tokens,
    cast(null as bigint) as output_tokens,
    cast(null as bigint) as audio_input_tokens,
    cast(null as bigint) as audio_output_tokens,
    cast(null as bigint) as image_input_tokens,
    cast(null as bigint) as web_search_requests,
    'people_hours' as other_meter,
    people_hours as other_quantity,
    cast(null as varchar) as other_attribute,
    cast($day as timestamptz) as priced_at,
    cast($day as timestamptz) as priced_until,
    cast(0 as bigint) as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from planned
where people_model is not null
