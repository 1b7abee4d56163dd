"""What has no price or a disputed one: second catalogue, coverage, stale promotions, suggestions."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.suggest import suggest, unpriced_models
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.run import Run
from tests.flow.days import attempt
from tests.ledger import Ledger

APRIL, NOVEMBER = "2026-04-01", "2026-11-24"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A batch the catalogue takes for standard, a promotion past its review, models without a price."""
    ledger = Ledger.at(tmp_path_factory.mktemp("opinion") / "company")
    batch = {"provider": "anthropic", "model": "claude-opus-4-6", "service_tier": "batch", "output_tokens": 0}
    ledger.write(
        "request_log/a.jsonl",
        [
            attempt("batch", APRIL, **batch, uncached_input_tokens=1_000_000),
            attempt("agreed", APRIL),
            attempt("snapshot", APRIL, model="gpt-5.4-mini-2031-01-01", reported_cost_usd="0.5"),
            attempt("snapshot-2", APRIL, model="gpt-5.4-mini-2031-01-01", reported_cost_usd="0.25"),
            attempt("elsewhere", NOVEMBER, provider="groq", model="llama-3.3-70b-versatile"),
            attempt("nobody", NOVEMBER, model="nobody-knows-it"),
            attempt("promotion", NOVEMBER, model="gpt-5.6-sol"),
        ],
    )
    ledger.run()
    return ledger


def found(ledger: Ledger, check: str) -> list[str]:
    return [each.sentence for each in Run.of(ledger.locations).findings() if each.check == check]


def test_the_second_catalogue_is_compared_and_never_sets_a_price(published: Ledger) -> None:
    rows = published.rows(
        "select provider, model, service_tier, our_cost_usd, their_cost_usd, difference_usd,"
        " only_ours_attempts from mart_price_disagreement where day = date '2026-04-01'"
    )
    # Opus 4.6 input: 5 USD per million, 2.50 as a batch; the catalogue's batch rates begin in October.
    assert rows == [("anthropic", "claude-opus-4-6", "batch", Decimal("2.5"), Decimal(5), Decimal("-2.5"), 0)]
    assert published.rows("select cost_usd from fct_attempt_cost where request_id = 'batch'") == [
        (Decimal("2.5"),)
    ]


def test_what_only_the_second_catalogue_prices_is_counted(published: Ledger) -> None:
    rows = published.rows(
        "select model, only_theirs_attempts, our_cost_usd from mart_price_disagreement"
        " where provider = 'groq'"
    )
    assert rows == [("llama-3.3-70b-versatile", 1, Decimal(0))]


def test_coverage_says_for_each_day_what_has_no_price(published: Ledger) -> None:
    rows = published.rows(
        "select provider, attempts, unpriced_attempts, tokens, unpriced_tokens, unpriced_reported_cost_usd"
        " from mart_coverage where day = date '2026-04-01' order by provider"
    )
    assert rows == [
        ("anthropic", 1, 0, 1_000_000, 0, None),
        ("openai", 3, 2, 3600, 2400, Decimal("0.75")),
    ]


def test_coverage_below_the_limit_fails_in_tokens_and_in_dollars(published: Ledger) -> None:
    tokens, dollars = found(published, "coverage")
    assert tokens == ("2 days over the limit, the worst 2026-11-24: 2400 of 3600 logged tokens have no price")
    assert dollars.startswith("1 days over the limit, the worst 2026-04-01: 0.75")


def test_a_promotion_is_stale_after_the_day_to_review_it(published: Ledger) -> None:
    assert found(published, "stale_rate") == [
        "openai gpt-5.6-sol: a promotion to review after 2026-11-21 prices 2026-11-24 to 2026-11-24"
    ]


def test_suggestions_are_lines_to_review_and_change_nothing(published: Ledger) -> None:
    before = {path: path.read_bytes() for path in Path(published.prices).glob("*.csv")}
    run = Run.of(published.locations)
    with Reader(run.layout.catalogue) as reader:
        lines = list(suggest(unpriced_models(reader), run.dimensions.rates))
    assert "openai,gpt-5.4-mini-2031-01-01,gpt-5.4-mini,,2026-04-01,,,,REVIEW,REVIEW" in lines
    priced = [line for line in lines if line.startswith("llama-3.3-70b-versatile,")]
    assert [line.split(",")[1] for line in priced] == ["uncached_input_tokens", "output_tokens"]
    assert all(",genai-prices,pypi:genai-prices==" in line and line.endswith(",REVIEW") for line in priced)
    assert (
        lines[lines.index("# openai nobody-knows-it (standard): 1200 tokens, unknown_model") + 1]
        == "# no proposal"
    )
    assert {path: path.read_bytes() for path in Path(published.prices).glob("*.csv")} == before
