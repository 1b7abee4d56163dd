-- One row per record of a request log, typed; `reject_reason` says why a record cannot be used.
with typed as (
    select
        cast(_line as bigint) as source_line,
        _error as read_error,
        as_id(request_id) as request_id,
        attempt as attempt_text,
        as_count(attempt) as attempt,
        started_at as started_text,
        as_instant(started_at) as started_at,
        ended_at as ended_text,
        as_instant(ended_at) as ended_at,
        provider,
        coalesce(response_model, model) as model,
        coalesce(status, 'success') as status,
        service_tier,
        region,
        operation,
        uncached_input_tokens as uncached_input_text,
        as_count(uncached_input_tokens) as uncached_input_tokens,
        cache_read_tokens as cache_read_text,
        as_count(cache_read_tokens) as cache_read_tokens,
        cache_write_5m_tokens as cache_write_5m_text,
        as_count(cache_write_5m_tokens) as cache_write_5m_tokens,
        cache_write_1h_tokens as cache_write_1h_text,
        as_count(cache_write_1h_tokens) as cache_write_1h_tokens,
        cache_write_tokens as cache_write_text,
        as_count(cache_write_tokens) as cache_write_tokens,
        output_tokens as output_text,
        as_count(output_tokens) as output_tokens,
        reasoning_tokens as reasoning_text,
        as_count(reasoning_tokens) as reasoning_tokens,
        audio_input_tokens as audio_input_text,
        as_count(audio_input_tokens) as audio_input_tokens,
        audio_output_tokens as audio_output_text,
        as_count(audio_output_tokens) as audio_output_tokens,
        image_input_tokens as image_input_text,
        as_count(image_input_tokens) as image_input_tokens,
        web_search_requests as web_search_text,
        as_count(web_search_requests) as web_search_requests,
        other_meter,
        other_quantity as other_quantity_text,
        as_quantity(other_quantity) as other_quantity,
        other_attribute,
        reported_cost_usd as reported_cost_text,
        as_usd(reported_cost_usd) as reported_cost_usd,
        team,
        feature,
        environment,
        customer_id,
        user_id,
        trace_id,
        session_id,
        api_key_id,
        project_id,
        service_id,
        tags as tags_text,
        as_tags(tags) as tags,
        prefix_hashes as prefix_hashes_text,
        as_prefix_hashes(prefix_hashes) as prefix_hashes,
        deadline_seconds as deadline_text,
        as_count(deadline_seconds) as deadline_seconds,
        route_class,
        max_output_tokens as max_output_text,
        as_count(max_output_tokens) as max_output_tokens,
        finish_reason,
        request_hash
    from raw
),

-- A call for pictures, speech, seconds or searches that counts nothing of them does not report its usage.
judged as (
    select
        *,
        status = 'success'
        and case
            -- First, as it is true of nearly all calls and the names take longer to look at.
            when greatest(output_tokens, audio_output_tokens, other_quantity) > 0 then false
            when makes_media(operation, model) then true
            when takes_media(operation, model)
                then
                    coalesce(greatest(
                        uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
                        cache_write_tokens, output_tokens, audio_input_tokens, audio_output_tokens, image_input_tokens,
                        web_search_requests, other_quantity
                    ) = 0, false)
            else false
        end as is_not_reported
    from typed
)

select
    source_line,
    request_id,
    attempt,
    started_at,
    ended_at,
    provider,
    model,
    status,
    service_tier,
    region,
    operation,
    case when is_not_reported then 'zero_is_not_reported' end as usage_reading,
    case when not is_not_reported then uncached_input_tokens end as uncached_input_tokens,
    case when not is_not_reported then cache_read_tokens end as cache_read_tokens,
    case when not is_not_reported then cache_write_5m_tokens end as cache_write_5m_tokens,
    case when not is_not_reported then cache_write_1h_tokens end as cache_write_1h_tokens,
    case when not is_not_reported then cache_write_tokens end as cache_write_tokens,
    case when not is_not_reported then output_tokens end as output_tokens,
    reasoning_tokens,
    case when not is_not_reported then audio_input_tokens end as audio_input_tokens,
    case when not is_not_reported then audio_output_tokens end as audio_output_tokens,
    case when not is_not_reported then image_input_tokens end as image_input_tokens,
    case when not is_not_reported then web_search_requests end as web_search_requests,
    case when not is_not_reported then other_meter end as other_meter,
    case when not is_not_reported then other_quantity end as other_quantity,
    other_attribute,
    cast(null as bigint) as gateway_cached_tokens,
    reported_cost_usd,
    team,
    feature,
    environment,
    customer_id,
    user_id,
    trace_id,
    session_id,
    api_key_id,
    project_id,
    service_id,
    tags,
    prefix_hashes,
    deadline_seconds,
    route_class,
    max_output_tokens,
    finish_reason,
    request_hash,
    case
        when read_error is not null then read_error
        when request_id is null then 'request_id is missing'
        when coalesce(provider, '') = '' then 'provider is missing'
        when coalesce(model, '') = '' then 'model is missing'
        when ended_at is null then no_instant('ended_at', ended_text)
        when started_text is not null and started_at is null then no_instant('started_at', started_text)
        when started_at > ended_at then 'started_at is after ended_at'
        when status not in ('success', 'error', 'cancelled') then not_one_of('status', status)
        when route_class not in ('simple', 'complex') then not_one_of('route_class', route_class)
        when attempt_text is not null and coalesce(attempt, 0) < 1 then no_count('attempt', attempt_text)
        when bad_count(uncached_input_text, uncached_input_tokens)
            then no_count('uncached_input_tokens', uncached_input_text)
        when bad_count(cache_read_text, cache_read_tokens) then no_count('cache_read_tokens', cache_read_text)
        when bad_count(cache_write_5m_text, cache_write_5m_tokens)
            then no_count('cache_write_5m_tokens', cache_write_5m_text)
        when bad_count(cache_write_1h_text, cache_write_1h_tokens)
            then no_count('cache_write_1h_tokens', cache_write_1h_text)
        when bad_count(cache_write_text, cache_write_tokens)
            then no_count('cache_write_tokens', cache_write_text)
        when bad_count(output_text, output_tokens) then no_count('output_tokens', output_text)
        when bad_count(reasoning_text, reasoning_tokens) then no_count('reasoning_tokens', reasoning_text)
        when bad_count(audio_input_text, audio_input_tokens)
            then no_count('audio_input_tokens', audio_input_text)
        when bad_count(audio_output_text, audio_output_tokens)
            then no_count('audio_output_tokens', audio_output_text)
        when bad_count(image_input_text, image_input_tokens)
            then no_count('image_input_tokens', image_input_text)
        when bad_count(web_search_text, web_search_requests)
            then no_count('web_search_requests', web_search_text)
        when bad_count(deadline_text, deadline_seconds) then no_count('deadline_seconds', deadline_text)
        when bad_count(max_output_text, max_output_tokens) then no_count('max_output_tokens', max_output_text)
        when other_quantity_text is not null and coalesce(other_quantity, -1) < 0
            then 'other_quantity is not a quantity: ' || cited(other_quantity_text)
        when (other_meter is null) <> (other_quantity_text is null)
            then 'other_meter and other_quantity need each other'
        when reasoning_tokens > coalesce(output_tokens, 0)
            then 'reasoning_tokens ' || cast(reasoning_text as varchar) || ' exceed output_tokens '
                || coalesce(cast(output_text as varchar), 'not given')
        when reported_cost_text is not null and reported_cost_usd is null
            then 'reported_cost_usd is not an amount: ' || cited(reported_cost_text)
        when tags_text is not null and tags is null then 'tags is not a map: ' || cited(tags_text)
        when prefix_hashes_text is not null and (prefix_hashes is null or contains(prefix_hashes, ':null'))
            then 'prefix_hashes is not a list of {hash, tokens}'
    end as reject_reason
from judged
