-- One row per capacity and hour of `$day`: the hours of its units.
select
    reserved_capacity,
    hour_at,
    provider,
    model,
    meter as other_meter,
    cast(units as decimal(18, 3)) as other_quantity,
    hour_at as priced_at
from reserved_hour
