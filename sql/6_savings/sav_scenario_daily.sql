-- One row per day, scenario, team, feature, provider and model: what was paid and what it would have cost.
-- An attempt counts where it and every call instead of it has a price; the others are counted, never guessed.
-- The policies of a prompt cache come from sav_prompt_cache_prefix: each of them, the best one for each prefix,
-- and as the ceiling the best with hindsight. What sessions show, and the lengths of prefixes, is apart, as a bound.
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

cached as (
    select
        case
            when scenario.lever = 'prefix_order' then scenario.scenario
            else scenario.scenario || '_' || picked.pick
        end as scenario,
        case
            when picked.pick = 'off' then 'realised'
            when prefix.evidence <> 'prefix_hashes' then 'bound'
            when picked.pick = 'ceiling' then 'ceiling'
            else 'achievable'
        end as kind,
        prefix.team,
        prefix.feature,
        prefix.provider,
        prefix.model,
        prefix.baseline_usd,
        prefix.counterfactual_usd,
        prefix.attempts,
        prefix.unpriced_attempts,
        scenario.assumptions_id
    from sav_prompt_cache_prefix as prefix
    left join (values ('off'), ('short'), ('long'), ('best'), ('ceiling'), ('session'), ('reordered')) as picked (pick)
        on
            (picked.pick = 'off' and prefix.cache_policy = 'off' and prefix.evidence <> 'prefix_lengths')
            or (prefix.evidence = 'prefix_hashes' and (
                (picked.pick in ('short', 'long') and prefix.cache_policy = picked.pick)
                or (picked.pick = 'best' and prefix.is_best_policy)
                or (picked.pick = 'ceiling' and prefix.is_ceiling)
            ))
            or (picked.pick = 'session' and prefix.evidence = 'session' and prefix.is_best_policy)
            or (picked.pick = 'reordered' and prefix.evidence = 'prefix_lengths' and prefix.is_best_policy)
    left join scenario
        on scenario.lever = case picked.pick when 'reordered' then 'prefix_order' else 'prompt_cache' end
    where picked.pick is not null
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
    union all
    select
        scenario,
        kind,
        team,
        feature,
        provider,
        model,
        sum(baseline_usd) as baseline_usd,
        sum(counterfactual_usd) as counterfactual_usd,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        assumptions_id
    from cached
    group by scenario, kind, team, feature, provider, model, assumptions_id
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
