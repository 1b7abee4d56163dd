-- One row per option, bound, scope (a model, or `*` for all that the option serves) and minute with calls: its
-- demand as a load; `hour_weight` of load fills one step of units for an hour.
select
    capacity_option.scenario,
    capacity_option.bound,
    capacity_serves.scope_provider,
    capacity_serves.scope_model,
    sav_demand_minute.minute // 60 as hour,
    sav_demand_minute.minute,
    any_value(capacity_option.hour_weight) as hour_weight,
    any_value(capacity_option.least_steps) as least_steps,
    cast(sum(
        (
            sav_demand_minute.prefill_tokens
            + (sav_demand_minute.cached_prefill_tokens * capacity_option.cached_prefill_permille + 999) // 1000
        ) * capacity_option.prefill_weight
        + sav_demand_minute.decode_tokens * capacity_option.decode_weight
    ) as bigint) as load,
    cast(sum(sav_demand_minute.attempts) as bigint) as attempts,
    cast(sum(sav_demand_minute.unpriced_attempts) as bigint) as unpriced_attempts,
    cast(sum(sav_demand_minute.tokens) as bigint) as tokens,
    sum(sav_demand_minute.list_cost_usd) as list_cost_usd,
    sum(sav_demand_minute.cost_usd) as cost_usd
from sav_demand_minute
left join capacity_serves
    on
        sav_demand_minute.provider = capacity_serves.provider
        and sav_demand_minute.model = capacity_serves.model
left join capacity_option
    on capacity_serves.scenario = capacity_option.scenario
where capacity_option.scenario is not null
group by
    capacity_option.scenario, capacity_option.bound, capacity_serves.scope_provider, capacity_serves.scope_model,
    sav_demand_minute.minute
