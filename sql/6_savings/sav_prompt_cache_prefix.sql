-- One row per day, provider, model, team, feature, evidence, first prefix and cache policy: what it would have cost.
with policy as (
    select
        policies.cache_policy,
        policies.policy_number
    from (
        values ('off', 1), ('short', 2), ('long', 4), ('short_hindsight', 8), ('long_hindsight', 16)
    ) as policies (cache_policy, policy_number)
),

by_way as (
    select
        provider,
        baseline_model as model,
        team,
        feature,
        evidence,
        prefix_hash,
        policies,
        count(*) as attempts,
        count(*) filter (where baseline_usd is null or cost_usd is null) as unpriced_attempts,
        sum(read_tokens) as cache_read_tokens,
        sum(write_tokens) as cache_write_tokens,
        sum(baseline_usd) filter (where baseline_usd is not null and cost_usd is not null) as baseline_usd,
        sum(cost_usd) filter (where baseline_usd is not null and cost_usd is not null) as counterfactual_usd
    from priced
    group by provider, baseline_model, team, feature, evidence, prefix_hash, policies
),

-- A way counts for every policy that it stands for.
summed as (
    select
        by_way.provider,
        by_way.model,
        by_way.team,
        by_way.feature,
        by_way.evidence,
        by_way.prefix_hash,
        policy.cache_policy,
        cast(sum(by_way.attempts) as bigint) as attempts,
        cast(sum(by_way.unpriced_attempts) as bigint) as unpriced_attempts,
        cast(sum(by_way.cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(by_way.cache_write_tokens) as bigint) as cache_write_tokens,
        coalesce(sum(by_way.baseline_usd), cast(0 as decimal(38, 12))) as baseline_usd,
        coalesce(sum(by_way.counterfactual_usd), cast(0 as decimal(38, 12))) as counterfactual_usd
    from by_way
    left join policy
        on by_way.policies // policy.policy_number % 2 = 1
    group by by_way.provider, by_way.model, by_way.team, by_way.feature, by_way.evidence, by_way.prefix_hash,
        policy.cache_policy
),

-- A policy that prices fewer attempts than another is no cheaper for it.
ranked as (
    select
        summed.*,
        row_number() over (
            partition by provider, model, team, feature, evidence, prefix_hash
            order by
                case when cache_policy in ('short_hindsight', 'long_hindsight') then 1 else 0 end,
                unpriced_attempts, counterfactual_usd, cache_policy
        ) as place_of_policies,
        row_number() over (
            partition by provider, model, team, feature, evidence, prefix_hash
            order by unpriced_attempts, counterfactual_usd, cache_policy
        ) as place_of_all
    from summed
)

select
    cast($day as date) as day,
    provider,
    model,
    team,
    feature,
    evidence,
    prefix_hash,
    cache_policy,
    case
        when evidence = 'prefix_lengths' then 'bound'
        when cache_policy = 'off' then 'realised'
        when evidence = 'session' then 'bound'
        when cache_policy in ('short_hindsight', 'long_hindsight') then 'ceiling'
        else 'achievable'
    end as kind,
    attempts,
    unpriced_attempts,
    cache_read_tokens,
    cache_write_tokens,
    baseline_usd,
    counterfactual_usd,
    cast(cast(baseline_usd as decimal(30, 12)) - cast(counterfactual_usd as decimal(30, 12)) as decimal(38, 12)) as saving_usd,
    place_of_policies = 1 as is_best_policy,
    place_of_all = 1 as is_ceiling
from ranked
order by provider, model, team, feature, evidence, prefix_hash, cache_policy
