-- One row per series and judged day: what was to be expected, and how much it varies.
-- A median and a quartile, so that odd days decide nothing; four times the value, so that a mean of two stays whole.
-- With at least 35 changes from one week to the next, and 3 of the last 4 same weekdays: the median of those; it varies
-- by the size that three of four weekly changes stay within, so that what grows steadily may do so.
-- With fewer: the median of all days before, and the distance from it that three of four stay within.
with counted as (
    select
        dimension,
        dimension_value,
        day_number,
        min(cost) as least_cost,
        max(cost) as most_cost,
        count(*) as days,
        count(weekly_change) >= 35
        and count(*) filter (where is_same_weekday) >= 3 as is_seasonal
    from anomaly_past
    group by dimension, dimension_value, day_number
    having count(*) >= 7
),

history as (
    select
        anomaly_past.dimension,
        anomaly_past.dimension_value,
        anomaly_past.day_number,
        anomaly_past.is_same_weekday,
        anomaly_past.cost,
        anomaly_past.weekly_change,
        counted.is_seasonal
    from anomaly_past
    left join counted
        on
            anomaly_past.dimension = counted.dimension
            and anomaly_past.dimension_value = counted.dimension_value
            and anomaly_past.day_number = counted.day_number
    where counted.days is not null
),

ranked_cost as (
    select
        dimension,
        dimension_value,
        day_number,
        cost,
        row_number() over (partition by dimension, dimension_value, day_number order by cost) as place,
        count(*) over (partition by dimension, dimension_value, day_number) as places
    from history
    where not is_seasonal or is_same_weekday
),

middle as (
    select
        dimension,
        dimension_value,
        day_number,
        cast(
            sum(case when place = (places + 1) // 2 then cost else 0 end)
            + sum(case when place = places // 2 + 1 then cost else 0 end)
            as bigint
        ) as two_expected
    from ranked_cost
    group by dimension, dimension_value, day_number
),

distance as (
    select
        history.dimension,
        history.dimension_value,
        history.day_number,
        case
            when history.is_seasonal then 2 * abs(history.weekly_change)
            else abs(2 * history.cost - middle.two_expected)
        end as two_distances
    from history
    left join middle
        on
            history.dimension = middle.dimension
            and history.dimension_value = middle.dimension_value
            and history.day_number = middle.day_number
    where not history.is_seasonal or history.weekly_change is not null
),

ranked_distance as (
    select
        distance.*,
        row_number() over (partition by dimension, dimension_value, day_number order by two_distances) as place,
        count(*) over (partition by dimension, dimension_value, day_number) as places
    from distance
),

spread as (
    select
        dimension,
        dimension_value,
        day_number,
        max(case when place = (3 * places + 3) // 4 then two_distances end) as two_distances
    from ranked_distance
    group by dimension, dimension_value, day_number
)

select
    counted.dimension,
    counted.dimension_value,
    counted.day_number,
    counted.days,
    counted.is_seasonal,
    counted.least_cost,
    counted.most_cost,
    2 * middle.two_expected as four_expected,
    -- Three of four lie within 1.1503 standard deviations where costs are normally distributed: 1 / 1.1503 = 0.8693.
    (2 * spread.two_distances * 8693 + 5000) // 10000 as four_deviations
from counted
left join middle
    on
        counted.dimension = middle.dimension
        and counted.dimension_value = middle.dimension_value
        and counted.day_number = middle.day_number
left join spread
    on
        counted.dimension = spread.dimension
        and counted.dimension_value = spread.dimension_value
        and counted.day_number = spread.day_number
