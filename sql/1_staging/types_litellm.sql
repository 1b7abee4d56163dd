-- Macros of LiteLLM's records: the kinds of its calls, their tiers, and what is read of their metadata.

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

-- An object of JSON, also where it is written as a text; null where it is none.
create or replace macro as_object(value) as case
    when not json_valid(value) then null
    when value like '"%' then json_extract_string(value, '$')
    else value
end;

-- Dollars per token as the gateway has them, up to 1 USD.
create or replace macro as_price(written) as try_cast(written as decimal(16, 15));

-- What tokens cost at such a price; none cost nothing, whatever the price.
create or replace macro priced(tokens, price) as case when tokens = 0 then 0 else tokens * as_price(price) end;

-- Two amounts that are one, but for a hundredth of it.
create or replace macro is_near(one, other) as coalesce(other > 0 and abs(one - other) * 100 <= other, false);

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

-- Which model was priced, at which dollars per token.
create or replace macro litellm_model_map() as '{"model_map_key": "VARCHAR", "model_map_value": {
    "input_cost_per_token": "VARCHAR", "output_cost_per_token": "VARCHAR", "cache_read_input_token_cost": "VARCHAR",
    "cache_creation_input_token_cost": "VARCHAR", "cache_creation_input_token_cost_above_1hr": "VARCHAR"
}}';

-- The tier, the place and the tools that were priced.
create or replace macro litellm_cost_breakdown() as '{
    "service_tier": "VARCHAR", "data_residency": "VARCHAR", "vertex_location": "VARCHAR", "region": "VARCHAR",
    "region_name": "VARCHAR", "tool_usage_cost": "VARCHAR"
}';

-- What is read of the metadata of a LiteLLM record; prompts and answers, which it may hold, are not.
create or replace macro litellm_metadata() as replace(replace(replace('{
    "usage_object": USAGE, "additional_usage_values": USAGE,
    "spend_logs_metadata": {"team": "VARCHAR", "feature": "VARCHAR", "environment": "VARCHAR"},
    "user_api_key_project_id": "VARCHAR", "user_api_key_hash": "VARCHAR", "batch_models": ["VARCHAR"],
    "model_map_information": MODEL_MAP, "cost_breakdown": COST_BREAKDOWN
}', 'USAGE', litellm_usage()), 'MODEL_MAP', litellm_model_map()), 'COST_BREAKDOWN', litellm_cost_breakdown());

-- What is read of an answer.
create or replace macro litellm_response() as replace('{"usage": USAGE}', 'USAGE', litellm_usage());
