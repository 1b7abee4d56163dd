-- One row per attempt after the first of a request: had the first one succeeded, it had not been made.
select
    scenario.scenario,
    scenario.kind,
    scenario.assumptions_id,
    fct_attempt_cost.source,
    fct_attempt_cost.request_id,
    fct_attempt_cost.attempt,
    fct_attempt_cost.team,
    fct_attempt_cost.feature,
    fct_attempt_cost.provider as baseline_provider,
    fct_attempt_cost.model as baseline_model,
    fct_attempt_cost.cost_usd as baseline_usd,
    1 as parts,
    fct_attempt_cost.provider,
    fct_attempt_cost.model,
    fct_attempt_cost.service_tier,
    fct_attempt_cost.region,
    cast(0 as bigint) as uncached_input_tokens,
    cast(0 as bigint) as cache_read_tokens,
    cast(0 as bigint) as cache_write_5m_tokens,
    cast(0 as bigint) as cache_write_1h_tokens,
    cast(0 as bigint) as cache_write_tokens,
    cast(0 as bigint) as output_tokens,
    cast(0 as bigint) as audio_input_tokens,
    cast(0 as bigint) as audio_output_tokens,
    cast(0 as bigint) as image_input_tokens,
    cast(0 as bigint) as web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    fct_attempt_cost.ended_at as priced_at,
    fct_attempt_cost.ended_at as priced_until,
    cast(0 as bigint) as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from fct_attempt_cost
left join scenario
    on scenario.lever = 'retries'
where
    scenario.scenario is not null
    and fct_attempt_cost.attempt > 1
