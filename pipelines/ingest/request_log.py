"""Our own request log contract: the door for any gateway. Documented in docs/request_log.md."""

from pipelines.ingest.source import Source

FIELDS = (
    "request_id", "attempt", "started_at", "ended_at", "provider", "model", "response_model", "status",
    "service_tier", "region", "operation", "uncached_input_tokens", "cache_read_tokens",
    "cache_write_5m_tokens", "cache_write_1h_tokens", "cache_write_tokens", "output_tokens",
    "reasoning_tokens", "audio_input_tokens", "audio_output_tokens", "image_input_tokens",
    "web_search_requests",
    "other_meter", "other_quantity", "other_attribute",
    "reported_cost_usd", "team", "feature", "environment", "customer_id", "user_id", "trace_id",
    "session_id", "api_key_id", "project_id", "service_id", "tags", "prefix_hashes", "deadline_seconds",
    "route_class", "max_output_tokens", "finish_reason", "request_hash",
)  # fmt: skip

REQUEST_LOG = Source(name="request_log", kind="attempt", fields=FIELDS, is_contract=True)
