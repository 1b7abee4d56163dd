-- One row per amount between the side next to the bill and the bill: each leaves one step and enters the next.
-- From list to contract price, to the context bands that the bill names, then from our amount to the billed one, through the
-- bill's own quantity where it has one.
with priced_base as (
    select
        day_state.*,
        bill_cause.has_bands
    from day_state
    left join bill_cause
        on day_state.bill_cell = bill_cause.bill_cell
    where day_state.has_bill and day_state.is_base and day_state.is_priced
),

steps as (
    select
        bill_cell,
        case when meter = 'other' then 'price' else 'rounding' end as step,
        cast(-list_cost_usd as decimal(38, 12)) as amount_usd,
        -meter_quantity as meter_quantity
    from priced_base
    where state in ('logs', 'usage')
    union all
    select
        bill_cell,
        'rounding' as step,
        list_cost_usd as amount_usd,
        meter_quantity
    from priced_base
    where state in ('logs_summed', 'usage_summed')
    union all
    select
        bill_cell,
        'contract' as step,
        cast(-list_cost_usd as decimal(38, 12)) as amount_usd,
        cast(null as bigint) as meter_quantity
    from priced_base
    where state in ('logs_summed', 'usage_summed')
    union all
    select
        bill_cell,
        'contract' as step,
        cost_usd as amount_usd,
        cast(null as bigint) as meter_quantity
    from priced_base
    where state in ('logs_summed', 'usage_summed')
    union all
    select
        bill_cell,
        'band' as step,
        cast(-cost_usd as decimal(38, 12)) as amount_usd,
        cast(null as bigint) as meter_quantity
    from priced_base
    where has_bands and state in ('logs_summed', 'usage_summed')
    union all
    select
        bill_cell,
        'band' as step,
        cost_usd as amount_usd,
        cast(null as bigint) as meter_quantity
    from priced_base
    where has_bands and state = 'bill_band'
    union all
    select
        bill_cell,
        'quantity' as step,
        cast(-cost_usd as decimal(38, 12)) as amount_usd,
        -meter_quantity as meter_quantity
    from priced_base
    where (has_bands and state = 'bill_band') or (not has_bands and state in ('logs_summed', 'usage_summed'))
    union all
    select
        bill_cell,
        'quantity' as step,
        cost_usd as amount_usd,
        meter_quantity
    from day_state
    where has_bill and state = 'bill'
    union all
    select
        bill_cell,
        'price' as step,
        cast(-cost_usd as decimal(38, 12)) as amount_usd,
        cast(null as bigint) as meter_quantity
    from day_state
    where has_bill and state = 'bill'
    union all
    select
        bill_cell,
        'price' as step,
        billed_usd as amount_usd,
        cast(null as bigint) as meter_quantity
    from bill_cause
)

select
    bill_cause.provider,
    bill_cause.account,
    bill_cause.project_id,
    bill_cause.api_key_id,
    bill_cause.sku,
    bill_cause.meter,
    bill_cause.service_tier,
    case
        when steps.step = 'rounding' then 'bill_rounding'
        when steps.step = 'contract' then 'contract'
        when steps.step = 'band' then 'billed_context_band'
        when steps.step = 'quantity' and bill_cause.has_quantity and bill_cause.cause = 'price' then 'billed_quantity'
        else bill_cause.cause
    end as cause,
    case
        when steps.step in ('rounding', 'contract') then 'measured'
        when steps.step = 'band' then bill_cause.band_certainty
        else bill_cause.certainty
    end as certainty,
    steps.amount_usd,
    case
        when steps.step = 'quantity' and (bill_cause.has_quantity or bill_cause.cause = 'not_billed') then steps.meter_quantity
    end as meter_quantity
from steps
left join bill_cause
    on steps.bill_cell = bill_cause.bill_cell
