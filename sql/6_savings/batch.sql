-- One row per attempt that could have waited: the same call on the batch tier.
-- Cached tokens keep their meter where the batch tier of that model and instant has a cached rate; elsewhere
-- the batch has no cache discount and they are uncached input. Only finished calls on the standard tier move.
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
    'batch' as service_tier,
    fct_attempt_cost.region,
    coalesce(fct_attempt_cost.uncached_input_tokens, 0) + case
        when card.cache_read_tokens_rate is null
            then
                coalesce(fct_attempt_cost.cache_read_tokens, 0)
                + coalesce(fct_attempt_cost.cache_write_5m_tokens, 0)
                + coalesce(fct_attempt_cost.cache_write_1h_tokens, 0)
                + coalesce(fct_attempt_cost.cache_write_tokens, 0)
        else 0
    end as uncached_input_tokens,
    case when card.cache_read_tokens_rate is null then cast(0 as bigint) else fct_attempt_cost.cache_read_tokens end as cache_read_tokens,
    case when card.cache_read_tokens_rate is null then cast(0 as bigint) else fct_attempt_cost.cache_write_5m_tokens end
        as cache_write_5m_tokens,
    case when card.cache_read_tokens_rate is null then cast(0 as bigint) else fct_attempt_cost.cache_write_1h_tokens end
        as cache_write_1h_tokens,
    case when card.cache_read_tokens_rate is null then cast(0 as bigint) else fct_attempt_cost.cache_write_tokens end as cache_write_tokens,
    fct_attempt_cost.output_tokens,
    fct_attempt_cost.audio_input_tokens,
    fct_attempt_cost.audio_output_tokens,
    fct_attempt_cost.image_input_tokens,
    fct_attempt_cost.web_search_requests,
    fct_attempt_cost.other_meter,
    fct_attempt_cost.other_quantity,
    fct_attempt_cost.other_attribute,
    fct_attempt_cost.ended_at as priced_at,
    fct_attempt_cost.ended_at as priced_until,
    fct_attempt_cost.context_tokens,
    cast(0 as bigint) as largest_context_tokens
from fct_attempt_cost
left join scenario
    on scenario.lever = 'batch'
left join batch_rule
    on
        fct_attempt_cost.provider = batch_rule.provider
        and fct_attempt_cost.ended_at >= batch_rule.valid_from
        and fct_attempt_cost.ended_at < batch_rule.valid_to
left join may_wait
    on
        scenario.scenario = may_wait.scenario
        and fct_attempt_cost.feature = may_wait.feature
left join dim_rate_card as card
    on
        fct_attempt_cost.model = card.alias
        and fct_attempt_cost.provider = card.provider
        and card.service_tier = 'batch'
        and card.region = '*'
        and card.context_min_tokens = 0
        and fct_attempt_cost.ended_at >= card.valid_from
        and fct_attempt_cost.ended_at < card.valid_to
where
    scenario.scenario is not null
    and fct_attempt_cost.service_tier = 'standard'
    and fct_attempt_cost.status = 'success'
    and (fct_attempt_cost.deadline_seconds >= batch_rule.window_seconds or may_wait.feature is not null)
    and batch_rule.window_seconds is not null
