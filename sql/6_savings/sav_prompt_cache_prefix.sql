-- One row per day, provider, model, team, feature, first prefix and cache policy: what the policy would have cost.
with summed as (
    select
        provider,
        baseline_model as model,
        team,
        feature,
        prefix_hash,
        cache_policy,
        count(*) as attempts,
        count(*) filter (where baseline_usd is null or cost_usd is null) as unpriced_attempts,
        cast(sum(read_tokens) as bigint) as cache_read_tokens,
        cast(sum(write_tokens) as bigint) as cache_write_tokens,
        coalesce(
            sum(baseline_usd) filter (where baseline_usd is not null and cost_usd is not null),
            cast(0 as decimal(38, 12))
        ) as baseline_usd,
        coalesce(
            sum(cost_usd) filter (where baseline_usd is not null and cost_usd is not null),
            cast(0 as decimal(38, 12))
        ) as counterfactual_usd
    from priced
    group by provider, baseline_model, team, feature, prefix_hash, cache_policy
),

-- A policy that prices fewer attempts than another is no cheaper for it.
ranked as (
    select
        summed.*,
        row_number() over (
            partition by provider, model, team, feature, prefix_hash
            order by
                case when cache_policy in ('short_hindsight', 'long_hindsight') then 1 else 0 end,
                unpriced_attempts, counterfactual_usd, cache_policy
        ) as place_of_policies,
        row_number() over (
            partition by provider, model, team, feature, prefix_hash
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
    prefix_hash,
    cache_policy,
    case
        when cache_policy = 'off' then 'realised'
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
order by provider, model, team, feature, prefix_hash, cache_policy
