-- One row per line and state between logs and bill: its quantity under the conditions of that state, and its price.
-- `logs` and `usage` are as published; every other state was priced here, by the one query. Neighbours differ in one thing.
with states as (
    select
        side as state,
        line_number,
        context_tokens,
        meter_quantity,
        list_cost_usd,
        cast(null as decimal(38, 12)) as cost_usd,
        rate_id,
        is_priced
    from reconciled_line
    union all
    select
        state,
        line_number,
        context_tokens,
        meter_quantity,
        list_cost_usd,
        cost_usd,
        rate_id,
        unpriced_reason is null as is_priced
    from priced
)

select
    cast($day as date) as day,
    states.state,
    reconciled_line.provider,
    reconciled_line.account,
    reconciled_line.project_id,
    reconciled_line.api_key_id,
    reconciled_line.model,
    reconciled_line.sku,
    reconciled_line.meter,
    reconciled_line.service_tier,
    reconciled_line.region,
    states.line_number,
    states.context_tokens,
    states.rate_id,
    states.is_priced,
    states.meter_quantity,
    states.list_cost_usd,
    states.cost_usd,
    reconciled_line.has_usage,
    reconciled_line.has_bill,
    reconciled_line.is_base,
    reconciled_line.pair_cell,
    reconciled_line.pair_project_id,
    reconciled_line.pair_api_key_id,
    reconciled_line.bill_cell,
    reconciled_line.bill_project_id,
    reconciled_line.bill_api_key_id,
    reconciled_line.bill_sku,
    reconciled_line.bill_meter,
    reconciled_line.bill_tier,
    coalesce(reconciled_count.attempts, 0) as cell_attempts,
    coalesce(reconciled_count.unfinished_attempts, 0) as cell_unfinished_attempts,
    reconciled_count.requests as cell_requests,
    coalesce(reconciled_count.unlogged_requests, 0) as cell_unlogged_requests,
    coalesce(reconciled_count.usage_lines, 0) as cell_usage_lines
from states
left join reconciled_line
    on states.line_number = reconciled_line.line_number
left join reconciled_count
    on
        reconciled_line.provider = reconciled_count.provider
        and reconciled_line.account = reconciled_count.account
        and reconciled_line.pair_project_id is not distinct from reconciled_count.project_id
        and reconciled_line.pair_api_key_id is not distinct from reconciled_count.api_key_id
        and reconciled_line.sku is not distinct from reconciled_count.sku
order by states.line_number, states.state, states.context_tokens
