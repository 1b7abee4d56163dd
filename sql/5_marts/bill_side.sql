-- One row per day in reach and cell of the bill and the side next to it: both amounts, and the evidence of the cell.
with bases as (
    select
        day,
        bill_cell,
        max(provider) as provider,
        max(account) as account,
        max(bill_project_id) as project_id,
        max(bill_api_key_id) as api_key_id,
        max(bill_sku) as sku,
        max(bill_meter) as meter,
        max(bill_tier) as service_tier,
        max(case when has_usage then 1 else 0 end) = 1 as has_usage,
        max(cell_unfinished_attempts) as unfinished_attempts,
        coalesce(sum(cost_usd) filter (where state in ('logs_summed', 'usage_summed')), cast(0 as decimal(38, 12))) as summed_usd,
        coalesce(sum(cost_usd) filter (where state = 'bill_band'), cast(0 as decimal(38, 12))) as banded_usd,
        count_if(state = 'bill_band') > 0 and count_if(state = 'bill_band' and not is_priced) = 0 as has_bands,
        count(distinct context_tokens) filter (where state = 'bill_band') as bands,
        coalesce(sum(list_cost_usd) filter (where state in ('logs', 'usage') and meter = 'other'), cast(0 as decimal(38, 12))) as other_usd,
        coalesce(sum(meter_quantity) filter (where state in ('logs', 'usage') and not is_priced), 0) as unpriced_units,
        count_if(state in ('logs', 'usage') and is_priced) as priced_lines,
        count_if(state = 'bill') > 0 and count_if(state = 'bill' and not is_priced) = 0 as has_quantity
    from mart_reconciliation_state
    where has_bill and is_base and state not in ('band', 'tier', 'request')
    group by day, bill_cell
),

bills as (
    select
        day,
        bill_cell,
        max(provider) as provider,
        max(account) as account,
        max(project_id) as project_id,
        max(api_key_id) as api_key_id,
        max(sku) as sku,
        max(meter) as meter,
        max(service_tier) as service_tier,
        max(case when has_usage then 1 else 0 end) = 1 as has_usage,
        sum(billed_cost_usd) as billed_usd,
        sum(last_digit) as last_digits
    from mart_reconciliation_state
    where state = 'billed'
    group by day, bill_cell
),

cells as (
    select
        day,
        bill_cell
    from bases
    union
    select
        day,
        bill_cell
    from bills
),

sides as (
    select
        cells.day,
        cells.bill_cell,
        coalesce(bases.provider, bills.provider) as provider,
        coalesce(bases.account, bills.account) as account,
        coalesce(bases.project_id, bills.project_id) as project_id,
        coalesce(bases.api_key_id, bills.api_key_id) as api_key_id,
        coalesce(bases.sku, bills.sku) as sku,
        coalesce(bases.meter, bills.meter) as meter,
        coalesce(bases.service_tier, bills.service_tier) as service_tier,
        coalesce(bases.has_usage, bills.has_usage) as has_usage,
        coalesce(bases.unfinished_attempts, 0) as unfinished_attempts,
        coalesce(bases.unpriced_units, 0) as unpriced_units,
        coalesce(bases.priced_lines, 0) as priced_lines,
        coalesce(bases.has_quantity, false) as has_quantity,
        coalesce(bases.has_bands, false) as has_bands,
        coalesce(bases.bands, 0) as bands,
        bills.bill_cell is not null as is_billed,
        coalesce(bills.billed_usd, cast(0 as decimal(38, 12))) as billed_usd,
        coalesce(bills.last_digits, cast(0 as decimal(38, 12))) as last_digits,
        cast(
            cast(
                case when bases.has_bands then bases.banded_usd else coalesce(bases.summed_usd, cast(0 as decimal(38, 12))) end
                as decimal(30, 12)
            )
            + cast(coalesce(bases.other_usd, cast(0 as decimal(38, 12))) as decimal(30, 12)) as decimal(38, 12)
        ) as effective_usd
    from cells
    left join bases
        on
            cells.day = bases.day
            and cells.bill_cell = bases.bill_cell
    left join bills
        on
            cells.day = bills.day
            and cells.bill_cell = bills.bill_cell
)

select
    sides.*,
    cast(cast(billed_usd as decimal(30, 12)) - cast(effective_usd as decimal(30, 12)) as decimal(38, 12)) as difference_usd
from sides
