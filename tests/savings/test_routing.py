"""Routing by rule, by the book's ratio of tokens and by measured quality; equivalents: sums by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipelines.errors import BookError
from pipelines.savings.predicate import prove_predicate
from tests.savings.conftest import Savings
from tests.savings.test_scenarios import (
    EVALUATIONS,
    HAIKU,
    MICROSECOND,
    MINI,
    NEWER,
    NOON,
    SMALLER,
    SONNET,
    TO_NANO,
    TO_SONNET_5,
    call,
    number,
    only,
    result,
)

SONNET_5 = {key: value for key, value in TO_SONNET_5.items() if key not in ("where", "feature")}


def saved(savings: Savings, said: dict[str, Any], *calls: Any, **more: Any) -> dict[str, tuple[int, str]]:
    """Of each scenario the attempts it takes and its kind."""
    rows = savings.of(calls, {"x": said}, **more)
    return {row["scenario"]: (row["attempts"], row["kind"]) for row in rows}


def test_tokens_of_another_tokenizer_are_those_of_the_book(savings: Savings) -> None:
    # Claude Sonnet 4.6: 1,001 * 3 + 200 * 15 = 6,003 millionths. 1.3 tokens of Sonnet 5 for one: 1,302 at 2
    # and 260 at 10 = 5,204.
    rows = savings.of([call("a", SONNET, uncached=1001)], {"x": SONNET_5})
    assert only(rows)[:3] == (Decimal("0.006003"), Decimal("0.005204"), Decimal("0.000799"))


def test_what_the_file_says_of_tokens_goes_before_the_book(savings: Savings) -> None:
    # Input as the file says, 1,000 * 2; output by the book, 260 * 10.
    rows = savings.of([call("a", SONNET)], {"x": SONNET_5 | {"input_permille": number(1000)}})
    assert only(rows)[1] == Decimal("0.0046")


def test_models_of_which_nobody_knows_how_tokens_compare_are_refused(savings: Savings) -> None:
    unknown = {**SONNET_5, "to": f"openai/{MINI}"}
    with pytest.raises(BookError) as caught:
        savings.of([call("a", SONNET)], {"x": unknown})
    assert str(caught.value) == (
        "scenarios.yml: x: needs input_permille and output_permille: the price book does not know how tokens"
        f" of anthropic/{SONNET} and openai/{MINI} compare"
    )
    said = unknown | {"input_permille": number(800), "output_permille": number(800)}
    assert only(savings.of([call("a", SONNET)], {"x": said}))[3:] == (1, 0)


def test_a_day_before_the_new_model_existed_has_no_price_and_is_counted(savings: Savings) -> None:
    early = call("a", SONNET, at=datetime(2026, 6, 1, tzinfo=UTC))
    assert only(savings.of([early], {"x": SONNET_5})) == (Decimal(0), Decimal(0), Decimal(0), 1, 1)


def test_a_rule_is_a_class_a_feature_a_comparison_or_all_of_them(savings: Savings) -> None:
    calls = [
        call("short", SONNET, output=499),
        call("long", SONNET, output=500),
        call("other", SONNET, output=10, feature="nightly"),
        call("nobody's", SONNET, output=10, feature=None),
        call("simple", SONNET, output=10, route_class="simple"),
        call("failed", SONNET, output=10, status="error"),
    ]
    rule = {"where": "output_tokens < 500"}
    attempts = [
        sum(row["attempts"] for row in savings.of(calls, {"x": SONNET_5 | more}))
        for more in ({}, rule, rule | {"feature": "f"}, rule | {"feature": "f", "route_class": "simple"})
    ]
    assert attempts == [5, 4, 2, 1]


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("output_tokens < 5; drop table x", "Failed to parse"),
        ("true, true", "Failed to parse"),
        ("", "No expression was parsed"),
        (True, "True is no text"),
        ("exists (select 1)", "EXISTS(SELECT 1) is no part of a comparison"),
        ("feature in (select team from dim)", "(SELECT team FROM dim) is no part of a comparison"),
        ("read_text('/etc/passwd') = ''", "READ_TEXT('/etc/passwd') is no part of a comparison"),
        ("ended_at < now()", "NOW() is no part of a comparison"),
        ("random() < 0.5", "RANDOM() is no part of a comparison"),
        ("sum(output_tokens) > 5", "SUM(output_tokens) is no part of a comparison"),
        ("output_tokens < $day", "$day is no part of a comparison"),
        ("fct.feature = 'x'", "fct.feature is no column of fct_attempt_cost"),
        ("prompt = 'x'", "prompt is no column of fct_attempt_cost"),
        ("output_tokens", "output_tokens is BIGINT, neither true nor false"),
        ("deadline_seconds = 'soon'", "Conversion Error: Could not convert string 'soon' to INT64"),
        ("feature < 5", "Binder Error: Cannot compare values of type VARCHAR and type INTEGER_LITERAL"),
    ],
)
def test_a_where_is_one_comparison_or_one_sentence(savings: Savings, where: object, fault: str) -> None:
    with pytest.raises(BookError) as caught:
        savings.of([call("a")], {"x": SONNET_5 | {"where": where}})
    assert str(caught.value).startswith(f"scenarios.yml: x: where: {fault}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "where",
    [
        "feature in ('a', 'o''n') or team is not null and not (attempt between 2 and 3)",
        "coalesce(route_class, 'complex') <> 'simple' -- and nothing else",
        "output_tokens - reasoning_tokens <= 50 and ended_at >= '2026-07-01'",
        "cost_usd > 0.01",
    ],
)
def test_a_where_may_compare_any_columns(where: str, tmp_path: Any) -> None:
    prove_predicate("here", where, tmp_path)


def test_a_floor_is_met_where_every_result_of_the_feature_and_class_meets_it(savings: Savings) -> None:
    calls = [
        call("850", feature="f"),
        call("850 and 950", feature="f", route_class="simple"),
        call("950", feature="g", route_class="simple"),
        call("nobody's", feature=None, route_class="simple"),
        call("900", feature="nightly"),
        call("not evaluated", feature="g"),
    ]
    rows = savings.of(calls, {"x": TO_NANO}, evaluations=EVALUATIONS)
    taken: dict[str, int] = {}
    for row in rows:
        assert row["kind"] == ("bound" if row["scenario"] == "x" else "achievable")
        taken[row["scenario"]] = taken.get(row["scenario"], 0) + row["attempts"]
    assert taken == {"x": 6, "x_at_900": 3, "x_at_800": 5}


def test_without_an_evaluation_there_is_a_bound_alone(savings: Savings) -> None:
    assert saved(savings, TO_NANO, call("a")) == {"x": (1, "bound")}


def test_a_result_counts_from_the_day_it_was_found_until_another_one(savings: Savings) -> None:
    noon = NOON.isoformat()
    lines = [
        result("f", "", 950, valid_from="2026-06-01", valid_to=noon),
        result("f", "", 400, valid_from=noon),
    ]
    before, after = call("before", at=NOON - MICROSECOND), call("after", at=NOON)
    both = saved(savings, TO_NANO, before, after, evaluations=lines)
    assert both == {"x": (2, "bound"), "x_at_900": (1, "achievable"), "x_at_800": (1, "achievable")}
    assert saved(savings, TO_NANO, after, evaluations=lines) == {"x": (1, "bound")}


def test_the_result_of_another_model_says_nothing(savings: Savings) -> None:
    other = result("f", "", 1000, model="gpt-5.6-luna")
    assert saved(savings, TO_NANO, call("a"), evaluations=[other]) == {"x": (1, "bound")}


def test_the_portfolio_takes_the_floor_that_is_named_first(savings: Savings) -> None:
    calls = [call("850", feature="f"), call("900", feature="nightly")]
    rows = savings.of(calls, {"x": TO_NANO}, "sav_portfolio", EVALUATIONS)
    assert [(row["scenario"], row["feature"], row["kind"]) for row in rows] == [
        ("x_at_900", "nightly", "achievable")
    ]
    turned = savings.of(
        calls, {"x": TO_NANO | {"quality_floors_permille": [800, 900]}}, "sav_portfolio", EVALUATIONS
    )
    assert {(row["scenario"], row["feature"]) for row in turned} == {
        ("x_at_800", "nightly"),
        ("x_at_800", "f"),
    }


def test_floors_and_results_are_published_with_their_sources(savings: Savings) -> None:
    rows = savings.of([call("a")], {"x": TO_NANO}, "sav_assumption", [result("f", "", 950)])
    said = {
        row["assumption"]: (row["assumed_value"], row["assumption_source"])
        for row in rows
        if row["scenario"] == "x_at_900"
    }
    assert said["quality_floor_permille"] == ("900", "scenarios.yml")
    assert said["quality_permille of f from 2026-06-01T00:00:00+00:00"] == (
        "950", "evaluations.csv: 100 answers, test",
    )  # fmt: skip
    assert said["tokens_permille of o200k_base for o200k_base"] == ("1000", "one tokenizer")
    assert len({row["assumptions_id"] for row in rows}) == 3


def test_a_smaller_model_has_the_same_meters_in_its_own_tokens(savings: Savings) -> None:
    cached = call("a", SONNET, units={"cache_read_tokens": 500, "cache_write_5m_tokens": 100})
    # Haiku 4.5 has the tokenizer of Sonnet 4.6: 1,000 * 1 + 500 * 0.10 + 100 * 1.25 + 200 * 5 = 2,175
    # millionths.
    assert only(savings.of([cached], {"x": SMALLER}))[1] == Decimal("0.002175")
    # Sonnet 5 has 1.3 tokens for one: 1,300 * 2 + 650 * 0.20 + 130 * 2.50 + 260 * 10 = 5,655.
    assert only(savings.of([cached], {"x": NEWER}))[1] == Decimal("0.005655")


def test_no_equivalent_is_guessed_and_none_is_found_before_its_day(savings: Savings) -> None:
    calls = [
        call("unknown", "nobody-knows-it"),
        call("smallest", HAIKU),
        call("failed", SONNET, status="error"),
    ]
    assert savings.of(calls, {"x": SMALLER}) == []
    first_day = datetime(2026, 6, 30, tzinfo=UTC)
    before = call("before", SONNET, at=first_day - timedelta(microseconds=1))
    assert savings.of([before], {"x": NEWER}) == []
    assert only(savings.of([call("on", SONNET, at=first_day)], {"x": NEWER}))[3:] == (1, 0)


def test_an_equivalent_without_a_rate_for_a_meter_is_counted_and_not_guessed(savings: Savings) -> None:
    heard = call("a", SONNET, units={"audio_input_tokens": 5})
    assert only(savings.of([heard], {"x": SMALLER}))[3:] == (1, 1)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"lever": "equivalent", "relation": "better"}, "relation 'better' is none of newer, smaller"),
        (TO_NANO | {"escalated_permille": number(1001)}, "escalated_permille is above 1000"),
        *(
            (
                TO_NANO | {"quality_floors_permille": floors},
                f"quality_floors_permille {floors!r} are no different numbers from 1 to 1000",
            )
            for floors in ([], 900, [900, 900], [0], [1001], ["900"], [0.9], [True])
        ),
    ],
)
def test_a_wrong_entry_is_one_sentence(savings: Savings, said: dict[str, Any], fault: str) -> None:
    with pytest.raises(BookError) as caught:
        savings.of([call("a")], {"x": said})
    assert str(caught.value) == f"scenarios.yml: x: {fault}"


def test_a_floor_may_not_have_the_name_of_another_scenario(savings: Savings) -> None:
    with pytest.raises(BookError, match=r"^scenarios\.yml: two scenarios are called x_at_900$"):
        savings.of([call("a")], {"x": TO_NANO, "x_at_900": SMALLER})


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([result("", "", 900)], "line 2: feature and route_class are both empty"),
        ([result("f", "", 1001)], "line 2: quality_permille 1001 is above 1000"),
        ([result("f", "", 900, answers="0")], "line 2: answers must be above zero"),
        ([result("f", "", 900, answers="")], "line 2: answers must be above zero"),
        ([result("f", "", 900, valid_from="")], "line 2: valid_from is empty"),
        ([result("f", "", 900, source="")], "line 2: source is empty"),
        ([result("f", "", 900, quality_permille="0.9")], "line 2: quality_permille '0.9' is no whole number"),
        (
            [result("f", "", 900), result("f", "", 800)],
            "line 3: openai/gpt-5.4-nano has two results at 2026-06-01T00:00:00+00:00",
        ),
    ],
)
def test_a_wrong_evaluation_is_one_sentence(
    savings: Savings, lines: list[dict[str, str]], fault: str
) -> None:
    with pytest.raises(BookError) as caught:
        savings.of([call("a")], {"x": TO_NANO}, evaluations=lines)
    assert str(caught.value) == f"evaluations.csv {fault}"
