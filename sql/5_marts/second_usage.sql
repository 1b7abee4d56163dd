-- One row per attempt of `$day`: what the second catalogue is asked to price, and what it cost with ours.
select
    fct_attempt_cost.provider,
    fct_attempt_cost.model,
    fct_attempt_cost.service_tier,
    fct_attempt_cost.region,
    fct_attempt_cost.uncached_input_tokens,
    fct_attempt_cost.cache_read_tokens,
    fct_attempt_cost.cache_write_5m_tokens,
    fct_attempt_cost.cache_write_1h_tokens,
    fct_attempt_cost.cache_write_tokens,
    fct_attempt_cost.output_tokens,
    fct_attempt_cost.audio_input_tokens,
    fct_attempt_cost.audio_output_tokens,
    fct_attempt_cost.image_input_tokens,
    fct_attempt_cost.web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    fct_attempt_cost.ended_at as priced_at,
    fct_attempt_cost.ended_at as priced_until,
    fct_attempt_cost.context_tokens,
    cast(0 as bigint) as largest_context_tokens,
    cast(
        cast(fct_attempt_cost.list_cost_usd as decimal(30, 12)) - cast(fct_attempt_cost.list_other_cost_usd as decimal(30, 12))
        as decimal(38, 12)
    ) as our_cost_usd
from fct_attempt_cost
