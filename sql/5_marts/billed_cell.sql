-- One row per line of a bill that is usage with an amount in dollars, in the cell in which it is compared.
-- A negative line is a correction of an earlier one, and no usage of its own.
-- `last_digit` is one unit of the finest digit on any line of the bill, at most a cent: what rounding can make of a line.
with digits as (
    select
        provider,
        account,
        usd_per_unit,
        min(case
            when billed_amount % cast(0.01 as decimal(12, 12)) = 0 then cast(0.01 as decimal(12, 12))
            when billed_amount % cast(0.001 as decimal(12, 12)) = 0 then cast(0.001 as decimal(12, 12))
            when billed_amount % cast(0.0001 as decimal(12, 12)) = 0 then cast(0.0001 as decimal(12, 12))
            when billed_amount % cast(0.00001 as decimal(12, 12)) = 0 then cast(0.00001 as decimal(12, 12))
            when billed_amount % cast(0.000001 as decimal(12, 12)) = 0 then cast(0.000001 as decimal(12, 12))
            when billed_amount % cast(0.00000001 as decimal(12, 12)) = 0 then cast(0.00000001 as decimal(12, 12))
            else cast(0.000000000001 as decimal(12, 12))
        end) as last_digit
    from billed_usage
    group by provider, account, usd_per_unit
),

placed as (
    select
        billed_usage.provider,
        billed_usage.account,
        case when shared_id.bills_project then billed_usage.project_id end as project_id,
        case when shared_id.bills_key then billed_usage.api_key_id end as api_key_id,
        case when shared_id.is_itemised then billed_usage.sku end as sku,
        case when shared_id.is_itemised then billed_usage.meter end as meter,
        case
            when billed_meter.told_tiers = 'every' or billed_usage.service_tier = 'batch' then billed_usage.service_tier
        end as service_tier,
        billed_usage.is_long,
        shared_id.has_usage,
        billed_usage.billed_cost_usd,
        billed_usage.billed_tokens,
        cast(digits.last_digit * cast(digits.usd_per_unit as decimal(14, 12)) as decimal(38, 12)) as last_digit
    from billed_usage
    left join shared_id
        on
            billed_usage.provider = shared_id.provider
            and billed_usage.account = shared_id.account
    left join billed_meter
        on
            billed_usage.provider = billed_meter.provider
            and billed_usage.account = billed_meter.account
            and billed_usage.meter is not distinct from billed_meter.meter
    left join digits
        on
            billed_usage.provider = digits.provider
            and billed_usage.account = digits.account
            and billed_usage.usd_per_unit = digits.usd_per_unit
    where billed_usage.billed_cost_usd >= 0
)

select
    placed.*,
    provider || '|' || account || '|' || coalesce(project_id, '') || '|' || coalesce(api_key_id, '') || '|'
    || coalesce(sku, '') || '|' || coalesce(meter, '') || '|' || coalesce(service_tier, '') as bill_cell
from placed
