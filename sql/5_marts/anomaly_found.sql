-- One row per series and judged day whose cost is further from what was expected than the limit of settings.yml.
-- With little history, or where nothing varied, it is the distance from the whole range of the days before instead:
-- a weekday looks odd as long as there is no second one. Deviations of few days are uncertain: the limit is doubled.
with measured as (
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
        anomaly_expected.four_deviations,
        4 * anomaly_series.cost - anomaly_expected.four_expected as four_changes,
        case
            when anomaly_expected.is_seasonal and anomaly_expected.four_deviations > 0
                then abs(4 * anomaly_series.cost - anomaly_expected.four_expected)
            else
                4 * greatest(
                    anomaly_series.cost - anomaly_expected.most_cost, anomaly_expected.least_cost - anomaly_series.cost, 0
                )
        end as four_distances
    from anomaly_expected
    left join anomaly_series
        on
            anomaly_expected.dimension = anomaly_series.dimension
            and anomaly_expected.dimension_value = anomaly_series.dimension_value
            and anomaly_expected.day_number = anomaly_series.day_number
)

select
    measured.dimension,
    measured.dimension_value,
    measured.day_number,
    measured.day,
    measured.is_seasonal,
    measured.days,
    measured.cost_usd,
    measured.unpriced_attempts,
    measured.four_expected,
    measured.four_changes > 0 as is_rise,
    abs(measured.four_changes) * 1000 // nullif(measured.four_deviations, 0) as deviations_permille
from measured
left join planning_limit
    on true
where
    measured.four_distances >= 4 * planning_limit.least_anomaly
    and (
        measured.four_distances * 1000
        > planning_limit.anomaly_permille * measured.four_deviations * case when measured.is_seasonal then 1 else 2 end
    )
