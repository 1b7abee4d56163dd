-- One row per call that routing to a smaller model makes instead of one attempt: the answer of the new model,
-- the old model's again where a check refuses it, and the classifier's. Their costs add up to the attempt's.
-- Tokens are those of the new model's tokenizer, rounded up. A cache belongs to a model: what the old one read
-- from its cache is uncached input of the new one. Of 1,000 attempts in order of time the stated number escalates.
with chosen as (
    select
        fct_attempt_cost.*,
        scenario.scenario,
        scenario.kind,
        scenario.assumptions_id,
        scenario.to_provider,
        scenario.to_model,
        scenario.classifier_provider,
        scenario.classifier_model,
        scenario.classifier_output_tokens,
        scenario.output_permille,
        scenario.escalated_permille,
        (
            (
                coalesce(fct_attempt_cost.uncached_input_tokens, 0)
                + coalesce(fct_attempt_cost.cache_read_tokens, 0)
                + coalesce(fct_attempt_cost.cache_write_5m_tokens, 0)
                + coalesce(fct_attempt_cost.cache_write_1h_tokens, 0)
                + coalesce(fct_attempt_cost.cache_write_tokens, 0)
            ) * scenario.input_permille + 999
        ) // 1000 as to_input_tokens,
        row_number() over (
            partition by scenario.scenario
            order by
                fct_attempt_cost.ended_at, fct_attempt_cost.source, fct_attempt_cost.request_id, fct_attempt_cost.attempt
        ) as place
    from fct_attempt_cost
    left join scenario
        on
            scenario.lever = 'routing'
            and fct_attempt_cost.provider = scenario.from_provider
            and fct_attempt_cost.model = scenario.from_model
            and fct_attempt_cost.route_class = scenario.route_class
    where
        scenario.scenario is not null
        and fct_attempt_cost.status = 'success'
),

routed as (
    select
        chosen.*,
        place * escalated_permille // 1000 > (place - 1) * escalated_permille // 1000 as is_escalated,
        1
        + case when classifier_model is not null then 1 else 0 end
        + case when place * escalated_permille // 1000 > (place - 1) * escalated_permille // 1000 then 1 else 0 end
            as parts
    from chosen
)

select
    routed.scenario,
    routed.kind,
    routed.assumptions_id,
    routed.source,
    routed.request_id,
    routed.attempt,
    routed.team,
    routed.feature,
    routed.provider as baseline_provider,
    routed.model as baseline_model,
    routed.cost_usd as baseline_usd,
    routed.parts,
    routed.to_provider as provider,
    routed.to_model as model,
    routed.service_tier,
    cast(null as varchar) as region,
    routed.to_input_tokens as uncached_input_tokens,
    cast(0 as bigint) as cache_read_tokens,
    cast(0 as bigint) as cache_write_5m_tokens,
    cast(0 as bigint) as cache_write_1h_tokens,
    cast(0 as bigint) as cache_write_tokens,
    (routed.output_tokens * routed.output_permille + 999) // 1000 as output_tokens,
    routed.audio_input_tokens,
    cast(0 as bigint) as audio_output_tokens,
    routed.image_input_tokens,
    cast(0 as bigint) as web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    routed.ended_at as priced_at,
    routed.ended_at as priced_until,
    routed.to_input_tokens as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from routed
union all
select
    routed.scenario,
    routed.kind,
    routed.assumptions_id,
    routed.source,
    routed.request_id,
    routed.attempt,
    routed.team,
    routed.feature,
    routed.provider as baseline_provider,
    routed.model as baseline_model,
    cast(0 as decimal(38, 12)) as baseline_usd,
    routed.parts,
    routed.provider,
    routed.model,
    routed.service_tier,
    routed.region,
    routed.uncached_input_tokens,
    routed.cache_read_tokens,
    routed.cache_write_5m_tokens,
    routed.cache_write_1h_tokens,
    routed.cache_write_tokens,
    routed.output_tokens,
    routed.audio_input_tokens,
    routed.audio_output_tokens,
    routed.image_input_tokens,
    routed.web_search_requests,
    routed.other_meter,
    routed.other_quantity,
    routed.other_attribute,
    routed.ended_at as priced_at,
    routed.ended_at as priced_until,
    routed.context_tokens,
    cast(0 as bigint) as largest_context_tokens
from routed
where routed.is_escalated
union all
select
    routed.scenario,
    routed.kind,
    routed.assumptions_id,
    routed.source,
    routed.request_id,
    routed.attempt,
    routed.team,
    routed.feature,
    routed.provider as baseline_provider,
    routed.model as baseline_model,
    cast(0 as decimal(38, 12)) as baseline_usd,
    routed.parts,
    routed.classifier_provider as provider,
    routed.classifier_model as model,
    routed.service_tier,
    cast(null as varchar) as region,
    routed.to_input_tokens as uncached_input_tokens,
    cast(0 as bigint) as cache_read_tokens,
    cast(0 as bigint) as cache_write_5m_tokens,
    cast(0 as bigint) as cache_write_1h_tokens,
    cast(0 as bigint) as cache_write_tokens,
    routed.classifier_output_tokens as output_tokens,
    cast(0 as bigint) as audio_input_tokens,
    cast(0 as bigint) as audio_output_tokens,
    cast(0 as bigint) as image_input_tokens,
    cast(0 as bigint) as web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    routed.ended_at as priced_at,
    routed.ended_at as priced_until,
    routed.to_input_tokens as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from routed
where routed.classifier_model is not null
