-- One row per cell of logs and usage: what each step between the two may be blamed on, by the evidence of the cell.
with cells as (
    select
        pair_cell,
        max(meter) as meter,
        max(cell_attempts) as attempts,
        max(cell_unfinished_attempts) as unfinished_attempts,
        max(cell_requests) as requests,
        max(cell_unlogged_requests) as unlogged_requests,
        max(cell_usage_lines) as usage_lines,
        coalesce(sum(meter_quantity) filter (where state = 'logs' and is_priced), 0) as logged_units,
        coalesce(sum(meter_quantity) filter (where state = 'usage' and is_priced), 0) as used_units,
        coalesce(sum(meter_quantity) filter (where state = 'logs' and not is_priced), 0) as unpriced_logged_units,
        coalesce(sum(meter_quantity) filter (where state = 'usage' and not is_priced), 0) as unpriced_used_units,
        min(rate_id) filter (where state = 'logs_summed') as least_logs_rate,
        max(rate_id) filter (where state = 'logs_summed') as greatest_logs_rate,
        min(rate_id) filter (where state = 'band') as least_band_rate,
        max(rate_id) filter (where state = 'band') as greatest_band_rate,
        min(rate_id) filter (where state = 'tier') as least_tier_rate,
        max(rate_id) filter (where state = 'tier') as greatest_tier_rate
    from day_state
    where has_usage
    group by pair_cell
),

-- More in the export than in the logs, or less.
causes as (
    select
        cells.*,
        case
            when unpriced_logged_units > 0 then 'unpriced_logs'
            when attempts = 0 or unlogged_requests > 0 then 'usage_without_log'
            when unfinished_attempts > 0 then 'unfinished_attempts'
            when requests is null then 'usage_without_log'
            else 'token_count'
        end as more_cause,
        case
            when unpriced_used_units > 0 then 'unpriced_usage'
            when meter = 'other' then 'meter_not_exported'
            when usage_lines = 0 or requests is null or attempts > requests then 'log_without_usage'
            else 'token_count'
        end as less_cause
    from cells
)

select
    pair_cell,
    logged_units > 0 and used_units > 0 as has_both,
    case
        when least_logs_rate = greatest_logs_rate and least_band_rate = greatest_band_rate and least_logs_rate = least_band_rate
            then 'rounding'
        else 'context_band'
    end as band_cause,
    case
        when least_band_rate = greatest_band_rate and least_tier_rate = greatest_tier_rate and least_band_rate = least_tier_rate
            then 'rounding'
        else 'tier_or_region'
    end as tier_cause,
    case
        when used_units > logged_units and unlogged_requests > 0 and unfinished_attempts > 0 and unpriced_logged_units = 0
            then 'unfinished_attempts'
        when used_units > logged_units then more_cause
        when used_units < logged_units then less_cause
        else 'rounding'
    end as rest_cause,
    more_cause,
    less_cause,
    case when attempts = 0 or unpriced_logged_units > 0 then 'measured' else 'inferred' end as more_evidence,
    case
        when usage_lines = 0 or unpriced_used_units > 0 or meter = 'other' then 'measured'
        else 'inferred'
    end as less_evidence
from causes
