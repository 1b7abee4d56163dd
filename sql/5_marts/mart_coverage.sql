-- One row per day and provider: how much of the logged usage has a price.
select
    day,
    provider,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
    cast(sum(tokens) as bigint) as tokens,
    cast(sum(unpriced_tokens) as bigint) as unpriced_tokens,
    sum(cost_usd) as cost_usd,
    sum(unpriced_reported_cost_usd) as unpriced_reported_cost_usd
from mart_cost_hourly
group by day, provider
order by day, provider
