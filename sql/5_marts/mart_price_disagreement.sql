-- One row per day, provider, model and service tier that the second catalogue prices otherwise, the dearest first.
with compared as (
    select
        priced.provider,
        priced.model,
        priced.service_tier,
        priced.tokens,
        priced.our_cost_usd,
        priced.list_cost_usd as their_cost_usd
    from priced
    where
        priced.our_cost_usd <> priced.list_cost_usd
        or (priced.our_cost_usd is null) <> (priced.list_cost_usd is null)
),

summed as (
    select
        provider,
        model,
        service_tier,
        count(*) as attempts,
        cast(sum(tokens) as bigint) as tokens,
        cast(count_if(their_cost_usd is null) as bigint) as only_ours_attempts,
        cast(count_if(our_cost_usd is null) as bigint) as only_theirs_attempts,
        coalesce(sum(our_cost_usd), cast(0 as decimal(38, 12))) as our_cost_usd,
        coalesce(sum(their_cost_usd), cast(0 as decimal(38, 12))) as their_cost_usd
    from compared
    group by provider, model, service_tier
)

select
    cast($day as date) as day,
    provider,
    model,
    service_tier,
    attempts,
    tokens,
    only_ours_attempts,
    only_theirs_attempts,
    our_cost_usd,
    their_cost_usd,
    cast(cast(our_cost_usd as decimal(30, 12)) - cast(their_cost_usd as decimal(30, 12)) as decimal(38, 12)) as difference_usd
from summed
order by
    abs(cast(our_cost_usd as decimal(30, 12)) - cast(their_cost_usd as decimal(30, 12))) desc,
    provider, model, service_tier
