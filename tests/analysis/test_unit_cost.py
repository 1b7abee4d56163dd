"""What a unit costs: quotients rounded once, percentiles that were really paid, ids counted once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.conftest import Analysis, Call, Rows

MART = "mart_unit_cost"
MINI, STRANGER = "openai/gpt-5.4-mini", "openai/nobody-knows-it"
PICODOLLAR = Decimal("1e-12")
UNITS = ("trace", "session", "customer", "user")
Group = tuple[str, str, str, str]


def usd(text: str) -> Decimal:
    return Decimal(text)


def tokens_in(count: int, **said: Any) -> Call:
    """A call of gpt-5.4-mini without an answer: 0.75 dollars a million tokens."""
    return Call({"uncached_input_tokens": count, "output_tokens": 0}, said=said)


def test_a_quotient_is_rounded_once_half_up(analysis: Analysis) -> None:
    # A token is 0.00000075: 17 of them in four requests, 15 in three traces.
    calls = [tokens_in(5, trace_id=name) for name in ("a", "b", "c")] + [tokens_in(2)]
    [row] = analysis.of(MART, analysis.facts(calls))
    assert (row["cost_usd"], row["requests"], row["traces"]) == (usd("0.00001275"), 4, 3)
    assert row["cost_per_request_usd"] == usd("0.000003187500")
    assert row["cost_per_1000_requests_usd"] == usd("0.0031875")
    assert (row["trace_cost_usd"], row["cost_per_trace_usd"]) == (usd("0.00001125"), usd("0.00000375"))
    assert (row["tokens_per_request"], row["attempts_per_trace"]) == (usd("4.250"), usd("1.000"))
    thirds = [tokens_in(1, session_id=name) for name in ("a", "b", "c")] + [tokens_in(1, session_id="c")]
    [row] = analysis.of(MART, analysis.facts(thirds))
    assert row["cost_per_session_usd"] == usd("0.000001")
    seven = [tokens_in(1, user_id=f"{n % 7}") for n in range(8)]
    [row] = analysis.of(MART, analysis.facts(seven))
    # 0.000006 over 7 is 0.000000857142857...; the thirteenth digit is 8.
    assert (row["users"], row["cost_per_user_usd"]) == (7, usd("0.000000857143"))


def test_attempts_of_one_request_are_one_cost(analysis: Analysis) -> None:
    calls = [
        tokens_in(1000, request_id="a"),
        tokens_in(1000, request_id="a", attempt=2),
        tokens_in(4000, request_id="b"),
    ]
    [row] = analysis.of(MART, analysis.facts(calls))
    assert (row["attempts"], row["requests"], row["cost_per_request_usd"]) == (3, 2, usd("0.00225"))
    # The cheaper half is the request of two attempts.
    assert (row["request_p50_usd"], row["request_p95_usd"]) == (usd("0.0015"), usd("0.003"))


def test_a_percentile_is_the_cost_at_its_rank(analysis: Analysis) -> None:
    calls = [tokens_in(1000 * n, trace_id=f"t{n}") for n in range(1, 101)]
    [row] = analysis.of(MART, analysis.facts(calls))
    expected = (usd("0.0375"), usd("0.07125"), usd("0.07425"))
    assert tuple(row[f"request_p{p}_usd"] for p in (50, 95, 99)) == expected
    assert tuple(row[f"trace_p{p}_usd"] for p in (50, 95, 99)) == expected


def test_dear_and_cheap_are_told_apart_to_the_last_digit(analysis: Analysis) -> None:
    # Two and two lie within a hundred-thousandth of a dollar; three are dearer than any other may be.
    tokens = [1, 2, 20_000, 20_001, 1_300_000_000_000, 1_300_000_000_001, 1_300_000_000_002]
    [row] = analysis.of(MART, analysis.facts([tokens_in(count, trace_id=str(count)) for count in tokens]))
    expected = (usd("0.01500075"), usd("975000.0000015"), usd("975000.0000015"))
    assert tuple(row[f"request_p{p}_usd"] for p in (50, 95, 99)) == expected
    assert tuple(row[f"trace_p{p}_usd"] for p in (50, 95, 99)) == expected
    # 0.03000300 and 2925000.00000225 over seven are 417857.147143607142857...
    assert row["cost_per_request_usd"] == usd("417857.147143607143")
    assert row["cost_per_1000_requests_usd"] == usd("417857147.143607142857")


def test_what_has_no_price_is_counted_and_in_no_quotient(analysis: Analysis) -> None:
    stranger = Call({"output_tokens": 100}, STRANGER, said={"trace_id": "a"})
    [row] = analysis.of(MART, analysis.facts([stranger]))
    assert (row["attempts"], row["unpriced_attempts"], row["requests"], row["traces"]) == (1, 1, 0, 0)
    assert (row["cost_usd"], row["cost_per_request_usd"], row["request_p50_usd"]) == (None, None, None)


def test_shares_of_the_input_are_of_all_of_it(analysis: Analysis) -> None:
    units = {"uncached_input_tokens": 500, "cache_read_tokens": 1500, "output_tokens": 333}
    [row] = analysis.of(MART, analysis.facts([Call(units)]))
    # 1,500 and 333 of 2,000; 166.5 is rounded up.
    assert (row["cache_hit_permille"], row["output_permille"]) == (750, 167)


def test_input_of_every_kind_is_input(analysis: Analysis) -> None:
    [fact] = analysis.facts([tokens_in(100)])
    kinds = (
        "uncached_input",
        "cache_read",
        "cache_write_5m",
        "cache_write_1h",
        "cache_write",
        "audio_input",
        "image_input",
    )
    [row] = analysis.of(MART, [fact | {f"{kind}_tokens": 100 for kind in kinds} | {"output_tokens": 350}])
    # 100 and 350 of 700; 142.857 is rounded up.
    assert (row["cache_hit_permille"], row["output_permille"]) == (143, 500)


@st.composite
def any_call(draw: st.DrawFn) -> Call:
    """A call with few ids, so that they repeat."""
    said: dict[str, Any] = {f"{unit}_id": draw(st.sampled_from([None, "a", "b", "c"])) for unit in UNITS}
    said |= {
        "feature": draw(st.sampled_from(["f", "g"])),
        "source": draw(st.sampled_from(["request_log", "litellm"])),
    }
    units = {"uncached_input_tokens": draw(st.integers(0, 60)), "output_tokens": draw(st.integers(0, 3))}
    return Call(units, draw(st.sampled_from([MINI, MINI, "openai/gpt-5.4", STRANGER])), said=said)


@settings(max_examples=25)
@given(calls=st.lists(any_call(), min_size=1, max_size=30), data=st.data())
def test_units_are_those_of_a_slow_count(analysis: Analysis, calls: list[Call], data: st.DataObject) -> None:
    facts = analysis.facts(calls)
    number: dict[tuple[str, str], int] = defaultdict(int)
    for fact in facts:
        fact["request_id"] = data.draw(st.sampled_from("abcdefgh"))
        number[fact["source"], fact["request_id"]] += 1
        fact["attempt"] = number[fact["source"], fact["request_id"]]
    found = {group_of(row): row for row in analysis.of(MART, facts)}
    assert set(found) == {group_of(fact) for fact in facts}
    for group, row in found.items():
        priced = [f for f in facts if group_of(f) == group and f["cost_usd"] is not None]
        requests = sums((f["source"], f["request_id"], f["cost_usd"]) for f in priced)
        assert row["requests"] == len(requests)
        assert row["cost_per_request_usd"] == quotient(requests)
        assert_percentiles(row, "request", requests)
        for unit in UNITS:
            ids = sums((f[f"{unit}_id"], "", f["cost_usd"]) for f in priced if f[f"{unit}_id"])
            assert row[f"{unit}s"] == len(ids)
            assert row[f"{unit}_cost_usd"] == (sum(ids) if ids else None)
            assert row[f"cost_per_{unit}_usd"] == quotient(ids)
            if unit == "trace":
                assert_percentiles(row, unit, ids)


def group_of(row: dict[str, Any]) -> Group:
    return row["team"], row["feature"], row["provider"], row["model"]


def sums(parts: Iterable[tuple[str, str, Decimal]]) -> list[Decimal]:
    """The cost of each id, the cheapest first."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one, other, cost in parts:
        found[one, other] += cost
    return sorted(found.values())


def quotient(costs: Sequence[Decimal]) -> Decimal | None:
    """The mean of some costs, rounded half up to a picodollar."""
    if not costs:
        return None
    exact = Fraction(sum(costs)) / len(costs) / Fraction(PICODOLLAR)
    return int(exact + Fraction(1, 2)) * PICODOLLAR


def assert_percentiles(row: dict[str, Any], unit: str, costs: Sequence[Decimal]) -> None:
    for percent in (50, 95, 99):
        expected = costs[-(-len(costs) * percent // 100) - 1] if costs else None
        assert row[f"{unit}_p{percent}_usd"] == expected


def test_costs_of_all_groups_are_the_cost_of_the_day(analysis: Analysis) -> None:
    facts = analysis.facts([tokens_in(n, feature=f"f{n % 3}") for n in range(9)])
    rows: Rows = analysis.of(MART, facts)
    assert sum(row["cost_usd"] for row in rows) == sum(fact["cost_usd"] for fact in facts)
