-- One row per series, judged day and day with logs of the 56 before it, with the change from the week before that
-- one where both lie among the 56.
select
    judged.dimension,
    judged.dimension_value,
    judged.day_number,
    past.day_number as past_number,
    past.cost,
    case when past.day_number - 7 >= judged.day_number - 56 then past.cost - earlier.cost end as weekly_change
from anomaly_series as judged
left join anomaly_series as past
    on
        judged.dimension = past.dimension
        and judged.dimension_value = past.dimension_value
        and past.day_number >= judged.day_number - 56
        and past.day_number < judged.day_number
left join anomaly_series as earlier
    on
        past.dimension = earlier.dimension
        and past.dimension_value = earlier.dimension_value
        and past.day_number - 7 = earlier.day_number
where judged.day_number >= 56 and past.cost is not null
