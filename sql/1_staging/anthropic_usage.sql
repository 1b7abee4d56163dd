-- One row per result of an Anthropic messages usage page; its meters are disjoint as they come.
with typed as (
    select
        cast(_line as bigint) as source_line,
        _error as read_error,
        bucket_start as start_text,
        as_instant(bucket_start) as bucket_start,
        as_instant(bucket_end) as bucket_end,
        cast(bucket_number as bigint) as bucket_number,
        grouping,
        model,
        service_tier,
        speed,
        context_window,
        inference_geo,
        workspace_id,
        api_key_id,
        account_id,
        service_account_id,
        uncached_input_tokens as uncached_text,
        as_count(uncached_input_tokens) as uncached_input_tokens,
        cache_read_input_tokens as cache_read_text,
        as_count(cache_read_input_tokens) as cache_read_tokens,
        cache_write_5m_tokens as cache_write_5m_text,
        as_count(cache_write_5m_tokens) as cache_write_5m_tokens,
        cache_write_1h_tokens as cache_write_1h_text,
        as_count(cache_write_1h_tokens) as cache_write_1h_tokens,
        output_tokens as output_text,
        as_count(output_tokens) as output_tokens,
        web_search_requests as web_search_text,
        as_count(web_search_requests) as web_search_requests
    from raw
)

select
    source_line,
    bucket_start,
    bucket_end,
    bucket_number,
    grouping,
    'anthropic' as provider,
    model,
    -- Fast mode is a tier of its own; together with another one it is none that has a price.
    case
        when coalesce(speed, 'standard') = 'standard' then coalesce(service_tier, 'not_reported')
        when coalesce(service_tier, 'standard') = 'standard' then speed
        else speed || '_' || service_tier
    end as service_tier,
    context_window,
    inference_geo as region,
    workspace_id as project_id,
    api_key_id,
    account_id as user_id,
    service_account_id as service_id,
    uncached_input_tokens,
    cache_read_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    cast(null as bigint) as cache_write_tokens,
    output_tokens,
    cast(null as bigint) as audio_input_tokens,
    cast(null as bigint) as audio_output_tokens,
    cast(null as bigint) as image_input_tokens,
    web_search_requests,
    cast(null as bigint) as requests,
    case
        when read_error is not null then read_error
        when bucket_start is null then no_instant('starting_at', start_text)
        when bucket_end is null or bucket_end <= bucket_start
            then 'ending_at is missing or not after starting_at'
        when uncached_input_tokens is null or uncached_input_tokens < 0
            then no_count('uncached_input_tokens', coalesce(uncached_text, 'not given'))
        when output_tokens is null or output_tokens < 0
            then no_count('output_tokens', coalesce(output_text, 'not given'))
        when bad_count(cache_read_text, cache_read_tokens)
            then no_count('cache_read_input_tokens', cache_read_text)
        when bad_count(cache_write_5m_text, cache_write_5m_tokens)
            then no_count('ephemeral_5m_input_tokens', cache_write_5m_text)
        when bad_count(cache_write_1h_text, cache_write_1h_tokens)
            then no_count('ephemeral_1h_input_tokens', cache_write_1h_text)
        when bad_count(web_search_text, web_search_requests)
            then no_count('web_search_requests', web_search_text)
    end as reject_reason
from typed
