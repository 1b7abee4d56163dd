-- One row per day, scenario, team, feature, provider and model: its share of what all levers save together.
-- `marginal_usd` is what it saves after the scenarios before it in the file; `share_usd` is the average over all
-- orders (Shapley), rounded to 1e-12 so that the shares of a cell add up to what they save together.
with combined as (
    select
        sav_combination.*,
        case when retries_scenario is null then 0 else 1 end
        + case when answer_cache_scenario is null then 0 else 2 end
        + case when routing_scenario is null then 0 else 4 end
        + case when output_length_scenario is null then 0 else 8 end
        + case when prompt_cache_scenario is null then 0 else 16 end
        + case when batch_scenario is null then 0 else 32 end as applicable,
        coalesce(retries_scenario, '')
        || ' ' || coalesce(answer_cache_scenario, '')
        || ' ' || coalesce(routing_scenario, '')
        || ' ' || coalesce(output_length_scenario, '')
        || ' ' || coalesce(prompt_cache_scenario, '')
        || ' ' || coalesce(batch_scenario, '') as scenarios
    from sav_combination
    where not is_alternative
),

-- Attempts of one model that the same levers change are compared where every combination of them has a price;
-- where one lever alone changes them, those that have a price are.
complete as (
    select
        combined.*,
        applicable in (1, 2, 4, 8, 16, 32) or sum(unpriced_attempts) over (
            partition by team, feature, provider, model, baseline_is_priced, scenarios
        ) = 0 as is_complete
    from combined
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
            when 'prompt_cache' then later.prompt_cache_scenario
            else later.batch_scenario
        end as scenario,
        lever_step.orders,
        lever_step.is_in_file_order,
        case when later.is_complete then later.attempts - later.unpriced_attempts else 0 end as attempts,
        case when later.is_complete then later.unpriced_attempts else later.attempts end as unpriced_attempts,
        case
            when later.is_complete
                then
                    cast(coalesce(earlier.counterfactual_usd, later.baseline_usd) as decimal(25, 12))
                    - cast(later.counterfactual_usd as decimal(25, 12))
            else cast(0 as decimal(26, 12))
        end as saved
    from complete as later
    left join lever_step
        on
            later.applicable = lever_step.applicable
            and later.combination = lever_step.with_it
    left join complete as earlier
        on
            later.team = earlier.team
            and later.feature = earlier.feature
            and later.provider = earlier.provider
            and later.model = earlier.model
            and later.baseline_is_priced = earlier.baseline_is_priced
            and later.scenarios = earlier.scenarios
            and lever_step.without_it = earlier.combination
),

counted as (
    select
        step.*,
        cast(cast(saved as decimal(25, 12)) * cast(1000000000000 as decimal(13, 0)) as bigint) as saved_picodollars
    from step
),

-- Of 720 orders: whole picodollars and what is left of them apart, so that no product leaves 64 bits.
whole as (
    select
        team,
        feature,
        provider,
        model,
        scenario,
        sum(case when is_in_file_order then attempts else 0 end) as attempts,
        sum(case when is_in_file_order then unpriced_attempts else 0 end) as unpriced_attempts,
        cast(sum(case when is_in_file_order then saved_picodollars else 0 end) as bigint) as marginal_picodollars,
        cast(sum(saved_picodollars // 720 * orders) as bigint) as whole_picodollars,
        cast(sum(saved_picodollars % 720 * orders) as bigint) as rest
    from counted
    group by team, feature, provider, model, scenario
),

rounded as (
    select
        whole.*,
        whole_picodollars + rest // 720 - case when rest % 720 < 0 then 1 else 0 end as picodollars,
        (rest % 720 + 720) % 720 as remainder
    from whole
),

-- The rest of a cell goes to those that lost most by rounding down.
ranked as (
    select
        rounded.*,
        row_number() over (partition by team, feature, provider, model order by remainder desc, scenario) as place,
        sum(remainder) over (partition by team, feature, provider, model) // 720 as missing
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
    cast(ranked.unpriced_attempts as bigint) as unpriced_attempts,
    cast(
        cast(ranked.marginal_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    ) as marginal_usd,
    cast(
        cast(ranked.picodollars + case when ranked.place <= ranked.missing then 1 else 0 end as decimal(19, 0))
        * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    ) as share_usd,
    scenario.assumptions_id
from ranked
left join scenario
    on ranked.scenario = scenario.scenario || case when scenario.lever = 'prompt_cache' then '_best' else '' end
order by ranked.team, ranked.feature, ranked.provider, ranked.model, ranked.scenario
