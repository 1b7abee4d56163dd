"""Anthropic usage_report/messages and cost_report pages, as the Admin API returns them.

Amounts of the cost report are decimal text in cents. A null dimension is either "not grouped" or a real
null (default workspace, Console); `grouping` has the names of the dimensions that the results have at all.
"""

from collections.abc import Iterator

from pipelines.ingest.pages import Bucket, results_of, text
from pipelines.ingest.source import Record, Source

USAGE_DIMENSIONS = (
    "account_id", "api_key_id", "context_window", "inference_geo", "model", "service_account_id",
    "service_tier", "speed", "workspace_id",
)  # fmt: skip
USAGE_MEASURES = ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens")
COST_DIMENSIONS = (
    "workspace_id", "description", "model", "service_tier", "token_type", "context_window", "inference_geo",
    "cost_type",
)  # fmt: skip
BUCKET = ("bucket_start", "bucket_end", "bucket_number", "grouping")


def _bucket(bucket: Bucket) -> Record:
    return {
        "bucket_start": text(bucket.written.get("starting_at")),
        "bucket_end": text(bucket.written.get("ending_at")),
        "bucket_number": str(bucket.number),
        "grouping": bucket.grouping,
    }


def _part(result: dict[str, object], group: str, name: str) -> str | None:
    inner = result.get(group)
    return text(inner.get(name)) if isinstance(inner, dict) else None


def flatten_usage(page: dict[str, object]) -> Iterator[Record]:
    """One record per result of a messages usage page."""
    for bucket, result in results_of(page, USAGE_DIMENSIONS):
        record = _bucket(bucket)
        record.update({name: text(result.get(name)) for name in (*USAGE_DIMENSIONS, *USAGE_MEASURES)})
        record["cache_write_5m_tokens"] = _part(result, "cache_creation", "ephemeral_5m_input_tokens")
        record["cache_write_1h_tokens"] = _part(result, "cache_creation", "ephemeral_1h_input_tokens")
        record["web_search_requests"] = _part(result, "server_tool_use", "web_search_requests")
        yield record


def flatten_costs(page: dict[str, object]) -> Iterator[Record]:
    """One record per result of a cost report page."""
    for bucket, result in results_of(page, COST_DIMENSIONS):
        record = _bucket(bucket)
        record.update({name: text(result.get(name)) for name in (*COST_DIMENSIONS, "amount", "currency")})
        yield record


ANTHROPIC_USAGE = Source(
    name="anthropic_usage",
    kind="usage",
    fields=(
        *BUCKET, *USAGE_DIMENSIONS, *USAGE_MEASURES,
        "cache_write_5m_tokens", "cache_write_1h_tokens", "web_search_requests",
    ),
    flatten=flatten_usage,
    endpoint="/v1/organizations/usage_report/messages",
    dimensions=USAGE_DIMENSIONS,
    other_columns=("cache_creation", "server_tool_use"),
)  # fmt: skip
ANTHROPIC_COSTS = Source(
    name="anthropic_costs",
    kind="charge",
    fields=(*BUCKET, *COST_DIMENSIONS, "amount", "currency"),
    flatten=flatten_costs,
    endpoint="/v1/organizations/cost_report",
    dimensions=COST_DIMENSIONS,
)
