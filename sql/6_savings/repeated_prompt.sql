-- One row per model of `$day`, way to send the same 10,000 tokens again and number of times they are sent again.
-- `reads` times again: paid in full each time, or written to a cache once and read from it `reads` times. The
-- size only keeps clear of long-context rates.
with used as (
    select
        provider,
        model,
        min(ended_at) as first_at
    from fct_attempt_cost
    where unpriced_reason is null
    group by provider, model
),

again as (
    select times.reads
    from (values (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (15), (20), (50), (100)) as times (reads)
),

way as (
    select ways.cache_way
    from (values ('none'), ('automatic'), ('5m'), ('1h')) as ways (cache_way)
)

select
    used.provider,
    used.model,
    way.cache_way,
    again.reads,
    'standard' as service_tier,
    cast(null as varchar) as region,
    case
        when way.cache_way = 'none' then 10000 * (again.reads + 1)
        when way.cache_way = 'automatic' then 10000
        else 0
    end as uncached_input_tokens,
    case when way.cache_way = 'none' then 0 else 10000 * again.reads end as cache_read_tokens,
    case when way.cache_way = '5m' then 10000 else 0 end as cache_write_5m_tokens,
    case when way.cache_way = '1h' then 10000 else 0 end as cache_write_1h_tokens,
    cast(0 as bigint) as cache_write_tokens,
    cast(0 as bigint) as output_tokens,
    cast(0 as bigint) as audio_input_tokens,
    cast(0 as bigint) as audio_output_tokens,
    cast(0 as bigint) as image_input_tokens,
    cast(0 as bigint) as web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    used.first_at as priced_at,
    used.first_at as priced_until,
    cast(10000 as bigint) as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from used
left join way on true
left join again on true
