"""Cache rules are read as they are written, hold one at a time, and go with the price book that ships."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.book import cache_rules
from pipelines.book.cache_rules import ORGANIZATION, WORKSPACE, CacheRule, load_cache_rules
from pipelines.book.dated import believed
from pipelines.book.meters import Meter, load_meters
from pipelines.book.prices import load_book
from pipelines.book.rates import LATEST
from pipelines.book.text import ALWAYS, OPEN
from pipelines.errors import BookError
from pipelines.settings import PROJECT
from tests.book.small import CACHE_RULES, cache_rule, write

METERS = [
    Meter("cache_write_5m_tokens", "token", "column", "cache_write_tokens"),
    Meter("cache_write_1h_tokens", "token", "column", "cache_write_tokens"),
    Meter("pages", "page", "other", ""),
]
WRITES = {
    "ttl_long_seconds": 3600,
    "write_meter_short": "cache_write_5m_tokens",
    "write_meter_long": "cache_write_1h_tokens",
}


def rules_of(folder: Path, *lines: str) -> tuple[CacheRule, ...]:
    write(folder / "cache_rules.csv", CACHE_RULES, lines)
    return load_cache_rules(folder, METERS)


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


def found(
    rules: tuple[CacheRule, ...], sku: str, at: datetime, known_at: datetime = LATEST
) -> CacheRule | None:
    return cache_rules.cache_rule(rules, "maker", sku, at, known_at)


def test_a_line_is_read_as_it_is_written(tmp_path: Path) -> None:
    [rule] = rules_of(
        tmp_path, cache_rule(sku="m", breakpoints=4, valid_from="2026-02-05", note="why", **WRITES)
    )
    assert rule == CacheRule(
        "maker", "m", 1024, 1, 4, ORGANIZATION, 300, 3600, "cache_write_5m_tokens", "cache_write_1h_tokens",
        day(2, 5), OPEN, ALWAYS, OPEN, "cited", "maker", "page", "why", "cache_rules.csv line 2",
    )  # fmt: skip


def test_an_empty_cell_is_no_limit_no_such_life_and_no_price_of_a_write(tmp_path: Path) -> None:
    [rule] = rules_of(tmp_path, cache_rule())
    assert (rule.breakpoints, rule.ttl_long_seconds) == (None, None)
    assert (rule.write_meter_short, rule.write_meter_long) == (None, None)


def test_a_book_needs_no_cache_rules(tmp_path: Path) -> None:
    assert load_cache_rules(tmp_path, METERS) == ()


def test_rules_come_in_order_of_provider_sku_and_time(tmp_path: Path) -> None:
    late, early = cache_rule(sku="m", valid_from="2026-07-29"), cache_rule(sku="m", valid_to="2026-07-29")
    rules = rules_of(tmp_path, late, cache_rule(), early, cache_rule(provider="a"))
    assert [rule.place[-1] for rule in rules] == ["5", "3", "4", "2"]


def test_a_sku_has_its_own_rule_or_that_of_every_sku(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, cache_rule(), cache_rule(sku="m", minimum_tokens=512))
    assert [found(rules, sku, day(1, 1)) for sku in ("m", "other")] == [rules[1], rules[0]]
    assert cache_rules.cache_rule(rules, "another", "m", day(1, 1), LATEST) is None


def test_a_rule_begins_and_ends_at_the_instant_of_its_validity(tmp_path: Path) -> None:
    changed = {"valid_from": "2026-07-29T12:00:00Z", "minimum_tokens": 512}
    rules = rules_of(
        tmp_path, cache_rule(sku="m", valid_to="2026-07-29T12:00:00Z"), cache_rule(sku="m", **changed)
    )
    at = day(7, 29).replace(hour=12)
    before = found(rules, "m", at.replace(hour=11, minute=59, second=59, microsecond=999_999))
    assert (before, found(rules, "m", at)) == rules


def test_a_rule_is_found_as_it_was_believed(tmp_path: Path) -> None:
    wrong = cache_rule(sku="m", minimum_tokens=4096, known_to="2026-08-01")
    rules = rules_of(tmp_path, wrong, cache_rule(sku="m", known_from="2026-08-01", basis="corrected"))
    assert [found(rules, "m", day(1, 1), day(*known)) for known in ((7, 31), (8, 1))] == list(rules)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"provider": ""}, "provider is empty"),
        ({"sku": ""}, "sku is empty"),
        ({"minimum_tokens": ""}, "minimum_tokens is empty"),
        ({"minimum_tokens": 0}, "minimum_tokens must be above zero"),
        ({"minimum_tokens": "1,024"}, None),
        ({"minimum_tokens": "1k"}, "minimum_tokens '1k' is no whole number"),
        ({"step_tokens": 0}, "step_tokens must be above zero"),
        ({"breakpoints": 0}, "breakpoints must be above zero"),
        ({"isolation": "team"}, "isolation 'team' is neither workspace nor organization"),
        ({"ttl_short_seconds": 0}, "ttl_short_seconds must be above zero"),
        ({"ttl_short_seconds": -300}, "ttl_short_seconds '-300' is no whole number"),
        ({"ttl_short_seconds": ""}, "ttl_short_seconds and ttl_long_seconds are both empty"),
        ({"ttl_long_seconds": 300}, "ttl_short_seconds 300 is not below ttl_long_seconds 300"),
        ({"write_meter_short": "cache_writes"}, "write_meter_short 'cache_writes' is no meter of tokens"),
        ({"write_meter_short": "pages"}, "write_meter_short 'pages' is no meter of tokens"),
        ({"write_meter_long": "cache_write_1h_tokens"},
         "write_meter_long cache_write_1h_tokens has no ttl_long_seconds"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-02-01"},
         "valid_from 2026-02-01 is not before valid_to 2026-02-01"),
        ({"known_from": "soon"}, "known_from 'soon' is neither a day nor an instant"),
        ({"basis": "rumour"},
         "basis 'rumour' is none of cited, observed, announced, corrected, assumed, contract"),
        ({"basis": "assumed"}, "an assumed rule needs its reason in note"),
        ({"source": ""}, "source is empty"),
        ({"source_ref": ""}, "source_ref is empty"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_refused_by_file_and_line(
    tmp_path: Path, cells: dict[str, str], sentence: str | None
) -> None:
    with pytest.raises(BookError) as error:
        rules_of(tmp_path, cache_rule(**cells))
    assert str(error.value) == f"cache_rules.csv line 2: {sentence or '19 cells, 18 columns'}"


@pytest.mark.parametrize(
    ("one", "other", "at"),
    [
        ({}, {}, "1970-01-01"),
        ({"valid_to": "2026-07-30"}, {"valid_from": "2026-07-29"}, "2026-07-29"),
        ({"known_to": "2026-07-30"}, {"known_from": "2026-07-29", "valid_from": "2026-03-01"}, "2026-03-01"),
    ],
)
def test_two_rules_of_a_sku_at_one_instant_are_refused(
    tmp_path: Path, one: dict[str, str], other: dict[str, str], at: str
) -> None:
    with pytest.raises(BookError) as error:
        rules_of(tmp_path, cache_rule(sku="m", **one), cache_rule(sku="m", **other))
    place = "cache_rules.csv line 3: maker m has two cache rules"
    assert str(error.value) == f"{place} at {at}T00:00:00+00:00"


PRICES = PROJECT / "prices"


@pytest.fixture(scope="module")
def shipped() -> tuple[CacheRule, ...]:
    return load_cache_rules(PRICES, load_meters(PRICES))


def test_every_rule_that_ships_is_of_a_sku_of_the_book(shipped: tuple[CacheRule, ...]) -> None:
    skus = {(price.provider, price.sku) for price in load_book(PRICES).prices}
    named = {(rule.provider, rule.sku) for rule in shipped if rule.sku != cache_rules.EVERY}
    assert sorted(named - skus) == []


UNLISTED = ("gpt-6-astra-law",)
"""Skus whose writes cost something that no source lists; they have no price."""


def test_every_meter_of_a_write_has_a_rate_as_long_as_its_rule_holds(shipped: tuple[CacheRule, ...]) -> None:
    rated = {(price.provider, price.sku, price.meter) for price in believed(load_book(PRICES).prices, LATEST)}
    missing = [
        (rule.place, meter)
        for rule in shipped
        for meter in (rule.write_meter_short, rule.write_meter_long)
        if meter and rule.sku not in (cache_rules.EVERY, *UNLISTED)
        if (rule.provider, rule.sku, meter) not in rated
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("provider", "sku", "at", "said"),
    [
        ("anthropic", "claude-fable-5", day(7, 28), (2048, WORKSPACE, 300, 3600)),
        ("anthropic", "claude-fable-5", day(7, 29), (512, WORKSPACE, 300, 3600)),
        ("anthropic", "claude-haiku-4-5-20251001", day(2, 4), (4096, ORGANIZATION, 300, 3600)),
        ("anthropic", "claude-haiku-4-5-20251001", day(2, 5), (4096, WORKSPACE, 300, 3600)),
        ("anthropic", "claude-of-tomorrow", day(11, 25), (4096, WORKSPACE, 300, 3600)),
        ("aws-bedrock", "anthropic.claude-opus-4-7", day(11, 25), (4096, ORGANIZATION, 300, 3600)),
        ("google-vertex", "gemini-3.8-flash", day(11, 25), (2048, WORKSPACE, 300, None)),
        ("google-vertex", "claude-opus-4-7", day(11, 25), (2048, ORGANIZATION, 300, 3600)),
        ("azure-ai", "claude-opus-5", day(11, 25), (512, WORKSPACE, 300, 3600)),
        ("openai", "gpt-4o-2024-11-20", day(11, 25), (1024, ORGANIZATION, 300, None)),
        ("openai", "gpt-5.4-2026-03-05", day(11, 25), (1024, ORGANIZATION, 300, 86_400)),
        ("openai", "gpt-5.5-2026-04-23", day(11, 25), (1024, ORGANIZATION, None, 86_400)),
        ("openai", "gpt-5.6-sol", day(11, 12), (1024, ORGANIZATION, 1800, None)),
        ("openai", "gpt-5.6-sol", day(11, 13), (1024, ORGANIZATION, 1800, 43_200)),
        ("google", "gemini-3.8-flash", day(11, 25), (4096, WORKSPACE, 300, None)),
        ("deepseek", "deepseek-v4-flash", day(11, 25), (64, ORGANIZATION, 3600, None)),
    ],
)
def test_the_rules_that_ship_say_what_their_sources_say(
    shipped: tuple[CacheRule, ...],
    provider: str,
    sku: str,
    at: datetime,
    said: tuple[int, str, int | None, int | None],
) -> None:
    rule = cache_rules.cache_rule(shipped, provider, sku, at, LATEST)
    assert rule is not None
    assert (rule.minimum_tokens, rule.isolation, rule.ttl_short_seconds, rule.ttl_long_seconds) == said


@pytest.mark.parametrize("provider", ["aws-bedrock", "azure-ai", "google", "google-vertex"])
def test_where_caches_of_several_kinds_are_sold_no_rule_is_for_every_sku(
    shipped: tuple[CacheRule, ...], provider: str
) -> None:
    assert cache_rules.cache_rule(shipped, provider, "of-tomorrow", day(11, 25), LATEST) is None


def test_hits_come_in_steps_of_128_at_openai_until_gpt_5_5(shipped: tuple[CacheRule, ...]) -> None:
    steps = {rule.sku: (rule.step_tokens, rule.breakpoints) for rule in shipped if rule.provider == "openai"}
    assert {steps[sku] for sku in ("*", "gpt-5.4-2026-03-05", "gpt-5.5-2026-04-23")} == {(128, None)}
    assert {steps[sku] for sku in ("gpt-5.6-sol", "gpt-6.1-terra")} == {(1, 4)}
