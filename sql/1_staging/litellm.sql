-- One row per LiteLLM SpendLogs record or logging payload, meters made disjoint from its usage object; see docs/sources.md.
-- What `prompt_tokens` and `completion_tokens` contain differs by provider and by version of the gateway: the total and the sums
-- of the details decide, and `usage_reading` says which reading was taken where the plain one does not fit.
with fields as (
    select
        cast(_line as bigint) as source_line,
        case
            when _error is not null then _error
            when as_id(raw.metadata) is not null and not json_valid(raw.metadata) then 'metadata is not JSON: ' || cited(raw.metadata)
        end as read_error,
        coalesce(as_id(raw.request_id), as_id(raw.id)) as given_id,
        raw."startTime" as started_text,
        as_utc_instant(raw."startTime") as started_at,
        raw."endTime" as ended_text,
        as_utc_instant(raw."endTime") as ended_at,
        -- Without a provider of its own a row has the one that stands before its model: `vertex_ai/...`.
        coalesce(
            lower(as_id(raw.custom_llm_provider)),
            lower(as_id(regexp_extract(raw.model, '^([A-Za-z0-9_.-]+)/.', 1)))
        ) as provider,
        case when not ends_with(raw.model, '/') then as_id(raw.model) end as called_model,
        as_id(raw.mcp_namespaced_tool_name) as tool,
        as_operation(raw.call_type) as operation,
        as_true(raw.cache_hit) as from_gateway_cache,
        raw.status as status_text,
        case when raw.status = 'failure' then 'error' else coalesce(as_id(raw.status), 'success') end as status,
        raw.prompt_tokens as prompt_text,
        raw.completion_tokens as completion_text,
        raw.total_tokens as total_text,
        coalesce(as_usd(raw.spend), as_usd(raw.response_cost)) as spend_usd,
        from_json(as_object(raw.metadata), litellm_metadata()) as metadata,
        from_json(as_object(raw.model_map_information), litellm_model_map()) as payload_model_map,
        from_json(as_object(raw.cost_breakdown), litellm_cost_breakdown()) as payload_cost_breakdown,
        -- An answer is looked into only for its usage.
        from_json(case when raw.response like '%"usage%' then as_object(raw.response) end, litellm_response()).usage as answered_usage,
        as_id(raw.api_key) as given_key_id,
        as_id(raw."user") as user_id,
        as_id(raw.end_user) as customer_id,
        as_id(raw.session_id) as session_id,
        as_id(raw.agent_id) as agent_id,
        as_id(raw.request_tags) as request_tags
    from raw
),

usages as (
    select
        *,
        coalesce(
            usage.prompt_tokens_details, usage.input_tokens_details, usage.input_token_details,
            more.prompt_tokens_details, more.input_tokens_details, more.input_token_details
        ) as inputs,
        coalesce(
            usage.completion_tokens_details, usage.output_tokens_details, usage.output_token_details,
            more.completion_tokens_details, more.output_tokens_details, more.output_token_details
        ) as outputs,
        -- A batch of several models has no price of one.
        case
            when operation = 'batch' and len(metadata.batch_models) > 1 then array_to_string(metadata.batch_models, ', ')
            when operation = 'container' then 'container'
            else coalesce(as_id(model_map.model_map_key), called_model, as_id(metadata.batch_models[1]))
        end as priced_model,
        is_no_call(operation) and not is_paid_tool as is_no_call,
        coalesce(operation in ('mcp', 'search'), false) or is_paid_tool as is_tool,
        coalesce(operation in ('batch', 'embeddings', 'mcp', 'moderation', 'search'), false)
        or is_no_call(operation) or is_paid_tool or coalesce(is_media(operation), false) as may_lack_tokens
    from (
        select
            *,
            coalesce(metadata.usage_object, metadata.additional_usage_values, answered_usage) as usage,
            coalesce(metadata.additional_usage_values, metadata.usage_object) as more,
            coalesce(metadata.model_map_information, payload_model_map) as model_map,
            coalesce(metadata.cost_breakdown, payload_cost_breakdown) as cost_breakdown,
            coalesce(given_key_id, as_id(metadata.user_api_key_hash)) as api_key_id,
            -- What is no call of a model and has a spend is a tool that was paid for; reading an answer again is not.
            coalesce(operation in ('container', 'file', 'fine_tuning', 'tool', 'vector_store') and spend_usd > 0, false)
                as is_paid_tool
        from fields
    )
),

counted as (
    select
        *,
        list_contains(
            list_transform([
                usage.prompt_tokens, usage.completion_tokens, usage.total_tokens, usage.input_tokens, usage.output_tokens,
                usage.cache_read_input_tokens, usage."cacheReadInputTokens", usage.prompt_cache_hit_tokens,
                usage.num_cached_tokens, usage.cache_creation_input_tokens, usage."cacheWriteInputTokens",
                usage.cache_creation.ephemeral_5m_input_tokens, usage.cache_creation.ephemeral_1h_input_tokens,
                usage.cache_creation_token_details.ephemeral_5m_input_tokens,
                usage.cache_creation_token_details.ephemeral_1h_input_tokens, usage.web_search_requests,
                usage.num_search_queries, usage.server_side_tool_usage_details.web_search_calls,
                usage.tool_usage.web_search.num_requests, inputs.tool_use_tokens,
                inputs.cache_creation_token_details.ephemeral_12h_input_tokens, more.cache_read_input_tokens,
                more.cache_creation_input_tokens, inputs.cached_tokens, inputs.cache_creation_tokens, inputs.cache_write_tokens,
                inputs.cache_creation_token_details.ephemeral_5m_input_tokens,
                inputs.cache_creation_token_details.ephemeral_1h_input_tokens, inputs.text_tokens, inputs.audio_tokens,
                inputs.image_tokens, inputs.video_tokens, inputs.web_search_requests,
                inputs.cached_tokens_details.audio_tokens, inputs.cached_tokens_details.image_tokens,
                outputs.text_tokens, outputs.audio_tokens, outputs.image_tokens, outputs.video_tokens,
                outputs.reasoning_tokens
            ], lambda written: coalesce(as_count_or_bad(written), 0) < 0), true
        ) as has_bad_count,
        as_count(prompt_text) as prompt_column,
        as_count(completion_text) as completion_column,
        as_count(total_text) as total_column,
        as_count_or_bad(coalesce(usage.prompt_tokens, usage.input_tokens)) as prompt_said,
        as_count_or_bad(coalesce(usage.completion_tokens, usage.output_tokens)) as completion_said,
        as_count_or_bad(usage.total_tokens) as total_said,
        as_count_or_bad(usage.cache_read_input_tokens) as read_said,
        greatest(
            as_count_or_bad(usage.cache_read_input_tokens),
            as_count_or_bad(usage."cacheReadInputTokens"),
            as_count_or_bad(usage.prompt_cache_hit_tokens),
            as_count_or_bad(usage.num_cached_tokens),
            as_count_or_bad(inputs.cached_tokens),
            as_count_or_bad(more.cache_read_input_tokens),
            0
        ) as cache_read,
        greatest(
            as_count_or_bad(usage.cache_creation_input_tokens),
            as_count_or_bad(usage."cacheWriteInputTokens"),
            as_count_or_bad(inputs.cache_creation_tokens),
            as_count_or_bad(inputs.cache_write_tokens),
            as_count_or_bad(more.cache_creation_input_tokens),
            0
        ) as writes_said,
        greatest(
            as_count_or_bad(inputs.cache_creation_token_details.ephemeral_5m_input_tokens),
            as_count_or_bad(usage.cache_creation_token_details.ephemeral_5m_input_tokens),
            as_count_or_bad(usage.cache_creation.ephemeral_5m_input_tokens)
        ) as written_5m,
        greatest(
            as_count_or_bad(inputs.cache_creation_token_details.ephemeral_1h_input_tokens),
            as_count_or_bad(usage.cache_creation_token_details.ephemeral_1h_input_tokens),
            as_count_or_bad(usage.cache_creation.ephemeral_1h_input_tokens)
        ) as written_1h,
        coalesce(greatest(
            as_count_or_bad(inputs.cache_creation_token_details.ephemeral_12h_input_tokens),
            as_count_or_bad(usage.cache_creation_token_details.ephemeral_12h_input_tokens),
            as_count_or_bad(usage.cache_creation.ephemeral_12h_input_tokens)
        ), 0) as written_12h,
        coalesce(as_count_or_bad(inputs.tool_use_tokens), 0) as tool_use_said,
        as_count_or_bad(inputs.text_tokens) as text_in,
        coalesce(as_count_or_bad(inputs.audio_tokens), 0) as audio_said,
        coalesce(as_count_or_bad(inputs.image_tokens), 0) as image_said,
        coalesce(as_count_or_bad(inputs.video_tokens), 0) as video_said,
        as_count_or_bad(inputs.cached_tokens_details.audio_tokens) as cached_audio_said,
        as_count_or_bad(inputs.cached_tokens_details.image_tokens) as cached_image_said,
        as_count_or_bad(outputs.text_tokens) as text_out,
        as_count_or_bad(outputs.audio_tokens) as audio_out_said,
        as_count_or_bad(outputs.image_tokens) as image_out_said,
        coalesce(as_count_or_bad(outputs.video_tokens), 0) as video_out,
        as_count_or_bad(outputs.reasoning_tokens) as reasoning_said,
        greatest(
            as_count_or_bad(usage.server_tool_use.web_search_requests),
            as_count_or_bad(inputs.web_search_requests),
            as_count_or_bad(usage.web_search_requests),
            as_count_or_bad(usage.num_search_queries),
            as_count_or_bad(usage.server_side_tool_usage_details.web_search_calls),
            as_count_or_bad(usage.tool_usage.web_search.num_requests)
        ) as searches,
        -- Tools that the gateway charged for, of which the usage says nothing.
        coalesce(
            as_usd(cost_breakdown.tool_usage_cost) > 0
            and greatest(
                as_count(usage.server_tool_use.web_search_requests), as_count(inputs.web_search_requests),
                as_count(usage.web_search_requests), as_count(usage.num_search_queries),
                as_count(usage.server_side_tool_usage_details.web_search_calls),
                as_count(usage.tool_usage.web_search.num_requests), as_count(inputs.google_maps_grounding_requests), 0
            ) = 0, false
        ) as tool_is_not_counted,
        -- Another model that was asked for advice; its tokens are among those of the call, its price is not.
        coalesce(list_sum(list_transform(
            list_filter(usage.iterations, lambda turn: turn.type = 'advisor_message'),
            lambda turn: coalesce(as_count(turn.input_tokens), 0) + coalesce(as_count(turn.output_tokens), 0)
        )), 0) as advisor_tokens,
        -- What no model of text reports apart: elsewhere a picture is input at the price of text.
        coalesce(regexp_matches(priced_model, 'gpt-image|realtime|live|native-audio|embedding'), false) as prices_pictures_apart,
        -- Providers that hide the tokens of thinking in the total.
        coalesce(regexp_matches(provider || ' ' || priced_model, 'gemini|^google'), false) as hides_thinking
    from usages
),

tokens as (
    select
        *,
        written_said_5m + written_said_1h + written_12h as written_with_ttl,
        case
            when prompt_given > 0 or parts_in = 0 then prompt_given
            else greatest(total_tokens - completion_given, parts_in)
        end as prompt_tokens,
        case
            when completion_given > 0 or parts_out = 0 then completion_given
            when total_tokens is null or total_tokens = prompt_given + parts_out then parts_out
            else completion_given
        end as completion_tokens,
        case when writes_said = 0 then written_said_5m + written_said_1h + written_12h else writes_said end as cache_written
    from (
        select
            *,
            coalesce(
                nullif(prompt_column, 0), prompt_said, prompt_column,
                case when may_lack_tokens and prompt_text is null then 0 end
            ) as prompt_given,
            coalesce(
                nullif(completion_column, 0), completion_said, completion_column,
                case when may_lack_tokens and completion_text is null then 0 end
            ) as completion_given,
            coalesce(nullif(total_column, 0), nullif(total_said, 0)) as total_tokens,
            coalesce(written_5m, 0) as written_said_5m,
            coalesce(written_1h, 0) as written_said_1h,
            coalesce(text_in, 0) + audio_said + image_said + video_said as parts_in,
            coalesce(text_out, 0) + coalesce(audio_out_said, 0) + coalesce(image_out_said, 0) as parts_out
        from counted
    )
),

-- The spend beyond what the gateway's own prices make of a prompt that has everything inside, and what each part would add.
paid as (
    select
        *,
        spend_usd
        - (prompt_tokens - cache_read - cache_written) * input_price
        - completion_tokens * as_price(card.output_cost_per_token)
        - priced(cache_read, card.cache_read_input_token_cost)
        - priced(cache_written - written_said_1h, card.cache_creation_input_token_cost)
        - priced(written_said_1h, card.cache_creation_input_token_cost_above_1hr) as paid_beyond,
        cache_written * input_price as writes_beside,
        (cache_read + cache_written) * input_price as cache_beside
    from (
        select
            *,
            model_map.model_map_value as card,
            as_price(model_map.model_map_value.input_cost_per_token) as input_price
        from tokens
    )
),

-- Whether cache reads and writes are inside of `prompt_tokens`, and reasoning inside of `completion_tokens`.
placed as (
    select
        *,
        case
            when cache_read + cache_written = 0 then 'inside'
            -- Neither the total nor the details decide: the reading that the gateway's own prices make its spend of does.
            when text_in is null and coalesce(beyond_total, 0) = 0 and cache_read + cache_written <= prompt_tokens
                and paid_beyond is not null
                then
                    case
                        when is_near(paid_beyond, writes_beside) then 'writes_outside_prompt'
                        when is_near(paid_beyond, cache_beside) then 'cache_outside_prompt'
                        else 'inside'
                    end
            when cache_read + cache_written <= prompt_tokens
                and (parts_in + cache_read + cache_written = prompt_tokens or total_tokens is null or beyond_total = 0)
                and not (cache_written > 0 and text_in is not null and parts_in + cache_read = prompt_tokens)
                then 'inside'
            when beyond_total = cache_read + cache_written then 'cache_outside_prompt'
            when cache_written > 0 and cache_read <= prompt_tokens then 'writes_outside_prompt'
            when cache_read > prompt_tokens and read_said > 0 then 'cache_outside_prompt'
            else 'inside'
        end as place,
        case
            when reasoning_said > 0 and beyond_total = reasoning_said then 'reasoning_beside_completion'
            when reasoning_said > completion_tokens and coalesce(beyond_total, 0) = 0 and starts_with(provider, 'xai')
                then 'reasoning_beside_completion'
            when beyond_total > 0 and coalesce(reasoning_said, 0) = 0 and hides_thinking and cache_written = 0
                then 'reasoning_only_in_total'
            else 'inside'
        end as reasoning_place
    from (
        select
            *,
            -- Tokens that a tool of the provider put into the prompt stand beside it in some versions.
            case
                when tool_use_said > 0 and unexplained in (tool_use_said, tool_use_said + reasoning_said) then tool_use_said
                else 0
            end as tool_use_beside,
            unexplained - tool_use_beside as beyond_total
        from (select *, total_tokens - prompt_tokens - completion_tokens as unexplained from paid)
    )
),

sides as (
    select
        *,
        case place
            when 'inside' then prompt_tokens - cache_read - cache_written
            when 'writes_outside_prompt' then prompt_tokens - cache_read
            else prompt_tokens
        end
        -- What a search of Google's brings in is free.
        + case when coalesce(searches, 0) = 0 then tool_use_beside else 0 end as fresh_input,
        case reasoning_place
            when 'reasoning_beside_completion' then completion_tokens + reasoning_said
            when 'reasoning_only_in_total' then completion_tokens + beyond_total
            else completion_tokens
        end as output_total,
        case when reasoning_place = 'reasoning_only_in_total' then beyond_total else reasoning_said end as reasoning_tokens
    from placed
),

-- Whether the audio and image tokens include those that were read from the cache: their sum with the rest says so.
parts as (
    select
        *,
        case
            when operation = 'transcription' and text_in is null and audio_said = 0 then fresh_input
            else audio_said
        end as audio_in,
        case when prices_pictures_apart then image_said else 0 end as image_in,
        case when prices_pictures_apart then video_said else 0 end as video_in,
        case
            when operation = 'image_generation' and text_out is null and image_out_said is null then output_total
            else coalesce(image_out_said, 0)
        end as image_out,
        case
            when operation = 'speech' and text_out is null and audio_out_said is null then output_total
            else coalesce(audio_out_said, 0)
        end as audio_out,
        case
            when cache_read = 0 or place = 'cache_outside_prompt' then false
            when text_in is not null and parts_in + tool_use_beside = fresh_input then false
            when text_in is not null and parts_in in (fresh_input + cache_read, prompt_tokens) then true
            when cached_audio_said > 0 or cached_image_said > 0 then true
            else audio_said + image_said + video_said > fresh_input
        end as parts_include_cached
    from sides
),

cached as (
    select
        *,
        case
            when not parts_include_cached then 0
            else coalesce(cached_audio_said, least(audio_in, cached_media))
        end as cached_audio,
        case
            when not parts_include_cached or not prices_pictures_apart then 0
            else coalesce(cached_image_said, least(image_in, cached_media - least(audio_in, cached_media)))
        end as cached_image,
        parts_include_cached and audio_in + image_in > 0 and cached_media < cache_read
        and coalesce(cached_audio_said, cached_image_said) is null as cached_is_taken_as_text
    from (
        select
            *,
            greatest(
                case
                    when text_in is not null then cache_read - text_in
                    else audio_said + image_said + video_said - fresh_input
                end, 0
            ) as cached_media
        from parts
    )
),

metered as (
    select
        *,
        list_filter([
            {meter: 'image_output_tokens', quantity: cast(image_out as decimal(18, 3))},
            {meter: 'video_output_tokens', quantity: cast(video_out as decimal(18, 3))},
            {meter: 'video_input_tokens', quantity: cast(video_in as decimal(18, 3))},
            {meter: 'cache_read_audio_tokens', quantity: cast(cached_audio as decimal(18, 3))},
            {meter: 'cache_read_image_tokens', quantity: cast(cached_image as decimal(18, 3))},
            {meter: 'cache_write_12h_tokens', quantity: cast(written_12h as decimal(18, 3))},
            {
                meter: 'audio_input_seconds',
                quantity: coalesce(
                    as_measure(usage.prompt_audio_seconds),
                    case
                        when prompt_tokens = 0
                            then as_measure(coalesce(usage.seconds, usage.audio_seconds, inputs.audio_length_seconds))
                    end
                )
            },
            {meter: 'video_output_seconds', quantity: as_measure(usage.duration_seconds)},
            {meter: 'video_input_seconds', quantity: as_measure(inputs.video_length_seconds)},
            {
                meter: 'input_characters',
                quantity: case
                    when prompt_tokens = 0
                        then as_measure(coalesce(
                            usage.input_characters, usage.characters, usage.character_count, inputs.character_count
                        ))
                end
            },
            {meter: 'input_images', quantity: as_measure(inputs.image_count)},
            {meter: 'pages', quantity: as_measure(coalesce(usage.pages_processed, usage.usage_info.pages_processed))},
            {meter: 'rerank_searches', quantity: as_measure(coalesce(usage.search_units, usage.billed_units.search_units))},
            {
                meter: 'maps_grounding_requests',
                quantity: as_measure(coalesce(
                    inputs.google_maps_grounding_requests, inputs.maps_grounding_requests, inputs.google_maps_requests,
                    usage.maps_grounding_requests
                ))
            },
            {meter: 'citation_tokens', quantity: as_measure(usage.citation_tokens)},
            {meter: 'search_sources', quantity: as_measure(usage.num_sources_used)},
            {meter: 'code_sessions', quantity: case when operation = 'container' and not is_tool then 1 end},
            {meter: 'tool_calls', quantity: case when (is_tool and spend_usd > 0) or tool_is_not_counted then 1 end},
            {meter: 'advisor_tokens', quantity: cast(advisor_tokens as decimal(18, 3))}
        ], lambda other: other.quantity > 0) as others
    from cached
),

-- Whether anything is counted of what the call must have used: a picture, speech, a second, a search, a token.
judged as (
    select
        *,
        from_gateway_cache or (asked_no_model and not (is_tool and coalesce(spend_usd, 0) > 0)) as used_nothing,
        status = 'success' and not from_gateway_cache and len(others) = 0
        and case
            when operation in ('image_generation', 'speech', 'video') then output_total = 0
            when operation in ('batch', 'container', 'moderation', 'realtime') or is_no_call or is_tool then false
            else prompt_tokens + output_total + coalesce(searches, 0) = 0
        end as is_not_reported,
        case when len(others) = 1 then 1 else 0 end as one_other
    from (
        select
            *,
            -- A request that the gateway refused has no provider or no model, and no tokens.
            is_no_call or is_tool
            or (status = 'error' and (provider is null or priced_model is null) and prompt_tokens + completion_tokens = 0)
                as asked_no_model
        from metered
    )
),

shown as (
    select
        *,
        fresh_input - (audio_in - cached_audio) - (image_in - cached_image) - one_other * video_in as uncached,
        output_total - audio_out - one_other * (image_out + video_out) as output_tokens,
        cache_read - one_other * (cached_audio + cached_image) as read_tokens
    from judged
)

select
    source_line,
    coalesce(
        given_id,
        'no id ' || md5(concat_ws(
            '|', started_text, ended_text, provider, called_model, prompt_text, completion_text, total_text, api_key_id, session_id
        ))
    ) as request_id,
    cast(1 as bigint) as attempt,
    started_at,
    ended_at,
    case when asked_no_model then coalesce(provider, 'not_reported') else provider end as provider,
    case
        when used_nothing and not from_gateway_cache then null
        when is_tool then coalesce(called_model, tool)
        else priced_model
    end as model,
    status,
    case when operation = 'batch' then 'batch' else served_tier(usage, cost_breakdown) end as service_tier,
    lower(coalesce(
        as_id(usage.inference_geo),
        as_id(cost_breakdown.data_residency),
        as_id(cost_breakdown.vertex_location),
        as_id(cost_breakdown.region),
        as_id(cost_breakdown.region_name)
    )) as region,
    operation,
    case
        when used_nothing then null
        when is_not_reported then 'zero_is_not_reported'
        when tool_use_beside > 0 then 'tool_use_outside_prompt'
        when place <> 'inside' then place
        when reasoning_place <> 'inside' then reasoning_place
        when cache_written > 0 and text_in is null and coalesce(abs(paid_beyond) * 100 > spend_usd, true)
            then 'writes_taken_as_inside'
        when cached_is_taken_as_text then 'cached_parts_are_text'
        when parts_include_cached and audio_in + image_in > 0 then 'parts_include_cached'
        when prompt_given < prompt_tokens or completion_given < completion_tokens or writes_said < cache_written
            or (cache_read > 0 and read_said = 0)
            then 'details_over_zero'
        when audio_said < audio_in or coalesce(audio_out_said, 0) < audio_out or coalesce(image_out_said, 0) < image_out
            then 'media_without_details'
    end as usage_reading,
    counted_unless(is_not_reported, used_nothing, uncached) as uncached_input_tokens,
    counted_unless(is_not_reported, used_nothing, read_tokens) as cache_read_tokens,
    counted_unless(is_not_reported, used_nothing, written_5m) as cache_write_5m_tokens,
    counted_unless(is_not_reported, used_nothing, written_1h) as cache_write_1h_tokens,
    counted_unless(
        is_not_reported, used_nothing, cache_written - written_with_ttl + (1 - one_other) * written_12h
    ) as cache_write_tokens,
    counted_unless(is_not_reported, used_nothing, output_tokens) as output_tokens,
    counted_unless(is_not_reported, used_nothing, reasoning_tokens) as reasoning_tokens,
    counted_unless(is_not_reported, used_nothing, audio_in - cached_audio) as audio_input_tokens,
    counted_unless(is_not_reported, used_nothing, audio_out) as audio_output_tokens,
    counted_unless(is_not_reported, used_nothing, nullif(image_in - cached_image, 0)) as image_input_tokens,
    counted_unless(is_not_reported, used_nothing, searches) as web_search_requests,
    case
        when used_nothing then null
        when len(others) > 1 then 'several_other_meters'
        else others[1].meter
    end as other_meter,
    case
        when used_nothing then null
        when len(others) > 1 then cast(len(others) as decimal(18, 3))
        else others[1].quantity
    end as other_quantity,
    cast(null as varchar) as other_attribute,
    case when from_gateway_cache then prompt_tokens + completion_tokens end as gateway_cached_tokens,
    spend_usd as reported_cost_usd,
    metadata.spend_logs_metadata.team as team,
    metadata.spend_logs_metadata.feature as feature,
    metadata.spend_logs_metadata.environment as environment,
    customer_id,
    user_id,
    session_id as trace_id,
    session_id,
    api_key_id,
    metadata.user_api_key_project_id as project_id,
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
        when provider is null and not asked_no_model then 'custom_llm_provider is missing'
        when priced_model is null and not asked_no_model then 'model is missing'
        when ended_at is null then no_instant('endTime', ended_text)
        when started_text is not null and started_at is null then no_instant('startTime', started_text)
        when started_at > ended_at then 'startTime is after endTime'
        when status not in ('success', 'error', 'cancelled') then not_one_of('status', status_text)
        when bad_count(prompt_text, prompt_column) or prompt_tokens is null or prompt_tokens < 0
            then no_count('prompt_tokens', coalesce(prompt_text, 'not given'))
        when bad_count(completion_text, completion_column) or completion_tokens is null or completion_tokens < 0
            then no_count('completion_tokens', coalesce(completion_text, 'not given'))
        when bad_count(total_text, total_column) then no_count('total_tokens', total_text)
        when is_no_call then null
        when as_count_or_bad(usage.server_tool_use.web_search_requests) < 0 then 'web_search_requests is not a count'
        when has_bad_count then 'usage_object has a count that is none'
        when beyond_total <> 0 and reasoning_place = 'inside'
            and (place = 'inside' or beyond_total not in (cache_written, cache_read + cache_written))
            then 'total_tokens ' || cast(total_tokens as varchar) || ' is not prompt_tokens ' || cast(prompt_tokens as varchar)
                || ' + completion_tokens ' || cast(completion_tokens as varchar)
        when fresh_input < 0
            then 'prompt_tokens ' || cast(prompt_tokens as varchar) || ' is less than the cached and written tokens in it'
        when least(uncached, read_tokens, audio_in - cached_audio, image_in - cached_image) < 0
            then 'prompt_tokens ' || cast(prompt_tokens as varchar) || ' is less than its parts'
        when written_with_ttl > cache_written
            then 'cache writes by time to live exceed cache_creation_input_tokens'
        when output_total < audio_out then 'audio output exceeds completion_tokens'
        when output_total < audio_out + image_out + video_out then 'image output exceeds completion_tokens'
        when reasoning_tokens > output_total
            then 'reasoning_tokens exceed completion_tokens ' || cast(completion_tokens as varchar)
        when request_tags is not null and as_tags(request_tags) is null
            then 'request_tags is not a list: ' || cited(request_tags)
    end as reject_reason
from shown
