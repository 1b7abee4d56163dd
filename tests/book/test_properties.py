"""What holds for every price of the book that ships, and for any book that is shuffled or cut elsewhere."""

import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.settings import PROJECT
from tests.book.small import SOURCES, dimensions, line, write_book, write_terms
from tests.book.written import NOT_PRICES, Rate, read
from tests.oracle import METERS, Oracle

PRICES = PROJECT / "prices"
MICROSECOND = timedelta(microseconds=1)
Shelf = tuple[str, ...]


def keyed() -> Iterator[tuple[Shelf, Rate]]:
    for path in sorted(PRICES.glob("*.csv")):
        if path.stem not in NOT_PRICES:
            for row in read(path):
                rate = Rate.of(row)
                yield (path.stem, row["sku"], *rate.key), rate


@pytest.fixture(scope="module")
def rates() -> dict[Shelf, list[Rate]]:
    """The lines of the book by everything that may have one rate at a time."""
    found: dict[Shelf, list[Rate]] = defaultdict(list)
    for key, rate in keyed():
        found[key].append(rate)
    return found


@pytest.fixture(scope="module")
def dims(tmp_path_factory: pytest.TempPathFactory) -> Dimensions:
    config = write_terms(tmp_path_factory.mktemp("config"))
    return load_dimensions(PRICES, config, SOURCES, assumed_rates=True)


def instants(some: list[Rate], first: str, last: str) -> list[datetime]:
    """Every instant at which something changes on one axis, but the last; between two nothing does."""
    return sorted({edge for rate in some for edge in (getattr(rate, first), getattr(rate, last))})[:-1]


def test_no_key_has_two_rates_at_any_valid_and_known_instant_and_context(
    rates: dict[Shelf, list[Rate]],
) -> None:
    for key, chain in rates.items():
        for known in instants(chain, "known_from", "known_to"):
            believed = [rate for rate in chain if rate.known_from <= known < rate.known_to]
            for at in instants(believed, "starts", "ends") if believed else ():
                alive = sorted((r.low, r.high) for r in believed if r.starts <= at < r.ends)
                for (_, high), (low, _) in pairwise(alive):
                    assert high is not None, (key, at, known)
                    assert high < low, (key, at, known)


def test_every_instant_of_a_keys_life_has_a_rate_for_every_context(rates: dict[Shelf, list[Rate]]) -> None:
    beside = beside_of(rates)
    for key, chain in rates.items():
        for known in instants([*chain, *beside[key]], "known_from", "known_to"):
            believed = [rate for rate in chain if rate.known_from <= known < rate.known_to]
            others = [rate for rate in beside[key] if rate.known_from <= known < rate.known_to]
            life = instants(believed, "starts", "ends") if believed else []
            for at in instants([*believed, *others], "starts", "ends") if life else ():
                alive = sorted((r.low, r.high) for r in believed if r.starts <= at < r.ends)
                beyond = not life[0] <= at < max(rate.ends for rate in believed)
                if not alive and (beyond or any(rate.starts <= at < rate.ends for rate in others)):
                    continue
                assert alive, (key, at, known)
                assert (alive[0][0], alive[-1][1]) == (0, None), (key, at, known)
                steps = pairwise(alive)
                assert all(high is not None and high + 1 == low for (_, high), (low, _) in steps), (key, at)


def beside_of(rates: dict[Shelf, list[Rate]]) -> dict[Shelf, list[Rate]]:
    """For a key of all hours the rates for some, and the other way: where the ones pause, the others hold."""
    beside: dict[Shelf, list[Rate]] = defaultdict(list)
    for key, chain in rates.items():
        *where, band, attribute = key
        if band:
            all_hours = (*where, "", attribute)
            beside[key] += rates.get(all_hours, [])
            beside[all_hours] += chain
    return beside


def test_no_key_has_a_rate_for_all_hours_beside_one_for_some(rates: dict[Shelf, list[Rate]]) -> None:
    for key, chain in rates.items():
        *where, band, attribute = key
        if band:
            for rate in rates.get((*where, "", attribute), ()):
                for other in chain:
                    apart = rate.ends <= other.starts or other.ends <= rate.starts
                    assert apart or rate.known_to <= other.known_from or other.known_to <= rate.known_from, (
                        key
                    )


@pytest.mark.parametrize("day", ["2025-06-10", "2026-08-16"])
def test_no_name_has_two_rows_of_the_card_for_a_tier_region_instant_and_context(
    dims: Dimensions, day: str
) -> None:
    for table in ("dim_rate_card", "dim_other_rate"):
        shelves: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
        for row in dims.table(table, day, dims.rates.names).to_pylist():
            shelves[
                row["provider"], row["alias"], row["service_tier"], row["region"], row.get("meter"),
                row.get("attribute"),
            ].append(row)  # fmt: skip
        assert shelves
        for shelf, rows in shelves.items():
            for number, one in enumerate(rows):
                assert not any(_meet(one, other) for other in rows[number + 1 :]), (shelf, day)


def _meet(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two rows may hold for one attempt."""
    in_time = one["valid_from"] < other["valid_to"] and other["valid_from"] < one["valid_to"]
    in_context = (
        one["context_min_tokens"] <= other["context_max_tokens"]
        and other["context_min_tokens"] <= one["context_max_tokens"]
    )
    low, high = one.get("quantity_above", -1), one.get("quantity_max", 0)
    in_quantity = low < other.get("quantity_max", 0) and other.get("quantity_above", -1) < high
    return in_time and in_context and in_quantity


def test_a_sku_prices_at_its_own_edges_every_meter_that_has_a_line_then_and_no_other(
    rates: dict[Shelf, list[Rate]], dims: Dimensions
) -> None:
    oracle = Oracle(PRICES)
    for provider, sku in random.Random(1).sample(dims.rates.skus, 150):  # noqa: S311
        chains = [chain for key, chain in rates.items() if key[:2] == (provider, sku)]
        edges = sorted({rate.starts for chain in chains for rate in chain})
        shelves = sorted({(rate.tier, rate.region) for chain in chains for rate in chain})
        for at in {edges[0], edges[len(edges) // 2], edges[-1]}:
            card = dims.table("dim_rate_card", f"{at:%Y-%m-%d}", [(provider, sku)]).to_pylist()
            for tier, region in shelves:
                told = {
                    meter
                    for row in card
                    if (row["service_tier"], row["region"], row["context_min_tokens"]) == (tier, region, 0)
                    and row["valid_from"] <= at < row["valid_to"]
                    for meter in METERS
                    if row[f"{meter}_rate"] is not None
                }
                assert told == oracle.found(provider, sku, tier, at, 0, region=region).keys(), (sku, tier, at)


def test_shuffling_the_lines_of_the_book_changes_nothing(tmp_path: Path, dims: Dimensions) -> None:
    shutil.copytree(PRICES, tmp_path / "prices")
    for path in (tmp_path / "prices").glob("*.csv"):
        if path.stem not in ("meters", "skus"):
            head, *lines = path.read_text(encoding="utf-8").splitlines()
            random.Random(path.stem).shuffle(lines)  # noqa: S311
            path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    turned = dimensions(tmp_path / "prices")
    for name in ("dim_rate_card", "dim_other_rate", "dim_region", "dim_alias"):
        asked = (name, "2026-08-20", dims.rates.names)
        assert turned.table(*asked).equals(dims.table(*asked)), name


@settings(max_examples=25)
@given(
    cut=st.datetimes(datetime(2026, 1, 2), datetime(2026, 12, 30)),  # noqa: DTZ001
    by=st.sampled_from([-1, 1]),
)
def test_moving_a_boundary_by_a_microsecond_changes_only_the_attempts_in_between(
    tmp_path: Path, cut: datetime, by: int
) -> None:
    edge = cut.replace(tzinfo=UTC)
    moved = edge + by * MICROSECOND
    card = [rates_at(tmp_path, boundary, near=edge) for boundary in (edge, moved)]
    between = {min(edge, moved)}
    assert {at for at in card[0] if card[0][at] != card[1][at]} == between
    assert {card[0][at] for at in between} | {card[1][at] for at in between} == {1_000_000, 2_000_000}


def rates_at(tmp_path: Path, boundary: datetime, near: datetime) -> dict[datetime, int]:
    """The output rate at instants near a boundary between a rate of one dollar and one of two."""
    written = boundary.isoformat()
    lines = [line(rate="1", valid_to=written), line(rate="2", valid_from=written)]
    found = dimensions(write_book(tmp_path / "prices", {"maker": lines}))
    days = (timedelta(days=-1), timedelta(0), timedelta(days=1))
    instants = [near + number * MICROSECOND for number in range(-3, 4)] + [near + day for day in days]
    told = {}
    for at in instants:
        rows = found.table("dim_rate_card", f"{at:%Y-%m-%d}", [("maker", "m")]).to_pylist()
        [told[at]] = [r["output_tokens_rate"] for r in rows if r["valid_from"] <= at < r["valid_to"]]
    return told
