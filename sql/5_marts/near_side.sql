-- One row per cell of the day's bill and neighbouring day: what is billed there, and what the usage costs at our terms.
-- A day that nothing was billed for has no cells of a bill: its usage counts where it would stand in one of the day's.
with own as (
    select
        bill_cell,
        provider,
        account,
        project_id,
        api_key_id,
        sku,
        meter,
        service_tier
    from bill_side
    where day = cast($day as date)
),

unbilled as (
    select
        own.bill_cell,
        line.day,
        false as is_billed,
        cast(0 as decimal(38, 12)) as billed_usd,
        sum(line.cost_usd) as effective_usd,
        cast(0 as decimal(38, 12)) as last_digits
    from own
    -- An inner join: a cell without such usage has no row.
    inner join mart_reconciliation_state as line
        on
            own.provider = line.provider
            and own.account = line.account
            and (own.project_id is null or own.project_id = line.project_id)
            and (own.api_key_id is null or own.api_key_id = line.api_key_id)
            and (own.sku is null or own.sku = line.sku)
            and (own.meter is null or own.meter = line.meter)
            and (own.service_tier is null or own.service_tier = line.service_tier)
    where
        line.day <> cast($day as date)
        and not line.has_bill
        and line.is_base
        and line.state in ('logs_summed', 'usage_summed')
    group by own.bill_cell, line.day
)

select
    bill_cell,
    is_billed,
    billed_usd,
    effective_usd,
    last_digits,
    difference_usd
from bill_side
where day <> cast($day as date)
union all
select
    bill_cell,
    is_billed,
    billed_usd,
    effective_usd,
    last_digits,
    cast(-effective_usd as decimal(38, 12)) as difference_usd
from unbilled
