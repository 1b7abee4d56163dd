"""Calls that nobody sees: each is waste of one kind, and what the log had recorded stands beside its cost."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.conftest import Analysis, Call

MART = "mart_waste"
PLAIN = {"uncached_input_tokens": 1000, "output_tokens": 100}
"""Of gpt-5.4-mini: 1,000 at 0.75 and 100 at 4.50 dollars a million, 0.00075 + 0.00045 = 0.0012."""
NANO = "openai/gpt-5.4-nano"
COST = Decimal("0.0012")
NOBODY = "unattributed"


@pytest.mark.parametrize(
    ("said", "waste"),
    [
        ({"status": "error"}, "error"),
        ({"status": "cancelled"}, "cancelled"),
        ({"finish_reason": "refusal"}, "refusal"),
        ({"finish_reason": "content_filter", "status": "error"}, "refusal"),
        ({"attempt": 2}, "retry"),
        ({"attempt": 2, "status": "error"}, "error"),
    ],
)
def test_an_attempt_is_waste_of_one_kind(analysis: Analysis, said: dict[str, object], waste: str) -> None:
    [row] = analysis.of(MART, analysis.facts([Call(PLAIN, said=said), Call(PLAIN)]))
    assert (row["waste"], row["certainty"], row["is_retry"]) == (waste, "measured", "attempt" in said)
    assert (row["attempts"], row["tokens"], row["cost_usd"]) == (1, 1100, COST)


def test_an_answer_of_another_model_than_the_first_asked_is_a_fallback(analysis: Analysis) -> None:
    calls = [
        Call(PLAIN, said={"request_id": "a", "status": "error"}),
        Call(PLAIN, NANO, said={"request_id": "a", "attempt": 2}),
        Call(PLAIN, NANO, said={"request_id": "a", "attempt": 2, "source": "litellm"}),
    ]
    rows = analysis.of(MART, analysis.facts(calls))
    # The third is of another source, whose first attempt is not here: it is known to be a second one.
    assert [(row["waste"], row["model"], row["attempts"]) for row in rows] == [
        ("error", "gpt-5.4-mini", 1),
        ("fallback", "gpt-5.4-nano", 1),
        ("retry", "gpt-5.4-nano", 1),
    ]


def test_what_the_log_recorded_stands_beside_the_cost(analysis: Analysis) -> None:
    calls = [
        Call(PLAIN, said={"status": "cancelled", "reported_cost_usd": Decimal(0)}),
        Call({}, said={"status": "cancelled"}),
    ]
    [row] = analysis.of(MART, analysis.facts(calls))
    assert (row["cost_usd"], row["reported_cost_usd"]) == (COST, 0)
    assert (row["unpriced_attempts"], row["attempts_without_tokens"]) == (1, 1)
    assert row["attempts_without_reported_cost"] == 1


def beyond(cause: str, usd: str, key: str | None, **more: Any) -> dict[str, Any]:
    return {
        "provider": "openai", "account": "default", "api_key_id": key, "sku": "gpt-5.4-mini",
        "meter": "output_tokens", "cause": cause, "certainty": "inferred", "amount_usd": Decimal(usd),
        "meter_quantity": 100, **more,
    }  # fmt: skip


def test_what_the_provider_counted_beyond_the_logs_is_inferred_waste_of_the_keys_owner(
    analysis: Analysis,
) -> None:
    callers = [
        ("mine", "t", "f"),
        ("ours", "t", "f"),
        ("ours", "t", "g"),
        ("all", "t", "f"),
        ("all", "u", "f"),
    ]
    hours = [
        {"provider": "openai", "account": "default", "api_key_id": key, "team": team, "feature": feature}
        for key, team, feature in callers
    ]
    causes = [
        beyond("unfinished_attempts", "0.5", "mine"),
        beyond("unfinished_attempts", "0.25", "mine", meter="web_search_requests"),
        beyond("unfinished_attempts", "1", "ours"),
        beyond("unfinished_attempts", "2", "all"),
        beyond("unfinished_attempts", "3", None),
        beyond("unfinished_attempts", "4", "mine", account="other"),
        beyond("usage_without_log", "6", "mine"),
        # No waste: who called with a key that no log has is known, and these are other causes.
        beyond("usage_without_log", "7", "stranger", certainty="measured"),
        beyond("token_count", "8", "mine"),
        beyond("logs", "9", "mine", certainty="measured"),
    ]
    found = analysis.of(MART, [], beside={"mart_cost_hourly": hours, "mart_reconciliation": causes})
    assert [(r["waste"], r["team"], r["feature"], r["tokens"], r["cost_usd"]) for r in found] == [
        ("unfinished_attempts", "t", "f", 100, Decimal("0.75")),
        ("unfinished_attempts", "t", NOBODY, 100, Decimal(1)),
        ("unfinished_attempts", NOBODY, NOBODY, 300, Decimal(9)),
        ("usage_without_log", "t", "f", 100, Decimal(6)),
    ]
    unknown = ("is_retry", "attempts", "unpriced_attempts", "reported_cost_usd")
    assert {(row["certainty"], *(row[name] for name in unknown)) for row in found} == {
        ("inferred", None, None, None, None)
    }


@settings(max_examples=15)
@given(
    outcomes=st.lists(
        st.tuples(
            st.sampled_from(["success", "error", "cancelled"]),
            st.sampled_from([1, 1, 2, 3]),
            st.sampled_from(["stop", "refusal"]),
            st.sampled_from(["f", "g"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_call_that_is_no_first_answer_is_there_once(
    analysis: Analysis, outcomes: list[tuple[str, int, str, str]]
) -> None:
    names = ("status", "attempt", "finish_reason", "feature")
    calls = [Call(PLAIN, said=dict(zip(names, outcome, strict=True))) for outcome in outcomes]
    rows = analysis.of(MART, analysis.facts(calls))
    unseen = [o for o in outcomes if o[:3] != ("success", 1, "stop")]
    assert sum(row["attempts"] for row in rows) == len(unseen)
    assert sum(row["cost_usd"] for row in rows) == COST * len(unseen)
    assert sum(row["attempts"] for row in rows if row["is_retry"]) == sum(o[1] > 1 for o in outcomes)
