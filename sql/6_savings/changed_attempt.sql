-- One row per attempt that some scenario changes, and per further scenario of a lever: which ones, and how.
-- Prompts that a cache alone would change are summed up in sav_prompt_cache_prefix already.
with found as (
    select
        fct_attempt_cost.fact_row,
        fct_attempt_cost.team,
        fct_attempt_cost.feature,
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
        fct_attempt_cost.other_meter,
        fct_attempt_cost.other_quantity,
        fct_attempt_cost.other_attribute,
        fct_attempt_cost.ended_at,
        fct_attempt_cost.context_tokens,
        fct_attempt_cost.cost_usd,
        coalesce(fct_attempt_cost.uncached_input_tokens, 0)
        + coalesce(fct_attempt_cost.cache_read_tokens, 0)
        + coalesce(fct_attempt_cost.cache_write_5m_tokens, 0)
        + coalesce(fct_attempt_cost.cache_write_1h_tokens, 0)
        + coalesce(fct_attempt_cost.cache_write_tokens, 0) as input_tokens,
        attempt_change.is_alternative,
        attempt_change.retries_position,
        attempt_change.answer_cache_position,
        attempt_change.routing_position,
        attempt_change.output_length_position,
        attempt_change.prompt_cache_position,
        attempt_change.batch_position,
        attempt_change.is_escalated,
        attempt_change.is_staying,
        attempt_change.short_output_tokens,
        attempt_change.batch_is_uncached,
        attempt_change.policy_model,
        attempt_change.policy_uncached_input_tokens,
        attempt_change.policy_cache_read_tokens,
        attempt_change.policy_cache_write_5m_tokens,
        attempt_change.policy_cache_write_1h_tokens,
        attempt_change.policy_cache_write_tokens,
        attempt_change.policy_other_meter,
        attempt_change.policy_other_quantity,
        attempt_change.policy_other_attribute
    from fct_attempt_cost
    left join attempt_change
        on fct_attempt_cost.fact_row = attempt_change.fact_row
    where attempt_change.fact_row is not null
)

select
    found.*,
    case when retries_position is null then 0 else 1 end
    + case when answer_cache_position is null then 0 else 2 end
    + case when routing_position is null then 0 else 4 end
    + case when output_length_position is null then 0 else 8 end
    + case when prompt_cache_position is null then 0 else 16 end
    + case when batch_position is null then 0 else 32 end as applicable
from found
