-- One row per day, option, shape of load and model (`*` for all the option serves): how many tokens a day, of the
-- day's own mix, the units must carry until they cost no more than the API does.
-- No amount of money comes out of this file: amounts that are priced already are compared as whole picodollars.
-- With k steps the fleet costs k * step + fixed and carries cap / busy of the day each, so the API costs as much
-- from the first k with k * (cap * paid - step * busy) >= fixed * busy on. A quotient is (a - a % b) / b, which is
-- whole and exact below 10 ** 15, in DuckDB as on Spark; above that it is NULL.
with part as (
    select
        scenario,
        bound,
        max(unpriced_reason) as unpriced_reason,
        cast(coalesce(sum(cost_usd) filter (where part = 'step'), 0) as decimal(38, 12)) as step_usd,
        cast(coalesce(sum(cost_usd) filter (where part != 'step'), 0) as decimal(38, 12)) as fixed_usd
    from priced
    group by scenario, bound
),

busy as (
    select
        scenario,
        bound,
        scope_provider,
        scope_model,
        any_value(hour_weight) as hour_weight,
        cast(max(load) as bigint) as peak_load,
        cast(sum(load) as bigint) as day_load,
        cast(sum(tokens) as bigint) as tokens,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        sum(cost_usd) as baseline_usd
    from capacity_hour
    group by scenario, bound, scope_provider, scope_model
),

shaped as (
    select
        busy.*,
        'logged' as load_shape,
        cast(peak_load as decimal(19, 0)) as busy,
        cast(hour_weight as decimal(19, 0)) as capacity
    from busy
    union all
    select
        busy.*,
        'level' as load_shape,
        cast(day_load as decimal(19, 0)) as busy,
        cast(24 * hour_weight as decimal(19, 0)) as capacity
    from busy
),

whole as (
    select
        shaped.*,
        part.unpriced_reason,
        capacity_option.kind,
        capacity_option.assumptions_id,
        capacity_option.utilisation_permille,
        capacity_option.least_steps,
        capacity_option.step_units,
        cast(shaped.tokens as decimal(19, 0)) as token_count,
        cast(24 * shaped.hour_weight as decimal(19, 0)) as day_weight,
        cast(shaped.day_load as decimal(19, 0)) as whole_load,
        cast(cast(least(shaped.baseline_usd, 9000000) as decimal(19, 12)) * cast(1000000000000 as decimal(13, 0)) as decimal(19, 0))
            as paid,
        cast(cast(least(part.step_usd, 9000000) as decimal(19, 12)) * cast(1000000000000 as decimal(13, 0)) as decimal(19, 0))
            as step,
        cast(cast(least(part.fixed_usd, 9000000) as decimal(19, 12)) * cast(1000000000000 as decimal(13, 0)) as decimal(19, 0))
            as fixed,
        greatest(shaped.baseline_usd, part.step_usd, part.fixed_usd) < 9000000 as fits
    from shaped
    left join part
        on
            shaped.scenario = part.scenario
            and shaped.bound = part.bound
    left join capacity_option
        on
            shaped.scenario = capacity_option.scenario
            and shaped.bound = capacity_option.bound
),

surplus as (
    select
        whole.*,
        capacity * paid - step * busy as gained,
        fixed * busy as needed,
        step * whole_load as full_cost,
        day_weight * paid as full_paid
    from whole
),

counted as (
    select
        surplus.*,
        case
            when unpriced_reason is not null then unpriced_reason
            when paid = 0 or tokens = 0 or busy = 0 then 'nothing_paid'
            when not fits then 'cost_out_of_range'
            when gained <= 0 then 'a_full_unit_costs_more_than_the_api'
        end as no_break_even_reason,
        case
            when unpriced_reason is null and fits and gained > 0 and paid > 0 and tokens > 0
                then
                    greatest(
                        1,
                        least_steps,
                        cast(
                            least(((needed + gained - 1) - (needed + gained - 1) % gained) / gained, 1000000000) as bigint
                        )
                    )
        end as steps,
        case
            when
                unpriced_reason is null and fits and full_paid > 0
                and full_cost < cast('10000000000000000000000000000000000' as decimal(38, 0))
                then full_cost * utilisation_permille + full_paid - 1
        end as utilised
    from surplus
),

volumes as (
    select
        counted.*,
        cast(least(steps * step + fixed, 9000000000000000000) as decimal(19, 0)) * token_count + paid - 1 as tokens_paid,
        steps * step + fixed < 9000000000000000000 and steps < 1000000000 as is_counted
    from counted
),

found as (
    select
        volumes.*,
        case
            when is_counted then
                nullif(
                    cast(least((tokens_paid - tokens_paid % paid) / paid, 1000000000000000) as bigint), 1000000000000000
                )
        end as break_even_tokens,
        nullif(
            cast(least((utilised - utilised % full_paid) / full_paid, 1000000000000000) as bigint), 1000000000000000
        ) as break_even_permille
    from volumes
)

select
    cast($day as date) as day,
    scenario,
    load_shape,
    any_value(kind) filter (where bound = 'value') as kind,
    scope_provider as provider,
    scope_model as model,
    max(attempts) as attempts,
    max(tokens) as tokens,
    max(baseline_usd) as baseline_usd,
    max(break_even_tokens) filter (where bound = 'value') as break_even_tokens,
    max(break_even_tokens) filter (where bound = 'low') as break_even_low_tokens,
    max(break_even_tokens) filter (where bound = 'high') as break_even_high_tokens,
    max(steps * step_units) filter (where bound = 'value' and is_counted) as break_even_units,
    max(break_even_permille) filter (where bound = 'value') as break_even_permille,
    max(break_even_permille) filter (where bound = 'low') as break_even_low_permille,
    max(break_even_permille) filter (where bound = 'high') as break_even_high_permille,
    any_value(no_break_even_reason) filter (where bound = 'value') as no_break_even_reason,
    max(unpriced_attempts) as unpriced_attempts,
    any_value(assumptions_id) filter (where bound = 'value') as assumptions_id
from found
group by scenario, load_shape, scope_provider, scope_model
order by scenario, load_shape, provider, model
