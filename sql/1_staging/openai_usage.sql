-- One row per result of an OpenAI completions usage page, meters made disjoint; see docs/sources.md.
-- `input_tokens` holds cached and written tokens; the modality split, where given, is of the uncached part.
with typed as (
    select
        cast(_line as bigint) as source_line,
        _error as read_error,
        object,
        in_range(to_timestamp(cast(as_count(bucket_start) as double))) as bucket_start,
        in_range(to_timestamp(cast(as_count(bucket_end) as double))) as bucket_end,
        cast(bucket_number as bigint) as bucket_number,
        grouping,
        model,
        batch,
        service_tier,
        project_id,
        api_key_id,
        user_id,
        input_tokens as input_text,
        as_count(input_tokens) as input_tokens,
        input_cached_tokens as cached_text,
        as_count(input_cached_tokens) as cached_tokens,
        input_cache_write_tokens as cache_write_text,
        as_count(input_cache_write_tokens) as cache_write_tokens,
        input_uncached_tokens as uncached_text,
        as_count(input_uncached_tokens) as uncached_tokens,
        input_audio_tokens as audio_text,
        as_count(input_audio_tokens) as audio_tokens,
        input_image_tokens as image_text,
        as_count(input_image_tokens) as image_tokens,
        input_text_tokens as text_text,
        as_count(input_text_tokens) as text_tokens,
        output_tokens as output_text,
        as_count(output_tokens) as output_tokens,
        output_audio_tokens as output_audio_text,
        as_count(output_audio_tokens) as output_audio_tokens,
        num_model_requests as requests_text,
        as_count(num_model_requests) as requests
    from raw
),

parts as (
    select
        *,
        coalesce(uncached_tokens, input_tokens - coalesce(cached_tokens, 0) - coalesce(cache_write_tokens, 0))
            as uncached_input,
        -- The split counts only where it adds up: older exports put cached audio into the audio count.
        coalesce(
            text_tokens + coalesce(audio_tokens, 0) + coalesce(image_tokens, 0) = uncached_tokens, false
        ) as split_adds_up
    from typed
)

select
    source_line,
    bucket_start,
    bucket_end,
    bucket_number,
    grouping,
    'openai' as provider,
    model,
    case
        when batch = 'true' then 'batch'
        when service_tier = 'default' then 'standard'
        else coalesce(service_tier, 'not_reported')
    end as service_tier,
    cast(null as varchar) as context_window,
    cast(null as varchar) as region,
    project_id,
    api_key_id,
    user_id,
    cast(null as varchar) as service_id,
    case when split_adds_up then text_tokens else uncached_input end as uncached_input_tokens,
    cached_tokens as cache_read_tokens,
    cast(null as bigint) as cache_write_5m_tokens,
    cast(null as bigint) as cache_write_1h_tokens,
    cache_write_tokens,
    output_tokens - coalesce(output_audio_tokens, 0) as output_tokens,
    case when split_adds_up then audio_tokens end as audio_input_tokens,
    output_audio_tokens as audio_output_tokens,
    case when split_adds_up then image_tokens end as image_input_tokens,
    cast(null as bigint) as web_search_requests,
    requests,
    case
        when read_error is not null then read_error
        when object is distinct from 'organization.usage.completions.result'
            then not_one_of('object', coalesce(object, 'not given'))
        when bucket_start is null then 'start_time is missing or no time'
        when bucket_end is null or bucket_end <= bucket_start then 'end_time is missing or not after start_time'
        when input_tokens is null then no_count('input_tokens', coalesce(input_text, 'not given'))
        when output_tokens is null then no_count('output_tokens', coalesce(output_text, 'not given'))
        when bad_count(requests_text, requests) then no_count('num_model_requests', requests_text)
        when bad_count(cached_text, cached_tokens) then no_count('input_cached_tokens', cached_text)
        when bad_count(cache_write_text, cache_write_tokens)
            then no_count('input_cache_write_tokens', cache_write_text)
        when bad_count(uncached_text, uncached_tokens) then no_count('input_uncached_tokens', uncached_text)
        when bad_count(audio_text, audio_tokens) then no_count('input_audio_tokens', audio_text)
        when bad_count(image_text, image_tokens) then no_count('input_image_tokens', image_text)
        when bad_count(text_text, text_tokens) then no_count('input_text_tokens', text_text)
        when bad_count(output_audio_text, output_audio_tokens)
            then no_count('output_audio_tokens', output_audio_text)
        when input_tokens < 0 then no_count('input_tokens', input_text)
        when output_tokens < 0 or output_tokens < coalesce(output_audio_tokens, 0)
            then no_count('output_tokens', output_text)
        when uncached_input < 0 or uncached_input + coalesce(cached_tokens, 0) + coalesce(cache_write_tokens, 0)
            <> input_tokens
            then 'input_tokens ' || input_text || ' is not the sum of its cached, written and uncached parts'
    end as reject_reason
from parts
