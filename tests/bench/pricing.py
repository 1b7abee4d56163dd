"""Pricing alone, per attempt: the pricing query over a staged log against `genai-prices` row by row.

`python -m tests.bench.pricing WAREHOUSE` prints the seconds per attempt of both.
"""

import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import genai_prices
from genai_prices import Usage

from pipelines.estimate import PRICED_BY
from pipelines.settings import Locations
from pipelines.warehouse.contracts import read_sql
from pipelines.warehouse.engine import Engine, compose
from pipelines.warehouse.run import Run

SAMPLE = 5_000
PRICED = {"unpriced_reason", "price_is_assumed", "tokens", "rate_id", "other_rate_id"}
"""Columns that the pricing query adds, besides the costs."""

USAGE = """
select *, ended_at as priced_at, ended_at as priced_until, cast(0 as bigint) as largest_context_tokens
from attempts
"""
SUM = "select count(*), sum(list_cost_usd), count(*) filter (where unpriced_reason is not null) from priced"


def seconds_of_query(warehouse: Path) -> float:
    """Seconds per attempt of the pricing query, its input in memory and its output summed up."""
    run = Run.of(Locations.resolve(warehouse=warehouse))
    with Engine([warehouse], warehouse / "scratch") as engine:
        engine.register_files("published", sorted(warehouse.glob("tables/fct_attempt_cost/*/*.parquet")))
        names = [row[0] for row in engine.rows("describe published")]
        kept = [name for name in names if name not in PRICED and not name.endswith("_cost_usd")]
        engine.rows(f"create table attempts as select {', '.join(kept)} from published")  # noqa: S608
        used = engine.rows("select distinct provider, model from attempts")
        day = engine.rows("select cast(min(day) as varchar) from attempts")[0][0]
        for name in PRICED_BY:
            engine.register(name, run.dimensions.table(name, day, used))
        sql = compose([("usage", USAGE), ("priced", read_sql("4_facts/pricing.sql"))], SUM)
        started = time.process_time()
        attempts, _, unpriced = engine.rows(sql)[0]
        seconds = time.process_time() - started
    if unpriced:
        raise RuntimeError(f"{unpriced} attempts of the load have no price")
    return seconds / attempts


def seconds_of_library(warehouse: Path) -> float:
    """Seconds per attempt of `calc_price`, called for each of `SAMPLE` attempts."""
    with Engine([warehouse], warehouse / "scratch") as engine:
        engine.register_files("published", sorted(warehouse.glob("tables/fct_attempt_cost/*/*.parquet")))
        rows = engine.rows(
            "select provider, model, ended_at, uncached_input_tokens, cache_read_tokens,"
            " coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0), output_tokens"
            " from published where service_tier = 'standard' limit $sample",
            {"sample": SAMPLE},
        )
    started = time.process_time()
    total = sum(map(_price, rows), Decimal(0))
    seconds = time.process_time() - started
    if not total:
        raise RuntimeError("the library priced nothing")
    return seconds / len(rows)


def _price(row: Sequence[Any]) -> Decimal:
    provider, model, at, uncached, read, written, output = row
    usage = Usage(
        input_tokens=uncached + read + written,
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=output,
    )
    try:
        return genai_prices.calc_price(
            usage, model, provider_id=provider, genai_request_timestamp=at
        ).total_price
    except LookupError:
        return Decimal(0)


if __name__ == "__main__":
    where = Path(sys.argv[1])
    sys.stdout.write(f"{seconds_of_query(where):.12f} {seconds_of_library(where):.12f}\n")
