-- One row per day, option, approach and model (`*` for all the option serves): what its calls cost by the API as
-- it was paid, and what they would cost on capacity of one's own or on dedicated units.
-- Of dedicated capacity it is the number of units that costs least; calls beyond it are paid at list.
with planned as (
    select
        scenario,
        bound,
        scope_provider,
        scope_model,
        approach,
        steps,
        any_value(units) as units,
        any_value(unit_hours) as unit_hours,
        any_value(people_hours) as people_hours,
        any_value(overflow_usd) as overflow_usd,
        any_value(overflow_attempts) as overflow_attempts,
        max(unpriced_reason) as unpriced_reason,
        case when max(unpriced_reason) is null then sum(cost_usd) end as capacity_usd
    from priced
    group by scenario, bound, scope_provider, scope_model, approach, steps
),

costed as (
    select
        planned.*,
        cast(cast(capacity_usd as decimal(30, 12)) + cast(overflow_usd as decimal(30, 12)) as decimal(38, 12)) as whole_usd
    from planned
),

ranked as (
    select
        costed.*,
        row_number() over (
            partition by scenario, bound, scope_provider, scope_model, approach
            order by case when whole_usd is null then 1 else 0 end, whole_usd, steps
        ) as place
    from costed
),

chosen as (
    select
        scenario,
        approach,
        scope_provider,
        scope_model,
        max(whole_usd) filter (where bound = 'value') as counterfactual_usd,
        max(whole_usd) filter (where bound = 'low') as counterfactual_low_usd,
        max(whole_usd) filter (where bound = 'high') as counterfactual_high_usd,
        max(units) filter (where bound = 'value') as units,
        max(unit_hours) filter (where bound = 'value') as unit_hours,
        max(people_hours) filter (where bound = 'value') as people_hours,
        max(overflow_usd) filter (where bound = 'value') as overflow_usd,
        max(overflow_attempts) filter (where bound = 'value') as overflow_attempts,
        max(unpriced_reason) filter (where bound = 'value') as unpriced_reason
    from ranked
    where place = 1
    group by scenario, approach, scope_provider, scope_model
),

paid as (
    select
        scenario,
        scope_provider,
        scope_model,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        cast(sum(tokens) as bigint) as tokens,
        sum(cost_usd) as baseline_usd
    from capacity_hour
    where bound = 'value'
    group by scenario, scope_provider, scope_model
)

select
    cast($day as date) as day,
    chosen.scenario,
    chosen.approach,
    capacity_option.kind,
    chosen.scope_provider as provider,
    chosen.scope_model as model,
    paid.attempts,
    paid.tokens,
    paid.baseline_usd,
    chosen.counterfactual_usd,
    chosen.counterfactual_low_usd,
    chosen.counterfactual_high_usd,
    cast(cast(paid.baseline_usd as decimal(30, 12)) - cast(chosen.counterfactual_usd as decimal(30, 12)) as decimal(38, 12))
        as saving_usd,
    chosen.units,
    chosen.unit_hours,
    chosen.people_hours,
    chosen.overflow_usd,
    chosen.overflow_attempts,
    paid.unpriced_attempts,
    chosen.unpriced_reason,
    capacity_option.assumptions_id
from chosen
left join paid
    on
        chosen.scenario = paid.scenario
        and chosen.scope_provider = paid.scope_provider
        and chosen.scope_model = paid.scope_model
left join capacity_option
    on
        chosen.scenario = capacity_option.scenario
        and capacity_option.bound = 'value'
order by scenario, approach, provider, model
