-- One row per day, team, feature, provider, model, scenarios that change the same attempts, and combination of
-- them: what the attempts cost, and what they had cost with these scenarios together. A call that is not made
-- costs nothing. An attempt counts where it and every call instead of it has a price; others are counted.
with of_attempt as (
    select
        team,
        feature,
        baseline_provider,
        baseline_model,
        is_alternative,
        baseline_is_priced,
        retries_position,
        answer_cache_position,
        routing_position,
        output_length_position,
        prompt_cache_position,
        batch_position,
        applicable,
        is_escalated,
        combination,
        routed_row,
        sum(attempts) as attempts,
        count_if(baseline_usd is null or (cost_usd is null and not is_dropped)) as unpriced,
        sum(case when is_dropped or cost_usd is not null then baseline_usd end) as baseline_usd,
        sum(case when is_dropped then cast(0 as decimal(38, 12)) when baseline_usd is not null then cost_usd end) as cost_usd
    from priced
    group by
        team, feature, baseline_provider, baseline_model, is_alternative, baseline_is_priced, retries_position,
        answer_cache_position, routing_position, output_length_position, prompt_cache_position, batch_position,
        applicable, is_escalated, combination, routed_row
),

-- The calls of one routed attempt have a price together or not at all; any other attempt is one call.
summed as (
    select
        team,
        feature,
        baseline_provider,
        baseline_model,
        is_alternative,
        baseline_is_priced,
        retries_position,
        answer_cache_position,
        routing_position,
        output_length_position,
        prompt_cache_position,
        batch_position,
        applicable,
        is_escalated,
        combination,
        sum(attempts) as attempts,
        sum(case when routed_row is null then unpriced when unpriced > 0 then 1 else 0 end) as unpriced_attempts,
        sum(case when routed_row is null or unpriced = 0 then baseline_usd end) as baseline_usd,
        sum(case when routed_row is null or unpriced = 0 then cost_usd end) as counterfactual_usd
    from of_attempt
    group by
        team, feature, baseline_provider, baseline_model, is_alternative, baseline_is_priced, retries_position,
        answer_cache_position, routing_position, output_length_position, prompt_cache_position, batch_position,
        applicable, is_escalated, combination
),

named as (
    select
        summed.team,
        summed.feature,
        summed.baseline_provider as provider,
        summed.baseline_model as model,
        summed.is_alternative,
        summed.baseline_is_priced,
        retries.scenario as retries_scenario,
        answer_cache.scenario as answer_cache_scenario,
        routing.scenario as routing_scenario,
        output_length.scenario as output_length_scenario,
        prompt_cache.scenario || '_best' as prompt_cache_scenario,
        batch.scenario as batch_scenario,
        lever_combination.combination,
        summed.attempts,
        summed.unpriced_attempts,
        summed.baseline_usd,
        summed.counterfactual_usd
    from summed
    left join lever_combination
        on
            summed.applicable = lever_combination.applicable
            and summed.is_escalated = lever_combination.is_escalated
            and summed.combination = lever_combination.priced_as
    left join scenario as retries
        on summed.retries_position = retries.position
    left join scenario as answer_cache
        on summed.answer_cache_position = answer_cache.position
    left join scenario as routing
        on summed.routing_position = routing.position
    left join scenario as output_length
        on summed.output_length_position = output_length.position
    left join scenario as prompt_cache
        on summed.prompt_cache_position = prompt_cache.position
    left join scenario as batch
        on summed.batch_position = batch.position
),

-- Prompts that a cache alone would change: all prompts without those that another lever changes too.
cached as (
    select
        team,
        feature,
        provider,
        model,
        sum(attempts) as attempts,
        sum(unpriced_attempts) as unpriced_attempts,
        sum(baseline_usd) as baseline_usd,
        sum(counterfactual_usd) as counterfactual_usd
    from (
        select
            team,
            feature,
            provider,
            model,
            attempts,
            unpriced_attempts,
            baseline_usd,
            counterfactual_usd
        from sav_prompt_cache_prefix
        where
            is_best_policy
            and evidence = 'prefix_hashes'
        union all
        select
            team,
            feature,
            provider,
            model,
            -attempts as attempts,
            -unpriced_attempts as unpriced_attempts,
            -baseline_usd as baseline_usd,
            -counterfactual_usd as counterfactual_usd
        from named
        where combination = 16
    ) as prompts
    group by team, feature, provider, model
),

every as (
    select named.*
    from named
    union all
    select
        cached.team,
        cached.feature,
        cached.provider,
        cached.model,
        false as is_alternative,
        true as baseline_is_priced,
        cast(null as varchar) as retries_scenario,
        cast(null as varchar) as answer_cache_scenario,
        cast(null as varchar) as routing_scenario,
        cast(null as varchar) as output_length_scenario,
        scenario.scenario || '_best' as prompt_cache_scenario,
        cast(null as varchar) as batch_scenario,
        cast(16 as bigint) as combination,
        cached.attempts,
        cached.unpriced_attempts,
        cached.baseline_usd,
        cached.counterfactual_usd
    from cached
    left join scenario
        on scenario.lever = 'prompt_cache'
    where cached.attempts > 0
)

select
    cast($day as date) as day,
    team,
    feature,
    provider,
    model,
    is_alternative,
    baseline_is_priced,
    retries_scenario,
    answer_cache_scenario,
    routing_scenario,
    output_length_scenario,
    prompt_cache_scenario,
    batch_scenario,
    combination,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
    coalesce(sum(baseline_usd), cast(0 as decimal(38, 12))) as baseline_usd,
    coalesce(sum(counterfactual_usd), cast(0 as decimal(38, 12))) as counterfactual_usd
from every
group by
    team, feature, provider, model, is_alternative, baseline_is_priced, retries_scenario, answer_cache_scenario,
    routing_scenario, output_length_scenario, prompt_cache_scenario, batch_scenario, combination
order by
    team, feature, provider, model, is_alternative, baseline_is_priced, retries_scenario, answer_cache_scenario,
    routing_scenario, output_length_scenario, prompt_cache_scenario, batch_scenario, combination
