-- One row per line among which a quantity is to be spread, with its weight: the logs over the bands and tiers of the usage
-- export, a bill's quantity over the lines it charges.
with logged as (
    select
        pair_cell,
        cast(sum(meter_quantity) as bigint) as meter_quantity
    from reconciled_line
    where side = 'logs' and is_priced and meter <> 'other'
    group by pair_cell
),

bands as (
    select
        pair_cell,
        context_tokens,
        cast(sum(meter_quantity) as bigint) as meter_quantity
    from reconciled_line
    where side = 'usage' and is_priced
    group by pair_cell, context_tokens
),

billed as (
    select
        bill_cell,
        cast(sum(billed_tokens) as bigint) as meter_quantity
    from billed_cell
    where meter is not null
    group by bill_cell
    having count(*) = count(billed_tokens)
)

select
    'band' as state,
    reconciled_line.line_number as spread_number,
    reconciled_line.line_number,
    bands.context_tokens,
    reconciled_line.meter_quantity as spread_quantity,
    bands.meter_quantity as weight
from reconciled_line
left join bands
    on reconciled_line.pair_cell = bands.pair_cell
where reconciled_line.side = 'logs' and reconciled_line.is_priced and bands.meter_quantity > 0
union all
select
    'tier' as state,
    min(reconciled_line.line_number) over (partition by reconciled_line.pair_cell) as spread_number,
    reconciled_line.line_number,
    reconciled_line.context_tokens,
    logged.meter_quantity as spread_quantity,
    reconciled_line.meter_quantity as weight
from reconciled_line
left join logged
    on reconciled_line.pair_cell = logged.pair_cell
where reconciled_line.side = 'usage' and reconciled_line.is_priced and logged.meter_quantity > 0
union all
select
    'bill' as state,
    min(reconciled_line.line_number) over (partition by reconciled_line.bill_cell) as spread_number,
    reconciled_line.line_number,
    reconciled_line.context_tokens,
    billed.meter_quantity as spread_quantity,
    reconciled_line.meter_quantity as weight
from reconciled_line
left join billed
    on reconciled_line.bill_cell = billed.bill_cell
where reconciled_line.is_base and reconciled_line.is_priced and reconciled_line.meter <> 'other' and billed.meter_quantity > 0
