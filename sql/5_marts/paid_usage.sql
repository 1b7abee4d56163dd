-- One row per row of `paid_hour`: the hours of units as usage, to be priced by the query that prices calls.
select
    paid_hour.*,
    'standard' as service_tier,
    cast(null as varchar) as region,
    cast(null as bigint) as uncached_input_tokens,
    cast(null as bigint) as cache_read_tokens,
    cast(null as bigint) as cache_write_5m_tokens,
    cast(null as bigint) as cache_write_1h_tokens,
    cast(null as bigint) as cache_write_tokens,
    cast(null as bigint) as output_tokens,
    cast(null as bigint) as audio_input_tokens,
    cast(null as bigint) as audio_output_tokens,
    cast(null as bigint) as image_input_tokens,
    cast(null as bigint) as web_search_requests,
    cast(null as varchar) as other_attribute,
    paid_hour.priced_at as priced_until,
    cast(0 as bigint) as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from paid_hour
