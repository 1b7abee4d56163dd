-- One row per series that has a cost on `$day` or had one before: what was to be expected, and how much it varies.
-- Medians only, so that one odd day decides nothing; four times the value, so that a mean of two stays whole.
-- With at least 14 changes from one week to the next and 3 of the same weekday: the median of the same weekdays, each carried on by the
-- median weekly change; it varies by the median distance of the weekly changes from theirs.
-- With fewer: the median of all days before, and the median distance from it; then the day must also lie outside
-- of everything before, because a weekday may look odd as long as there is no second one.
with changed as (
    select
        later.dimension,
        later.dimension_value,
        later.cost - earlier.cost as weekly_change
    from anomaly_series as later
    left join anomaly_series as earlier
        on
            later.dimension = earlier.dimension
            and later.dimension_value = earlier.dimension_value
            and later.days_ago + 7 = earlier.days_ago
    where later.days_ago > 0 and earlier.cost is not null
),

ranked_change as (
    select
        changed.*,
        row_number() over (partition by dimension, dimension_value order by weekly_change) as place,
        count(*) over (partition by dimension, dimension_value) as changes
    from changed
),

drift as (
    select
        dimension,
        dimension_value,
        max(changes) as changes,
        cast(
            sum(case when place = (changes + 1) // 2 then weekly_change else 0 end)
            + sum(case when place = changes // 2 + 1 then weekly_change else 0 end)
            as bigint
        ) as two_drifts
    from ranked_change
    group by dimension, dimension_value
),

history as (
    select
        anomaly_series.dimension,
        anomaly_series.dimension_value,
        min(anomaly_series.cost) as least_cost,
        max(anomaly_series.cost) as most_cost,
        count(*) as days,
        coalesce(any_value(drift.changes), 0) >= 14 and count(*) filter (where anomaly_series.days_ago % 7 = 0) >= 3
            as is_seasonal,
        coalesce(any_value(drift.two_drifts), 0) as two_drifts
    from anomaly_series
    left join drift
        on
            anomaly_series.dimension = drift.dimension
            and anomaly_series.dimension_value = drift.dimension_value
    where anomaly_series.days_ago > 0
    group by anomaly_series.dimension, anomaly_series.dimension_value
    having count(*) >= 7
),

candidate as (
    select
        history.dimension,
        history.dimension_value,
        case
            when history.is_seasonal then 2 * anomaly_series.cost + anomaly_series.days_ago // 7 * history.two_drifts
            else 2 * anomaly_series.cost
        end as two_costs
    from history
    left join anomaly_series
        on
            history.dimension = anomaly_series.dimension
            and history.dimension_value = anomaly_series.dimension_value
            and anomaly_series.days_ago > 0
            and (not history.is_seasonal or anomaly_series.days_ago % 7 = 0)
),

ranked_candidate as (
    select
        candidate.*,
        row_number() over (partition by dimension, dimension_value order by two_costs) as place,
        count(two_costs) over (partition by dimension, dimension_value) as candidates
    from candidate
),

middle as (
    select
        dimension,
        dimension_value,
        cast(
            sum(case when place = (candidates + 1) // 2 then two_costs else 0 end)
            + sum(case when place = candidates // 2 + 1 then two_costs else 0 end)
            as bigint
        ) as four_expected
    from ranked_candidate
    group by dimension, dimension_value
),

distance as (
    select
        changed.dimension,
        changed.dimension_value,
        abs(2 * changed.weekly_change - history.two_drifts) as two_distances
    from changed
    left join history
        on
            changed.dimension = history.dimension
            and changed.dimension_value = history.dimension_value
    where history.is_seasonal
    union all
    select
        anomaly_series.dimension,
        anomaly_series.dimension_value,
        abs(2 * anomaly_series.cost - middle.four_expected // 2) as two_distances
    from anomaly_series
    left join history
        on
            anomaly_series.dimension = history.dimension
            and anomaly_series.dimension_value = history.dimension_value
    left join middle
        on
            anomaly_series.dimension = middle.dimension
            and anomaly_series.dimension_value = middle.dimension_value
    where anomaly_series.days_ago > 0 and not history.is_seasonal
),

ranked_distance as (
    select
        distance.*,
        row_number() over (partition by dimension, dimension_value order by two_distances) as place,
        count(*) over (partition by dimension, dimension_value) as distances
    from distance
),

spread as (
    select
        dimension,
        dimension_value,
        cast(
            sum(case when place = (distances + 1) // 2 then two_distances else 0 end)
            + sum(case when place = distances // 2 + 1 then two_distances else 0 end)
            as bigint
        ) as four_distances
    from ranked_distance
    group by dimension, dimension_value
)

select
    history.dimension,
    history.dimension_value,
    history.days,
    history.is_seasonal,
    history.least_cost,
    history.most_cost,
    middle.four_expected,
    -- 1.4826 median distances are a standard deviation where costs are normally distributed.
    (spread.four_distances * 14826 + 5000) // 10000 as four_deviations
from history
left join middle
    on
        history.dimension = middle.dimension
        and history.dimension_value = middle.dimension_value
left join spread
    on
        history.dimension = spread.dimension
        and history.dimension_value = spread.dimension_value
