-- One row per line among which a quantity is to be spread, with its weight: the logs over the bands and tiers of the usage
-- export, these over the bands of the bill where the export tells none, a bill's quantity over the lines it charges.
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

used_bands as (
    select
        reconciled_line.bill_cell,
        max(reconciled_line.context_tokens) as greatest_band,
        max(long_band.context_tokens) as long_tokens
    from reconciled_line
    left join long_band
        on
            reconciled_line.provider = long_band.provider
            and reconciled_line.model = long_band.alias
    where reconciled_line.side = 'usage'
    group by reconciled_line.bill_cell
),

bill_bands as (
    select
        bill_cell,
        max(case when is_long then 1 else 0 end) = 1 as has_long,
        max(case when is_long then 0 else 1 end) = 1 as has_short
    from billed_cell
    group by bill_cell
),

-- Only the bill tells bands there: OpenAI's export has no context.
banded as (
    select
        bill_bands.bill_cell,
        bill_bands.has_short,
        used_bands.long_tokens
    from bill_bands
    left join used_bands
        on bill_bands.bill_cell = used_bands.bill_cell
    where bill_bands.has_long and used_bands.greatest_band = 0 and used_bands.long_tokens > 0
),

-- Where the bill has several bands without quantities, the logs tell how much is in each.
logged_bands as (
    select
        bill_cell,
        context_tokens,
        cast(sum(meter_quantity) as bigint) as meter_quantity
    from reconciled_line
    where side = 'logs' and is_priced and meter <> 'other'
    group by bill_cell, context_tokens
),

cells_with_quantity as (
    select bill_cell
    from billed_cell
    where meter is not null
    group by bill_cell
    having count(*) = count(billed_tokens)
),

billed as (
    select
        billed_cell.bill_cell,
        case when billed_cell.is_long then coalesce(banded.long_tokens, 0) else 0 end as context_tokens,
        cast(sum(billed_cell.billed_tokens) as bigint) as meter_quantity
    from billed_cell
    left join banded
        on billed_cell.bill_cell = banded.bill_cell
    left join cells_with_quantity
        on billed_cell.bill_cell = cells_with_quantity.bill_cell
    where cells_with_quantity.bill_cell is not null
    group by billed_cell.bill_cell, case when billed_cell.is_long then coalesce(banded.long_tokens, 0) else 0 end
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
    'bill_band' as state,
    reconciled_line.line_number as spread_number,
    reconciled_line.line_number,
    banded.long_tokens as context_tokens,
    reconciled_line.meter_quantity as spread_quantity,
    cast(1 as bigint) as weight
from reconciled_line
left join banded
    on reconciled_line.bill_cell = banded.bill_cell
where reconciled_line.is_base and reconciled_line.is_priced and reconciled_line.meter <> 'other' and not banded.has_short
union all
select
    'bill_band' as state,
    reconciled_line.line_number as spread_number,
    reconciled_line.line_number,
    logged_bands.context_tokens,
    reconciled_line.meter_quantity as spread_quantity,
    logged_bands.meter_quantity as weight
from reconciled_line
left join banded
    on reconciled_line.bill_cell = banded.bill_cell
left join logged_bands
    on reconciled_line.bill_cell = logged_bands.bill_cell
where
    reconciled_line.is_base and reconciled_line.is_priced and reconciled_line.meter <> 'other' and banded.has_short
    and logged_bands.meter_quantity > 0
union all
select
    'bill' as state,
    2 * min(reconciled_line.line_number) over (partition by reconciled_line.bill_cell)
    + case when billed.context_tokens > 0 then 1 else 0 end as spread_number,
    reconciled_line.line_number,
    greatest(reconciled_line.context_tokens, billed.context_tokens) as context_tokens,
    billed.meter_quantity as spread_quantity,
    reconciled_line.meter_quantity as weight
from reconciled_line
left join billed
    on reconciled_line.bill_cell = billed.bill_cell
where reconciled_line.is_base and reconciled_line.is_priced and reconciled_line.meter <> 'other' and billed.meter_quantity > 0
