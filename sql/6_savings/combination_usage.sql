-- One row per call, for each combination of the levers that change an attempt: what is called instead of it.
-- A retry or a repeated question is not sent: the attempt stays, with no usage. Else the answer is cut first,
-- then the prompt is cached as the replay of the log says, then the model changes and its cache is cold (what a
-- classifier leaves where it is pays the classifier and is else as it was), then the tier: cached tokens keep their
-- meter on a batch tier that has a cached rate, else they are uncached input.
with sent as (
    select
        changed_attempt.*,
        lever_combination.combination,
        lever_combination.is_dropped,
        lever_combination.has_routing,
        case when lever_combination.has_output_length then short_output_tokens else output_tokens end as sent_output_tokens,
        case when lever_combination.has_batch then 'batch' else service_tier end as sent_tier,
        lever_combination.has_batch and batch_is_uncached as is_uncached,
        lever_combination.has_prompt_cache and not (lever_combination.has_batch and batch_is_uncached) as has_policy
    from changed_attempt
    left join lever_combination
        on
            changed_attempt.applicable = lever_combination.applicable
            and changed_attempt.is_escalated = lever_combination.is_escalated
            and lever_combination.combination = lever_combination.priced_as
),

called as (
    select
        sent.*,
        scenario.to_provider,
        scenario.to_model,
        scenario.output_permille,
        scenario.classifier_provider,
        scenario.classifier_model,
        scenario.classifier_output_tokens,
        (sent.input_tokens * scenario.input_permille + 999) // 1000 as to_input_tokens,
        part.part,
        part.part in ('sent', 'routed') or (part.part = 'escalated' and sent.is_staying) as is_attempt,
        part.part in ('routed', 'classifier') as is_other_model,
        sent.is_dropped or part.part in ('routed', 'classifier') as is_new
    from sent
    left join scenario
        on sent.routing_position = scenario.position
    left join (values ('sent'), ('routed'), ('classifier'), ('escalated')) as part (part)
        on sent.has_routing = (part.part <> 'sent')
    where
        part.part = 'sent'
        or (part.part = 'routed' and not sent.is_staying)
        or (part.part = 'classifier' and scenario.classifier_model is not null)
        or (part.part = 'escalated' and sent.is_escalated)
)

select
    team,
    feature,
    provider as baseline_provider,
    model as baseline_model,
    is_alternative,
    cost_usd is not null as baseline_is_priced,
    retries_position,
    answer_cache_position,
    routing_position,
    output_length_position,
    prompt_cache_position,
    batch_position,
    applicable,
    is_escalated,
    combination,
    is_dropped,
    case when has_routing then fact_row end as routed_row,
    case when is_attempt then 1 else 0 end as attempts,
    case when is_attempt then cost_usd else cast(0 as decimal(38, 12)) end as baseline_usd,
    case part when 'routed' then to_provider when 'classifier' then classifier_provider else provider end as provider,
    case
        when part = 'routed' then to_model
        when part = 'classifier' then classifier_model
        when has_policy then policy_model
        else model
    end as model,
    case when part = 'classifier' then service_tier else sent_tier end as service_tier,
    case when not is_other_model then region end as region,
    case
        when is_dropped then 0
        when is_other_model then to_input_tokens
        when is_uncached then input_tokens
        when has_policy then policy_uncached_input_tokens
        else uncached_input_tokens
    end as uncached_input_tokens,
    case
        when is_new or is_uncached then 0
        when has_policy then policy_cache_read_tokens
        else cache_read_tokens
    end as cache_read_tokens,
    case
        when is_new or is_uncached then 0
        when has_policy then policy_cache_write_5m_tokens
        else cache_write_5m_tokens
    end as cache_write_5m_tokens,
    case
        when is_new or is_uncached then 0
        when has_policy then policy_cache_write_1h_tokens
        else cache_write_1h_tokens
    end as cache_write_1h_tokens,
    case
        when is_new or is_uncached then 0
        when has_policy then policy_cache_write_tokens
        else cache_write_tokens
    end as cache_write_tokens,
    case
        when is_dropped then 0
        when part = 'routed' then (sent_output_tokens * output_permille + 999) // 1000
        when part = 'classifier' then classifier_output_tokens
        else sent_output_tokens
    end as output_tokens,
    case when is_dropped or part = 'classifier' then 0 else audio_input_tokens end as audio_input_tokens,
    case when is_new then 0 else audio_output_tokens end as audio_output_tokens,
    case when is_dropped or part = 'classifier' then 0 else image_input_tokens end as image_input_tokens,
    case when is_new then 0 else web_search_requests end as web_search_requests,
    case when not is_new then case when has_policy then policy_other_meter else other_meter end end as other_meter,
    case when not is_new then case when has_policy then policy_other_quantity else other_quantity end end as other_quantity,
    case when not is_new then case when has_policy then policy_other_attribute else other_attribute end end
        as other_attribute,
    ended_at as priced_at,
    ended_at as priced_until,
    case when is_dropped then 0 when is_other_model then to_input_tokens else context_tokens end as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from called
