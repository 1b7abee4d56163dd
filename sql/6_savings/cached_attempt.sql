-- One row per prompt with known prefixes that another lever changes too: its input as the best policy of its
-- first prefix reads and writes it.
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
left join sav_prompt_cache_prefix as prefix
    on
        policy_usage.provider = prefix.provider
        and policy_usage.baseline_model = prefix.model
        and policy_usage.team = prefix.team
        and policy_usage.feature = prefix.feature
        and policy_usage.evidence = prefix.evidence
        and policy_usage.prefix_hash = prefix.prefix_hash
left join attempt_levers
    on
        policy_usage.fact_row = attempt_levers.fact_row
        and not attempt_levers.is_alternative
where
    prefix.is_best_policy
    and prefix.evidence = 'prefix_hashes'
    and policy_usage.policies // case prefix.cache_policy when 'off' then 1 when 'short' then 2 else 4 end % 2 = 1
    and attempt_levers.fact_row is not null
