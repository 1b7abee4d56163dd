"""Budgets: read from dated lines, spent to the last digit, projected in whole microdollars."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.book.fx import load_exchanges
from pipelines.errors import BookError
from pipelines.planning.budgets import BUDGET_MONTH, HEADER, budget_months, load_budgets
from pipelines.warehouse.arrow import table
from tests.book.small import FX
from tests.planning.conftest import Planned, Rows, costs

COSTS = ("day", "team", "feature", "unpriced_attempts")
RECORDED = ("day", "team", "feature", "money_of_record", "cost_usd")
AHEAD = ("day", "team", "feature", "forecast_usd")
D = Decimal


def spent(
    of_day: date, team: str, feature: str, usd: str, *, unpriced: int = 0, money: str = "logs"
) -> dict[str, Any]:
    return {
        "day": of_day,
        "team": team,
        "feature": feature,
        "money_of_record": money,
        "cost_usd": D(usd),
        "unpriced_attempts": unpriced,
    }


def budget(team: str, feature: str, usd: str | None, month: str = "2026-08") -> dict[str, Any]:
    first = date.fromisoformat(f"{month}-01")
    return {
        "month": month, "first_date": first,
        "last_date": first.replace(day=monthrange(first.year, first.month)[1]), "team": team,
        "feature": feature, "budget_amount": D(usd or 1), "budget_currency": "USD" if usd else "XTS",
        "budget_usd": D(usd) if usd else None, "budget_source": "board",
    }  # fmt: skip


def rows_of(
    planned: Planned, daily: Sequence[Any], budgets: Sequence[Any], ahead: Sequence[Any] = ()
) -> Rows:
    return planned.of(
        "mart_budget",
        {
            "mart_recorded_cost": costs([{name: row[name] for name in RECORDED} for row in daily], RECORDED),
            "mart_cost_daily": costs([{name: row[name] for name in COSTS} for row in daily], COSTS),
            "budget_month": table(budgets, BUDGET_MONTH),
            "mart_forecast": costs(ahead, AHEAD),
        },
    )


def test_a_month_goes_on_as_it_began(planned: Planned) -> None:
    daily = [
        spent(date(2026, 7, 31), "search", "answers", "100"),
        spent(date(2026, 8, 1), "search", "answers", "1.000000000001"),
        spent(date(2026, 8, 2), "search", "answers", "2"),
        spent(date(2026, 8, 2), "search", "rewrite", "0.5", unpriced=3),
        spent(date(2026, 8, 4), "growth", "copy", "4"),
    ]
    [row] = rows_of(planned, daily, [budget("search", "*", "25")], [
        {"day": date(2026, 8, 5), "team": "search", "feature": "*", "forecast_usd": D("0.25")},
        {"day": date(2026, 8, 31), "team": "search", "feature": "*", "forecast_usd": D("0.5")},
        {"day": date(2026, 9, 1), "team": "search", "feature": "*", "forecast_usd": D(7)},
        {"day": date(2026, 8, 31), "team": "*", "feature": "*", "forecast_usd": D(8)},
    ])  # fmt: skip
    assert (row["as_of_date"], row["elapsed_days"], row["left_days"]) == (date(2026, 8, 4), 4, 27)
    assert row["spent_usd"] == D("3.500000000001")
    assert row["run_rate_usd"] == D("0.875")  # 3.5 in four days
    assert row["month_at_run_rate_usd"] == D("27.125000000001")  # and 27 times 3.5 / 4 = 23.625
    assert row["forecast_month_usd"] == D("4.250000000001")
    # 21.5 are left, 24 days at 0.875 are 21; the 25th is too much
    assert (row["budget_state"], row["break_date"]) == ("will_break", date(2026, 8, 29))
    assert row["unpriced_attempts"] == 3


def test_a_budget_breaks_on_the_day_it_was_used_up(planned: Planned) -> None:
    daily = [spent(date(2026, 8, number), "t", "f", "5") for number in range(1, 11)]
    names = ("t", "f"), ("t", "*"), ("*", "f"), ("*", "*")
    for row in rows_of(planned, daily, [budget(*name, "20") for name in names]):
        assert (row["budget_state"], row["break_date"]) == ("over", date(2026, 8, 5))
    for row in rows_of(planned, daily, [budget(*name, "50") for name in names]):
        assert (row["budget_state"], row["break_date"]) == ("will_break", date(2026, 8, 11))


def test_what_is_spent_is_the_money_of_record_and_says_which(planned: Planned) -> None:
    # The first day is billed, 3 instead of what the logs say, and a fee without a log; then there are logs.
    daily = [
        spent(date(2026, 8, 1), "search", "answers", "3", unpriced=2, money="billed"),
        spent(date(2026, 8, 1), "unattributed", "unattributed", "0.5", money="billed"),
        spent(date(2026, 8, 2), "search", "answers", "1"),
        spent(date(2026, 8, 2), "growth", "copy", "2", money="usage"),
    ]
    names = ("*", "*"), ("growth", "*"), ("nobody", "*"), ("search", "*"), ("unattributed", "*")
    rows = rows_of(planned, daily, [budget(*name, "25") for name in names])
    assert [(row["team"], row["money_of_record"], row["spent_usd"]) for row in rows] == [
        ("*", "mixed", D("6.5")),
        ("growth", "usage", D(2)),
        ("nobody", None, D(0)),
        ("search", "mixed", D(4)),
        ("unattributed", "billed", D("0.5")),
    ]
    assert [row["unpriced_attempts"] for row in rows] == [2, 0, 0, 2, 0]


def test_a_day_with_a_bill_and_no_logs_is_not_forecast_too(planned: Planned) -> None:
    # The logs end on the 1st and the forecast begins on the 2nd, which is billed: 1 + 4, and 5 of the 3rd.
    daily = [spent(date(2026, 8, 1), "t", "f", "1"), spent(date(2026, 8, 2), "t", "f", "4", money="billed")]
    ahead = [
        {"day": date(2026, 8, number), "team": "t", "feature": "*", "forecast_usd": D(5)} for number in (2, 3)
    ]
    [row] = rows_of(planned, daily, [budget("t", "*", "25")], ahead)
    assert (row["as_of_date"], row["forecast_month_usd"]) == (date(2026, 8, 2), D(10))


def test_a_month_that_is_over_is_not_projected(planned: Planned) -> None:
    daily = [spent(date(2026, 7, 20), "t", "f", "9"), spent(date(2026, 8, 2), "t", "f", "1")]
    july, august = rows_of(
        planned, daily, [budget("t", "*", "10", "2026-07"), budget("t", "*", "10")],
        [{"day": date(2026, 8, 3), "team": "t", "feature": "*", "forecast_usd": D(3)}],
    )  # fmt: skip
    # logs begin on the 20th, so that July has 12 days
    assert (july["elapsed_days"], july["left_days"], july["month_at_run_rate_usd"]) == (12, 0, D(9))
    assert (july["forecast_month_usd"], july["budget_state"], july["break_date"]) == (D(9), "within", None)
    assert (august["month_at_run_rate_usd"], august["forecast_month_usd"]) == (D("15.5"), D(4))


def test_without_a_rate_no_budget_is_compared(planned: Planned) -> None:
    [row] = rows_of(planned, [spent(date(2026, 8, 2), "t", "f", "9")], [budget("t", "*", None)])
    assert (row["budget_usd"], row["budget_state"], row["break_date"]) == (None, "no_exchange_rate", None)


def test_what_is_not_spent_is_zero_and_credits_are_not_a_break(planned: Planned) -> None:
    daily = [spent(date(2026, 8, 3), "t", "f", "-1"), spent(date(2026, 8, 3), "u", "f", "9")]
    nothing, credit = rows_of(planned, daily, [budget("nobody", "*", "1"), budget("t", "*", "1")])
    assert (nothing["spent_usd"], nothing["month_at_run_rate_usd"], nothing["budget_state"]) == (
        D(0),
        D(0),
        "within",
    )
    # the logs begin on the 3rd: -1 in one day, and 28 more of them
    assert (credit["run_rate_usd"], credit["month_at_run_rate_usd"], credit["budget_state"]) == (
        D(-1),
        D(-29),
        "within",
    )


amounts = st.integers(0, 10**16).map(lambda pico: D(pico).scaleb(-12))


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.sampled_from("ab"), st.sampled_from("xy"), amounts), min_size=1
    ),
    st.sampled_from([("*", "*"), ("a", "*"), ("*", "x"), ("b", "y")]),
    amounts,
)
def test_every_number_is_that_of_plain_fractions(
    planned: Planned, calls: list[tuple[int, str, str, Decimal]], of: tuple[str, str], limit: Decimal
) -> None:
    first = date(2026, 7, 10)
    daily = [spent(first + timedelta(days=n), team, feature, str(usd)) for n, team, feature, usd in calls]
    found = rows_of(planned, daily, [budget(*of, str(limit), month) for month in ("2026-07", "2026-08")])
    mine = [row for row in daily if of[0] in ("*", row["team"]) and of[1] in ("*", row["feature"])]
    begins, as_of = min(row["day"] for row in daily), max(row["day"] for row in daily)
    for row in found:
        days = [date.fromisoformat(f"{row['month']}-01") + timedelta(days=n) for n in range(31)]
        total = sum((each["cost_usd"] for each in mine if each["day"] in days), D(0))
        elapsed = sum(begins <= each <= as_of for each in days)
        left = sum(each > as_of for each in days)
        assert (row["spent_usd"], row["elapsed_days"], row["left_days"]) == (total, elapsed, left)
        micro = int((total * 10**6).quantize(D(1), ROUND_HALF_UP))
        to_come = (Fraction(micro * left, elapsed) + Fraction(1, 2)).__floor__()
        assert row["month_at_run_rate_usd"] == total + D(to_come).scaleb(-6)
        breaks = next(
            (day for day in days if sum(e["cost_usd"] for e in mine if days[0] <= e["day"] <= day) > limit),
            None,
        )
        if total > limit:
            assert (row["budget_state"], row["break_date"]) == ("over", breaks)
        elif row["break_date"] is None:
            assert row["budget_state"] == "within"
            assert row["month_at_run_rate_usd"] - limit <= D("0.000002")
        else:
            gone = (row["break_date"] - as_of).days
            assert 1 <= gone <= left
            free = int(((limit - total) * 10**6).quantize(D(1), ROUND_HALF_UP))
            assert Fraction(micro * gone, elapsed) > free >= Fraction(micro * (gone - 1), elapsed)


def write(folder: Path, *lines: str, fx: Sequence[str] = ()) -> Path:
    (folder / "budgets.csv").write_text("\n".join([",".join(HEADER), *lines]) + "\n", encoding="utf-8")
    (folder / "fx.csv").write_text("\n".join([FX, *fx]) + "\n", encoding="utf-8")
    return folder


def test_a_budget_holds_from_month_to_month_in_its_currency(tmp_path: Path) -> None:
    config = write(
        tmp_path,
        "search,*,100,EUR,2026-07-01,2026-08-01,,,board",
        "search,*,200,USD,2026-08-01,,,,board",
        fx=["EUR,1.123456789012,2026-01-01,2026-07-15,,,bank,day"],
    )
    rows = budget_months(load_budgets(config), load_exchanges(config), date(2026, 6, 15), date(2026, 8, 3))
    assert [(row["month"], row["budget_usd"], row["last_date"]) for row in rows] == [
        ("2026-07", D("112.3456789012"), date(2026, 7, 31)),
        ("2026-08", D(200), date(2026, 8, 31)),
    ]


def test_no_file_is_no_budget(tmp_path: Path) -> None:
    assert load_budgets(tmp_path) == ()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["t,*,1,USD,2026-07-02,,,,b"], "line 2: valid_from 2026-07-02 is not the first instant of a month"),
        (["t,*,1,USD,,2026-07-01T01:00:00Z,,,b"], "line 2: valid_to 2026-07-01T01:00:00Z is not the first"),
        (["t,*,-1,USD,,,,,b"], "line 2: amount '-1' is no plain decimal"),
        (["t,*,1,USD,,,,,"], "line 2: source is empty"),
        (
            ["t,*,1,USD,2026-07-01,,,,b", "t,*,2,USD,2026-09-01,,,,b"],
            "line 3: t \\* has two budgets at 2026-09-01",
        ),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(BookError, match=said):
        load_budgets(write(tmp_path, *lines))


def test_a_budget_may_be_corrected(tmp_path: Path) -> None:
    config = write(tmp_path, "t,*,1,USD,,,,2026-08-01,b", "t,*,2,USD,,,2026-08-01,,b")
    assert [each.known_to < datetime(9999, 1, 1, tzinfo=UTC) for each in load_budgets(config)] == [
        True,
        False,
    ]
