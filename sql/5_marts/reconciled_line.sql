-- One row per line of a side and meter that it has, with the cell in which it is compared with the next side.
-- `pair_cell` is shared by logs and usage, `bill_cell` by the bill and the side next to it.
with meters as (
    select 'uncached_input_tokens' as meter
    union all
    select 'cache_read_tokens' as meter
    union all
    select 'cache_write_5m_tokens' as meter
    union all
    select 'cache_write_1h_tokens' as meter
    union all
    select 'cache_write_tokens' as meter
    union all
    select 'output_tokens' as meter
    union all
    select 'audio_input_tokens' as meter
    union all
    select 'audio_output_tokens' as meter
    union all
    select 'image_input_tokens' as meter
    union all
    select 'web_search_requests' as meter
    union all
    select 'other' as meter
),

-- Each row with each meter: an inner join without a condition drops nothing.
lines as (
    select
        reconciled_side.side,
        reconciled_side.provider,
        reconciled_side.account,
        reconciled_side.project_id,
        reconciled_side.api_key_id,
        reconciled_side.model,
        reconciled_side.sku,
        reconciled_side.service_tier,
        reconciled_side.region,
        reconciled_side.rate_id,
        reconciled_side.is_priced,
        reconciled_side.priced_at,
        reconciled_side.context_tokens,
        meters.meter,
        case meters.meter
            when 'uncached_input_tokens' then reconciled_side.uncached_input_tokens
            when 'cache_read_tokens' then reconciled_side.cache_read_tokens
            when 'cache_write_5m_tokens' then reconciled_side.cache_write_5m_tokens
            when 'cache_write_1h_tokens' then reconciled_side.cache_write_1h_tokens
            when 'cache_write_tokens' then reconciled_side.cache_write_tokens
            when 'output_tokens' then reconciled_side.output_tokens
            when 'audio_input_tokens' then reconciled_side.audio_input_tokens
            when 'audio_output_tokens' then reconciled_side.audio_output_tokens
            when 'image_input_tokens' then reconciled_side.image_input_tokens
            when 'web_search_requests' then reconciled_side.web_search_requests
        end as meter_quantity,
        case meters.meter
            when 'uncached_input_tokens' then reconciled_side.uncached_input_cost_usd
            when 'cache_read_tokens' then reconciled_side.cache_read_cost_usd
            when 'cache_write_5m_tokens' then reconciled_side.cache_write_5m_cost_usd
            when 'cache_write_1h_tokens' then reconciled_side.cache_write_1h_cost_usd
            when 'cache_write_tokens' then reconciled_side.cache_write_cost_usd
            when 'output_tokens' then reconciled_side.output_cost_usd
            when 'audio_input_tokens' then reconciled_side.audio_input_cost_usd
            when 'audio_output_tokens' then reconciled_side.audio_output_cost_usd
            when 'image_input_tokens' then reconciled_side.image_input_cost_usd
            when 'web_search_requests' then reconciled_side.web_search_cost_usd
            else reconciled_side.other_cost_usd
        end as list_cost_usd
    from reconciled_side
    inner join meters on true
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
    where lines.meter_quantity > 0 or (lines.meter = 'other' and lines.list_cost_usd > 0)
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
