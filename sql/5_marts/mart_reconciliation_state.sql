-- One row per line and state between logs and bill: its quantity under the conditions of that state, and its price.
-- `logs`, `usage` and `billed` are as published; every other state was priced here, by the one query. Neighbours differ in one thing.
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
),

lines as (
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
        cast(null as decimal(38, 12)) as billed_cost_usd,
        cast(null as decimal(38, 12)) as last_digit,
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
),

bills as (
    select
        cast($day as date) as day,
        'billed' as state,
        provider,
        account,
        project_id,
        api_key_id,
        cast(null as varchar) as model,
        sku,
        meter,
        service_tier,
        cast(null as varchar) as region,
        row_number() over (
            order by provider, account, project_id, api_key_id, sku, meter, service_tier, billed_cost_usd, billed_tokens
        ) as line_number,
        cast(0 as bigint) as context_tokens,
        cast(null as varchar) as rate_id,
        true as is_priced,
        billed_tokens as meter_quantity,
        cast(null as decimal(38, 12)) as list_cost_usd,
        cast(null as decimal(38, 12)) as cost_usd,
        billed_cost_usd,
        last_digit,
        has_usage,
        true as has_bill,
        false as is_base,
        cast(null as varchar) as pair_cell,
        cast(null as varchar) as pair_project_id,
        cast(null as varchar) as pair_api_key_id,
        bill_cell,
        project_id as bill_project_id,
        api_key_id as bill_api_key_id,
        sku as bill_sku,
        meter as bill_meter,
        service_tier as bill_tier,
        cast(0 as bigint) as cell_attempts,
        cast(0 as bigint) as cell_unfinished_attempts,
        cast(null as bigint) as cell_requests,
        cast(0 as bigint) as cell_unlogged_requests,
        cast(0 as bigint) as cell_usage_lines
    from billed_cell
),

both_sides as (
    select lines.* from lines
    union all
    select bills.* from bills
)

select
    day,
    state,
    provider,
    account,
    project_id,
    api_key_id,
    model,
    sku,
    meter,
    service_tier,
    region,
    line_number,
    context_tokens,
    rate_id,
    is_priced,
    meter_quantity,
    list_cost_usd,
    cost_usd,
    billed_cost_usd,
    last_digit,
    has_usage,
    has_bill,
    is_base,
    pair_cell,
    pair_project_id,
    pair_api_key_id,
    bill_cell,
    bill_project_id,
    bill_api_key_id,
    bill_sku,
    bill_meter,
    bill_tier,
    cell_attempts,
    cell_unfinished_attempts,
    cell_requests,
    cell_unlogged_requests,
    cell_usage_lines
from both_sides
order by state, line_number, context_tokens
