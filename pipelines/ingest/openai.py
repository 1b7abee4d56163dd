"""OpenAI organization usage (completions) and costs pages, as the Admin API returns them.

Buckets are in Unix seconds. A null dimension is either "not grouped" or a real null; `grouping` has the names
of the dimensions that the results have at all.
"""

from collections.abc import Iterator

from pipelines.ingest.pages import Bucket, results_of, text
from pipelines.ingest.source import Record, Source

USAGE_DIMENSIONS = ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier")
USAGE_MEASURES = (
    "input_tokens", "input_cached_tokens", "input_cache_write_tokens", "input_uncached_tokens",
    "input_text_tokens", "input_audio_tokens", "input_image_tokens", "input_cached_text_tokens",
    "input_cached_audio_tokens", "input_cached_image_tokens", "output_tokens", "output_text_tokens",
    "output_audio_tokens", "output_image_tokens", "num_model_requests",
)  # fmt: skip
COST_DIMENSIONS = ("project_id", "line_item", "api_key_id")
BUCKET = ("object", "bucket_start", "bucket_end", "bucket_number", "grouping")


def _bucket(bucket: Bucket, result: dict[str, object]) -> Record:
    return {
        "object": text(result.get("object")),
        "bucket_start": text(bucket.written.get("start_time")),
        "bucket_end": text(bucket.written.get("end_time")),
        "bucket_number": str(bucket.number),
        "grouping": bucket.grouping,
    }


def flatten_usage(page: dict[str, object]) -> Iterator[Record]:
    """One record per result of a usage page, counts as the text of the source."""
    for bucket, result in results_of(page, USAGE_DIMENSIONS):
        record = _bucket(bucket, result)
        record.update({name: text(result.get(name)) for name in (*USAGE_DIMENSIONS, *USAGE_MEASURES)})
        yield record


def flatten_costs(page: dict[str, object]) -> Iterator[Record]:
    """One record per result of a costs page, the amount as the text of the source."""
    for bucket, result in results_of(page, COST_DIMENSIONS):
        record = _bucket(bucket, result)
        amount = result.get("amount")
        amount = amount if isinstance(amount, dict) else {}
        record.update(
            {name: text(result.get(name)) for name in (*COST_DIMENSIONS, "quantity", "quantity_unit")}
        )
        record["amount_value"] = text(amount.get("value"))
        record["amount_currency"] = text(amount.get("currency"))
        yield record


OPENAI_USAGE = Source(
    name="openai_usage",
    kind="usage",
    fields=(*BUCKET, *USAGE_DIMENSIONS, *USAGE_MEASURES),
    flatten=flatten_usage,
    endpoint="/v1/organization/usage/completions",
    dimensions=USAGE_DIMENSIONS,
    other_columns=("object",),
)
OPENAI_COSTS = Source(
    name="openai_costs",
    kind="charge",
    fields=(*BUCKET, *COST_DIMENSIONS, "quantity", "quantity_unit", "amount_value", "amount_currency"),
    flatten=flatten_costs,
    endpoint="/v1/organization/costs",
    dimensions=COST_DIMENSIONS,
    other_columns=("object", "amount", "project_name", "organization_id", "organization_name"),
)
