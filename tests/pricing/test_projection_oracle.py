"""Generated asks over the names of the book: a projection costs what the oracle says of each request."""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.estimate import Answer, estimate
from pipelines.projection.question import Mix, Question
from pipelines.settings import PROJECT
from tests.book.small import SOURCES, write_terms
from tests.oracle import METERS, Oracle, Priced

ASKS = 3000
PICODOLLAR = Decimal(10) ** -12
MODELS = 400
FIRST_DAY, DAYS, DAYS_APART = datetime(2026, 1, 1, tzinfo=UTC), 15, 27
TIERS = ("standard", "standard", "standard", "standard", "standard", "batch", "flex", "priority")
SIZES = (0, 1, 999, 4096, 128_000, 272_001)


@dataclass(frozen=True)
class Kind:
    """Equal requests, as the documentation counts them."""

    requests: int
    tier: str
    units: dict[str, int]


@pytest.fixture(scope="module")
def dims(tmp_path_factory: pytest.TempPathFactory) -> Dimensions:
    config = write_terms(tmp_path_factory.mktemp("projection"))
    return load_dimensions(PROJECT / "prices", config, SOURCES, assumed_rates=True)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle(Path(PROJECT / "prices"))


Asks = list[tuple[tuple[str, str], Question]]


@pytest.fixture(scope="module")
def asks(dims: Dimensions) -> Asks:
    dice = random.Random(20261125)  # noqa: S311
    names = dice.sample(dims.rates.names, MODELS)
    return [_ask(dice, dice.choice(names)) for _ in range(ASKS)]


@pytest.fixture(scope="module")
def answers(asks: Asks, dims: Dimensions) -> list[Answer]:
    return estimate(asks, dims)


def _ask(dice: random.Random, name: tuple[str, str]) -> tuple[tuple[str, str], Question]:
    on = FIRST_DAY + timedelta(days=DAYS_APART * dice.randrange(DAYS), hours=dice.choice((0, 2, 8)))
    tier, size = dice.choice(TIERS), dice.choice(SIZES)
    share = dice.choice((0, 0, 0, 1, 333, 1000)) if tier != "batch" else 0
    prefix = dice.choice((0, dice.randint(0, size)))
    mix = Mix(prefix, dice.choice((0, 1, 500, 999, 1000)), dice.choice(("5m", "1h")), share)
    read = dice.choice((0, 0, 0, 1000))
    return name, Question(name[1], size, dice.randrange(4000), read, dice.randint(1, 9999), tier, on, mix)


def kinds(name: tuple[str, str], question: Question, oracle: Oracle) -> list[Kind]:
    """The requests one kind at a time, counted apart from the project's own code."""
    mix, number = question.mix, question.requests
    context = question.input_tokens + question.cache_read_tokens
    batch, hits = number * mix.batch_permille // 1000, number * mix.cache_hit_permille // 1000
    batch_hits = batch * mix.cache_hit_permille // 1000
    found = [
        (question.service_tier, number - batch, hits - batch_hits), ("batch", batch, batch_hits),
    ]  # fmt: skip
    priced = {
        tier: set(oracle.found(*name, tier, question.on, context))
        for tier in ("standard", "batch", "flex", "priority", "fast", "ultrafast", "decisions")
    }
    anywhere = set().union(*priced.values())
    made = []
    for tier, requests, reading in found:
        write = "uncached_input_tokens"
        if anywhere & {"cache_write_5m_tokens", "cache_write_1h_tokens"}:
            write = f"cache_write_{mix.cache_ttl}_tokens"
        elif "cache_write_tokens" in anywhere:
            write = "cache_write_tokens"
        read = "cache_read_tokens"
        if tier == "batch" and priced["batch"] and "cache_read_tokens" not in priced["batch"]:
            read = write = "uncached_input_tokens"
        for count, meter in ((reading, read), (requests - reading, write)):
            units = Counter(
                uncached_input_tokens=question.input_tokens - mix.cached_prefix_tokens,
                cache_read_tokens=question.cache_read_tokens,
                output_tokens=question.output_tokens,
            )
            units[meter] += mix.cached_prefix_tokens
            made.append(Kind(count, tier, dict(units)))
    return [kind for kind in made if kind.requests]


def by(oracle: Oracle, name: tuple[str, str], question: Question) -> list[tuple[Kind, Priced]]:
    """What the oracle says of one request of each kind."""
    return [
        (kind, oracle.price(*name, kind.tier, question.on, kind.units))
        for kind in kinds(name, question, oracle)
    ]


def has_whole_rates(name: tuple[str, str], question: Question, oracle: Oracle) -> bool:
    """Whether no line needs rounding, so that it does not matter how many requests are in one."""
    context = question.input_tokens + question.cache_read_tokens
    for tier in (question.service_tier, "batch"):
        shelf = oracle.shelf(*name, tier, question.on, context, region="*")
        dollars = [oracle.dollars(shelf, rate) for rate in shelf.wide.values()]
        if any((each * 10**12).denominator > 1 for pair in dollars for each in pair):
            return False
    return True


def test_every_projection_is_the_oracles_to_the_last_digit(
    asks: Asks, answers: list[Answer], oracle: Oracle
) -> None:
    for (name, question), answer in zip(asks, answers, strict=True):
        told = by(oracle, name, question)
        reasons = {(kind.tier, priced.reason) for kind, priced in told if priced.reason}
        assert set(answer.reasons) <= reasons, question
        assert {tier for tier, _ in answer.reasons} == {tier for tier, _ in reasons}, question
        if reasons:
            assert (answer.cost_usd, answer.details) == (None, ()), question
            continue
        costs = [kind.requests * (priced.effective or Decimal(0)) for kind, priced in told]
        if has_whole_rates(name, question, oracle):
            assert answer.cost_usd == sum(costs, Decimal(0)), question
        else:
            lines = question.requests * len(METERS)
            assert abs(answer.cost_usd - sum(costs, Decimal(0))) <= lines * PICODOLLAR / 2, question
        assert answer.cost_usd == sum(answer.lines.values(), Decimal(0)), question
        assert answer.is_assumed == any(priced.assumed for _, priced in told), question


def test_the_generated_asks_reach_every_case(answers: list[Answer]) -> None:
    tiers = Counter(len({line.tier for line in answer.details}) for answer in answers)
    assert tiers[2] > 100
    assert sum(answer.cost_usd is not None for answer in answers) > ASKS // 4
    assert any(answer.without_cache and answer.cost_usd for answer in answers)
    meters = {line.meter for answer in answers for line in answer.details}
    assert {"cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens"} <= meters
    reasons = Counter(reason for answer in answers for _, reason in answer.reasons)
    assert {
        "no_rate_for_tier_and_time", "no_rate_for_cache_read_tokens", "no_rate_for_cache_write_1h_tokens",
    } <= reasons.keys()  # fmt: skip
