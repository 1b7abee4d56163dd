"""Edge cases, drawn: both sides of every change in time and context, no tokens, all meters, any count."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from pipelines.settings import PROJECT
from tests.book.small import dimensions, line, write_book
from tests.oracle import INPUT_METERS, METERS, Oracle, Rate, cost_column
from tests.pricing.direct import Pricing, usage

PRICES = PROJECT / "prices"
ORACLE = Oracle(PRICES)
NAMES = sorted(ORACLE.names)
LAST = datetime(2100, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BELOW = 10**15

Row = tuple[str, str, str, datetime, dict[str, int | None]]


@pytest.fixture(scope="module")
def pricing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pricing]:
    config = tmp_path_factory.mktemp("edges")
    # `dimensions` takes its config beside the book; the book itself is the project's.
    (config / "prices").symlink_to(PRICES, target_is_directory=True)
    with Pricing(dimensions(config / "prices"), config) as found:
        yield found


@st.composite
def instants(draw: st.DrawFn, rates: list[Rate]) -> datetime:
    """At an edge of one of the rates, a microsecond beside it, or anywhere."""
    edges = sorted({edge for rate in rates for edge in (rate.starts, min(rate.ends, LAST))})
    near = draw(st.sampled_from([-MICROSECOND, timedelta(0), MICROSECOND, timedelta(days=1)]))
    return draw(st.sampled_from(edges)) + near


@st.composite
def counts(draw: st.DrawFn, rates: list[Rate]) -> dict[str, int | None]:
    """Counts of some meters, and often a context that is a token from the edge of a band."""
    some = st.one_of(st.none(), st.integers(0, 5000), st.integers(0, BELOW - 1))
    sold = sorted({rate.meter for rate in rates})
    meters = draw(st.sampled_from([METERS, tuple(sold), ("output_tokens",), ()]))
    units: dict[str, int | None] = {meter: draw(some) for meter in meters}
    if draw(st.booleans()):
        band = draw(st.sampled_from(rates))
        edge = draw(st.sampled_from([band.low, band.high or band.low])) + draw(st.integers(-1, 1))
        units |= dict.fromkeys(INPUT_METERS)
        cached = draw(st.integers(0, max(0, edge)))
        units |= {"cache_read_tokens": cached, "uncached_input_tokens": max(0, edge) - cached}
    return units


@st.composite
def attempts(draw: st.DrawFn) -> Row:
    """An attempt under any name of the book."""
    provider, model = draw(st.sampled_from(NAMES))
    sku = draw(st.sampled_from(ORACLE.names[provider, model]))[0]
    rates = ORACLE.rates[provider, sku]
    tiers = sorted({rate.tier for rate in rates})
    tier = draw(st.sampled_from([*tiers, "unheard of"]))
    return provider, model, tier, draw(instants(rates)), draw(counts(rates))


def check(pricing: Pricing, oracle: Oracle, rows: list[Row]) -> None:
    """The query and the oracle say the same of every row."""
    for row, found in zip(rows, pricing.price([usage(*row) for row in rows]), strict=True):
        expected = oracle.price(*row)
        event(expected.reason or "priced")
        costs: dict[str, Any] = {meter: found[cost_column(meter)] for meter in METERS}
        told = (found["unpriced_reason"], costs, found["list_cost_usd"], found["price_is_assumed"])
        assert told == (expected.reason, expected.costs, expected.total, expected.assumed), row


EDGE = datetime(2026, 3, 13, tzinfo=UTC)
SONNET = ("anthropic", "claude-sonnet-4-6", "standard")


@settings(max_examples=120)
@given(rows=st.lists(attempts(), min_size=5, max_size=25))
@example(rows=[(*SONNET, EDGE, {"uncached_input_tokens": 200_000 + more}) for more in (-1, 0, 1)])
@example(
    rows=[(*SONNET, EDGE - MICROSECOND, {"uncached_input_tokens": 200_000 + more}) for more in (-1, 0, 1)]
)
@example(rows=[(*SONNET, EDGE, dict.fromkeys(METERS, 0))])
@example(rows=[(*SONNET, EDGE, dict.fromkeys(METERS, 1))])
@example(rows=[(*SONNET, EDGE, {})])
def test_every_drawn_attempt_costs_what_the_oracle_says(pricing: Pricing, rows: list[Row]) -> None:
    check(pricing, ORACLE, rows)


@st.composite
def fine_rates(draw: st.DrawFn) -> tuple[str, str]:
    """A rate that may be finer than a picodollar, and the units it is for."""
    digits = draw(st.integers(0, 16))
    return f"{Decimal(draw(st.integers(1, 9999))).scaleb(-digits):f}", draw(
        st.sampled_from(["1", "3", "7", "1000", "1000000"])
    )


@settings(max_examples=40)
@given(
    rates=st.lists(fine_rates(), min_size=1, max_size=3),
    units=st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
)
def test_any_rate_is_rounded_half_up_to_a_picodollar_once_a_line(
    tmp_path: Path, rates: list[tuple[str, str]], units: list[int]
) -> None:
    meters = ("output_tokens", "cache_read_tokens", "audio_output_tokens")
    lines = [line(meter=m, rate=r, per=per) for m, (r, per) in zip(meters, rates, strict=False)]
    prices = write_book(tmp_path / "prices", {"maker": lines})
    used: dict[str, int | None] = dict(zip(meters[: len(rates)], units, strict=False))
    with Pricing(dimensions(prices), tmp_path) as small:
        check(small, Oracle(prices), [("maker", "m", "standard", EDGE, used)])
