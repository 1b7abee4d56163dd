-- One row per dimension, value and day with logs: its cost, 0 where it had none, and that in whole microdollars.
-- What never costs as much as the smallest change that is told cannot have one.
with valued as (
    select 'all' as dimension, '*' as dimension_value, day_number, paid, unpriced_attempts from anomaly_cell
    union all
    select 'team' as dimension, team as dimension_value, day_number, paid, unpriced_attempts from anomaly_cell
    union all
    select 'feature' as dimension, feature as dimension_value, day_number, paid, unpriced_attempts from anomaly_cell
    union all
    select 'model' as dimension, model as dimension_value, day_number, paid, unpriced_attempts from anomaly_cell
    union all
    select 'api_key' as dimension, api_key_id as dimension_value, day_number, paid, unpriced_attempts from anomaly_cell
),

summed as (
    select
        dimension,
        dimension_value,
        day_number,
        cast(cast(coalesce(sum(paid), 0) as decimal(24, 6)) * cast(1000000 as decimal(7, 0)) as bigint) as cost,
        coalesce(sum(paid), cast(0 as decimal(38, 12))) as cost_usd,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
    from valued
    group by dimension, dimension_value, day_number
),

named as (
    select
        summed.dimension,
        summed.dimension_value
    from summed
    left join planning_limit
        on true
    group by summed.dimension, summed.dimension_value, planning_limit.least_anomaly
    having max(summed.cost) >= planning_limit.least_anomaly
),

observed as (
    select
        day,
        day_number
    from anomaly_cell
    group by day, day_number
)

select
    named.dimension,
    named.dimension_value,
    observed.day,
    observed.day_number,
    coalesce(summed.cost, 0) as cost,
    coalesce(summed.cost_usd, cast(0 as decimal(38, 12))) as cost_usd,
    coalesce(summed.unpriced_attempts, 0) as unpriced_attempts
from named
left join observed
    on true
left join summed
    on
        named.dimension = summed.dimension
        and named.dimension_value = summed.dimension_value
        and observed.day_number = summed.day_number
