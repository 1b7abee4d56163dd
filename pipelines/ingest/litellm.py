"""LiteLLM: one record per request that the proxy handled, from `LiteLLM_SpendLogs` or a logging callback.

Cache meters stand in `metadata.usage_object`, not in columns; `metadata` comes as an object or as its text.
A callback's `StandardLoggingPayload` calls the id `id`, the spend `response_cost`, and has the usage in the answer.
"""

from pipelines.ingest.source import Source

LITELLM = Source(
    name="litellm",
    kind="attempt",
    fields=(
        "request_id", "call_type", "api_key", "spend", "total_tokens", "prompt_tokens",
        "completion_tokens", "startTime", "endTime", "model", "custom_llm_provider", "user", "metadata",
        "cache_hit", "request_tags", "team_id", "end_user", "session_id", "status",
        "organization_id", "agent_id", "mcp_namespaced_tool_name",
        "id", "response_cost", "response", "cost_breakdown", "model_map_information",
    ),
    macros=("types.sql", "types_litellm.sql"),
)  # fmt: skip
