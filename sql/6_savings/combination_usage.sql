-- One row per call, for each combination of the levers that change an attempt: what is called instead of it.
-- A retry or a repeated question is not sent; else the answer is cut first, then the model changed, then the tier.
with combined as (
    select
        fct_attempt_cost.team,
        fct_attempt_cost.feature,
        fct_attempt_cost.provider as baseline_provider,
        fct_attempt_cost.model as baseline_model,
        changed_attempt.retries_scenario,
        changed_attempt.answer_cache_scenario,
        changed_attempt.routing_scenario,
        changed_attempt.output_length_scenario,
        changed_attempt.batch_scenario,
        changed_attempt.applicable,
        combination.combination,
        combination.has_retries or combination.has_answer_cache as is_dropped,
        combination.has_routing,
        fct_attempt_cost.cost_usd,
        fct_attempt_cost.provider,
        fct_attempt_cost.model,
        fct_attempt_cost.service_tier,
        case when combination.has_batch then 'batch' else fct_attempt_cost.service_tier end as tier,
        fct_attempt_cost.region,
        case when combination.has_batch then changed_attempt.batch_uncached_input_tokens else fct_attempt_cost.uncached_input_tokens end
            as uncached_input_tokens,
        case when combination.has_batch then changed_attempt.batch_cache_read_tokens else fct_attempt_cost.cache_read_tokens end
            as cache_read_tokens,
        case when combination.has_batch then changed_attempt.batch_cache_write_5m_tokens else fct_attempt_cost.cache_write_5m_tokens end
            as cache_write_5m_tokens,
        case when combination.has_batch then changed_attempt.batch_cache_write_1h_tokens else fct_attempt_cost.cache_write_1h_tokens end
            as cache_write_1h_tokens,
        case when combination.has_batch then changed_attempt.batch_cache_write_tokens else fct_attempt_cost.cache_write_tokens end
            as cache_write_tokens,
        case
            when combination.has_output_length then changed_attempt.short_output_tokens
            else fct_attempt_cost.output_tokens
        end as output_tokens,
        fct_attempt_cost.audio_input_tokens,
        fct_attempt_cost.audio_output_tokens,
        fct_attempt_cost.image_input_tokens,
        fct_attempt_cost.web_search_requests,
        fct_attempt_cost.other_meter,
        fct_attempt_cost.other_quantity,
        fct_attempt_cost.other_attribute,
        fct_attempt_cost.ended_at,
        fct_attempt_cost.context_tokens,
        scenario.to_provider,
        scenario.to_model,
        scenario.output_permille,
        scenario.classifier_provider,
        scenario.classifier_model,
        scenario.classifier_output_tokens,
        changed_attempt.route_parts > 1 + case when scenario.classifier_model is not null then 1 else 0 end as is_escalated,
        (
            (
                coalesce(fct_attempt_cost.uncached_input_tokens, 0)
                + coalesce(fct_attempt_cost.cache_read_tokens, 0)
                + coalesce(fct_attempt_cost.cache_write_5m_tokens, 0)
                + coalesce(fct_attempt_cost.cache_write_1h_tokens, 0)
                + coalesce(fct_attempt_cost.cache_write_tokens, 0)
            ) * scenario.input_permille + 999
        ) // 1000 as to_input_tokens
    from changed_attempt
    left join fct_attempt_cost
        on
            changed_attempt.source = fct_attempt_cost.source
            and changed_attempt.request_id = fct_attempt_cost.request_id
            and changed_attempt.attempt = fct_attempt_cost.attempt
    left join scenario
        on changed_attempt.routing_scenario = scenario.scenario
    left join combination
        on
            (changed_attempt.retries_scenario is not null or not combination.has_retries)
            and (changed_attempt.answer_cache_scenario is not null or not combination.has_answer_cache)
            and (changed_attempt.routing_scenario is not null or not combination.has_routing)
            and (changed_attempt.output_length_scenario is not null or not combination.has_output_length)
            and (changed_attempt.batch_scenario is not null or not combination.has_batch)
)

select
    combined.team,
    combined.feature,
    combined.baseline_provider,
    combined.baseline_model,
    combined.retries_scenario,
    combined.answer_cache_scenario,
    combined.routing_scenario,
    combined.output_length_scenario,
    combined.batch_scenario,
    combined.applicable,
    combined.combination,
    1 as is_attempt,
    combined.cost_usd as baseline_usd,
    combined.provider,
    combined.model,
    combined.tier as service_tier,
    combined.region,
    combined.uncached_input_tokens,
    combined.cache_read_tokens,
    combined.cache_write_5m_tokens,
    combined.cache_write_1h_tokens,
    combined.cache_write_tokens,
    combined.output_tokens,
    combined.audio_input_tokens,
    combined.audio_output_tokens,
    combined.image_input_tokens,
    combined.web_search_requests,
    combined.other_meter,
    combined.other_quantity,
    combined.other_attribute,
    combined.ended_at as priced_at,
    combined.ended_at as priced_until,
    combined.context_tokens,
    cast(0 as bigint) as largest_context_tokens
from combined
where not combined.is_dropped and not combined.has_routing
union all
select
    combined.team,
    combined.feature,
    combined.baseline_provider,
    combined.baseline_model,
    combined.retries_scenario,
    combined.answer_cache_scenario,
    combined.routing_scenario,
    combined.output_length_scenario,
    combined.batch_scenario,
    combined.applicable,
    combined.combination,
    1 as is_attempt,
    combined.cost_usd as baseline_usd,
    combined.provider,
    combined.model,
    combined.service_tier,
    combined.region,
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
    combined.ended_at as priced_at,
    combined.ended_at as priced_until,
    cast(0 as bigint) as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from combined
where combined.is_dropped
union all
select
    combined.team,
    combined.feature,
    combined.baseline_provider,
    combined.baseline_model,
    combined.retries_scenario,
    combined.answer_cache_scenario,
    combined.routing_scenario,
    combined.output_length_scenario,
    combined.batch_scenario,
    combined.applicable,
    combined.combination,
    1 as is_attempt,
    combined.cost_usd as baseline_usd,
    combined.to_provider as provider,
    combined.to_model as model,
    combined.tier as service_tier,
    cast(null as varchar) as region,
    combined.to_input_tokens as uncached_input_tokens,
    cast(0 as bigint) as cache_read_tokens,
    cast(0 as bigint) as cache_write_5m_tokens,
    cast(0 as bigint) as cache_write_1h_tokens,
    cast(0 as bigint) as cache_write_tokens,
    (combined.output_tokens * combined.output_permille + 999) // 1000 as output_tokens,
    combined.audio_input_tokens,
    cast(0 as bigint) as audio_output_tokens,
    combined.image_input_tokens,
    cast(0 as bigint) as web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    combined.ended_at as priced_at,
    combined.ended_at as priced_until,
    combined.to_input_tokens as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from combined
where not combined.is_dropped and combined.has_routing
union all
select
    combined.team,
    combined.feature,
    combined.baseline_provider,
    combined.baseline_model,
    combined.retries_scenario,
    combined.answer_cache_scenario,
    combined.routing_scenario,
    combined.output_length_scenario,
    combined.batch_scenario,
    combined.applicable,
    combined.combination,
    0 as is_attempt,
    cast(0 as decimal(38, 12)) as baseline_usd,
    combined.provider,
    combined.model,
    combined.tier as service_tier,
    combined.region,
    combined.uncached_input_tokens,
    combined.cache_read_tokens,
    combined.cache_write_5m_tokens,
    combined.cache_write_1h_tokens,
    combined.cache_write_tokens,
    combined.output_tokens,
    combined.audio_input_tokens,
    combined.audio_output_tokens,
    combined.image_input_tokens,
    combined.web_search_requests,
    combined.other_meter,
    combined.other_quantity,
    combined.other_attribute,
    combined.ended_at as priced_at,
    combined.ended_at as priced_until,
    combined.context_tokens,
    cast(0 as bigint) as largest_context_tokens
from combined
where not combined.is_dropped and combined.has_routing and combined.is_escalated
union all
select
    combined.team,
    combined.feature,
    combined.baseline_provider,
    combined.baseline_model,
    combined.retries_scenario,
    combined.answer_cache_scenario,
    combined.routing_scenario,
    combined.output_length_scenario,
    combined.batch_scenario,
    combined.applicable,
    combined.combination,
    0 as is_attempt,
    cast(0 as decimal(38, 12)) as baseline_usd,
    combined.classifier_provider as provider,
    combined.classifier_model as model,
    combined.service_tier,
    cast(null as varchar) as region,
    combined.to_input_tokens as uncached_input_tokens,
    cast(0 as bigint) as cache_read_tokens,
    cast(0 as bigint) as cache_write_5m_tokens,
    cast(0 as bigint) as cache_write_1h_tokens,
    cast(0 as bigint) as cache_write_tokens,
    combined.classifier_output_tokens as output_tokens,
    cast(0 as bigint) as audio_input_tokens,
    cast(0 as bigint) as audio_output_tokens,
    cast(0 as bigint) as image_input_tokens,
    cast(0 as bigint) as web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    combined.ended_at as priced_at,
    combined.ended_at as priced_until,
    combined.to_input_tokens as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from combined
where not combined.is_dropped and combined.has_routing and combined.classifier_model is not null
