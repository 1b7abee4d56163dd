-- One row per day, kind of row, source, provider, model, service tier and reason without a price.
with unpriced as (
    select
        day,
        'attempt' as kind,
        source,
        provider,
        model,
        service_tier,
        unpriced_reason,
        tokens,
        reported_cost_usd,
        ended_at as used_at
    from fct_attempt_cost
    where unpriced_reason is not null
    union all
    select
        day,
        'usage' as kind,
        source,
        provider,
        model,
        service_tier,
        unpriced_reason,
        tokens,
        cast(null as decimal(38, 12)) as reported_cost_usd,
        bucket_start as used_at
    from fct_usage_cost
    where unpriced_reason is not null
)

select
    day,
    kind,
    source,
    provider,
    model,
    service_tier,
    unpriced_reason,
    count(*) as unpriced_rows,
    cast(sum(tokens) as bigint) as unpriced_tokens,
    sum(reported_cost_usd) as reported_cost_usd,
    min(used_at) as first_at,
    max(used_at) as last_at
from unpriced
group by day, kind, source, provider, model, service_tier, unpriced_reason
order by day, kind, source, provider, model, service_tier, unpriced_reason
