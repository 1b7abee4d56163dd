-- One row per option, bound, scope, approach and number of steps: hours of units to pay for on `$day`.
-- A fixed fleet is that of the day's peak hour for 24 hours; an autoscaled one follows the hours, and keeps its
-- least and its spare units also in hours without calls.
with fleet as (
    select
        capacity_hour.scenario,
        capacity_hour.bound,
        capacity_hour.scope_provider,
        capacity_hour.scope_model,
        greatest(max(capacity_hour.needed_steps), any_value(capacity_option.least_steps))
        + any_value(capacity_option.spare_steps) as peak_steps,
        cast(sum(greatest(capacity_hour.needed_steps, capacity_option.least_steps)) as bigint)
        + (24 - count(*)) * any_value(capacity_option.least_steps)
        + 24 * any_value(capacity_option.spare_steps) as step_hours
    from capacity_hour
    left join capacity_option
        on
            capacity_hour.scenario = capacity_option.scenario
            and capacity_hour.bound = capacity_option.bound
    where capacity_option.lever = 'self_hosting'
    group by capacity_hour.scenario, capacity_hour.bound, capacity_hour.scope_provider, capacity_hour.scope_model
)

select
    scenario,
    bound,
    scope_provider,
    scope_model,
    'self_hosted_fixed' as approach,
    peak_steps as steps,
    peak_steps * 24 as step_hours,
    cast(0 as decimal(38, 12)) as overflow_usd,
    cast(0 as bigint) as overflow_attempts
from fleet
union all
select
    scenario,
    bound,
    scope_provider,
    scope_model,
    'self_hosted_autoscaled' as approach,
    peak_steps as steps,
    step_hours,
    cast(0 as decimal(38, 12)) as overflow_usd,
    cast(0 as bigint) as overflow_attempts
from fleet
union all
select
    capacity_overflow.scenario,
    capacity_overflow.bound,
    capacity_overflow.scope_provider,
    capacity_overflow.scope_model,
    'dedicated' as approach,
    capacity_overflow.steps,
    capacity_overflow.steps * 24 as step_hours,
    capacity_overflow.overflow_usd,
    capacity_overflow.overflow_attempts
from capacity_overflow
left join capacity_option
    on
        capacity_overflow.scenario = capacity_option.scenario
        and capacity_overflow.bound = capacity_option.bound
where capacity_option.lever = 'dedicated'
