-- One row per option, bound, scope and hour with calls: the load, and the steps of units that carry it.
select
    scenario,
    bound,
    scope_provider,
    scope_model,
    hour,
    any_value(hour_weight) as hour_weight,
    cast(sum(load) as bigint) as load,
    (cast(sum(load) as bigint) + any_value(hour_weight) - 1) // any_value(hour_weight) as needed_steps,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
    cast(sum(tokens) as bigint) as tokens,
    sum(cost_usd) as cost_usd
from capacity_load
group by scenario, bound, scope_provider, scope_model, hour
