-- Macros that turn the text of a source into typed values; null where the text is not such a value.

-- A whole number below 1e15, also when written 12.0; the first branch is the fast one. No cast may fail: the engine can
-- compute what several of them share before it looks at their conditions.
create or replace macro as_count(value) as case
    when cast(try_cast(value as bigint) as varchar) = value and try_cast(value as bigint) < 1000000000000000
        then try_cast(value as bigint)
    when abs(try_cast(value as decimal(38, 9))) < 1000000000000000
        and try_cast(value as decimal(38, 9)) = try_cast(try_cast(value as decimal(38, 9)) as bigint)
        then try_cast(try_cast(value as decimal(38, 9)) as bigint)
end;

-- An instant of the years 2020 to 2099; there was no priced API before, and no day is kept after.
create or replace macro in_range(instant) as case
    when instant >= timestamptz '2020-01-01 00:00:00+00' and instant < timestamptz '2100-01-01 00:00:00+00'
        then instant
end;

-- A time with its offset from UTC, as RFC 3339 or a database writes it (Z, UTC, +00, +0530, +05:30); one without is none.
create or replace macro as_instant(value) as in_range(case
    when value like '%Z' then try_cast(value as timestamptz)
    when regexp_matches(value, ':[0-9]{2}([.][0-9]+)?(z| ?UTC| ?[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)$')
        then try_cast(upper(regexp_replace(value, ' ([+-])', '\1')) as timestamptz)
end);

-- The same of a source whose database keeps UTC: there a time without an offset is one too.
create or replace macro as_utc_instant(value) as coalesce(as_instant(value), in_range(case
    when regexp_full_match(value, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?')
        then try_cast(value as timestamp) at time zone 'UTC'
end));

-- An id; the texts that a program writes for nothing are none.
create or replace macro as_id(value) as case when value not in ('', 'None', 'null') then value end;

-- A truth value as databases and programs write it; what is none of these is false.
create or replace macro as_true(value) as coalesce(lower(value) in ('true', 't', '1', 'yes'), false);

-- US dollars below 1e15 from their decimal text; never through a float. What is larger is a mistake, and no sum overflows.
create or replace macro as_usd(value) as cast(try_cast(value as decimal(27, 12)) as decimal(38, 12));

-- A quantity below 1e12 with at most three decimals.
create or replace macro as_quantity(value) as case
    when try_cast(value as decimal(15, 3)) = try_cast(value as decimal(38, 9))
        then cast(try_cast(value as decimal(15, 3)) as decimal(18, 3))
end;

-- The JSON pointer of one key.
create or replace macro json_path(key) as '/' || replace(replace(key, '~', '~0'), '/', '~1');

-- A map {"k": "v"}, a list ["k:v"] or an array {k:v} of PostgreSQL as a sorted JSON list of "k:v" texts.
create or replace macro as_tags(value) as case
    when value is null then null
    when json_valid(value) and json_type(value) = 'OBJECT'
        then cast(to_json(list_sort(list_transform(
            json_keys(value),
            lambda key: key || ':' || coalesce(json_extract_string(value, json_path(key)), '')
        ))) as varchar)
    when json_valid(value) and json_type(value) = 'ARRAY'
        then cast(to_json(list_sort(cast(from_json(value, '["VARCHAR"]') as varchar[]))) as varchar)
    when regexp_full_match(value, '[{](("([^"\\]|\\.)*"|[^",{}]+)(,|[}]$))+')
        then cast(to_json(list_sort(list_transform(
            regexp_extract_all(value[2:-2], '"(?:[^"\\]|\\.)*"|[^,]+'),
            lambda tag: case when tag like '"%' then json_extract_string(tag, '$') else trim(tag) end
        ))) as varchar)
end;

-- A list of {hash, tokens} in one spelling; whatever else its elements carry stays out.
create or replace macro as_prefix_hashes(value) as case
    when json_valid(value) and json_type(value) = 'ARRAY'
        then cast(to_json(from_json(value, '[{"hash": "VARCHAR", "tokens": "BIGINT"}]')) as varchar)
end;

-- Like as_count, but what is written and is no count is -1, so that it is found instead of missed.
create or replace macro as_count_or_bad(value) as case when value is not null then coalesce(as_count(value), -1) end;

-- A count was written and it is not one, or it is negative.
create or replace macro bad_count(written, counted) as written is not null and coalesce(counted, -1) < 0;

-- What a sentence cites of a row: enough to know it by, and never a whole prompt.
create or replace macro cited(written) as left(cast(written as varchar), 200);

-- Sentences of `reject_reason`.
create or replace macro no_count(name, written) as name || ' is not a count: ' || cited(written);

create or replace macro no_instant(name, written) as case
    when written is null then name || ' is missing'
    else name || ' is no time with an offset, 2020 to 2099: ' || cited(written)
end;

create or replace macro not_one_of(name, written) as name || ' is unknown: ' || cited(written);

-- A measure that need not be whole, rounded to three decimals.
create or replace macro as_measure(value) as try_cast(value as decimal(18, 3));

-- A meter of a call: null where it must have one and none is reported, 0 where nothing was called.
create or replace macro counted_unless(is_not_reported, used_nothing, counted) as case
    when is_not_reported then null
    when used_nothing then 0
    else counted
end;

-- What the gateway was asked that no model was: nothing of it has a price of its own.
create or replace macro is_no_call(operation) as coalesce(operation in (
    'batch_job', 'file', 'fine_tuning', 'read', 'response_read', 'tool', 'vector_store'
), false);

-- Calls that use something other than text: where they count nothing, what they used is not reported.
create or replace macro is_media(operation) as operation in (
    'image_generation', 'ocr', 'rerank', 'speech', 'transcription', 'video'
);

-- Kind of call by the name LiteLLM gives it, without the letter of its asynchronous twin.
create or replace macro as_operation(call_type) as case
    when call_type in ('acompletion', 'completion') then 'chat'
    when coalesce(call_type, '') = '' then null
    when regexp_full_match(
        call_type, '_?a?(completion|responses|responses_websocket|compact_responses|generate_content|generate_content_stream)'
    ) or call_type = 'anthropic_messages' then 'chat'
    when regexp_full_match(call_type, 'a?text_completion') then 'text_completion'
    when regexp_full_match(call_type, 'a?embeddings?') then 'embeddings'
    when regexp_full_match(call_type, 'a?image_(generation|edit|variation)') then 'image_generation'
    when regexp_full_match(call_type, 'a?(create_video|video_(generation|remix|edit|extension))') then 'video'
    when regexp_full_match(call_type, '_?a?(speech|transcription|rerank|moderation|ocr|realtime|search)')
        then regexp_extract(call_type, 'speech|transcription|rerank|moderation|ocr|realtime|search')
    when regexp_full_match(call_type, 'a?retrieve_batch') then 'batch'
    when regexp_full_match(call_type, 'a?(create_batch|cancel_batch|list_batches)') then 'batch_job'
    when call_type = 'call_mcp_tool' then 'mcp'
    when regexp_full_match(call_type, 'a?create_container') then 'container'
    when regexp_full_match(call_type, 'a?(run_code|code_interpreter_tool|create_sandbox|ingest|query)') then 'tool'
    when regexp_full_match(call_type, 'a?(get_responses|delete_responses|cancel_responses|list_input_items)') then 'response_read'
    when regexp_full_match(call_type, 'a?(create_file|file_.*)') then 'file'
    when regexp_full_match(call_type, 'a?vector_store.*') then 'vector_store'
    when regexp_full_match(call_type, 'a?.*fine_tuning_job.*') then 'fine_tuning'
    when regexp_full_match(
        call_type,
        'a?(_?add_message|create_(thread|assistants|skill|realtime_.*session|realtime_client_secret|realtime_.*_client_secret)'
        || '|upload_container_file|(get|list|retrieve|delete)_.*'
        || '|video_(retrieve|retrieve_job|content|list|delete|status|create_character|get_character))'
    ) then 'read'
    else call_type
end;

-- A name of a tier as the book has it; OpenAI calls `priority` also `fast`.
create or replace macro as_tier(written) as case
    when written in ('auto', 'default', 'on_demand', 'standard') then 'standard'
    when written = 'fast' then 'priority'
    else regexp_replace(written, '^on_demand_', '')
end;

create or replace macro named_tier(usage, priced) as as_tier(coalesce(
    nullif(lower(as_id(usage.service_tier)), 'auto'), lower(as_id(usage.traffic_type)), lower(as_id(priced.service_tier))
));

-- The tier a call was served at: its usage says so, else the gateway's account of its price; `speed` is Anthropic's.
create or replace macro served_tier(usage, priced) as case
    when lower(usage.speed) = 'fast' and coalesce(named_tier(usage, priced), 'standard') = 'standard' then 'fast'
    when lower(usage.speed) = 'fast' then 'fast_' || named_tier(usage, priced)
    else named_tier(usage, priced)
end;

-- What is read of the usage in a LiteLLM record; the names are those of OpenAI, Anthropic, Bedrock, DeepSeek, Mistral, Perplexity and xAI.
create or replace macro litellm_usage() as replace(replace('{
    "prompt_tokens": "VARCHAR", "completion_tokens": "VARCHAR", "total_tokens": "VARCHAR",
    "input_tokens": "VARCHAR", "output_tokens": "VARCHAR",
    "cache_read_input_tokens": "VARCHAR", "cache_creation_input_tokens": "VARCHAR",
    "cacheReadInputTokens": "VARCHAR", "cacheWriteInputTokens": "VARCHAR",
    "prompt_cache_hit_tokens": "VARCHAR", "num_cached_tokens": "VARCHAR",
    "cache_creation": TTL, "cache_creation_token_details": TTL,
    "prompt_tokens_details": PARTS, "input_tokens_details": PARTS, "input_token_details": PARTS,
    "completion_tokens_details": PARTS, "output_tokens_details": PARTS, "output_token_details": PARTS,
    "service_tier": "VARCHAR", "traffic_type": "VARCHAR", "speed": "VARCHAR", "inference_geo": "VARCHAR",
    "server_tool_use": {"web_search_requests": "VARCHAR"}, "web_search_requests": "VARCHAR",
    "server_side_tool_usage_details": {"web_search_calls": "VARCHAR"},
    "tool_usage": {"web_search": {"num_requests": "VARCHAR"}},
    "iterations": [{"type": "VARCHAR", "input_tokens": "VARCHAR", "output_tokens": "VARCHAR"}],
    "num_search_queries": "VARCHAR", "num_sources_used": "VARCHAR", "citation_tokens": "VARCHAR",
    "maps_grounding_requests": "VARCHAR", "seconds": "VARCHAR", "audio_seconds": "VARCHAR",
    "prompt_audio_seconds": "VARCHAR",
    "duration_seconds": "VARCHAR", "characters": "VARCHAR", "input_characters": "VARCHAR", "character_count": "VARCHAR",
    "pages_processed": "VARCHAR", "usage_info": {"pages_processed": "VARCHAR"},
    "search_units": "VARCHAR", "billed_units": {"search_units": "VARCHAR"}
}', 'PARTS', '{
    "text_tokens": "VARCHAR", "audio_tokens": "VARCHAR", "image_tokens": "VARCHAR", "video_tokens": "VARCHAR",
    "cached_tokens": "VARCHAR", "cached_tokens_details": {"audio_tokens": "VARCHAR", "image_tokens": "VARCHAR"},
    "cache_creation_tokens": "VARCHAR", "cache_write_tokens": "VARCHAR", "cache_creation_token_details": TTL,
    "reasoning_tokens": "VARCHAR", "web_search_requests": "VARCHAR", "maps_grounding_requests": "VARCHAR",
    "google_maps_requests": "VARCHAR", "google_maps_grounding_requests": "VARCHAR", "tool_use_tokens": "VARCHAR",
    "audio_length_seconds": "VARCHAR", "character_count": "VARCHAR", "image_count": "VARCHAR",
    "video_length_seconds": "VARCHAR"
}'), 'TTL', '{
    "ephemeral_5m_input_tokens": "VARCHAR", "ephemeral_1h_input_tokens": "VARCHAR", "ephemeral_12h_input_tokens": "VARCHAR"
}');

-- What is read of the metadata of a LiteLLM record; prompts and answers, which it may hold, are not.
create or replace macro litellm_metadata() as replace('{
    "usage_object": USAGE, "additional_usage_values": USAGE,
    "spend_logs_metadata": {"team": "VARCHAR", "feature": "VARCHAR", "environment": "VARCHAR"},
    "user_api_key_project_id": "VARCHAR",
    "model_map_information": {"model_map_key": "VARCHAR"}, "batch_models": ["VARCHAR"],
    "cost_breakdown": {
        "service_tier": "VARCHAR", "data_residency": "VARCHAR", "vertex_location": "VARCHAR", "region": "VARCHAR",
        "region_name": "VARCHAR", "tool_usage_cost": "VARCHAR"
    }
}', 'USAGE', litellm_usage());
