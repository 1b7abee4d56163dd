-- One row per capacity, hour, team and feature with calls that it serves: their load, and what they would have cost
-- at list price in whole microdollars, a weight that counts every kind of token by its price.
select
    reserved_hour.reserved_capacity,
    reserved_hour.hour_at,
    mart_cost_hourly.team,
    mart_cost_hourly.feature,
    cast(sum(
        (
            coalesce(mart_cost_hourly.uncached_input_tokens, 0)
            + coalesce(mart_cost_hourly.cache_write_5m_tokens, 0)
            + coalesce(mart_cost_hourly.cache_write_1h_tokens, 0)
            + coalesce(mart_cost_hourly.cache_write_tokens, 0)
            + coalesce(mart_cost_hourly.cache_read_tokens, 0) * reserved_hour.cached_prefill_permille // 1000
        ) * reserved_hour.prefill_weight
        + coalesce(mart_cost_hourly.output_tokens, 0) * reserved_hour.decode_weight
    ) as bigint) as load,
    sum(mart_cost_hourly.list_cost_usd) as listed,
    cast(sum(mart_cost_hourly.attempts) as bigint) as attempts,
    cast(sum(mart_cost_hourly.unpriced_attempts) as bigint) as unpriced_attempts
from mart_cost_hourly
left join reserved_serves
    on
        mart_cost_hourly.hour_at = reserved_serves.hour_at
        and mart_cost_hourly.provider = reserved_serves.provider
        and mart_cost_hourly.model = reserved_serves.model
        and coalesce(reserved_serves.project_id, mart_cost_hourly.project_id, '') = coalesce(mart_cost_hourly.project_id, '')
left join reserved_hour
    on
        reserved_serves.reserved_capacity = reserved_hour.reserved_capacity
        and reserved_serves.hour_at = reserved_hour.hour_at
where reserved_hour.reserved_capacity is not null
group by reserved_hour.reserved_capacity, reserved_hour.hour_at, mart_cost_hourly.team, mart_cost_hourly.feature
