-- One row per state of a line and side of it: each state leaves the step before it and enters the one after, so that the
-- steps between two levels add up by construction.
with entering as (
    select
        line.line_number,
        line.state,
        case line.state
            when 'logs_summed' then 'rounding'
            when 'band' then pair_cause.band_cause
            when 'tier' then pair_cause.tier_cause
            when 'request' then 'usage_without_log'
            when 'usage_summed' then pair_cause.rest_cause
            when 'usage' then case when pair_cause.has_both then 'rounding' else pair_cause.more_cause end
        end as cause,
        case when line.state = 'usage' then pair_cause.more_evidence end as only_evidence,
        pair_cause.has_both,
        line.provider,
        line.account,
        line.pair_project_id as project_id,
        line.pair_api_key_id as api_key_id,
        line.sku,
        line.meter,
        line.service_tier,
        line.list_cost_usd as amount_usd,
        line.meter_quantity
    from day_state as line
    left join pair_cause
        on line.pair_cell = pair_cause.pair_cell
    where line.has_usage and line.is_priced and line.state not in ('logs', 'bill_band', 'bill')
),

leaving as (
    select
        line.line_number,
        line.state,
        case line.state
            when 'logs' then case when pair_cause.has_both then 'rounding' else pair_cause.less_cause end
            when 'logs_summed' then pair_cause.band_cause
            when 'band' then pair_cause.tier_cause
            when 'tier' then 'usage_without_log'
            when 'request' then pair_cause.rest_cause
            when 'usage_summed' then 'rounding'
        end as cause,
        case when line.state = 'logs' then pair_cause.less_evidence end as only_evidence,
        pair_cause.has_both,
        line.provider,
        line.account,
        line.pair_project_id as project_id,
        line.pair_api_key_id as api_key_id,
        line.sku,
        line.meter,
        line.service_tier,
        cast(-line.list_cost_usd as decimal(38, 12)) as amount_usd,
        -line.meter_quantity as meter_quantity
    from day_state as line
    left join pair_cause
        on line.pair_cell = pair_cause.pair_cell
    where line.has_usage and line.is_priced and line.state not in ('usage', 'bill_band', 'bill')
),

steps as (
    select entering.* from entering
    union all
    select leaving.* from leaving
)

-- Where only one side has the cell, its amount is the whole difference: nothing is compared in between.
select
    provider,
    account,
    project_id,
    api_key_id,
    sku,
    meter,
    service_tier,
    cause,
    case
        when cause in ('rounding', 'context_band', 'tier_or_region') then 'measured'
        when has_both then case when cause in ('unpriced_logs', 'unpriced_usage') then 'measured' else 'inferred' end
        else only_evidence
    end as certainty,
    amount_usd,
    meter_quantity
from steps
where has_both or state in ('logs', 'usage')
