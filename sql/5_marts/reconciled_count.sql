-- One row per cell of logs and usage, whatever the meter: how many calls of the provider either side counts.
-- What a gateway answered from its own cache is no call of the provider.
select
    counted.provider,
    counted.account,
    case when shared_id.shares_project then counted.project_id end as project_id,
    case when shared_id.shares_key then counted.api_key_id end as api_key_id,
    counted.sku,
    cast(coalesce(sum(counted.attempts), 0) - coalesce(sum(counted.gateway_cache_hits), 0) as bigint) as attempts,
    cast(coalesce(sum(counted.unfinished_attempts), 0) as bigint) as unfinished_attempts,
    cast(sum(counted.requests) as bigint) as requests,
    cast(count_if(counted.side = 'usage') as bigint) as usage_lines,
    cast(coalesce(greatest(
        sum(counted.requests) - coalesce(sum(counted.attempts), 0) + coalesce(sum(counted.gateway_cache_hits), 0),
        0
    ), 0) as bigint) as unlogged_requests
from counted
left join shared_id
    on
        counted.provider = shared_id.provider
        and counted.account = shared_id.account
group by
    counted.provider, counted.account, case when shared_id.shares_project then counted.project_id end,
    case when shared_id.shares_key then counted.api_key_id end, counted.sku
