-- One row per anomaly and other dimension: its value whose cost moved most in the direction of the anomaly, counted
-- from the median of the same days that the anomaly is counted from.
with concerned as (
    select
        anomaly_found.dimension,
        anomaly_found.dimension_value,
        anomaly_found.is_rise,
        anomaly_found.is_seasonal,
        anomaly_cell.days_ago,
        anomaly_cell.team,
        anomaly_cell.feature,
        anomaly_cell.model,
        anomaly_cell.api_key_id,
        anomaly_cell.cost_usd
    from anomaly_found
    left join anomaly_cell
        on
            (not anomaly_found.is_seasonal or anomaly_cell.days_ago % 7 = 0)
            and anomaly_found.dimension_value = case anomaly_found.dimension
                when 'all' then '*'
                when 'team' then anomaly_cell.team
                when 'feature' then anomaly_cell.feature
                when 'model' then anomaly_cell.model
                else anomaly_cell.api_key_id
            end
),

valued as (
    select dimension, dimension_value, is_rise, is_seasonal, days_ago, 'team' as moved, team as moved_value, cost_usd
    from concerned
    union all
    select dimension, dimension_value, is_rise, is_seasonal, days_ago, 'feature' as moved, feature as moved_value, cost_usd
    from concerned
    union all
    select dimension, dimension_value, is_rise, is_seasonal, days_ago, 'model' as moved, model as moved_value, cost_usd
    from concerned
    union all
    select dimension, dimension_value, is_rise, is_seasonal, days_ago, 'api_key' as moved, api_key_id as moved_value, cost_usd
    from concerned
),

summed as (
    select
        dimension,
        dimension_value,
        is_rise,
        is_seasonal,
        moved,
        moved_value,
        days_ago,
        cast(cast(coalesce(sum(cost_usd), 0) as decimal(24, 6)) * cast(1000000 as decimal(7, 0)) as bigint) as cost
    from valued
    group by dimension, dimension_value, is_rise, is_seasonal, moved, moved_value, days_ago
),

mover as (
    select
        dimension,
        dimension_value,
        is_rise,
        is_seasonal,
        moved,
        moved_value,
        sum(case when days_ago = 0 then cost else 0 end) as cost
    from summed
    group by dimension, dimension_value, is_rise, is_seasonal, moved, moved_value
),

observed as (
    select days_ago from anomaly_cell
    where days_ago > 0
    group by days_ago
),

ranked as (
    select
        mover.dimension,
        mover.dimension_value,
        mover.moved,
        mover.moved_value,
        coalesce(summed.cost, 0) as cost,
        row_number() over (
            partition by mover.dimension, mover.dimension_value, mover.moved, mover.moved_value
            order by coalesce(summed.cost, 0)
        ) as place,
        count(*) over (
            partition by mover.dimension, mover.dimension_value, mover.moved, mover.moved_value
        ) as days
    from mover
    left join observed
        on not mover.is_seasonal or observed.days_ago % 7 = 0
    left join summed
        on
            mover.dimension = summed.dimension
            and mover.dimension_value = summed.dimension_value
            and mover.moved = summed.moved
            and mover.moved_value = summed.moved_value
            and observed.days_ago = summed.days_ago
),

middle as (
    select
        dimension,
        dimension_value,
        moved,
        moved_value,
        cast(
            sum(case when place = (days + 1) // 2 then cost else 0 end)
            + sum(case when place = days // 2 + 1 then cost else 0 end)
            as bigint
        ) as two_expected
    from ranked
    group by dimension, dimension_value, moved, moved_value
),

chosen as (
    select
        mover.dimension,
        mover.dimension_value,
        mover.moved,
        mover.moved_value,
        cast(2 * mover.cost as bigint) - middle.two_expected as two_changes,
        row_number() over (
            partition by mover.dimension, mover.dimension_value, mover.moved
            order by
                case
                    when mover.is_rise then middle.two_expected - cast(2 * mover.cost as bigint)
                    else cast(2 * mover.cost as bigint) - middle.two_expected
                end,
                mover.moved_value
        ) as place
    from mover
    left join middle
        on
            mover.dimension = middle.dimension
            and mover.dimension_value = middle.dimension_value
            and mover.moved = middle.moved
            and mover.moved_value = middle.moved_value
)

select
    dimension,
    dimension_value,
    moved,
    moved_value,
    two_changes
from chosen
where place = 1 and moved <> dimension
