-- One row per cell of the bill and the side next to it: both amounts, and what the difference may be blamed on.
with foreign_bills as (
    select
        provider,
        account,
        count(*) as charges
    from fct_charge
    where billed_cost_usd is null
    group by provider, account
),

-- Two days whose bills are both off, and that are right together or with each other's amount, within what rounding makes.
shifted as (
    select distinct own.bill_cell
    from bill_side as own
    -- An inner join: a cell of one day alone is not shifted.
    inner join near_side as near
        on own.bill_cell = near.bill_cell
    where
        own.day = cast($day as date)
        and own.difference_usd <> 0
        and near.difference_usd <> 0
        and (
            (
                (own.difference_usd > 0) <> (near.difference_usd > 0)
                and abs(cast(own.difference_usd as decimal(30, 12)) + cast(near.difference_usd as decimal(30, 12)))
                <= greatest(own.last_digits, near.last_digits)
            )
            or (
                own.is_billed
                and near.effective_usd > 0
                and abs(cast(own.billed_usd as decimal(30, 12)) - cast(near.effective_usd as decimal(30, 12)))
                <= own.last_digits
            )
            or (
                near.is_billed
                and own.effective_usd > 0
                and abs(cast(near.billed_usd as decimal(30, 12)) - cast(own.effective_usd as decimal(30, 12)))
                <= near.last_digits
            )
        )
),

differences as (
    select
        bill_side.*,
        shifted.bill_cell is not null as is_shifted,
        cast(abs(bill_side.difference_usd) as decimal(30, 12)) + cast(abs(bill_side.difference_usd) as decimal(30, 12))
        <= cast(bill_side.last_digits as decimal(30, 12)) as is_rounding
    from bill_side
    left join shifted
        on bill_side.bill_cell = shifted.bill_cell
    where bill_side.day = cast($day as date)
)

select
    differences.bill_cell,
    differences.provider,
    differences.account,
    differences.project_id,
    differences.api_key_id,
    differences.sku,
    differences.meter,
    differences.service_tier,
    differences.billed_usd,
    differences.has_quantity,
    differences.has_bands,
    -- All of it is in the one band that the bill names, or the logs tell how it is split.
    case when differences.bands = 1 then 'measured' else 'inferred' end as band_certainty,
    case
        when not differences.is_billed and coalesce(foreign_bills.charges, 0) > 0 then 'no_exchange_rate'
        when differences.is_shifted and not differences.is_rounding then 'timing'
        when not differences.is_billed then 'not_billed'
        when differences.priced_lines = 0 and differences.unpriced_units > 0 then 'unpriced'
        when differences.priced_lines = 0 and differences.has_usage then 'billed_without_usage'
        when differences.priced_lines = 0 then 'billed_without_logs'
        when differences.is_rounding then 'bill_rounding'
        when differences.has_quantity then 'price'
        when differences.difference_usd > 0 and differences.unpriced_units > 0 then 'unpriced'
        when differences.has_usage then 'price'
        when differences.difference_usd > 0 and differences.unfinished_attempts > 0 then 'unfinished_attempts'
        else 'unexplained'
    end as cause,
    case
        when differences.is_rounding then 'measured'
        when differences.is_shifted then 'inferred'
        when not differences.is_billed or differences.priced_lines = 0 or differences.has_quantity then 'measured'
        else 'inferred'
    end as certainty
from differences
left join foreign_bills
    on
        differences.provider = foreign_bills.provider
        and differences.account = foreign_bills.account
