-- One row per dedicated option, bound, scope and number of steps that may be best: what the calls beyond it cost.
-- A minute's calls overflow together once the load of their hour so far is more than the steps carry. Between
-- two listed numbers of steps nothing else overflows, so that the smaller one costs less.
with filled as (
    select
        capacity_load.scenario,
        capacity_load.bound,
        capacity_load.scope_provider,
        capacity_load.scope_model,
        capacity_load.hour_weight,
        capacity_load.least_steps,
        capacity_load.list_cost_usd,
        capacity_load.attempts,
        cast(sum(capacity_load.load) over (
            partition by
                capacity_load.scenario, capacity_load.bound, capacity_load.scope_provider, capacity_load.scope_model,
                capacity_load.hour
            order by capacity_load.minute
            rows between unbounded preceding and current row
        ) as bigint) as load_so_far
    from capacity_load
),

stepped as (
    select
        scenario,
        bound,
        scope_provider,
        scope_model,
        greatest((load_so_far + hour_weight - 1) // hour_weight, least_steps) as steps,
        list_cost_usd,
        attempts
    from filled
    union all
    select
        scenario,
        bound,
        scope_provider,
        scope_model,
        any_value(least_steps) as steps,
        cast(0 as decimal(38, 12)) as list_cost_usd,
        cast(0 as bigint) as attempts
    from filled
    group by scenario, bound, scope_provider, scope_model
),

summed as (
    select
        scenario,
        bound,
        scope_provider,
        scope_model,
        steps,
        sum(list_cost_usd) as list_cost_usd,
        cast(sum(attempts) as bigint) as attempts
    from stepped
    group by scenario, bound, scope_provider, scope_model, steps
)

select
    scenario,
    bound,
    scope_provider,
    scope_model,
    steps,
    coalesce(sum(list_cost_usd) over (
        partition by scenario, bound, scope_provider, scope_model
        order by steps
        rows between 1 following and unbounded following
    ), cast(0 as decimal(38, 12))) as overflow_usd,
    cast(coalesce(sum(attempts) over (
        partition by scenario, bound, scope_provider, scope_model
        order by steps
        rows between 1 following and unbounded following
    ), 0) as bigint) as overflow_attempts
from summed
