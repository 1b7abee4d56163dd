-- One row per attempt that could have waited, and whether the batch tier of its model has no cached rate.
-- There a batch has no cache discount: all its input is uncached. Only finished calls on the standard tier move.
select
    scenario.scenario,
    fct_attempt_cost.fact_row,
    card.cache_read_tokens_rate is null as batch_is_uncached
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
