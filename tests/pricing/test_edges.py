"""Edge cases, drawn: both sides of every change in time and context, no tokens, all meters, any count."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from pipelines.settings import PROJECT
from tests.book.small import adjustment, dimensions, line, write_book
from tests.book.written import DAWN, Rate, instant
from tests.oracle import INPUT_METERS, METERS, Oracle, Other
from tests.pricing.direct import Asked, Pricing, told

PRICES = PROJECT / "prices"
ORACLE = Oracle(PRICES)
NAMES = sorted(ORACLE.names)
LAST = datetime(2100, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BELOW = 10**15


@pytest.fixture(scope="module")
def pricing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pricing]:
    config = tmp_path_factory.mktemp("edges")
    # `dimensions` takes its config beside the book; the book itself is the project's.
    (config / "prices").symlink_to(PRICES, target_is_directory=True)
    with Pricing(dimensions(config / "prices"), config) as found:
        yield found


@st.composite
def counts(draw: st.DrawFn, rates: list[Rate]) -> dict[str, int | None]:
    """Counts of some meters, and often a context that is a token from the edge of a band."""
    some = st.one_of(st.none(), st.integers(0, 5000), st.integers(0, BELOW - 1))
    sold = sorted({rate.meter for rate in rates} & {*METERS})
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
def attempts(draw: st.DrawFn) -> list[Asked]:
    """Attempts under any name of the book, on both sides of an instant at which one of its rates changes."""
    provider, model = draw(st.sampled_from(NAMES))
    sku = draw(st.sampled_from(ORACLE.names[provider, model]))[0]
    rates = ORACLE.rates[provider, sku]
    edge = draw(st.sampled_from(sorted({min(e, LAST) for rate in rates for e in (rate.starts, rate.ends)})))
    tiers, regions = ({getattr(rate, name) for rate in rates} for name in ("tier", "region"))
    others = sorted({(rate.meter, rate.attribute) for rate in rates if rate.meter not in METERS})
    found = []
    for near in (-MICROSECOND, timedelta(0), MICROSECOND, timedelta(hours=draw(st.integers(0, 23)))):
        other = draw(st.sampled_from(others)) if others and draw(st.booleans()) else None
        quantity = draw(st.decimals(0, 999_999, places=3))
        found.append(
            Asked(
                provider, model, draw(st.sampled_from(sorted(tiers | {"unheard of"}))), edge + near,
                draw(counts(rates)), draw(st.sampled_from([None, *sorted(regions | {"us", "moon"})])),
                Other(other[0], quantity, other[1]) if other else None,
            )
        )  # fmt: skip
    return found


def check(pricing: Pricing, oracle: Oracle, rows: list[Asked], *, drawn: bool = True) -> None:
    """The query and the oracle say the same of every row."""
    for row, found in zip(rows, pricing.price([row.usage for row in rows]), strict=True):
        expected = row.by(oracle)
        if drawn:
            event(expected.reason or "priced")
        assert told(found) == expected, row


EDGE = datetime(2026, 3, 13, tzinfo=UTC)


def sonnet(at: datetime = EDGE, **units: int) -> Asked:
    return Asked("anthropic", "claude-sonnet-4-6", "standard", at, units)


@settings(max_examples=30)
@given(rows=attempts())
@example(rows=[sonnet(uncached_input_tokens=200_000 + more) for more in (-1, 0, 1)])
@example(rows=[sonnet(EDGE - MICROSECOND, uncached_input_tokens=200_000 + more) for more in (-1, 0, 1)])
@example(rows=[sonnet(**dict.fromkeys(METERS, 0))])
@example(rows=[sonnet(**dict.fromkeys(METERS, 1))])
@example(rows=[sonnet()])
def test_every_drawn_attempt_costs_what_the_oracle_says(pricing: Pricing, rows: list[Asked]) -> None:
    check(pricing, ORACLE, rows)


@pytest.mark.parametrize("known_at", ["2026-06-29", "2026-07-15", "2026-09-22"])
def test_every_rate_that_was_believed_otherwise_costs_what_was_believed_then(
    tmp_path: Path, known_at: str
) -> None:
    at = instant(known_at)
    (tmp_path / "prices").symlink_to(PRICES, target_is_directory=True)
    then = Oracle(PRICES, known_at=at)
    corrected = {
        (provider, sku, rate.tier, rate.meter)
        for (provider, sku), rates in ORACLE.rates.items()
        for rate in rates
        if rate.known_from > DAWN and rate.meter in METERS
    }
    rows = [
        Asked(provider, sku, tier, instant(day), {meter: 1000})
        for provider, sku, tier, meter in sorted(corrected)
        for day in ("2026-08-31", "2026-09-01", "2026-09-22")
    ]
    assert len(rows) > 100
    with Pricing(dimensions(tmp_path / "prices", as_known_at=at), tmp_path) as pricing:
        check(pricing, then, rows, drawn=False)


@st.composite
def fine_rates(draw: st.DrawFn) -> tuple[str, str]:
    """A rate that may be finer than a picodollar, and the units it is for."""
    digits = draw(st.integers(0, 16))
    return f"{Decimal(draw(st.integers(1, 9999))).scaleb(-digits):f}", draw(
        st.sampled_from(["1", "3", "7", "1000", "1000000"])
    )


@settings(max_examples=20)
@given(
    rates=st.lists(fine_rates(), min_size=1, max_size=4),
    units=st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
    pages=st.decimals(0, 10**6, places=3),
    ratio=st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
def test_any_rate_is_rounded_half_up_to_a_picodollar_once_a_line(
    tmp_path: Path, rates: list[tuple[str, str]], units: list[int], pages: Decimal, ratio: tuple[int, int]
) -> None:
    meters = ("output_tokens", "cache_read_tokens", "audio_output_tokens", "pages")
    lines = [line(meter=m, rate=r, per=per) for m, (r, per) in zip(meters, rates, strict=False)]
    prices = write_book(tmp_path / "prices", {"maker": lines})
    contract = adjustment(kind="contract", numerator=ratio[0], denominator=ratio[1])
    used: dict[str, int | None] = dict(zip(meters[: min(3, len(rates))], units, strict=False))
    other = Other("pages", pages) if len(rates) > len(units) else None
    with Pricing(dimensions(prices, contracts=[contract]), tmp_path) as small:
        row = Asked("maker", "m", "standard", EDGE, used, None, other)
        check(small, Oracle(prices, tmp_path / "config"), [row])
