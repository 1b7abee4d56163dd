-- One row per cell of `unit_cell` and kind of unit, requests or traces: how many, and percentiles of what one costs.
-- A percentile is the cost at its rank, rounded up (nearest rank). To put every cost in order takes long: they are
-- counted by about what they cost first, to a hundred-thousandth of a USD, and in order only where a percentile lies.
with unit as (
    select
        false as is_trace,
        cell,
        cost_usd,
        units,
        cast(cast(least(cost_usd, 900000) as decimal(18, 12)) as decimal(18, 5)) as about_usd
    from unit_request
    union all
    select
        true as is_trace,
        cell,
        cost_usd,
        1 as units,
        cast(cast(least(cost_usd, 900000) as decimal(18, 12)) as decimal(18, 5)) as about_usd
    from unit_trace
),

about as (
    select
        is_trace,
        cell,
        about_usd,
        sum(units) as units
    from unit
    group by is_trace, cell, about_usd
),

running as (
    select
        about.*,
        sum(units) over (
            partition by is_trace, cell
            order by about_usd rows between unbounded preceding and current row
        ) as units_until,
        sum(units) over (partition by is_trace, cell) as all_units
    from about
),

chosen as (
    select
        is_trace,
        cell,
        about_usd,
        units_until - units as units_before,
        all_units
    from running
    where
        (units_until - units) * 100 < all_units * 50 and units_until * 100 >= all_units * 50
        or (units_until - units) * 100 < all_units * 95 and units_until * 100 >= all_units * 95
        or (units_until - units) * 100 < all_units * 99 and units_until * 100 >= all_units * 99
),

counted as (
    select
        unit.is_trace,
        unit.cell,
        unit.about_usd,
        unit.cost_usd,
        chosen.units_before,
        chosen.all_units,
        sum(unit.units) as units
    from unit
    -- An inner join: a cost that is about none of the chosen is no percentile.
    inner join chosen
        on
            unit.is_trace = chosen.is_trace
            and unit.cell = chosen.cell
            and unit.about_usd = chosen.about_usd
    group by unit.is_trace, unit.cell, unit.about_usd, unit.cost_usd, chosen.units_before, chosen.all_units
),

ranked as (
    select
        is_trace,
        cell,
        cost_usd,
        all_units,
        units_before + sum(units) over (
            partition by is_trace, cell, about_usd
            order by cost_usd rows between unbounded preceding and current row
        ) as units_until
    from counted
)

select
    is_trace,
    cell,
    cast(max(all_units) as bigint) as units,
    min(case when units_until * 100 >= all_units * 50 then cost_usd end) as p50_usd,
    min(case when units_until * 100 >= all_units * 95 then cost_usd end) as p95_usd,
    min(case when units_until * 100 >= all_units * 99 then cost_usd end) as p99_usd
from ranked
group by is_trace, cell
