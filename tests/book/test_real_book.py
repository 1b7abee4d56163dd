"""Facts about the price book that ships: it proves itself, and says what its sources say."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.book.aliases import load_aliases
from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.book.prices import Book, load_book
from pipelines.estimate import Question, estimate
from pipelines.settings import PROJECT
from tests.book.small import SOURCES
from tests.ledger import OWNERSHIP
from tests.oracle import METERS, Oracle

PRICES = PROJECT / "prices"


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book(PRICES)


@pytest.fixture(scope="module")
def dims(tmp_path_factory: pytest.TempPathFactory) -> Dimensions:
    config = tmp_path_factory.mktemp("config")
    (config / "ownership.csv").write_text(OWNERSHIP, encoding="utf-8")
    return load_dimensions(PRICES, config, SOURCES, assumed_rates=True)


def test_every_price_has_a_source_and_a_place_in_it(book: Book) -> None:
    assert len(book.prices) > 3000
    assert all(price.source and price.source_ref for price in book.prices)


def test_its_meters_are_the_meters_the_pricing_query_knows(book: Book) -> None:
    assert book.meters == METERS


def test_every_assumed_rate_says_why(book: Book) -> None:
    assert [price.place for price in book.prices if price.basis == "assumed" and not price.note] == []


def test_every_name_has_a_rate_at_the_instant_it_begins(book: Book) -> None:
    oracle = Oracle(PRICES)
    lives: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for price in book.prices:
        lives[price.provider, price.sku].append(price.valid_to)
    for alias in load_aliases(PRICES, book):
        assert alias.valid_from < max(lives[alias.provider, alias.sku]), alias
        tiers = {rate.tier for rate in oracle.rates[alias.provider, alias.sku]}
        assert any(oracle.found(alias.provider, alias.alias, tier, alias.valid_from, 0) for tier in tiers), (
            alias
        )


def test_the_card_has_every_rate_at_every_instant_one_begins_or_ends(dims: Dimensions) -> None:
    oracle = Oracle(PRICES)
    rows: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in dims.tables["dim_rate_card"].to_pylist():
        rows[row["provider"], row["alias"], row["service_tier"]].append(row)
    points = [
        (provider, sku, tier, at, low)
        for (provider, sku), rates in list(oracle.rates.items())
        for tier in {rate.tier for rate in rates}
        for at in {edge for rate in rates if rate.tier == tier for edge in (rate.starts, rate.ends)}
        for low in {rate.low for rate in rates if rate.tier == tier}
    ]
    assert len(points) > 1500
    for provider, sku, tier, at, context in points:
        found = [
            row
            for row in rows[provider, sku, tier]
            if row["valid_from"] <= at < row["valid_to"]
            and row["context_min_tokens"] <= context <= row["context_max_tokens"]
        ]
        told = {meter for row in found for meter in METERS if row[f"{meter}_rate"] is not None}
        assert len(found) <= 1
        assert told == oracle.found(provider, sku, tier, at, context).keys(), (sku, tier, at, context)


THE_ELEVEN = {
    "Gemini 2.5 Flash-Lite": "0.25", "Mistral Small 3.2": "0.20", "GPT-5.4 nano": "0.725",
    "Gemini 2.5 Flash": "1.40", "Mistral Large 3": "1.00", "GPT-5.4 mini": "2.625",
    "Claude Haiku 4.5": "3.00", "Gemini 2.5 Pro": "5.625", "GPT-5.4": "8.75",
    "Claude Sonnet 4.6": "9.00", "Claude Opus 4.6": "15.00",
}  # fmt: skip


@pytest.mark.parametrize(("name", "cost"), THE_ELEVEN.items())
@pytest.mark.parametrize("day", [(2026, 4, 1), (2026, 11, 20)])
def test_a_thousand_requests_of_five_hundred_and_five_hundred_tokens_cost(
    dims: Dimensions, name: str, cost: str, day: tuple[int, int, int]
) -> None:
    on = datetime(*day, tzinfo=UTC)
    answer = estimate(Question(name, 500, 500, 0, 1000, "standard", on), dims, PRICES)
    assert answer.cost_usd == Decimal(cost)
    assert sum(answer.lines.values(), Decimal(0)) == Decimal(cost)
    assert not answer.is_assumed


@pytest.mark.parametrize(
    ("model", "context", "day", "before", "after"),
    [
        ("openai/o3", 0, "2025-06-10", ("10", "40"), ("2", "8")),
        ("openai/gpt-5.6-luna", 0, "2026-07-30", ("1", "6"), ("0.2", "1.2")),
        ("openai/gpt-5.6-terra", 0, "2026-07-30", ("2.5", "15"), ("2", "12")),
        ("openai/gpt-5.6-sol", 0, "2026-08-21", ("5", "30"), ("4", "20")),
        ("openai/gpt-5.6-sol", 300_000, "2026-08-21", ("10", "45"), ("8", "30")),
        ("xai/grok-4.20", 0, "2026-04-30", ("2", "6"), ("1.25", "2.5")),
        ("anthropic/claude-opus-4-6", 200_001, "2026-03-13", ("10", "37.5"), ("5", "25")),
        ("anthropic/claude-sonnet-4-6", 200_001, "2026-03-13", ("6", "22.5"), ("3", "15")),
        ("anthropic/claude-sonnet-4-6", 200_000, "2026-03-13", ("3", "15"), ("3", "15")),
    ],
)
def test_a_known_price_change_is_right_on_both_sides(
    model: str, context: int, day: str, before: tuple[str, str], after: tuple[str, str]
) -> None:
    oracle = Oracle(PRICES)
    provider, name = model.split("/")
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
    for at, expected in ((midnight.replace(day=midnight.day - 1), before), (midnight, after)):
        rates = oracle.found(provider, name, "standard", at, context)
        found = (rates["uncached_input_tokens"].rate, rates["output_tokens"].rate)
        assert found == (Decimal(expected[0]), Decimal(expected[1]))


def test_an_alias_that_moved_means_another_sku_from_its_day_on(book: Book) -> None:
    meant = {
        alias.sku: (alias.valid_from, alias.valid_to)
        for alias in load_aliases(PRICES, book)
        if alias.alias == "mistral-small-latest"
    }
    moved = datetime(2026, 3, 16, tzinfo=UTC)
    assert meant["mistral-small-2506"][1] == moved
    assert meant["mistral-small-2603"][0] == moved


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_batch_at_half_the_standard_rate_is_cited_on_the_first_of_april(book: Book, provider: str) -> None:
    day = datetime(2026, 4, 1, tzinfo=UTC)
    cited = [
        price
        for price in book.prices
        if price.provider == provider and price.service_tier == "batch" and price.meter == "output_tokens"
        and price.valid_from <= day < price.valid_to and price.basis == "cited"
    ]  # fmt: skip
    assert len(cited) > 5
    oracle = Oracle(PRICES)
    for price in cited:
        standard = oracle.found(provider, price.sku, "standard", day, price.context_min_tokens)
        assert price.rate * 2 == standard["output_tokens"].rate, price.sku


def test_the_table_of_the_readme_counts_the_rows(book: Book) -> None:
    lines = (PRICES / "README.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.split("|")] for line in lines if line.startswith("|")]
    written = {row[1]: int(row[4]) for row in cells if len(row) == 11 and row[4].isdecimal()}
    counted: dict[str, int] = defaultdict(int)
    for price in book.prices:
        counted[price.provider] += 1
    assert written == {**counted, "total": len(book.prices)}
