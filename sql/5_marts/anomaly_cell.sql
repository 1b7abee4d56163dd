-- One row per day with logs of those that are judged or judge others, team, feature, model and key: what its attempts cost.
-- Days are numbered so that the first to be judged is `anomaly_past_days`: each is judged by so many before it.
with published as (
    select max(day) as as_of_date from mart_cost_hourly
)

select
    mart_cost_hourly.day,
    planning_limit.anomaly_past_days + planning_limit.judged_days - 1 - datediff('day', mart_cost_hourly.day, published.as_of_date)
        as day_number,
    mart_cost_hourly.team,
    mart_cost_hourly.feature,
    mart_cost_hourly.provider || '/' || coalesce(mart_cost_hourly.model, 'no model') as model,
    coalesce(mart_cost_hourly.api_key_id, 'no key') as api_key_id,
    sum(mart_cost_hourly.cost_usd) as paid,
    cast(sum(mart_cost_hourly.unpriced_attempts) as bigint) as unpriced_attempts
from mart_cost_hourly
left join published
    on true
left join planning_limit
    on true
where
    datediff('day', mart_cost_hourly.day, published.as_of_date) < planning_limit.anomaly_past_days + planning_limit.judged_days
group by
    mart_cost_hourly.day, published.as_of_date, planning_limit.anomaly_past_days, planning_limit.judged_days,
    mart_cost_hourly.team, mart_cost_hourly.feature,
    mart_cost_hourly.provider || '/' || coalesce(mart_cost_hourly.model, 'no model'),
    coalesce(mart_cost_hourly.api_key_id, 'no key')
