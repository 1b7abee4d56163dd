-- One row per attempt that a lever changes by itself, and per further scenario that stands alone: what changes it,
-- and for a prompt with known prefixes its input as the best policy of its first prefix reads and writes it.
with best as (
    select
        policy_usage.fact_row,
        policy_usage.model,
        policy_usage.uncached_input_tokens,
        policy_usage.cache_read_tokens,
        policy_usage.cache_write_5m_tokens,
        policy_usage.cache_write_1h_tokens,
        policy_usage.cache_write_tokens,
        policy_usage.other_meter,
        policy_usage.other_quantity,
        policy_usage.other_attribute
    from policy_usage
    left join attempt_levers
        on
            policy_usage.fact_row = attempt_levers.fact_row
            and not attempt_levers.is_alternative
    left join sav_prompt_cache_prefix as prefix
        on
            policy_usage.provider = prefix.provider
            and policy_usage.baseline_model = prefix.model
            and policy_usage.team = prefix.team
            and policy_usage.feature = prefix.feature
            and policy_usage.evidence = prefix.evidence
            and policy_usage.prefix_hash = prefix.prefix_hash
    where
        attempt_levers.fact_row is not null
        and prefix.is_best_policy
        and prefix.evidence = 'prefix_hashes'
        and policy_usage.policies // case prefix.cache_policy when 'off' then 1 when 'short' then 2 else 4 end % 2 = 1
)

select
    attempt_levers.fact_row,
    attempt_levers.is_alternative,
    attempt_levers.retries_position,
    attempt_levers.answer_cache_position,
    attempt_levers.routing_position,
    attempt_levers.output_length_position,
    case
        when best.fact_row is not null and not attempt_levers.is_alternative
            then (select min(scenario.position) from scenario where scenario.lever = 'prompt_cache')
    end as prompt_cache_position,
    attempt_levers.batch_position,
    coalesce(attempt_levers.is_escalated, false) as is_escalated,
    coalesce(attempt_levers.is_staying, false) as is_staying,
    attempt_levers.short_output_tokens,
    coalesce(attempt_levers.batch_is_uncached, false) as batch_is_uncached,
    best.model as policy_model,
    best.uncached_input_tokens as policy_uncached_input_tokens,
    best.cache_read_tokens as policy_cache_read_tokens,
    best.cache_write_5m_tokens as policy_cache_write_5m_tokens,
    best.cache_write_1h_tokens as policy_cache_write_1h_tokens,
    best.cache_write_tokens as policy_cache_write_tokens,
    best.other_meter as policy_other_meter,
    best.other_quantity as policy_other_quantity,
    best.other_attribute as policy_other_attribute
from attempt_levers
left join best
    on attempt_levers.fact_row = best.fact_row
