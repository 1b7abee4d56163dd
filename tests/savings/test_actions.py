"""The ranked actions of a month: a line that says what to do, and what it saves of the days logged."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.ledger import Ledger
from tests.savings.test_portfolio import PROMPTS
from tests.savings.test_prompt_cache import prompt, published
from tests.savings.test_scenarios import number

SHORTER = {"lever": "output_length", "feature": "f", "less_permille": number(200)}
SCENARIOS = {
    "prompts": PROMPTS,
    "shorter": SHORTER,
    "capped": {**SHORTER, "cap": 300} | {"feature": "g"},
    "p75": {"lever": "output_length", "feature": "h", "cap": "p75"},
    "retries": {"lever": "retries"},
    "batch": {"lever": "batch", "may_wait": ["i"]},
    "answers": {"lever": "answer_cache", "ttl_seconds": number(60)},
    "haiku": {
        "lever": "routing", "route_class": "simple", "from": "anthropic/claude-sonnet-4-6",
        "to": "anthropic/claude-haiku-4-5",
        **{key: number(1000) for key in ("input_permille", "output_permille")},
        "escalated_permille": number(0),
    },
}  # fmt: skip
SCENARIOS["capped"].pop("less_permille")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Two days of July and one of August; each feature with one way to save."""
    plain = {"prefix_hashes": None, "uncached_input_tokens": 1_000, "output_tokens": 1_000, "team": "t"}
    rows = [
        prompt("a", "2026-07-01T12:00:00", team="t", feature="f"),
        prompt("b", "2026-07-01T12:10:00", team="t", feature="f"),
        prompt("c", "2026-07-02T12:00:00", **plain, feature="g"),
        prompt("d", "2026-07-02T12:00:00", **plain, feature="h"),
        prompt("e", "2026-07-02T12:00:00", **plain | {"output_tokens": 500}, feature="h"),
        prompt("r", "2026-07-02T12:00:00", **plain, feature="j", attempt=2),
        prompt("w", "2026-07-02T12:00:00", **plain, feature="i"),
        prompt("q", "2026-07-02T12:00:00", **plain, feature="k", request_hash="q"),
        prompt("s", "2026-07-02T12:00:10", **plain, feature="k", request_hash="q"),
        prompt("m", "2026-08-01T12:00:00", **plain, feature="l", route_class="simple"),
    ]
    ledger = published(tmp_path_factory.mktemp("actions") / "company", rows, SCENARIOS)
    ledger.run()
    return ledger


def test_each_lever_has_a_line_and_the_best_comes_first(company: Ledger) -> None:
    # Sonnet 4.6, a million: 3 in, 15 out; so a plain call is 0.018. The hour's cache of 8,000 tokens is
    # written for 0.048 and read for 0.0024, instead of twice 0.024.
    assert company.rows(
        "select month, action_rank, scenario, action, month_share_usd, days from sav_action order by 1, 2"
    ) == [
        ("2026-07", 1, "answers", "keep answers by request_hash for 60 seconds", Decimal("0.018"), 2),
        (
            "2026-07", 2, "retries",
            "make the first attempt succeed: fct_attempt_cost.status says why it did not",
            Decimal("0.018"), 2,
        ),
        ("2026-07", 3, "capped", "max_tokens: 300", Decimal("0.0105"), 2),
        ("2026-07", 4, "batch", "POST /v1/messages/batches instead of /v1/messages", Decimal("0.009"), 2),
        ("2026-07", 5, "p75", "max_tokens: the p75 of output_tokens of the feature", Decimal(0), 2),
        ("2026-07", 6, "prompts_best", "no cache on the prefix a", Decimal(0), 2),
        (
            "2026-08", 1, "haiku", 'model: "claude-haiku-4-5" instead of "claude-sonnet-4-6"',
            Decimal("0.012"), 1,
        ),
    ]  # fmt: skip


def test_actions_of_a_month_are_the_shares_of_its_days(company: Ledger) -> None:
    assert company.rows("select sum(month_share_usd), sum(attempts) from sav_action") == company.rows(
        "select sum(share_usd), sum(attempts) from sav_portfolio"
    )


@pytest.mark.parametrize(
    ("minutes", "action"),
    [
        ((0, 4), 'cache_control: {"type": "ephemeral"} on the prefix a'),
        ((0, 10, 20), 'cache_control: {"type": "ephemeral", "ttl": "1h"} on the prefix a'),
    ],
)
def test_the_line_of_a_cache_names_its_life_and_prefix(
    tmp_path: Path, minutes: tuple[int, ...], action: str
) -> None:
    rows = [prompt(f"r{each}", f"2026-07-01T12:{each:02}:00") for each in minutes]
    ledger = published(tmp_path / "company", rows)
    ledger.run()
    assert ledger.rows("select action from sav_action") == [(action,)]
