-- One row per day, dimension and value whose cost was out of the ordinary, and what moved within it.
-- The cost is exact; what was expected and what moved are estimates in whole microdollars, rounded towards zero.
with moved as (
    select
        dimension,
        dimension_value,
        day_number,
        max(case when moved = 'team' then moved_value end) as moved_team,
        max(case when moved = 'team' then two_changes end) as team_changes,
        max(case when moved = 'feature' then moved_value end) as moved_feature,
        max(case when moved = 'feature' then two_changes end) as feature_changes,
        max(case when moved = 'model' then moved_value end) as moved_model,
        max(case when moved = 'model' then two_changes end) as model_changes,
        max(case when moved = 'api_key' then moved_value end) as moved_api_key_id,
        max(case when moved = 'api_key' then two_changes end) as api_key_changes
    from anomaly_mover
    group by dimension, dimension_value, day_number
)

select
    anomaly_found.day,
    anomaly_found.dimension,
    anomaly_found.dimension_value,
    'logs' as money_of_record,
    anomaly_found.cost_usd,
    cast(cast(anomaly_found.four_expected // 4 as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(38, 12)) as expected_usd,
    cast(
        cast(anomaly_found.cost_usd as decimal(30, 12))
        - cast(cast(anomaly_found.four_expected // 4 as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(30, 12))
        as decimal(38, 12)
    ) as unexpected_usd,
    anomaly_found.deviations_permille,
    anomaly_found.is_seasonal,
    anomaly_found.days as history_days,
    moved.moved_team,
    cast(cast(moved.team_changes // 2 as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(38, 12)) as moved_team_usd,
    moved.moved_feature,
    cast(cast(moved.feature_changes // 2 as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(38, 12)) as moved_feature_usd,
    moved.moved_model,
    cast(cast(moved.model_changes // 2 as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(38, 12)) as moved_model_usd,
    moved.moved_api_key_id,
    cast(cast(moved.api_key_changes // 2 as decimal(19, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(38, 12)) as moved_api_key_usd,
    anomaly_found.unpriced_attempts
from anomaly_found
left join moved
    on
        anomaly_found.dimension = moved.dimension
        and anomaly_found.dimension_value = moved.dimension_value
        and anomaly_found.day_number = moved.day_number
order by anomaly_found.day, anomaly_found.dimension, anomaly_found.dimension_value
