-- One row per day, scenario, team, feature, provider and model: its share of what all levers save together.
-- `marginal_usd` is what it saves after the scenarios before it in the file; `share_usd` is the average over all
-- orders (Shapley), rounded to 1e-12 so that the shares of a cell add up to what they save together.
with summed as (
    select
        team,
        feature,
        baseline_provider as provider,
        baseline_model as model,
        retries_scenario,
        answer_cache_scenario,
        routing_scenario,
        output_length_scenario,
        batch_scenario,
        applicable,
        combination,
        sum(cost_usd) as cost_usd,
        sum(is_attempt) as attempts,
        count_if(cost_usd is null or baseline_usd is null) as unpriced
    from priced
    group by
        team, feature, baseline_provider, baseline_model, retries_scenario, answer_cache_scenario, routing_scenario,
        output_length_scenario, batch_scenario, applicable, combination
),

-- Attempts of one model that the same levers change are compared where every combination of them has a price.
complete as (
    select
        summed.*,
        sum(unpriced) over (
            partition by
                team, feature, provider, model, retries_scenario, answer_cache_scenario, routing_scenario,
                output_length_scenario, batch_scenario
        ) as unpriced_of_group
    from summed
),

step as (
    select
        later.team,
        later.feature,
        later.provider,
        later.model,
        case lever_step.lever
            when 'retries' then later.retries_scenario
            when 'answer_cache' then later.answer_cache_scenario
            when 'routing' then later.routing_scenario
            when 'output_length' then later.output_length_scenario
            else later.batch_scenario
        end as scenario,
        lever_step.is_in_file_order,
        later.attempts,
        cast(cast(earlier.cost_usd as decimal(30, 12)) - cast(later.cost_usd as decimal(30, 12)) as decimal(38, 12))
            as saved
    from lever_step
    left join complete as later
        on
            lever_step.applicable = later.applicable
            and lever_step.with_it = later.combination
    left join complete as earlier
        on
            later.team = earlier.team
            and later.feature = earlier.feature
            and later.provider = earlier.provider
            and later.model = earlier.model
            and later.applicable = earlier.applicable
            and coalesce(later.retries_scenario, '') = coalesce(earlier.retries_scenario, '')
            and coalesce(later.answer_cache_scenario, '') = coalesce(earlier.answer_cache_scenario, '')
            and coalesce(later.routing_scenario, '') = coalesce(earlier.routing_scenario, '')
            and coalesce(later.output_length_scenario, '') = coalesce(earlier.output_length_scenario, '')
            and coalesce(later.batch_scenario, '') = coalesce(earlier.batch_scenario, '')
            and lever_step.without_it = earlier.combination
    where later.unpriced_of_group = 0
),

whole as (
    select
        team,
        feature,
        provider,
        model,
        scenario,
        sum(case when is_in_file_order then attempts end) as attempts,
        coalesce(sum(case when is_in_file_order then saved end), cast(0 as decimal(38, 12))) as marginal_usd,
        cast(cast(sum(saved) as decimal(25, 12)) * cast(1000000000000 as decimal(13, 0)) as bigint)
            as picodollars_of_orders
    from step
    group by team, feature, provider, model, scenario
),

-- 120 orders: the whole picodollars of each share, and the rest to those that lost most by rounding down.
rounded as (
    select
        whole.*,
        picodollars_of_orders // 120 - case when picodollars_of_orders % 120 < 0 then 1 else 0 end as picodollars,
        (picodollars_of_orders % 120 + 120) % 120 as remainder
    from whole
),

ranked as (
    select
        rounded.*,
        row_number() over (partition by team, feature, provider, model order by remainder desc, scenario) as place,
        sum(remainder) over (partition by team, feature, provider, model) // 120 as missing
    from rounded
)

select
    cast($day as date) as day,
    ranked.scenario,
    scenario.kind,
    ranked.team,
    ranked.feature,
    ranked.provider,
    ranked.model,
    cast(ranked.attempts as bigint) as attempts,
    ranked.marginal_usd,
    cast(
        cast(ranked.picodollars + case when ranked.place <= ranked.missing then 1 else 0 end as decimal(19, 0))
        * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    ) as share_usd,
    scenario.assumptions_id
from ranked
left join scenario
    on ranked.scenario = scenario.scenario
order by ranked.team, ranked.feature, ranked.provider, ranked.model, ranked.scenario
