-- One row per anomaly and other dimension: its value whose cost moved most in the direction of the anomaly, counted
-- from the median of the same days before that the anomaly is counted from.
with compared as (
    select
        anomaly_found.dimension,
        anomaly_found.dimension_value,
        anomaly_found.day_number,
        anomaly_past.past_number
    from anomaly_found
    left join anomaly_past
        on
            anomaly_found.dimension = anomaly_past.dimension
            and anomaly_found.dimension_value = anomaly_past.dimension_value
            and anomaly_found.day_number = anomaly_past.day_number
            and (not anomaly_found.is_seasonal or anomaly_past.is_same_weekday)
),

counted_from as (
    select dimension, dimension_value, day_number, past_number from compared
    union all
    select dimension, dimension_value, day_number, day_number as past_number from anomaly_found
),

concerned as (
    select
        counted_from.dimension,
        counted_from.dimension_value,
        counted_from.day_number,
        counted_from.past_number,
        anomaly_cell.team,
        anomaly_cell.feature,
        anomaly_cell.model,
        anomaly_cell.api_key_id,
        anomaly_cell.paid
    from counted_from
    left join anomaly_cell
        on
            counted_from.past_number = anomaly_cell.day_number
            and counted_from.dimension_value = case counted_from.dimension
                when 'all' then '*'
                when 'team' then anomaly_cell.team
                when 'feature' then anomaly_cell.feature
                when 'model' then anomaly_cell.model
                else anomaly_cell.api_key_id
            end
    where anomaly_cell.day is not null
),

valued as (
    select concerned.*, 'team' as moved, team as moved_value from concerned
    union all
    select concerned.*, 'feature' as moved, feature as moved_value from concerned
    union all
    select concerned.*, 'model' as moved, model as moved_value from concerned
    union all
    select concerned.*, 'api_key' as moved, api_key_id as moved_value from concerned
),

summed as (
    select
        dimension,
        dimension_value,
        day_number,
        moved,
        moved_value,
        past_number,
        cast(cast(coalesce(sum(paid), 0) as decimal(24, 6)) * cast(1000000 as decimal(7, 0)) as bigint) as cost
    from valued
    where moved <> dimension
    group by dimension, dimension_value, day_number, moved, moved_value, past_number
),

mover as (
    select
        dimension,
        dimension_value,
        day_number,
        moved,
        moved_value,
        cast(sum(case when past_number = day_number then cost else 0 end) as bigint) as cost
    from summed
    group by dimension, dimension_value, day_number, moved, moved_value
),

ranked as (
    select
        mover.dimension,
        mover.dimension_value,
        mover.day_number,
        mover.moved,
        mover.moved_value,
        coalesce(summed.cost, 0) as cost,
        row_number() over (
            partition by mover.dimension, mover.dimension_value, mover.day_number, mover.moved, mover.moved_value
            order by coalesce(summed.cost, 0)
        ) as place,
        count(*) over (
            partition by mover.dimension, mover.dimension_value, mover.day_number, mover.moved, mover.moved_value
        ) as days
    from mover
    left join compared
        on
            mover.dimension = compared.dimension
            and mover.dimension_value = compared.dimension_value
            and mover.day_number = compared.day_number
    left join summed
        on
            mover.dimension = summed.dimension
            and mover.dimension_value = summed.dimension_value
            and mover.day_number = summed.day_number
            and mover.moved = summed.moved
            and mover.moved_value = summed.moved_value
            and compared.past_number = summed.past_number
),

middle as (
    select
        dimension,
        dimension_value,
        day_number,
        moved,
        moved_value,
        cast(
            sum(case when place = (days + 1) // 2 then cost else 0 end)
            + sum(case when place = days // 2 + 1 then cost else 0 end)
            as bigint
        ) as two_expected
    from ranked
    group by dimension, dimension_value, day_number, moved, moved_value
),

chosen as (
    select
        mover.dimension,
        mover.dimension_value,
        mover.day_number,
        mover.moved,
        mover.moved_value,
        2 * mover.cost - middle.two_expected as two_changes,
        row_number() over (
            partition by mover.dimension, mover.dimension_value, mover.day_number, mover.moved
            order by
                (2 * mover.cost - middle.two_expected) * case when anomaly_found.is_rise then -1 else 1 end,
                mover.moved_value
        ) as place
    from mover
    left join middle
        on
            mover.dimension = middle.dimension
            and mover.dimension_value = middle.dimension_value
            and mover.day_number = middle.day_number
            and mover.moved = middle.moved
            and mover.moved_value = middle.moved_value
    left join anomaly_found
        on
            mover.dimension = anomaly_found.dimension
            and mover.dimension_value = anomaly_found.dimension_value
            and mover.day_number = anomaly_found.day_number
)

select
    dimension,
    dimension_value,
    day_number,
    moved,
    moved_value,
    two_changes
from chosen
where place = 1
