-- One row per cell and step on the way from the logs to the bill: levels, and between them the causes of what they differ by.
-- logs + causes = usage, usage + causes = billed; without a usage export logs + causes = billed. Exactly, in any grouping
-- that keeps provider and account; docs/reconciliation.md tells the causes.
with levels as (
    select
        provider,
        account,
        case when has_usage then pair_project_id else bill_project_id end as project_id,
        case when has_usage then pair_api_key_id else bill_api_key_id end as api_key_id,
        sku,
        meter,
        service_tier,
        state as cause,
        'measured' as certainty,
        list_cost_usd as amount_usd,
        meter_quantity,
        case when is_priced then 0 else meter_quantity end as unpriced_quantity,
        cast(0 as bigint) as charges_without_usd
    from day_state
    where state in ('logs', 'usage')
),

-- What has no price on a side is a cause whose amount nobody knows.
unpriced as (
    select
        provider,
        account,
        project_id,
        api_key_id,
        sku,
        meter,
        service_tier,
        'unpriced_' || cause as cause,
        certainty,
        cast(null as decimal(38, 12)) as amount_usd,
        cast(null as bigint) as meter_quantity,
        unpriced_quantity,
        cast(0 as bigint) as charges_without_usd
    from levels
    where unpriced_quantity > 0
),

gateway as (
    select
        provider,
        account,
        project_id,
        api_key_id,
        model as sku,
        cast(null as varchar) as meter,
        service_tier,
        'gateway_cache_hits' as cause,
        'measured' as certainty,
        cast(0 as decimal(38, 12)) as amount_usd,
        gateway_cached_tokens as meter_quantity,
        cast(0 as bigint) as unpriced_quantity,
        cast(0 as bigint) as charges_without_usd
    from mart_cost_hourly
    where gateway_cache_hits > 0
),

-- Lines that are no usage stand for themselves, and so does a correction of usage.
lines as (
    select
        provider,
        account,
        project_id,
        api_key_id,
        model as sku,
        meter,
        service_tier,
        case
            when billed_cost_usd is null then 'no_exchange_rate'
            when charge_category = 'usage' then 'correction'
            when charge_category = 'rounding' then 'bill_rounding'
            when charge_category = 'unknown' then 'unknown_line'
            else charge_category
        end as cause,
        'measured' as certainty,
        billed_cost_usd as amount_usd,
        cast(null as bigint) as meter_quantity,
        cast(0 as bigint) as unpriced_quantity,
        case when billed_cost_usd is null then 1 else 0 end as charges_without_usd
    from fct_charge
    where billed_cost_usd is null or charge_category <> 'usage' or billed_cost_usd < 0
),

billed as (
    select
        provider,
        account,
        project_id,
        api_key_id,
        sku,
        meter,
        service_tier,
        'billed' as cause,
        'measured' as certainty,
        billed_cost_usd as amount_usd,
        cast(null as bigint) as meter_quantity,
        cast(0 as bigint) as unpriced_quantity,
        cast(0 as bigint) as charges_without_usd
    from day_state
    where state = 'billed'
    union all
    select
        provider,
        account,
        project_id,
        api_key_id,
        sku,
        meter,
        service_tier,
        'billed' as cause,
        certainty,
        amount_usd,
        meter_quantity,
        unpriced_quantity,
        charges_without_usd
    from lines
),

causes as (
    select
        provider,
        account,
        project_id,
        api_key_id,
        sku,
        meter,
        service_tier,
        cause,
        certainty,
        amount_usd,
        meter_quantity,
        cast(0 as bigint) as unpriced_quantity,
        cast(0 as bigint) as charges_without_usd
    from pair_step
    union all
    select
        provider,
        account,
        project_id,
        api_key_id,
        sku,
        meter,
        service_tier,
        cause,
        certainty,
        amount_usd,
        meter_quantity,
        cast(0 as bigint) as unpriced_quantity,
        cast(0 as bigint) as charges_without_usd
    from bill_step
),

parts as (
    select levels.* from levels
    union all
    select unpriced.* from unpriced
    union all
    select gateway.* from gateway
    union all
    select causes.* from causes
    union all
    select lines.* from lines
    union all
    select billed.* from billed
),

summed as (
    select
        provider,
        account,
        project_id,
        api_key_id,
        sku,
        meter,
        service_tier,
        cause,
        min(certainty) as least_certainty,
        max(certainty) as greatest_certainty,
        sum(amount_usd) as amount_usd,
        cast(sum(meter_quantity) as bigint) as meter_quantity,
        cast(sum(unpriced_quantity) as bigint) as unpriced_quantity,
        cast(sum(charges_without_usd) as bigint) as charges_without_usd
    from parts
    group by provider, account, project_id, api_key_id, sku, meter, service_tier, cause
)

select
    cast($day as date) as day,
    summed.provider,
    summed.account,
    summed.project_id,
    summed.api_key_id,
    summed.sku,
    summed.meter,
    summed.service_tier,
    cast(reconciliation_cause.step as bigint) as step,
    summed.cause,
    reconciliation_cause.is_level,
    -- A sum is measured where all of it is.
    case when summed.greatest_certainty = summed.least_certainty then summed.least_certainty else 'inferred' end as certainty,
    summed.amount_usd,
    summed.meter_quantity,
    summed.unpriced_quantity,
    summed.charges_without_usd
from summed
left join reconciliation_cause
    on summed.cause = reconciliation_cause.cause
where
    reconciliation_cause.is_level
    or summed.amount_usd <> 0
    or summed.amount_usd is null
    or summed.meter_quantity <> 0
    or summed.unpriced_quantity <> 0
order by
    summed.provider, summed.account, reconciliation_cause.step, summed.sku, summed.meter, summed.service_tier,
    summed.project_id, summed.api_key_id
