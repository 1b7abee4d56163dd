"""Tokenizers, their ratios and equivalent models: dated lines with their faults, and those that ship."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.book.dimensions import load_dimensions
from pipelines.book.equivalents import HEADER as EQUIVALENTS
from pipelines.book.equivalents import Equivalent, load_equivalents
from pipelines.book.rates import LATEST, Rates
from pipelines.book.text import ALWAYS, OPEN
from pipelines.book.tokenizers import HEADER, RATIOS, Tokenizers, load_tokenizers
from pipelines.errors import BookError
from pipelines.savings.named_ratios import named_equivalents, spans
from pipelines.settings import PROJECT
from tests.book.small import SOURCES, write, write_terms
from tests.book.written import instant, read
from tests.oracle import Oracle

PRICES = PROJECT / "prices"
MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))
ONE, OTHER = ("maker", "m"), ("maker", "n")


def line(header: tuple[str, ...], **cells: str) -> str:
    """A line of one of the three files about `maker`."""
    row = dict.fromkeys(header, "") | {
        "provider": "maker", "sku": "m", "tokenizer": "old", "to_tokenizer": "new", "tokens_permille": "1300",
        "low_permille": "1000", "high_permille": "1450", "relation": "newer", "equivalent_sku": "n",
        "basis": "cited", "source": "maker", "source_ref": "page",
    }  # fmt: skip
    return ",".join((row | cells)[name] for name in header)


def loaded(folder: Path, *, of_skus: list[str], ratios: list[str], known_at: datetime = LATEST) -> Tokenizers:
    write(folder / "tokenizers.csv", ",".join(HEADER), of_skus)
    write(folder / "tokenizer_ratios.csv", ",".join(RATIOS), ratios)
    return load_tokenizers(folder, known_at)


TWO = [line(HEADER), line(HEADER, sku="n", tokenizer="new")]


def test_a_ratio_is_of_the_tokenizers_that_two_skus_have_then(tmp_path: Path) -> None:
    moved = [
        line(HEADER, valid_to="2026-04-01"),
        line(HEADER, tokenizer="new", valid_from="2026-04-01"),
        TWO[1],
    ]
    book = loaded(tmp_path, of_skus=moved, ratios=[line(RATIOS)])
    permilles = [
        ratio.tokens_permille if (ratio := book.ratio(*pair, at)) else None
        for pair in ((ONE, OTHER), (OTHER, ONE), (ONE, ONE), (ONE, ("maker", "unknown")))
        for at in (MARCH, APRIL)
    ]
    assert permilles == [1300, 1000, None, 1000, 1000, 1000, None, None]


def test_a_ratio_is_that_of_its_day_as_it_was_believed(tmp_path: Path) -> None:
    ratios = [
        line(RATIOS, valid_to="2026-04-01", known_to="2026-05-01"),
        line(RATIOS, tokens_permille="1350", valid_to="2026-04-01", known_from="2026-05-01"),
        line(RATIOS, tokens_permille="1450", valid_from="2026-04-01"),
    ]
    permilles = [
        ratio.tokens_permille if (ratio := book.ratio(ONE, OTHER, at)) else None
        for known_at in (APRIL, MAY)
        for book in [loaded(tmp_path, of_skus=TWO, ratios=ratios, known_at=known_at)]
        for at in (MARCH, APRIL)
    ]
    assert permilles == [1300, 1450, 1350, 1450]


def test_a_book_needs_neither_file(tmp_path: Path) -> None:
    assert load_tokenizers(tmp_path, LATEST).ratio(ONE, ONE, MARCH) is None
    assert load_equivalents(tmp_path, LATEST) == ()


@pytest.mark.parametrize(
    ("of_skus", "ratios", "sentence"),
    [
        ([line(HEADER, tokenizer="")], [], "tokenizers.csv line 2: tokenizer is empty"),
        ([line(HEADER, source_ref="")], [], "tokenizers.csv line 2: source_ref is empty"),
        ([line(HEADER, basis="guess")], [], "tokenizers.csv line 2: basis 'guess' is none of "),
        (
            [line(HEADER, basis="assumed")],
            [],
            "tokenizers.csv line 2: an assumed line needs its reason",
        ),
        (
            [line(HEADER), line(HEADER, tokenizer="new", valid_from="2026-03-01")],
            [],
            "tokenizers.csv line 3: maker m has two tokenizers at 2026-03-01T00:00:00+00:00",
        ),
        ([], [line(RATIOS, to_tokenizer="old")], "tokenizer_ratios.csv line 2: old has the same tokens as"),
        ([], [line(RATIOS, low_permille="0")], "tokenizer_ratios.csv line 2: 0, 1300, 1450 are no permilles"),
        ([], [line(RATIOS, high_permille="1299")], "tokenizer_ratios.csv line 2: 1000, 1300, 1299 are no"),
        (
            [],
            [line(RATIOS, tokens_permille="1.3")],
            "tokenizer_ratios.csv line 2: tokens_permille '1.3'",
        ),
        ([], [line(RATIOS)] * 2, "tokenizer_ratios.csv line 3: old to new has two ratios at 1970-01-01"),
    ],
)
def test_a_wrong_line_is_one_sentence(
    tmp_path: Path, of_skus: list[str], ratios: list[str], sentence: str
) -> None:
    with pytest.raises(BookError) as error:
        loaded(tmp_path, of_skus=of_skus, ratios=ratios)
    assert str(error.value).startswith(sentence)


def equivalents(folder: Path, *lines: str) -> tuple[Equivalent, ...]:
    write(folder / "equivalents.csv", ",".join(EQUIVALENTS), lines)
    return load_equivalents(folder, LATEST)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([line(EQUIVALENTS, relation="better")], "line 2: relation 'better' is none of newer, smaller"),
        ([line(EQUIVALENTS, equivalent_sku="m")], "line 2: m is its own equivalent"),
        ([line(EQUIVALENTS, source="")], "line 2: source is empty"),
        (
            [line(EQUIVALENTS), line(EQUIVALENTS, equivalent_sku="o", valid_from="2026-03-01")],
            "line 3: maker m has two newer at 2026-03-01T00:00:00+00:00",
        ),
    ],
)
def test_a_wrong_equivalent_is_one_sentence(tmp_path: Path, lines: list[str], sentence: str) -> None:
    with pytest.raises(BookError) as error:
        equivalents(tmp_path, *lines)
    assert str(error.value) == f"equivalents.csv {sentence}"


@pytest.fixture(scope="module")
def rates(tmp_path_factory: pytest.TempPathFactory) -> Rates:
    config = write_terms(tmp_path_factory.mktemp("config"))
    return load_dimensions(PRICES, config, SOURCES, assumed_rates=True).rates


@pytest.fixture(scope="module")
def shipped() -> Tokenizers:
    return load_tokenizers(PRICES, LATEST)


def test_every_name_of_a_sku_moves_to_the_same_region(rates: Rates, shipped: Tokenizers) -> None:
    moved = named_equivalents(load_equivalents(PRICES, LATEST), rates, shipped)
    at = datetime(2026, 7, 25, tzinfo=UTC)
    smaller = {
        (each.provider, each.model): (each.to_model, each.ratio.tokens_permille)
        for each in moved
        if each.relation == "smaller" and each.valid_from <= at < each.valid_to
    }
    assert smaller["openai", "gpt-5.4-mini"] == ("gpt-5.4-nano-2026-03-17", 1000)
    assert smaller["anthropic", "claude-opus-4-6"] == ("claude-sonnet-4-6", 1000)
    bedrock = "anthropic.claude-sonnet-4-6", "anthropic.claude-haiku-4-5-20251001-v1:0"
    for region in ("", "us.", "eu.", "global."):
        assert smaller["aws-bedrock", region + bedrock[0]] == (region + bedrock[1], 1000)


def test_an_equivalent_whose_tokens_nobody_compared_is_refused(tmp_path: Path, rates: Rates) -> None:
    lines = equivalents(
        tmp_path, line(EQUIVALENTS, provider="xai", sku="grok-4.6", equivalent_sku="grok-4.7")
    )
    with pytest.raises(BookError, match=r"line 2: nobody says how tokens of grok-4\.6 and grok-4\.7 compare"):
        named_equivalents(lines, rates, Tokenizers())


def test_neighbours_of_one_ratio_are_one_span(rates: Rates, shipped: Tokenizers) -> None:
    names = [("anthropic", name) for name in ("claude-sonnet-4-6", "claude-sonnet-5")]
    [(ratio, start, end)] = spans(*map(rates.meanings, names), shipped)
    assert ratio is not None
    assert (ratio.tokens_permille, ratio.low_permille, ratio.high_permille) == (1300, 1000, 1450)
    assert (start, end) == (datetime(2026, 6, 30, tzinfo=UTC), OPEN)
    assert ratio.valid_from > ALWAYS


def test_every_sku_that_is_named_is_in_the_book(rates: Rates) -> None:
    skus = set(rates.skus)
    named = {(row["provider"], row["sku"]) for row in read(PRICES / "tokenizers.csv")}
    lines = read(PRICES / "equivalents.csv")
    named |= {(row["provider"], row[cell]) for row in lines for cell in ("sku", "equivalent_sku")}
    assert named <= skus


def test_an_equivalent_costs_less_on_the_day_it_begins(shipped: Tokenizers) -> None:
    oracle = Oracle(PRICES)
    for row in read(PRICES / "equivalents.csv"):
        at = instant(row["valid_from"])
        one, other = (row["provider"], row["sku"]), (row["provider"], row["equivalent_sku"])
        ratio = shipped.ratio(one, other, at)
        assert ratio is not None, row
        was, now = (oracle.found(*name, "standard", at, 0) for name in (one, other))
        assert {"uncached_input_tokens", "output_tokens"} <= set(now), row
        gains = [
            was[meter].rate / was[meter].per * 1000 - now[meter].rate / now[meter].per * ratio.tokens_permille
            for meter in ("uncached_input_tokens", "output_tokens", "cache_read_tokens")
            if meter in was and meter in now
        ]
        assert min(gains) >= 0 < max(gains), row
