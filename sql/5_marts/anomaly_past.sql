-- One row per series, judged day and day with logs of the `anomaly_past_days` before it: whether it is one of the last of the
-- same weekdays, and the change from the week before it where that lies among them too.
select
    judged.dimension,
    judged.dimension_value,
    judged.day_number,
    past.day_number as past_number,
    past.cost,
    (judged.day_number - past.day_number) % 7 = 0
    and judged.day_number - past.day_number <= 7 * planning_limit.same_weekdays as is_same_weekday,
    case when past.day_number - 7 >= judged.day_number - planning_limit.anomaly_past_days then past.cost - earlier.cost end
        as weekly_change
from anomaly_series as judged
left join planning_limit
    on true
left join anomaly_series as past
    on
        judged.dimension = past.dimension
        and judged.dimension_value = past.dimension_value
        and past.day_number >= judged.day_number - planning_limit.anomaly_past_days
        and past.day_number < judged.day_number
left join anomaly_series as earlier
    on
        past.dimension = earlier.dimension
        and past.dimension_value = earlier.dimension_value
        and past.day_number - 7 = earlier.day_number
where judged.day_number >= planning_limit.anomaly_past_days and past.cost is not null
