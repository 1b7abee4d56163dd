-- One row per bucket of an export file and combination of its dimensions, of those that start in a span: what it states of them.
select
    staged_usage.source,
    staged_usage.source_file,
    staged_usage.bucket_number,
    staged_usage.bucket_start,
    staged_usage.bucket_end,
    staged_usage.grouping,
    staged_usage.project_id,
    staged_usage.api_key_id,
    staged_usage.user_id,
    staged_usage.service_id,
    staged_usage.model,
    nullif(staged_usage.service_tier, 'not_reported') as service_tier,
    staged_usage.context_window,
    staged_usage.region,
    cast(null as varchar) as description,
    cast(null as varchar) as token_type,
    cast(null as varchar) as cost_type,
    'tokens' as unit,
    cast(
        sum(
            coalesce(staged_usage.uncached_input_tokens, 0) + coalesce(staged_usage.cache_read_tokens, 0)
            + coalesce(staged_usage.cache_write_5m_tokens, 0) + coalesce(staged_usage.cache_write_1h_tokens, 0)
            + coalesce(staged_usage.cache_write_tokens, 0) + coalesce(staged_usage.output_tokens, 0)
            + coalesce(staged_usage.audio_input_tokens, 0) + coalesce(staged_usage.audio_output_tokens, 0)
            + coalesce(staged_usage.image_input_tokens, 0)
        ) as decimal(38, 12)
    ) as quantity,
    min(staged_usage.source_line) as source_line
from staged_usage
where
    staged_usage.reject_reason is null
    and staged_usage.bucket_start >= cast($from as timestamptz)
    and staged_usage.bucket_start < cast($to as timestamptz)
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
union all
select
    staged_charge.source,
    staged_charge.source_file,
    staged_charge.bucket_number,
    staged_charge.charge_start as bucket_start,
    staged_charge.charge_end as bucket_end,
    staged_charge.grouping,
    staged_charge.project_id,
    staged_charge.api_key_id,
    cast(null as varchar) as user_id,
    cast(null as varchar) as service_id,
    staged_charge.model,
    staged_charge.service_tier,
    staged_charge.context_window,
    staged_charge.region,
    staged_charge.description,
    staged_charge.token_type,
    staged_charge.cost_type,
    staged_charge.billing_currency as unit,
    sum(staged_charge.billed_amount) as quantity,
    min(staged_charge.source_line) as source_line
from staged_charge
where
    staged_charge.reject_reason is null
    and staged_charge.charge_start >= cast($from as timestamptz)
    and staged_charge.charge_start < cast($to as timestamptz)
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
order by 1, 2, 3
