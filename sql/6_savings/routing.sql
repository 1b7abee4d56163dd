-- One row per call that routing makes instead of one attempt: the answer of the new model, the old model's again
-- where a check refuses it, and the classifier's. Their costs add up to the attempt's.
-- `routed_attempt` holds the attempts that the rules of a scenario take. Tokens are those of the new model's
-- tokenizer, rounded up. A cache belongs to a model: what the old one read from its cache is uncached input of the
-- new one. Of 1,000 attempts in order of time the stated number escalates.
with placed as (
    select
        routed_attempt.*,
        row_number() over (
            partition by routed_attempt.scenario
            order by routed_attempt.ended_at, routed_attempt.source, routed_attempt.request_id, routed_attempt.attempt
        ) as place
    from routed_attempt
),

chosen as (
    select
        placed.*,
        scenario.kind,
        scenario.assumptions_id,
        scenario.to_provider,
        scenario.to_model,
        scenario.output_permille,
        scenario.classifier_provider,
        scenario.classifier_model,
        scenario.classifier_output_tokens,
        (
            (
                coalesce(placed.uncached_input_tokens, 0)
                + coalesce(placed.cache_read_tokens, 0)
                + coalesce(placed.cache_write_5m_tokens, 0)
                + coalesce(placed.cache_write_1h_tokens, 0)
                + coalesce(placed.cache_write_tokens, 0)
            ) * scenario.input_permille + 999
        ) // 1000 as to_input_tokens,
        placed.place * scenario.escalated_permille // 1000 - (placed.place - 1) * scenario.escalated_permille // 1000
            as escalations,
        case when scenario.classifier_model is null then 0 else 1 end as classifications
    from placed
    left join scenario
        on placed.scenario = scenario.scenario
)

select
    chosen.scenario,
    chosen.kind,
    chosen.assumptions_id,
    chosen.source,
    chosen.request_id,
    chosen.attempt,
    chosen.team,
    chosen.feature,
    chosen.provider as baseline_provider,
    chosen.model as baseline_model,
    case part.part when 'answer' then chosen.cost_usd else cast(0 as decimal(38, 12)) end as baseline_usd,
    1 + chosen.classifications + chosen.escalations as parts,
    case part.part when 'answer' then chosen.to_provider when 'classifier' then chosen.classifier_provider else chosen.provider end
        as provider,
    case part.part when 'answer' then chosen.to_model when 'classifier' then chosen.classifier_model else chosen.model end as model,
    chosen.service_tier,
    case part.part when 'escalation' then chosen.region end as region,
    case part.part when 'escalation' then chosen.uncached_input_tokens else chosen.to_input_tokens end as uncached_input_tokens,
    case part.part when 'escalation' then chosen.cache_read_tokens else 0 end as cache_read_tokens,
    case part.part when 'escalation' then chosen.cache_write_5m_tokens else 0 end as cache_write_5m_tokens,
    case part.part when 'escalation' then chosen.cache_write_1h_tokens else 0 end as cache_write_1h_tokens,
    case part.part when 'escalation' then chosen.cache_write_tokens else 0 end as cache_write_tokens,
    case part.part
        when 'answer' then (chosen.output_tokens * chosen.output_permille + 999) // 1000
        when 'classifier' then chosen.classifier_output_tokens
        else chosen.output_tokens
    end as output_tokens,
    case part.part when 'classifier' then 0 else chosen.audio_input_tokens end as audio_input_tokens,
    case part.part when 'escalation' then chosen.audio_output_tokens else 0 end as audio_output_tokens,
    case part.part when 'classifier' then 0 else chosen.image_input_tokens end as image_input_tokens,
    case part.part when 'escalation' then chosen.web_search_requests else 0 end as web_search_requests,
    case part.part when 'escalation' then chosen.other_meter end as other_meter,
    case part.part when 'escalation' then chosen.other_quantity end as other_quantity,
    case part.part when 'escalation' then chosen.other_attribute end as other_attribute,
    chosen.ended_at as priced_at,
    chosen.ended_at as priced_until,
    case part.part when 'escalation' then chosen.context_tokens else chosen.to_input_tokens end as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from chosen
left join (values ('answer'), ('escalation'), ('classifier')) as part (part)
    on
        part.part = 'answer'
        or (part.part = 'escalation' and chosen.escalations = 1)
        or (part.part = 'classifier' and chosen.classifications = 1)
