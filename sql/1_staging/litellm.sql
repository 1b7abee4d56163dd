-- One row per LiteLLM SpendLogs record, meters made disjoint from `metadata.usage_object`; see docs/sources.md.
-- `prompt_tokens` includes cache reads and writes; `cache_hit` is the gateway's own cache, which no provider bills.
with fields as (
    select
        cast(_line as bigint) as source_line,
        case
            when _error is not null then _error
            when raw.metadata is not null and raw.metadata <> '' and not json_valid(raw.metadata) then 'metadata is not JSON'
        end as read_error,
        nullif(raw.request_id, '') as request_id,
        raw."startTime" as started_text,
        -- A time without an offset is UTC: the proxy's database stores it so.
        coalesce(as_instant(raw."startTime"), in_range(try_cast(raw."startTime" as timestamp) at time zone 'UTC')) as started_at,
        raw."endTime" as ended_text,
        coalesce(as_instant(raw."endTime"), in_range(try_cast(raw."endTime" as timestamp) at time zone 'UTC')) as ended_at,
        -- Without a provider of its own a row has the one that stands before its model: `vertex_ai/...`.
        coalesce(
            nullif(lower(raw.custom_llm_provider), ''),
            nullif(lower(regexp_extract(raw.model, '^([A-Za-z0-9_.-]+)/.', 1)), '')
        ) as provider,
        case when not ends_with(raw.model, '/') then nullif(raw.model, '') end as model,
        lower(raw.cache_hit) = 'true' as from_gateway_cache,
        raw.status as status_text,
        case when raw.status = 'failure' then 'error' else coalesce(nullif(raw.status, ''), 'success') end as status,
        raw.prompt_tokens as prompt_text,
        as_count(raw.prompt_tokens) as prompt_tokens,
        raw.completion_tokens as completion_text,
        as_count(raw.completion_tokens) as completion_tokens,
        raw.total_tokens as total_text,
        as_count(raw.total_tokens) as total_tokens,
        raw.spend,
        case when json_valid(raw.metadata) then raw.metadata end as metadata,
        nullif(raw.api_key, '') as api_key_id,
        nullif(raw."user", '') as user_id,
        nullif(raw.end_user, '') as customer_id,
        nullif(raw.session_id, '') as session_id,
        nullif(raw.agent_id, '') as agent_id,
        nullif(raw.request_tags, '') as request_tags
    from raw
),

usage_objects as (
    select
        *,
        case
            when json_type(metadata, '$.usage_object') = 'OBJECT'
                then json_extract(metadata, '$.usage_object')
            when json_type(metadata, '$.additional_usage_values') = 'OBJECT'
                then json_extract(metadata, '$.additional_usage_values')
        end as usage_object
    from fields
),

meters as (
    select
        *,
        coalesce(
            as_count_or_bad(json_extract_string(usage_object, '$.cache_read_input_tokens')),
            as_count_or_bad(json_extract_string(usage_object, '$.prompt_tokens_details.cached_tokens')),
            0
        ) as read_tokens,
        coalesce(
            as_count_or_bad(json_extract_string(usage_object, '$.cache_creation_input_tokens')),
            as_count_or_bad(json_extract_string(usage_object, '$.prompt_tokens_details.cache_creation_tokens')),
            as_count_or_bad(json_extract_string(usage_object, '$.prompt_tokens_details.cache_write_tokens')),
            0
        ) as written_tokens,
        coalesce(
            as_count_or_bad(json_extract_string(
                usage_object,
                '$.prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens'
            )),
            as_count_or_bad(json_extract_string(usage_object, '$.cache_creation_token_details.ephemeral_5m_input_tokens')),
            as_count_or_bad(json_extract_string(usage_object, '$.cache_creation.ephemeral_5m_input_tokens'))
        ) as written_5m,
        coalesce(
            as_count_or_bad(json_extract_string(
                usage_object,
                '$.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens'
            )),
            as_count_or_bad(json_extract_string(usage_object, '$.cache_creation_token_details.ephemeral_1h_input_tokens')),
            as_count_or_bad(json_extract_string(usage_object, '$.cache_creation.ephemeral_1h_input_tokens'))
        ) as written_1h,
        coalesce(as_count_or_bad(json_extract_string(usage_object, '$.prompt_tokens_details.audio_tokens')), 0)
            as audio_in,
        coalesce(as_count_or_bad(json_extract_string(usage_object, '$.completion_tokens_details.audio_tokens')), 0)
            as audio_out,
        as_count_or_bad(json_extract_string(usage_object, '$.completion_tokens_details.reasoning_tokens'))
            as reasoning_tokens,
        as_count_or_bad(json_extract_string(usage_object, '$.server_tool_use.web_search_requests'))
            as web_search_requests,
        lower(json_extract_string(usage_object, '$.service_tier')) as tier
    from usage_objects
),

parts as (
    select
        *,
        coalesce(written_5m, 0) + coalesce(written_1h, 0) as written_with_ttl,
        prompt_tokens - read_tokens - written_tokens - audio_in as uncached
    from meters
)

select
    source_line,
    request_id,
    cast(1 as bigint) as attempt,
    started_at,
    ended_at,
    provider,
    model,
    status,
    case when tier in ('default', 'auto') then 'standard' else tier end as service_tier,
    json_extract_string(usage_object, '$.inference_geo') as region,
    cast(null as varchar) as operation,
    cast(null as varchar) as usage_reading,
    case when from_gateway_cache then 0 else uncached end as uncached_input_tokens,
    case when from_gateway_cache then 0 else read_tokens end as cache_read_tokens,
    case when from_gateway_cache then 0 else written_5m end as cache_write_5m_tokens,
    case when from_gateway_cache then 0 else written_1h end as cache_write_1h_tokens,
    case when from_gateway_cache then 0 else written_tokens - written_with_ttl end as cache_write_tokens,
    case when from_gateway_cache then 0 else completion_tokens - audio_out end as output_tokens,
    case when from_gateway_cache then 0 else reasoning_tokens end as reasoning_tokens,
    case when from_gateway_cache then 0 else audio_in end as audio_input_tokens,
    case when from_gateway_cache then 0 else audio_out end as audio_output_tokens,
    cast(null as bigint) as image_input_tokens,
    case when from_gateway_cache then 0 else web_search_requests end as web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    case when from_gateway_cache then prompt_tokens + completion_tokens end as gateway_cached_tokens,
    as_usd(spend) as reported_cost_usd,
    json_extract_string(metadata, '$.spend_logs_metadata.team') as team,
    json_extract_string(metadata, '$.spend_logs_metadata.feature') as feature,
    json_extract_string(metadata, '$.spend_logs_metadata.environment') as environment,
    customer_id,
    user_id,
    session_id as trace_id,
    session_id,
    api_key_id,
    json_extract_string(metadata, '$.user_api_key_project_id') as project_id,
    agent_id as service_id,
    as_tags(request_tags) as tags,
    cast(null as varchar) as prefix_hashes,
    cast(null as bigint) as deadline_seconds,
    cast(null as varchar) as route_class,
    cast(null as bigint) as max_output_tokens,
    cast(null as varchar) as finish_reason,
    cast(null as varchar) as request_hash,
    case
        when read_error is not null then read_error
        when request_id is null then 'request_id is missing'
        when provider is null then 'custom_llm_provider is missing'
        when model is null then 'model is missing'
        when ended_at is null then no_instant('endTime', ended_text)
        when started_text is not null and started_at is null then no_instant('startTime', started_text)
        when started_at > ended_at then 'startTime is after endTime'
        when status not in ('success', 'error', 'cancelled') then not_one_of('status', status_text)
        when prompt_tokens is null or prompt_tokens < 0
            then no_count('prompt_tokens', coalesce(prompt_text, 'not given'))
        when completion_tokens is null or completion_tokens < 0
            then no_count('completion_tokens', coalesce(completion_text, 'not given'))
        when bad_count(total_text, total_tokens) then no_count('total_tokens', total_text)
        when total_tokens <> prompt_tokens + completion_tokens
            then 'total_tokens ' || total_text || ' is not prompt_tokens ' || prompt_text
                || ' + completion_tokens ' || completion_text
        when least(read_tokens, written_tokens, written_5m, written_1h, audio_in, audio_out) < 0
            then 'usage_object has a count that is none'
        when uncached < 0
            then 'prompt_tokens ' || prompt_text || ' is less than the cached and written tokens in it'
        when written_with_ttl > written_tokens
            then 'cache writes by time to live exceed cache_creation_input_tokens'
        when completion_tokens < audio_out then 'audio output exceeds completion_tokens'
        when reasoning_tokens < 0 or reasoning_tokens > completion_tokens
            then 'reasoning_tokens exceed completion_tokens ' || completion_text
        when bad_count(cast(web_search_requests as varchar), web_search_requests)
            then 'web_search_requests is not a count'
        when request_tags is not null and as_tags(request_tags) is null
            then 'request_tags is not a list: ' || left(request_tags, 40)
    end as reject_reason
from parts
