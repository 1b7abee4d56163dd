-- One row per series and judged day: what was to be expected, and how much it varies.
-- Medians only, so that one odd day decides nothing; four times the value, so that a mean of two stays whole.
-- With at least 21 changes from one week to the next and 3 of the same weekday: the median of the same weekdays,
-- each carried on by the median weekly change; it varies by the median distance of the weekly changes from theirs.
-- With fewer: the median of all days before, and the median distance from it.
with ranked_change as (
    select
        dimension,
        dimension_value,
        day_number,
        weekly_change,
        row_number() over (partition by dimension, dimension_value, day_number order by weekly_change) as place,
        count(*) over (partition by dimension, dimension_value, day_number) as changes
    from anomaly_past
    where weekly_change is not null
),

drift as (
    select
        dimension,
        dimension_value,
        day_number,
        max(changes) as changes,
        cast(
            sum(case when place = (changes + 1) // 2 then weekly_change else 0 end)
            + sum(case when place = changes // 2 + 1 then weekly_change else 0 end)
            as bigint
        ) as two_drifts
    from ranked_change
    group by dimension, dimension_value, day_number
),

history as (
    select
        anomaly_past.dimension,
        anomaly_past.dimension_value,
        anomaly_past.day_number,
        min(anomaly_past.cost) as least_cost,
        max(anomaly_past.cost) as most_cost,
        count(*) as days,
        coalesce(any_value(drift.changes), 0) >= 21
        and count(*) filter (where (anomaly_past.day_number - anomaly_past.past_number) % 7 = 0) >= 3 as is_seasonal,
        coalesce(any_value(drift.two_drifts), 0) as two_drifts
    from anomaly_past
    left join drift
        on
            anomaly_past.dimension = drift.dimension
            and anomaly_past.dimension_value = drift.dimension_value
            and anomaly_past.day_number = drift.day_number
    group by anomaly_past.dimension, anomaly_past.dimension_value, anomaly_past.day_number
    having count(*) >= 7
),

candidate as (
    select
        anomaly_past.dimension,
        anomaly_past.dimension_value,
        anomaly_past.day_number,
        2 * anomaly_past.cost
        + case
            when history.is_seasonal then (anomaly_past.day_number - anomaly_past.past_number) // 7 * history.two_drifts
            else 0
        end as two_costs
    from anomaly_past
    left join history
        on
            anomaly_past.dimension = history.dimension
            and anomaly_past.dimension_value = history.dimension_value
            and anomaly_past.day_number = history.day_number
    where not history.is_seasonal or (anomaly_past.day_number - anomaly_past.past_number) % 7 = 0
),

ranked_candidate as (
    select
        candidate.*,
        row_number() over (partition by dimension, dimension_value, day_number order by two_costs) as place,
        count(*) over (partition by dimension, dimension_value, day_number) as candidates
    from candidate
),

middle as (
    select
        dimension,
        dimension_value,
        day_number,
        cast(
            sum(case when place = (candidates + 1) // 2 then two_costs else 0 end)
            + sum(case when place = candidates // 2 + 1 then two_costs else 0 end)
            as bigint
        ) as four_expected
    from ranked_candidate
    group by dimension, dimension_value, day_number
),

joined as (
    select
        history.*,
        middle.four_expected
    from history
    left join middle
        on
            history.dimension = middle.dimension
            and history.dimension_value = middle.dimension_value
            and history.day_number = middle.day_number
),

distance as (
    select
        anomaly_past.dimension,
        anomaly_past.dimension_value,
        anomaly_past.day_number,
        case
            when joined.is_seasonal then abs(2 * anomaly_past.weekly_change - joined.two_drifts)
            else abs(2 * anomaly_past.cost - joined.four_expected // 2)
        end as two_distances
    from anomaly_past
    left join joined
        on
            anomaly_past.dimension = joined.dimension
            and anomaly_past.dimension_value = joined.dimension_value
            and anomaly_past.day_number = joined.day_number
    where not joined.is_seasonal or anomaly_past.weekly_change is not null
),

ranked_distance as (
    select
        distance.*,
        row_number() over (partition by dimension, dimension_value, day_number order by two_distances) as place,
        count(*) over (partition by dimension, dimension_value, day_number) as distances
    from distance
),

spread as (
    select
        dimension,
        dimension_value,
        day_number,
        cast(
            sum(case when place = (distances + 1) // 2 then two_distances else 0 end)
            + sum(case when place = distances // 2 + 1 then two_distances else 0 end)
            as bigint
        ) as four_distances
    from ranked_distance
    group by dimension, dimension_value, day_number
)

select
    joined.dimension,
    joined.dimension_value,
    joined.day_number,
    joined.days,
    joined.is_seasonal,
    joined.least_cost,
    joined.most_cost,
    joined.four_expected,
    -- 1.4826 median distances are a standard deviation where costs are normally distributed.
    (spread.four_distances * 14826 + 5000) // 10000 as four_deviations
from joined
left join spread
    on
        joined.dimension = spread.dimension
        and joined.dimension_value = spread.dimension_value
        and joined.day_number = spread.day_number
