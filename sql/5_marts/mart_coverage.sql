-- One row per day and provider: how much of the logged usage has a price.
select
    day,
    provider,
    count(*) as attempts,
    count(*) filter (where unpriced_reason is not null) as unpriced_attempts,
    cast(sum(tokens) as bigint) as tokens,
    cast(coalesce(sum(tokens) filter (where unpriced_reason is not null), 0) as bigint) as unpriced_tokens,
    sum(cost_usd) as cost_usd,
    sum(reported_cost_usd) filter (where unpriced_reason is not null) as unpriced_reported_cost_usd
from fct_attempt_cost
group by day, provider
order by day, provider
