"""What OpenAI would report of a generated log of one day: a usage page and a costs page, beside the log.

Calls that failed are on neither, and every token has one round price: there are differences to explain. The
pages are as small as a provider's are: they make work for the tables of the bill, not for the intake.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb

USD_PER_MILLION = 1
USAGE = """
select
    'organization.usage.completions.result' as object,
    cast(sum(uncached_input_tokens + cache_read_tokens) as bigint) as input_tokens,
    cast(sum(uncached_input_tokens) as bigint) as input_uncached_tokens,
    cast(sum(cache_read_tokens) as bigint) as input_cached_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    count(*) as num_model_requests,
    model, project_id, api_key_id, 'default' as service_tier, service_tier = 'batch' as batch
from log
where provider = 'openai' and status = 'success'
group by model, project_id, api_key_id, log.service_tier
order by model, project_id, api_key_id, log.service_tier
"""
ITEMS = {"input_uncached_tokens": "input", "input_cached_tokens": "cached input", "output_tokens": "output"}
Result = dict[str, Any]


def write_bill(raw: Path, day: date) -> None:
    """Write both pages below `raw`, whose log is Parquet."""
    found = duckdb.connect().read_parquet(str(raw / "request_log" / "*.parquet"))
    usage: list[Result] = found.query("log", USAGE).to_arrow_table().to_pylist()
    _write(raw / "openai_usage" / "load" / "usage.json", day, usage)
    costs = [_cost(row, meter) for row in usage for meter in ITEMS if row[meter]]
    _write(raw / "openai_costs" / "load" / "costs.json", day, costs)


def _cost(row: Result, meter: str) -> Result:
    batch = "batch | " if row["batch"] else ""
    return {
        "object": "organization.costs.result",
        "amount": {"value": row[meter] * USD_PER_MILLION / 1_000_000, "currency": "usd"},
        "line_item": f"{batch}{row['model']}, {ITEMS[meter]}",
        "project_id": row["project_id"],
        "api_key_id": row["api_key_id"],
    }


def _write(path: Path, day: date, results: list[Result]) -> None:
    starts = datetime.combine(day, time(), tzinfo=UTC)
    bucket = {
        "object": "bucket",
        "start_time": int(starts.timestamp()),
        "end_time": int((starts + timedelta(days=1)).timestamp()),
        "results": results,
    }
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"object": "page", "data": [bucket], "has_more": False}), encoding="utf-8")
