-- One row per raw row that cannot be used, and one per file that cannot be read at all (without a line).
-- `tokens` and `reported_cost_usd` are what the row states, as far as it could be read; a count below 0 states nothing.
with rejected as (
    select
        source,
        source_file,
        source_line,
        reject_reason as reason,
        uncached_input_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        cache_write_tokens,
        output_tokens,
        audio_input_tokens,
        audio_output_tokens,
        image_input_tokens,
        reported_cost_usd
    from staged_attempt
    where reject_reason is not null
    union all
    select
        source,
        source_file,
        source_line,
        reject_reason as reason,
        uncached_input_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        cache_write_tokens,
        output_tokens,
        audio_input_tokens,
        audio_output_tokens,
        image_input_tokens,
        cast(null as decimal(38, 12)) as reported_cost_usd
    from staged_usage
    where reject_reason is not null
    union all
    select
        source,
        source_file,
        source_line,
        reject_reason as reason,
        cast(null as bigint) as uncached_input_tokens,
        cast(null as bigint) as cache_read_tokens,
        cast(null as bigint) as cache_write_5m_tokens,
        cast(null as bigint) as cache_write_1h_tokens,
        cast(null as bigint) as cache_write_tokens,
        cast(null as bigint) as output_tokens,
        cast(null as bigint) as audio_input_tokens,
        cast(null as bigint) as audio_output_tokens,
        cast(null as bigint) as image_input_tokens,
        case when billing_currency = 'USD' then billed_amount end as reported_cost_usd
    from staged_charge
    where reject_reason is not null
)

select
    rejected.source,
    staged_file.name,
    rejected.source_file,
    rejected.source_line,
    rejected.reason,
    case
        when greatest(
            rejected.uncached_input_tokens,
            rejected.cache_read_tokens,
            rejected.cache_write_5m_tokens,
            rejected.cache_write_1h_tokens,
            rejected.cache_write_tokens,
            rejected.output_tokens,
            rejected.audio_input_tokens,
            rejected.audio_output_tokens,
            rejected.image_input_tokens
        ) >= 0
            then
                greatest(coalesce(rejected.uncached_input_tokens, 0), 0)
                + greatest(coalesce(rejected.cache_read_tokens, 0), 0)
                + greatest(coalesce(rejected.cache_write_5m_tokens, 0), 0)
                + greatest(coalesce(rejected.cache_write_1h_tokens, 0), 0)
                + greatest(coalesce(rejected.cache_write_tokens, 0), 0)
                + greatest(coalesce(rejected.output_tokens, 0), 0)
                + greatest(coalesce(rejected.audio_input_tokens, 0), 0)
                + greatest(coalesce(rejected.audio_output_tokens, 0), 0)
                + greatest(coalesce(rejected.image_input_tokens, 0), 0)
    end as tokens,
    rejected.reported_cost_usd
from rejected
left join staged_file
    on
        rejected.source = staged_file.source
        and rejected.source_file = staged_file.content_id
        and (staged_file.status = 'staged' or staged_file.rejected_rows > 0)
union all
select
    source,
    name,
    content_id as source_file,
    cast(null as bigint) as source_line,
    reason,
    cast(null as bigint) as tokens,
    cast(null as decimal(38, 12)) as reported_cost_usd
from staged_file
where status = 'rejected'
order by source, name, source_line, reason
