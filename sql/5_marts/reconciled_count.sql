-- One row per cell of logs and usage, whatever the meter: how many calls of the provider either side counts.
-- What a gateway answered from its own cache is no call of the provider.
select
    reconciled_side.provider,
    reconciled_side.account,
    case when shared_id.shares_project then reconciled_side.project_id end as project_id,
    case when shared_id.shares_key then reconciled_side.api_key_id end as api_key_id,
    reconciled_side.sku,
    cast(coalesce(sum(reconciled_side.attempts), 0) - coalesce(sum(reconciled_side.gateway_cache_hits), 0) as bigint) as attempts,
    cast(coalesce(sum(reconciled_side.unfinished_attempts), 0) as bigint) as unfinished_attempts,
    cast(sum(reconciled_side.requests) as bigint) as requests,
    cast(count_if(reconciled_side.side = 'usage') as bigint) as usage_lines,
    cast(coalesce(greatest(
        sum(reconciled_side.requests) - coalesce(sum(reconciled_side.attempts), 0) + coalesce(sum(reconciled_side.gateway_cache_hits), 0),
        0
    ), 0) as bigint) as unlogged_requests
from reconciled_side
left join shared_id
    on
        reconciled_side.provider = shared_id.provider
        and reconciled_side.account = shared_id.account
group by
    reconciled_side.provider, reconciled_side.account, case when shared_id.shares_project then reconciled_side.project_id end,
    case when shared_id.shares_key then reconciled_side.api_key_id end, reconciled_side.sku
