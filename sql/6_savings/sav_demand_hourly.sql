-- One row per hour, provider and model: the demand curve of the calls that any text model could have served.
select
    cast($day as date) as day,
    minute // 60 as hour,
    provider,
    model,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(tokens) as bigint) as tokens,
    cast(sum(prefill_tokens) as bigint) as prefill_tokens,
    cast(sum(cached_prefill_tokens) as bigint) as cached_prefill_tokens,
    cast(sum(decode_tokens) as bigint) as decode_tokens,
    sum(list_cost_usd) as list_cost_usd,
    sum(cost_usd) as cost_usd,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
    cast(sum(unpriced_tokens) as bigint) as unpriced_tokens
from sav_demand_minute
group by minute // 60, provider, model
order by hour, provider, model
