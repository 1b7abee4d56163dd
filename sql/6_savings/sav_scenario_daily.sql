-- One row per day, scenario, team, feature, provider and model: what was paid and what it would have cost.
-- An attempt counts where it and every call instead of it has a price; the others are counted, never guessed.
with compared as (
    select
        scenario,
        kind,
        assumptions_id,
        team,
        feature,
        baseline_provider,
        baseline_model,
        baseline_usd,
        cost_usd,
        baseline_usd is not null and cost_usd is not null as is_priced
    from priced
    where parts = 1
    union all
    select
        any_value(scenario) as scenario,
        any_value(kind) as kind,
        any_value(assumptions_id) as assumptions_id,
        any_value(team) as team,
        any_value(feature) as feature,
        any_value(baseline_provider) as baseline_provider,
        any_value(baseline_model) as baseline_model,
        sum(baseline_usd) as baseline_usd,
        sum(cost_usd) as cost_usd,
        count_if(baseline_usd is null or cost_usd is null) = 0 as is_priced
    from priced
    where parts > 1
    group by scenario, source, request_id, attempt
),

summed as (
    select
        scenario,
        kind,
        team,
        feature,
        baseline_provider as provider,
        baseline_model as model,
        coalesce(sum(baseline_usd) filter (where is_priced), cast(0 as decimal(38, 12))) as baseline_usd,
        coalesce(sum(cost_usd) filter (where is_priced), cast(0 as decimal(38, 12))) as counterfactual_usd,
        count(*) as attempts,
        count(*) filter (where not is_priced) as unpriced_attempts,
        assumptions_id
    from compared
    group by scenario, kind, team, feature, baseline_provider, baseline_model, assumptions_id
)

select
    cast($day as date) as day,
    scenario,
    kind,
    team,
    feature,
    provider,
    model,
    baseline_usd,
    counterfactual_usd,
    cast(cast(baseline_usd as decimal(30, 12)) - cast(counterfactual_usd as decimal(30, 12)) as decimal(38, 12)) as saving_usd,
    attempts,
    unpriced_attempts,
    assumptions_id
from summed
order by scenario, team, feature, provider, model
