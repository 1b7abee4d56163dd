-- One row per capacity and hour: its cost in whole picodollars, and of it what was used, stood idle behind a
-- deployment, or stood behind none. Used is the load over what the deployed units carry, at most all of them.
-- Shares are whole millionths, rounded down; what rounding leaves stood idle.
with loaded as (
    select
        reserved_capacity,
        hour_at,
        sum(load) as load
    from reserved_load
    group by reserved_capacity, hour_at
),

paid as (
    select
        reserved_capacity,
        hour_at,
        unpriced_reason,
        cost_usd as paid
    from priced
),

carried as (
    select
        reserved_hour.*,
        units * hour_weight as carries,
        -- Both sides of the share are made smaller until a million of the larger fits 64 bits.
        1 + units * hour_weight // 1000000000000 as scale
    from reserved_hour
),

shared as (
    select
        reserved_hour.reserved_capacity,
        reserved_hour.hour_at,
        paid.unpriced_reason,
        cast(cast(paid.paid as decimal(25, 12)) * cast(1000000000000 as decimal(13, 0)) as bigint) as picodollars,
        cast(coalesce(loaded.load, 0) as bigint) as load,
        (reserved_hour.units - reserved_hour.deployed_units) * 1000000 // reserved_hour.units as unallocated_millionths,
        least(
            least(cast(coalesce(loaded.load, 0) as bigint), reserved_hour.carries) // reserved_hour.scale * 1000000
            // (reserved_hour.carries // reserved_hour.scale),
            reserved_hour.deployed_units * 1000000 // reserved_hour.units
        ) as used_millionths
    from carried as reserved_hour
    left join loaded
        on
            reserved_hour.reserved_capacity = loaded.reserved_capacity
            and reserved_hour.hour_at = loaded.hour_at
    left join paid
        on
            reserved_hour.reserved_capacity = paid.reserved_capacity
            and reserved_hour.hour_at = paid.hour_at
),

cut as (
    select
        shared.*,
        picodollars // 1000000 * used_millionths + picodollars % 1000000 * used_millionths // 1000000 as used,
        picodollars // 1000000 * unallocated_millionths + picodollars % 1000000 * unallocated_millionths // 1000000
            as unallocated
    from shared
)

select
    reserved_capacity,
    hour_at,
    unpriced_reason,
    load,
    picodollars,
    used,
    unallocated,
    picodollars - used - unallocated as idle
from cut
