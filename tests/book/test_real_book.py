"""Facts about the price book that ships: it proves itself, and says what its sources say."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import pytest

from pipelines.book.adjustments import PROVIDER_KINDS, load_adjustments
from pipelines.book.aliases import Alias, load_aliases
from pipelines.book.bands import load_bands
from pipelines.book.dated import believed
from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.book.meters import columns
from pipelines.book.prices import Book, load_book
from pipelines.book.rates import LATEST
from pipelines.estimate import estimate, named
from pipelines.projection.question import Question
from pipelines.settings import PROJECT
from tests.book.small import SOURCES, write_terms
from tests.book.written import read
from tests.oracle import METERS, Oracle

PRICES = PROJECT / "prices"


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book(PRICES)


@pytest.fixture(scope="module")
def aliases(book: Book) -> tuple[Alias, ...]:
    return load_aliases([PRICES / "aliases.csv"], book)


@pytest.fixture(scope="module")
def dims(tmp_path_factory: pytest.TempPathFactory) -> Dimensions:
    config = write_terms(tmp_path_factory.mktemp("config"))
    return load_dimensions(PRICES, config, SOURCES, assumed_rates=True)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle(PRICES)


def test_every_price_has_a_source_and_a_place_in_it(book: Book) -> None:
    assert len(book.prices) > 13_000
    assert all(price.source and price.source_ref for price in book.prices)


def test_its_meters_are_the_meters_the_pricing_query_knows(book: Book) -> None:
    assert columns(book.meters) == METERS


def test_every_assumed_rate_says_why_and_is_of_low_confidence(book: Book) -> None:
    assumed = [price for price in book.prices if price.basis == "assumed"]
    assert [price.place for price in assumed if not price.note or price.confidence != "low"] == []


def test_every_sku_with_a_rate_is_listed_with_its_first_day(book: Book) -> None:
    listed = {(row["provider"], row["sku"]): row["first_date"] for row in read(PRICES / "skus.csv")}
    first: dict[tuple[str, str], datetime] = {}
    for price in book.prices:
        sku = (price.provider, price.sku)
        first[sku] = min(first.get(sku, price.valid_from), price.valid_from)
    assert {sku: f"{day:%Y-%m-%d}" for sku, day in first.items()} == listed


def test_every_ratio_and_every_band_is_of_something_that_has_rates(book: Book) -> None:
    skus = {(price.provider, price.sku) for price in book.prices}
    ratios = load_adjustments(PRICES / "adjustments.csv", PROVIDER_KINDS, book.meters)
    assert [ratio for ratio in ratios if ratio.sku != "*" and (ratio.provider, ratio.sku) not in skus] == []
    named = {(price.provider, price.time_band) for price in book.prices if price.time_band}
    assert {(band.provider, band.name) for band in load_bands(PRICES)} == named


def test_every_name_has_a_rate_at_the_instant_it_begins(
    book: Book, aliases: tuple[Alias, ...], oracle: Oracle
) -> None:
    ends: dict[tuple[str, str], datetime] = {}
    starts: dict[tuple[str, str], datetime] = {}
    for price in believed(book.prices, LATEST):
        sku = (price.provider, price.sku)
        ends[sku] = max(ends.get(sku, price.valid_to), price.valid_to)
        starts[sku] = min(starts.get(sku, price.valid_from), price.valid_from)
    for alias in aliases:
        assert alias.valid_from < ends[alias.provider, alias.sku], alias
        is_sku = alias.place == "skus"  # known for as long as it was ever believed to have a rate
        begins = max(alias.valid_from, starts[alias.provider, alias.sku]) if is_sku else alias.valid_from
        where = {(rate.tier, rate.region) for rate in oracle.rates[alias.provider, alias.sku]}
        shelves = (
            oracle.shelf(alias.provider, alias.alias, tier, begins, 0, region=region)
            for tier, region in where
        )
        assert any(shelf.rates for shelf in shelves), alias


@pytest.mark.parametrize("day", ["2026-03-13", "2026-08-16", "2026-10-04"])
def test_the_card_of_a_busy_day_has_every_meter_of_the_text_and_every_context_length_once(
    dims: Dimensions, oracle: Oracle, day: str
) -> None:
    at = datetime.fromisoformat(day).replace(hour=20, tzinfo=UTC)
    shelves: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in dims.table("dim_rate_card", day, dims.rates.skus).to_pylist():
        if row["valid_from"] <= at < row["valid_to"] and row["sku"] == row["alias"]:
            shelves[row["provider"], row["alias"], row["service_tier"], row["region"]].append(row)
    assert len(shelves) > 800
    for (provider, alias, tier, region), found in shelves.items():
        found.sort(key=lambda row: row["context_min_tokens"])
        for row, following in zip_longest(found, found[1:]):
            told = {meter for meter in METERS if row[f"{meter}_rate"] is not None}
            context = row["context_min_tokens"]
            assert told == oracle.found(provider, alias, tier, at, context, region=region).keys(), row
            assert row["context_max_tokens"] == (following["context_min_tokens"] if following else 2**63) - 1


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
    question = Question(name, 500, 500, 0, 1000, "standard", on)
    [answer] = estimate([(named(name, dims, PRICES), question)], dims)
    assert answer.cost_usd == Decimal(cost)
    assert sum(answer.lines.values(), Decimal(0)) == Decimal(cost)
    assert not answer.is_assumed


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_batch_at_half_the_standard_rate_is_cited_on_the_first_of_april(
    book: Book, oracle: Oracle, provider: str
) -> None:
    day = datetime(2026, 4, 1, tzinfo=UTC)
    cited = [
        price
        for price in book.prices
        if price.provider == provider and price.service_tier == "batch" and price.meter == "output_tokens"
        and price.valid_from <= day < price.valid_to and price.basis == "cited"
    ]  # fmt: skip
    assert len(cited) > 5
    for price in cited:
        standard = oracle.found(provider, price.sku, "standard", day, price.context_min_tokens)
        assert price.rate * 2 == standard["output_tokens"].rate, price.sku


def test_the_table_of_the_readme_counts_the_rows(book: Book, aliases: tuple[Alias, ...]) -> None:
    lines = (PRICES / "README.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    kinds = ("cited", "observed", "corrected", "announced", "assumed")
    written = {row[0]: [int(cell) for cell in row[1:]] for row in cells if row[1].isdecimal()}
    counted: dict[str, list[int]] = {}
    for provider in {price.provider for price in book.prices}:
        mine = [price for price in book.prices if price.provider == provider]
        named = [alias for alias in aliases if alias.provider == provider and alias.place != "skus"]
        bases = [sum(price.basis == kind for price in mine) for kind in kinds]
        counted[provider] = [len({price.sku for price in mine}), len(named), len(mine), *bases]
    total = [sum(column) for column in zip(*counted.values(), strict=True)]
    assert written == {**counted, "total": total}


NAMES = {
    "gpt-5-mini-2025-08-07": ("azure", "gpt-5-mini", ""),
    "gpt-5.4-mini-2026-03-17": ("azure", "gpt-5.4-mini", ""),
    "o3-2025-04-16": ("azure", "o3", ""),
    "eu/gpt-5-2025-08-07": ("azure", "gpt-5", "eu"),
    "global/gpt-5.1-codex": ("azure", "gpt-5.1-codex", "global"),
    "gpt-35-turbo": ("azure", "gpt-3.5-turbo", ""),
    "gpt-6-sol-2026-09-22": ("azure-ai", "gpt-6-sol", ""),
    "claude-opus-4-0": ("anthropic", "claude-opus-4-20250514", ""),
    "claude-sonnet-4-0": ("anthropic", "claude-sonnet-4-20250514", ""),
    "magistral-small": ("mistral", "magistral-small-2506", ""),
    "pixtral-12b-latest": ("mistral", "pixtral-12b-2409", ""),
    "grok-4.7-latest": ("xai", "grok-4.7", ""),
    "openai/gpt-5.2-codex-20260114": ("openrouter", "openai/gpt-5.2", ""),
    "deepseek-v4-flash-vision-exp": ("deepseek", "deepseek-v4-flash-vision-exp", ""),
    "gpt-6-cyber": ("openai", "gpt-6-cyber", ""),
    "gpt-image-2.6-flare": ("openai", "gpt-image-2.6-flare", ""),
    "gemini-4-hydrogen": ("google", "gemini-4-hydrogen", ""),
    "gemini-omni-1.2-flash": ("google-vertex", "gemini-omni-1.2-flash", ""),
}


@pytest.mark.parametrize(("name", "meaning"), NAMES.items())
def test_a_name_that_providers_answer_with_means_a_sku(
    aliases: tuple[Alias, ...], name: str, meaning: tuple[str, str, str]
) -> None:
    provider, sku, region = meaning
    found = [alias for alias in aliases if (alias.provider, alias.alias) == (provider, name)]
    assert (found[0].sku, found[0].region) == (sku, region)


def test_azure_has_every_name_of_its_own_without_the_prefix_of_a_router(aliases: tuple[Alias, ...]) -> None:
    known = {alias.alias for alias in aliases if alias.provider == "azure"}
    routed = {name.removeprefix("azure/") for name in known if name.startswith("azure/")}
    assert routed - known == set()
