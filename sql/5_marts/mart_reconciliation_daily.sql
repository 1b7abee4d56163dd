-- One row per day and provider: logs, usage exports and charges side by side; null where a side has no row.
with sides as (
    select
        day,
        provider,
        tokens as logs_tokens,
        list_cost_usd as logs_cost_usd,
        unpriced_tokens as logs_unpriced_tokens,
        cast(null as bigint) as usage_tokens,
        cast(null as decimal(38, 12)) as usage_cost_usd,
        cast(null as bigint) as usage_unpriced_tokens,
        cast(null as decimal(38, 12)) as billed_cost_usd,
        cast(null as bigint) as charges_without_usd
    from mart_cost_daily
    union all
    select
        day,
        provider,
        cast(null as bigint) as logs_tokens,
        cast(null as decimal(38, 12)) as logs_cost_usd,
        cast(null as bigint) as logs_unpriced_tokens,
        tokens as usage_tokens,
        list_cost_usd as usage_cost_usd,
        case when unpriced_reason is not null then tokens else 0 end as usage_unpriced_tokens,
        cast(null as decimal(38, 12)) as billed_cost_usd,
        cast(null as bigint) as charges_without_usd
    from fct_usage_cost
    union all
    select
        day,
        provider,
        cast(null as bigint) as logs_tokens,
        cast(null as decimal(38, 12)) as logs_cost_usd,
        cast(null as bigint) as logs_unpriced_tokens,
        cast(null as bigint) as usage_tokens,
        cast(null as decimal(38, 12)) as usage_cost_usd,
        cast(null as bigint) as usage_unpriced_tokens,
        billed_cost_usd,
        case when billed_cost_usd is null then cast(1 as bigint) else cast(0 as bigint) end as charges_without_usd
    from fct_charge
),

summed as (
    select
        day,
        provider,
        cast(sum(logs_tokens) as bigint) as logs_tokens,
        sum(logs_cost_usd) as logs_cost_usd,
        cast(sum(logs_unpriced_tokens) as bigint) as logs_unpriced_tokens,
        cast(sum(usage_tokens) as bigint) as usage_tokens,
        sum(usage_cost_usd) as usage_cost_usd,
        cast(sum(usage_unpriced_tokens) as bigint) as usage_unpriced_tokens,
        sum(billed_cost_usd) as billed_cost_usd,
        cast(sum(charges_without_usd) as bigint) as charges_without_usd
    from sides
    group by day, provider
),

unexplained as (
    select
        day,
        provider,
        sum(amount_usd) as unexplained_usd
    from mart_reconciliation
    where cause in ('unexplained', 'unknown_line')
    group by day, provider
)

select
    summed.day,
    summed.provider,
    logs_tokens,
    logs_cost_usd,
    logs_unpriced_tokens,
    usage_tokens,
    usage_cost_usd,
    usage_unpriced_tokens,
    billed_cost_usd,
    charges_without_usd,
    cast(cast(logs_cost_usd as decimal(30, 12)) - cast(usage_cost_usd as decimal(30, 12)) as decimal(38, 12)) as logs_minus_usage_usd,
    cast(cast(logs_cost_usd as decimal(30, 12)) - cast(billed_cost_usd as decimal(30, 12)) as decimal(38, 12)) as logs_minus_billed_usd,
    cast(cast(usage_cost_usd as decimal(30, 12)) - cast(billed_cost_usd as decimal(30, 12)) as decimal(38, 12)) as usage_minus_billed_usd,
    case when billed_cost_usd is not null then coalesce(unexplained.unexplained_usd, cast(0 as decimal(38, 12))) end as unexplained_usd
from summed
left join unexplained
    on
        summed.day = unexplained.day
        and summed.provider = unexplained.provider
order by summed.day, summed.provider
