"""Calls as LiteLLM logs them, with what they cost: names, kinds and usage as versions and providers write.

Every amount adds up by hand: tokens times dollars per million, from the price book of the project.
"""

from typing import Any

Row = dict[str, Any]
CLAUDE, OPUS = "claude-sonnet-4-5-20250929", "claude-opus-4-8"
MINI, GEMINI, GROK = "gpt-5-mini", "gemini-2.5-flash", "grok-4.3"
INPUTS, OUTPUTS = "prompt_tokens_details", "completion_tokens_details"


def call(provider: str | None, model: str | None, prompt: int, completion: int, **more: Any) -> Row:
    """A record without an id; `usage`, `metadata` and `total` say what differs from a plain one."""
    usage, metadata = more.pop("usage", {}), more.pop("metadata", {})
    counts = {
        "prompt_tokens": prompt, "completion_tokens": completion,
        "total_tokens": more.pop("total", prompt + completion),
    }  # fmt: skip
    return {
        "call_type": "acompletion", "startTime": "2026-08-20 10:00:00", "endTime": "2026-08-20 10:00:01",
        "model": model, "custom_llm_provider": provider, "status": "success", "spend": 0, **counts,
        "metadata": {"usage_object": counts | usage, **metadata}, **more,
    }  # fmt: skip


def plain(provider: str | None, model: str) -> Row:
    """1,000 tokens in and 100 out."""
    return call(provider, model, 1000, 100)


def claude(prompt: int, **more: Any) -> Row:
    """500 tokens read and 400 written beside or among the prompt; 50 out."""
    cache = {"cache_read_input_tokens": 500, "cache_creation_input_tokens": 400}
    return call("anthropic", CLAUDE, prompt, 50, **{"usage": cache, **more})


def media(kind: str, provider: str, model: str, prompt: int = 0, completion: int = 0, **more: Any) -> Row:
    return call(provider, model, prompt, completion, call_type=kind, **more)


def priced_at(row: Row, spend: str) -> Row:
    """A row whose gateway states its spend and the dollars per token it was made of."""
    prices = {
        "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05, "cache_read_input_token_cost": 3e-07,
        "cache_creation_input_token_cost": 3.75e-06,
    }  # fmt: skip
    known = {"model_map_key": CLAUDE, "model_map_value": prices}
    return row | {"spend": spend, "metadata": row["metadata"] | {"model_map_information": known}}


# 1000 x 1 + 100 x 5; a tenth more in a region.
HAIKU, REGIONAL_HAIKU = "0.0015", "0.00165"
# 1000 x 2.5 + 100 x 10; 1000 x 2.75 + 100 x 11; 1000 x 0.25 + 100 x 2; 1000 x 0.3 + 100 x 2.5.
GPT_4O, EU_GPT_4O, GPT_5_MINI, FLASH = "0.0035", "0.00385", "0.00045", "0.00055"
BEDROCK = "anthropic.claude-haiku-4-5-20251001-v1:0"
NAMES: list[tuple[str | None, str, str | None]] = [
    ("bedrock", BEDROCK, REGIONAL_HAIKU),
    ("bedrock_converse", f"global.{BEDROCK}", HAIKU),
    ("bedrock", f"bedrock/converse/us.{BEDROCK}", REGIONAL_HAIKU),
    ("bedrock", f"bedrock/us-east-1/{BEDROCK}", REGIONAL_HAIKU),
    ("bedrock", f"arn:aws:bedrock:eu-west-1:12:inference-profile/eu.{BEDROCK}", REGIONAL_HAIKU),
    ("bedrock", f"arn:aws:bedrock:us-east-1:12:inference-profile/global.{BEDROCK}", HAIKU),
    ("bedrock", "arn:aws:bedrock:us-east-1:12:application-inference-profile/x1", None),
    ("vertex_ai-anthropic_models", "claude-haiku-4-5@20251001", HAIKU),
    ("vertex_ai_beta", "vertex_ai/claude-haiku-4-5@20251001", HAIKU),
    ("VERTEX_AI", "claude-haiku-4-5", HAIKU),
    ("vertex_ai-language-models", "publishers/google/models/gemini-2.5-flash", FLASH),
    ("gemini", "gemini/models/gemini-2.5-flash", FLASH),
    ("azure_ai", "azure_ai/claude-haiku-4-5", HAIKU),
    (None, "anthropic/claude-haiku-4-5", HAIKU),
    ("None", "anthropic/claude-haiku-4-5", HAIKU),
    ("openrouter", "anthropic/claude-haiku-4.5", HAIKU),
    ("azure", "azure/eu/gpt-4o-2024-08-06", EU_GPT_4O),
    ("azure", "gpt-4o-2024-08-06", GPT_4O),
    ("azure", "azure/responses/gpt-5-mini-2025-08-07", GPT_5_MINI),
    ("openai", "responses/gpt-5-mini", GPT_5_MINI),
    ("azure", "gpt-35-turbo", "0.00065"),
    ("openai", "ft:gpt-4o-2024-08-06:acme::x1", "0.00525"),
    ("text-completion-openai", "gpt-3.5-turbo-instruct", "0.0017"),
    ("openai_like", "gpt-4o", None),
    ("hosted_vllm", "gpt-4o", None),
]
ROWS: dict[str, tuple[Row, str | None]] = {
    f"{provider} {model}": (plain(provider, model), usd) for provider, model, usd in NAMES
}

# What the prompt contains: 100 x 3 + 500 x 0.3 + 400 x 3.75 + 50 x 15, whatever the version wrote.
CACHED = "0.0027"
ROWS |= {
    "all inside": (claude(1000), CACHED),
    "all outside": (claude(100), CACHED),
    "all outside, in the total": (claude(100, total=1050), CACHED),
    "writes outside": (claude(600), CACHED),
    "writes outside, the text tells": (
        # 100 x 3 + 500 x 0.3 + 40 x 3.75 + 50 x 15
        claude(
            600,
            usage={
                "cache_read_input_tokens": 500, "cache_creation_input_tokens": 40,
                INPUTS: {"cached_tokens": 500, "text_tokens": 100},
            },
        ),
        "0.00135",
    ),
    # 500 x 3 + 500 x 0.3 + 400 x 3.75 + 50 x 15, as the spend and the prices of the gateway say.
    "writes outside, the spend tells": (priced_at(claude(1000), "0.0039"), "0.0039"),
    # 1000 x 3 + 500 x 0.3 + 400 x 3.75 + 50 x 15
    "all outside, the spend tells": (priced_at(claude(1000), "0.0054"), "0.0054"),
    "all inside, the spend tells": (priced_at(claude(1000), "0.0027"), CACHED),
    "a spend that tells nothing": (priced_at(claude(1000), "0.0031"), CACHED),
    "zeros at the top": (
        claude(
            1000,
            usage={
                "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0,
                INPUTS: {"cached_tokens": 500, "cache_creation_tokens": 400},
            },
        ),
        CACHED,
    ),
    "cached tokens beside the usage object": (
        call(
            "openai", MINI, 1000, 100,
            usage={INPUTS: None},
            metadata={"additional_usage_values": {INPUTS: {"cached_tokens": 400}}},
        ),
        # 600 x 0.25 + 400 x 0.025 + 100 x 2
        "0.00036",
    ),
    # Opus 4.8 sells no twelve-hour writes.
    "written for twelve hours": (
        call(
            "anthropic", OPUS, 1000, 50,
            usage={INPUTS: {"cache_creation_token_details": {"ephemeral_12h_input_tokens": 400}}},
        ),
        None,
    ),
}  # fmt: skip

# Parts that have a price of their own.
ROWS |= {
    # 1000 x 0.3 + 500 x 2.5: thinking is output, wherever it stands.
    "thinking inside": (
        call("gemini", GEMINI, 1000, 500, usage={OUTPUTS: {"reasoning_tokens": 400}}), "0.00155"
    ),
    "thinking beside": (
        call("gemini", GEMINI, 1000, 100, total=1500, usage={OUTPUTS: {"reasoning_tokens": 400}}), "0.00155"
    ),
    "thinking in the total alone": (call("gemini", GEMINI, 1000, 100, total=1500), "0.00155"),
    # 9992 x 1.25 + 128 x 0.2 + (1499 + 2809) x 2.5
    "reasoning beside": (
        call(
            "xai", GROK, 10120, 1499, total=14428,
            usage={INPUTS: {"cached_tokens": 128}, OUTPUTS: {"reasoning_tokens": 2809}},
        ),
        "0.0232856",
    ),
    # 1200 x 0.3 + 100 x 2.5; what a search brings in is free, the search is 35 of a thousand.
    "a tool's tokens beside": (
        call("gemini", GEMINI, 1000, 100, total=1300, usage={INPUTS: {"tool_use_tokens": 200}}), "0.00061"
    ),
    "a search's tokens beside": (
        call(
            "gemini", GEMINI, 1000, 100, total=1300,
            usage={INPUTS: {"tool_use_tokens": 200, "web_search_requests": 1}},
        ),
        "0.03555",
    ),
    # 400 x 0.3 + 100 x 0.03 + 200 x 1 + 300 x 0.1 + 100 x 2.5
    "cached speech": (
        call(
            "gemini", GEMINI, 1000, 100,
            usage={
                INPUTS: {
                    "cached_tokens": 400, "text_tokens": 500, "audio_tokens": 500,
                    "cached_tokens_details": {"audio_tokens": 300, "text_tokens": 100},
                }
            },
        ),
        "0.000603",
    ),
    # 742 + 258 tokens at the price of text
    "a picture shown to a model of text": (
        call("gemini", GEMINI, 1000, 100, usage={INPUTS: {"text_tokens": 742, "image_tokens": 258}}), FLASH
    ),
    # 700 x 2.5 + 300 x 40 + 40 x 10 + 60 x 80
    "speech in and out": (
        call(
            "openai", "gpt-4o-audio-preview-2024-12-17", 1000, 100,
            usage={INPUTS: {"audio_tokens": 300}, OUTPUTS: {"audio_tokens": 60}},
        ),
        "0.01895",
    ),
    # 1000 x 5 + 50 x 25, and 10 of a thousand for each search
    "searches": (
        call(
            "anthropic", OPUS, 1000, 50,
            usage={"server_tool_use": {"web_search_requests": 3}},
            metadata={"cost_breakdown": {"tool_usage_cost": 0.03}},
        ),
        "0.03625",
    ),
    "searches of the Responses API": (
        call("openai", MINI, 1000, 100, usage={"tool_usage": {"web_search": {"num_requests": 2}}}),
        "0.02045",
    ),
    "a tool that nothing counts": (
        call("openai", MINI, 1000, 100, metadata={"cost_breakdown": {"tool_usage_cost": 0.01}}), None
    ),
    "advice of another model": (
        call(
            "anthropic", CLAUDE, 1000, 50,
            usage={"iterations": [{"type": "advisor_message", "input_tokens": 600, "output_tokens": 20}]},
        ),
        None,
    ),
    "two meters without a column": (
        call(
            "gemini", GEMINI, 1000, 100,
            usage={INPUTS: {"google_maps_grounding_requests": 1}, OUTPUTS: {"image_tokens": 50}},
        ),
        None,
    ),
}  # fmt: skip

# Tier and place: that which was served.
ROWS |= {
    # 1000 x 10 + 50 x 50
    "fast": (call("anthropic", OPUS, 1000, 50, usage={"speed": "fast"}), "0.0125"),
    # 1000 x 2.5 + 50 x 12.5
    "tier batch": (call("anthropic", OPUS, 1000, 50, usage={"service_tier": "batch"}), "0.003125"),
    # 1000 x 0.45 + 100 x 3.6
    "auto, priced as priority": (
        call(
            "openai", MINI, 1000, 100,
            usage={"service_tier": "auto"}, metadata={"cost_breakdown": {"service_tier": "priority"}},
        ),
        "0.00081",
    ),
    # 1000 x 0.125 + 100 x 1
    "priced as flex": (
        call("openai", MINI, 1000, 100, metadata={"cost_breakdown": {"service_tier": "FLEX"}}), "0.000225"
    ),
    "no tier": (call("openai", MINI, 1000, 100, usage={"service_tier": "None"}), GPT_5_MINI),
    "scale": (call("openai", MINI, 1000, 100, usage={"service_tier": "scale"}), None),
    # 1000 x 5.5 + 50 x 27.5; 1000 x 0.825 + 100 x 4.95
    "in the US": (call("anthropic", OPUS, 1000, 50, usage={"inference_geo": "US"}), "0.006875"),
    "resident in the EU": (
        call("openai", "gpt-5.4-mini", 1000, 100, metadata={"cost_breakdown": {"data_residency": "eu"}}),
        "0.00132",
    ),
    "a region of Vertex": (
        call(
            "vertex_ai", "claude-haiku-4-5@20251001", 1000, 100,
            metadata={"cost_breakdown": {"vertex_location": "us-east5"}},
        ),
        REGIONAL_HAIKU,
    ),
    # 400000 x 1.25 + 100000 x 7.5: no request of the batch is that long.
    "a finished batch": (media("aretrieve_batch", "openai", "gpt-5.4", 400_000, 100_000), "1.25"),
    # 1000 x 0.125 + 100 x 1
    "a batch of one model": (
        media("retrieve_batch", "openai", "", 1000, 100, metadata={"batch_models": [MINI]}), "0.000225"
    ),
    "a batch of two models": (
        media("aretrieve_batch", "openai", "gpt-5", 9, 9, metadata={"batch_models": ["gpt-5", MINI]}), None
    ),
    "a batch that is not finished": (media("aretrieve_batch", "openai", MINI), "0"),
}  # fmt: skip

# Calls of other kinds.
ROWS |= {
    f"nothing counted: {kind}": (media(kind, provider, model, spend=0.04), None)
    for kind, provider, model in [
        ("aimage_generation", "openai", "gpt-image-1"), ("image_edit", "vertex_ai", "gemini-2.5-flash-image"),
        ("aspeech", "openai", "gpt-4o-mini-tts"), ("atranscription", "openai", "whisper-1"),
        ("arerank", "bedrock", "cohere.rerank-v3-5:0"), ("avideo_generation", "openai", "sora-2"),
        ("aocr", "mistral", "mistral-ocr-2512"), ("aembedding", "openai", "text-embedding-3-small"),
        ("acompletion", "openai", MINI),
    ]
}  # fmt: skip
ROWS |= {
    f"no call: {kind}": (media(kind, provider, model, prompt, prompt), "0")
    for kind, provider, model, prompt in [
        ("aget_responses", "openai", MINI, 1000), ("alist_input_items", "", "", 0),
        ("afile_content", "", "", 0), ("acreate_batch", "openai", MINI, 0),
        ("avector_store_search", "openai", "", 0), ("list_mcp_tools", "", "", 0),
        ("video_content", "openai", "", 0), ("a_add_message", "", "", 0),
        ("acreate_realtime_client_secret", "openai", "gpt-realtime", 0),
    ]
}  # fmt: skip
ROWS |= {
    # 10 x 5 + 323 x 10 + 1056 x 40
    "an edited picture": (
        media(
            "image_edit", "openai", "gpt-image-1", 333, 1056,
            usage={INPUTS: {"text_tokens": 10, "image_tokens": 323}},
        ),
        "0.04552",
    ),
    "a picture in the names of its API": (
        media(
            "aimage_generation", "openai", "gpt-image-1",
            usage={
                "prompt_tokens": None, "completion_tokens": None, "total_tokens": 1389, "input_tokens": 333,
                "output_tokens": 1056, "input_tokens_details": {"text_tokens": 10, "image_tokens": 323},
            },
        ),
        "0.04552",
    ),
    # 60 seconds at 0.006 a minute; 4 seconds at 0.1; 3 pages at 2 a thousand; a session at 0.03
    "seconds of speech": (media("atranscription", "openai", "whisper-1", usage={"seconds": 60}), "0.006"),
    "seconds of video": (media("acreate_video", "openai", "sora-2", usage={"duration_seconds": 4}), "0.4"),
    "pages": (media("aocr", "mistral", "mistral-ocr-2512", usage={"pages_processed": 3}), "0.006"),
    "a container": (media("acreate_container", "openai", None), "0.03"),
    "a tool of MCP that was paid for": (
        media("call_mcp_tool", "", "", spend=0.01, mcp_namespaced_tool_name="web/search"), None
    ),
    "a search that was paid for": (media("asearch", "tavily", "tavily/search", spend=0.008), None),
    "a search of a store that was paid for": (media("vector_store_search", "openai", "", spend=0.0025), None),
    "refused by the gateway": (call("", "", 0, 0, status="failure"), "0"),
    "failed with tokens": (call("openai", MINI, 1000, 100, status="failure"), GPT_5_MINI),
    "a deployment": (
        call(
            "azure", "azure/prod-chat", 1000, 100,
            metadata={"model_map_information": {"model_map_key": "azure/gpt-4o-2024-08-06"}},
        ),
        GPT_4O,
    ),
}  # fmt: skip
