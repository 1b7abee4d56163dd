-- One row per day of the eight weeks up to `$day`, team, feature, model and key: what its attempts cost.
select
    datediff('day', mart_cost_hourly.day, $day) as days_ago,
    team,
    feature,
    provider || '/' || coalesce(model, 'no model') as model,
    coalesce(api_key_id, 'no key') as api_key_id,
    sum(cost_usd) as cost_usd,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
from mart_cost_hourly
group by
    datediff('day', mart_cost_hourly.day, $day), team, feature, provider || '/' || coalesce(model, 'no model'),
    coalesce(api_key_id, 'no key')
