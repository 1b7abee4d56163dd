-- One row per day of the last twelve weeks with logs, team, feature, model and key: what its attempts cost.
-- Days are numbered from the last one backwards: the last four weeks are judged, each by the eight before it.
with published as (
    select max(day) as as_of_date from mart_cost_hourly
)

select
    mart_cost_hourly.day,
    83 - datediff('day', mart_cost_hourly.day, published.as_of_date) as day_number,
    mart_cost_hourly.team,
    mart_cost_hourly.feature,
    mart_cost_hourly.provider || '/' || coalesce(mart_cost_hourly.model, 'no model') as model,
    coalesce(mart_cost_hourly.api_key_id, 'no key') as api_key_id,
    sum(mart_cost_hourly.cost_usd) as paid,
    cast(sum(mart_cost_hourly.unpriced_attempts) as bigint) as unpriced_attempts
from mart_cost_hourly
left join published
    on true
where datediff('day', mart_cost_hourly.day, published.as_of_date) < 84
group by
    mart_cost_hourly.day, published.as_of_date, mart_cost_hourly.team, mart_cost_hourly.feature,
    mart_cost_hourly.provider || '/' || coalesce(mart_cost_hourly.model, 'no model'),
    coalesce(mart_cost_hourly.api_key_id, 'no key')
