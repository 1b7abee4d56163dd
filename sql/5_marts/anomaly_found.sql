-- One row per series and judged day whose cost is further from what was expected than the limit of settings.yml.
-- Deviations of few days are uncertain themselves: there the limit is three times as far, and the cost has to be outside
-- of all before it, because a weekday looks odd as long as there is no second one. So it has where nothing varied.
select
    anomaly_expected.dimension,
    anomaly_expected.dimension_value,
    anomaly_expected.day_number,
    anomaly_series.day,
    anomaly_expected.is_seasonal,
    anomaly_expected.days,
    anomaly_series.cost_usd,
    anomaly_series.unpriced_attempts,
    anomaly_expected.four_expected,
    4 * anomaly_series.cost > anomaly_expected.four_expected as is_rise,
    abs(4 * anomaly_series.cost - anomaly_expected.four_expected) * 1000 // nullif(anomaly_expected.four_deviations, 0)
        as deviations_permille
from anomaly_expected
left join anomaly_series
    on
        anomaly_expected.dimension = anomaly_series.dimension
        and anomaly_expected.dimension_value = anomaly_series.dimension_value
        and anomaly_expected.day_number = anomaly_series.day_number
left join planning_limit
    on true
where
    abs(4 * anomaly_series.cost - anomaly_expected.four_expected) >= 4 * planning_limit.least_anomaly
    and (
        abs(4 * anomaly_series.cost - anomaly_expected.four_expected) * 1000
        > planning_limit.anomaly_permille * anomaly_expected.four_deviations
        * case when anomaly_expected.is_seasonal then 1 else 3 end
    )
    and (
        (anomaly_expected.is_seasonal and anomaly_expected.four_deviations > 0)
        or anomaly_series.cost > anomaly_expected.most_cost
        or anomaly_series.cost < anomaly_expected.least_cost
    )
