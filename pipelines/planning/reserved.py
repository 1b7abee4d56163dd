"""Capacity that is paid for by the hour, used or not: dated rows of `reserved_capacity.csv`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import gcd
from pathlib import Path

from pipelines.book.dated import both_from
from pipelines.book.rates import Name
from pipelines.book.text import Row, read_rows
from pipelines.errors import BookError

FILE = "reserved_capacity.csv"
HEADER = (
    "reserved_capacity", "provider", "sku", "meter", "units", "deployed_units", "serves", "project_id",
    "prefill_tokens_per_minute", "decode_tokens_per_minute", "cached_prefill_permille", "valid_from",
    "valid_to", "known_from", "known_to", "source",
)  # fmt: skip
RESERVED_HOUR = {
    "reserved_capacity": "VARCHAR", "hour_at": "TIMESTAMP WITH TIME ZONE", "provider": "VARCHAR",
    "model": "VARCHAR", "meter": "VARCHAR", "units": "BIGINT", "deployed_units": "BIGINT",
    "prefill_weight": "BIGINT", "decode_weight": "BIGINT", "cached_prefill_permille": "BIGINT",
    "hour_weight": "BIGINT",
}  # fmt: skip
RESERVED_SERVES = {
    "reserved_capacity": "VARCHAR", "hour_at": "TIMESTAMP WITH TIME ZONE", "provider": "VARCHAR",
    "model": "VARCHAR", "project_id": "VARCHAR",
}  # fmt: skip
METERS = ("capacity_unit_hours", "gpu_hours")
MOST_TOKENS = 10**7
"""Tokens a minute of one unit; with it an hour's load of 10**11 tokens fits 64 bits."""


@dataclass(frozen=True)
class Reserved:
    """Units of one kind from `valid_from` until before `valid_to`, and the calls they serve.

    Attributes:
        units: paid for.
        deployed_units: of them, those behind a deployment; the rest is unallocated.
        serves: (provider, model) as the logs name them.
        project_id: only calls of this project; "" is all.
        prefill_tokens_per_minute: input tokens one unit reads when it does nothing else.
        decode_tokens_per_minute: output tokens one unit writes when it does nothing else.
        cached_prefill_permille: of 1,000 tokens of input from a prompt cache, those that count as input.
    """

    reserved_capacity: str
    provider: str
    sku: str
    meter: str
    units: int
    deployed_units: int
    serves: tuple[Name, ...]
    project_id: str
    prefill_tokens_per_minute: int
    decode_tokens_per_minute: int
    cached_prefill_permille: int
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    source: str
    place: str


def load_reserved(config: Path) -> tuple[Reserved, ...]:
    """Read `reserved_capacity.csv`, which need not exist.

    Raises:
        BookError: units or throughput out of order, or two rows that serve the same calls at one instant.
    """
    path = config / FILE
    if not path.is_file():
        return ()
    found: list[Reserved] = []
    for row in read_rows(path, HEADER):
        found.append(_reserved(row))
        _prove(found[-1], found[:-1])
    return tuple(found)


def _reserved(row: Row) -> Reserved:
    units, deployed = row.integer("units", 0), row.integer("deployed_units", row.integer("units", 0))
    prefill, decode = (row.integer(f"{phase}_tokens_per_minute", 0) for phase in ("prefill", "decode"))
    cached = row.integer("cached_prefill_permille", 0)
    serves = tuple(sorted(tuple(name.split("/", 1)) for name in row.need("serves").split()))
    if not units or deployed > units:
        raise row.fail(f"{deployed} of {units} units are deployed")
    if not (0 < prefill <= MOST_TOKENS and 0 < decode <= MOST_TOKENS and cached <= 1000):  # noqa: PLR2004 permille
        raise row.fail(f"throughput must be from 1 to {MOST_TOKENS} tokens a minute, permille at most 1000")
    if row["meter"] not in METERS:
        raise row.fail(f"meter {row['meter']!r} is none of {', '.join(METERS)}")
    if any(len(name) != len(("provider", "model")) for name in serves):
        raise row.fail("serves is no list of provider/model")
    return Reserved(
        row.need("reserved_capacity"), row.need("provider"), row.need("sku"), row["meter"], units, deployed,
        tuple((provider, model) for provider, model in serves), row["project_id"], prefill, decode, cached,
        *row.interval("valid_from", "valid_to"), *row.known(), row.need("source"), row.place,
    )  # fmt: skip


def _prove(each: Reserved, earlier: Iterable[Reserved]) -> None:
    for other in earlier:
        at = both_from(each, other)
        if at is None:
            continue
        if each.reserved_capacity == other.reserved_capacity:
            raise BookError(f"{each.place}: {each.reserved_capacity} has two rows at {at.isoformat()}")
        together = set(each.serves) & set(other.serves)
        if together and (each.project_id == other.project_id or "" in (each.project_id, other.project_id)):
            name = "/".join(min(together))
            raise BookError(
                f"{each.place}: {name} is served by {other.reserved_capacity} too at {at.isoformat()}"
            )


def hours_of(reserved: Iterable[Reserved], day: date) -> Iterator[tuple[Reserved, datetime]]:
    """Every hour of a UTC day with the capacity that is paid for at its first instant."""
    start = datetime.combine(day, time(), UTC)
    for each in reserved:
        for hour in (start + timedelta(hours=number) for number in range(24)):
            if each.valid_from <= hour < each.valid_to:
                yield each, hour


def reserved_hours(reserved: Iterable[Reserved], day: date) -> Iterator[dict[str, object]]:
    """Rows of `RESERVED_HOUR`: `hour_weight` of load is what one unit carries in an hour."""
    for each, hour in hours_of(reserved, day):
        prefill, decode = each.prefill_tokens_per_minute, each.decode_tokens_per_minute
        shared = gcd(prefill, decode)
        yield {
            "reserved_capacity": each.reserved_capacity, "hour_at": hour, "provider": each.provider,
            "model": each.sku, "meter": each.meter, "units": each.units,
            "deployed_units": each.deployed_units, "prefill_weight": decode // shared,
            "decode_weight": prefill // shared,
            "cached_prefill_permille": each.cached_prefill_permille,
            "hour_weight": 60 * prefill * decode // shared,
        }  # fmt: skip


def reserved_serves(reserved: Iterable[Reserved], day: date) -> Iterator[dict[str, object]]:
    """Rows of `RESERVED_SERVES`: the calls of an hour that a capacity serves."""
    for each, hour in hours_of(reserved, day):
        for provider, model in each.serves:
            yield {
                "reserved_capacity": each.reserved_capacity, "hour_at": hour, "provider": provider,
                "model": model, "project_id": each.project_id or None,
            }  # fmt: skip
