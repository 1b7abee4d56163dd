-- One row per line of a side and meter that it has, with the cell in which it is compared with the next side.
-- `pair_cell` is shared by logs and usage, `bill_cell` by the bill and the side next to it.
with lines as (
    select
        counted.side,
        counted.provider,
        counted.account,
        counted.project_id,
        counted.api_key_id,
        counted.model,
        counted.sku,
        counted.service_tier,
        counted.region,
        counted.rate_id,
        counted.is_priced,
        counted.priced_at,
        counted.context_tokens,
        meter_line.meter,
        meter_line.meter_quantity,
        meter_line.list_cost_usd
    from meter_line
    left join counted
        on meter_line.counted_number = counted.counted_number
),

placed as (
    select
        lines.*,
        shared_id.has_usage,
        shared_id.has_bill,
        lines.side = shared_id.base_side as is_base,
        case when shared_id.shares_project then lines.project_id end as pair_project_id,
        case when shared_id.shares_key then lines.api_key_id end as pair_api_key_id,
        case when shared_id.bills_project then lines.project_id end as bill_project_id,
        case when shared_id.bills_key then lines.api_key_id end as bill_api_key_id,
        case when coalesce(billed_meter.names_model, true) and shared_id.is_itemised then lines.sku end as bill_sku,
        case when shared_id.is_itemised then lines.meter end as bill_meter,
        case
            when not shared_id.is_itemised then null
            when billed_meter.told_tiers = 'every' then lines.service_tier
            when billed_meter.told_tiers = 'batch' and lines.service_tier = 'batch' then 'batch'
        end as bill_tier
    from lines
    left join shared_id
        on
            lines.provider = shared_id.provider
            and lines.account = shared_id.account
    left join billed_meter
        on
            lines.provider = billed_meter.provider
            and lines.account = billed_meter.account
            and lines.meter = billed_meter.meter
)

select
    placed.*,
    placed.provider || '|' || placed.account || '|' || coalesce(placed.pair_project_id, '') || '|'
    || coalesce(placed.pair_api_key_id, '') || '|' || coalesce(placed.sku, '') || '|' || placed.meter as pair_cell,
    placed.provider || '|' || placed.account || '|' || coalesce(placed.bill_project_id, '') || '|'
    || coalesce(placed.bill_api_key_id, '') || '|' || coalesce(placed.bill_sku, '') || '|' || coalesce(placed.bill_meter, '')
    || '|' || coalesce(placed.bill_tier, '') as bill_cell,
    row_number() over (
        order by
            placed.side, placed.provider, placed.account, placed.project_id, placed.api_key_id, placed.model, placed.service_tier,
            placed.region, placed.rate_id, placed.is_priced, placed.context_tokens, placed.meter
    ) as line_number
from placed
