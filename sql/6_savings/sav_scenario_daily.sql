-- One row per day, scenario, team, feature, provider and model: what was paid and what it would have cost.
-- An attempt counts where it and every call instead of it has a price; the others are counted, never guessed.
-- The policies of a prompt cache come from sav_prompt_cache_prefix: each of them, the best one for each prefix,
-- and as the ceiling the best with hindsight. What sessions show, and the lengths of prefixes, is apart, as a bound.
with alone as (
    select
        sav_combination.team,
        sav_combination.feature,
        sav_combination.provider,
        sav_combination.model,
        sav_combination.baseline_usd,
        sav_combination.counterfactual_usd,
        sav_combination.attempts,
        sav_combination.unpriced_attempts,
        case sav_combination.combination
            when 1 then sav_combination.retries_scenario
            when 2 then sav_combination.answer_cache_scenario
            when 4 then sav_combination.routing_scenario
            when 8 then sav_combination.output_length_scenario
            else sav_combination.batch_scenario
        end as scenario
    from sav_combination
    where sav_combination.combination in (1, 2, 4, 8, 32)
),

-- A whole fleet that moves is no lever of the portfolio.
moved as (
    select
        scenario,
        kind,
        assumptions_id,
        team,
        feature,
        baseline_provider as provider,
        baseline_model as model,
        sum(case when cost_usd is not null then baseline_usd end) as baseline_usd,
        sum(case when baseline_usd is not null then cost_usd end) as counterfactual_usd,
        count(*) as attempts,
        count_if(baseline_usd is null or cost_usd is null) as unpriced_attempts
    from priced
    group by scenario, kind, assumptions_id, team, feature, baseline_provider, baseline_model
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

compared as (
    select
        alone.scenario,
        scenario.kind,
        alone.team,
        alone.feature,
        alone.provider,
        alone.model,
        alone.baseline_usd,
        alone.counterfactual_usd,
        alone.attempts,
        alone.unpriced_attempts,
        scenario.assumptions_id
    from alone
    left join scenario
        on alone.scenario = scenario.scenario
    union all
    select
        moved.scenario,
        moved.kind,
        moved.team,
        moved.feature,
        moved.provider,
        moved.model,
        moved.baseline_usd,
        moved.counterfactual_usd,
        moved.attempts,
        moved.unpriced_attempts,
        moved.assumptions_id
    from moved
    union all
    select cached.*
    from cached
),

summed as (
    select
        scenario,
        kind,
        team,
        feature,
        provider,
        model,
        coalesce(sum(baseline_usd), cast(0 as decimal(38, 12))) as baseline_usd,
        coalesce(sum(counterfactual_usd), cast(0 as decimal(38, 12))) as counterfactual_usd,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        assumptions_id
    from compared
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
