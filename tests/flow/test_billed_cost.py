"""The bill by owner, to its last digit; the money an account is reported in, before and after the bill."""
# ruff: noqa: S608 the tests write their own SQL

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipelines.analysis.variance import variance
from pipelines.book.money_of_record import FILE, HEADER
from pipelines.planning.budgets import HEADER as BUDGET
from tests.book.small import write
from tests.flow import anthropic_cases as anthropic
from tests.flow.billed_oracle import PICODOLLARS, Owner, billed_by_owner
from tests.flow.billing import FIRST, MILLION, Row, anthropic_page, billed, call, page, used
from tests.flow.billing import attempts as lines_of
from tests.flow.days import small_book
from tests.ledger import Ledger

RULES = (
    "openai,main,billed,leave,,2026-05-10,controlling",
    "openai,main,logs,leave,2026-05-10,,controlling",
    "openai,spread,billed,spread,,,controlling",
    "openai,keyed,usage,key_owner,,,controlling",
)
OWNERS = "*,api_key,key-of-nobody,growth,drafts,production,2026-01-01,\n"
NOBODY = "unattributed"
LATE = 20


def company_at(root: Path, *providers: str, rules: Sequence[str] = RULES) -> Ledger:
    prices = small_book(root / "prices", *providers)
    ledger = replace(Ledger.at(root / "company", OWNERS), prices=prices)
    write(ledger.root / "config" / FILE, ",".join(HEADER), rules)
    return ledger


def write_sides(ledger: Ledger, account: str, of_day: date, **sides: Sequence[Row]) -> None:
    """Log, usage export and bill of an account's day."""
    where = f"account={account}/{of_day}"
    if "logs" in sides:
        ledger.write(f"request_log/{account}-{of_day}.jsonl", list(lines_of(of_day, sides["logs"])))
    if "usage" in sides:
        ledger.write(f"openai_usage/{where}.json", page(of_day, sides["usage"]))
    if "bill" in sides:
        ledger.write(f"openai_costs/{where}.json", page(of_day, sides["bill"]))


def write_anthropic_sides(ledger: Ledger, of_day: date, **sides: Sequence[Row]) -> None:
    """The same of Anthropic's one account."""
    if "logs" in sides:
        ledger.write(f"request_log/anthropic-{of_day}.jsonl", list(lines_of(of_day, sides["logs"])))
    for side, folder in (("usage", "anthropic_usage"), ("bill", "anthropic_costs")):
        if side in sides:
            ledger.write(f"{folder}/{of_day}.json", anthropic_page(of_day, sides[side], 0))


def owned(tokens: int, team: str, **more: Any) -> Row:
    return call(tokens, team=team, feature="answers", environment="production", **more)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = company_at(tmp_path_factory.mktemp("billed"))
    teams = [owned(MILLION, "search"), owned(2 * MILLION, "support")]
    nano = billed("0.10", "gpt-5.4-nano, input", api_key_id="key-of-nobody")
    bill = [billed("1.00"), billed("-1.00", "credit"), billed("0.05", "tax", project_id=None), nano]
    write_sides(ledger, "main", FIRST, logs=teams, usage=[used(3 * MILLION, 2)], bill=bill)
    write_sides(ledger, "spread", FIRST + timedelta(days=2), logs=teams, bill=[billed("2.25"), nano])
    write_sides(
        ledger, "keyed", FIRST + timedelta(days=4), logs=teams, usage=[used(4 * MILLION, 2)], bill=[nano]
    )
    write_sides(ledger, "main", date(2026, 5, 10), logs=teams, bill=bill)
    ledger.publish_only("mart_billed_cost", "mart_recorded_cost")
    return ledger


def parts(ledger: Ledger, of_day: date) -> dict[tuple[str, str, str], Decimal]:
    rows = ledger.rows(
        "select charge_category, team, allocation, sum(billed_cost_usd) from mart_billed_cost"
        f" where day = '{of_day}' group by all"
    )
    return {(category, team, allocation): amount for category, team, allocation, amount in rows}


def test_a_billed_line_belongs_to_those_who_called_by_their_list_cost(company: Ledger) -> None:
    found = parts(company, FIRST)
    third, rest = Decimal("0.333333333333"), Decimal("0.666666666667")
    assert found == {
        ("usage", "search", "logs"): third,
        ("usage", "support", "logs"): rest,
        ("credit", "search", "logs"): -third,
        ("credit", "support", "logs"): -rest,
        ("tax", "search", "logs"): Decimal("0.016666666667"),
        ("tax", "support", "logs"): Decimal("0.033333333333"),
        ("usage", NOBODY, NOBODY): Decimal("0.10"),
    }


def test_cost_without_a_log_is_left_spread_or_given_to_the_owner_of_the_key(company: Ledger) -> None:
    spread = parts(company, FIRST + timedelta(days=2))
    third = Decimal("0.033333333333")
    assert spread["usage", "search", "spread"] == third
    assert spread["usage", "support", "spread"] == Decimal("0.10") - third
    assert parts(company, FIRST + timedelta(days=4)) == {("usage", "growth", "key_owner"): Decimal("0.10")}


def test_a_billed_line_stands_in_the_invoice_of_its_month(company: Ledger) -> None:
    assert company.rows("select invoice_month, sum(billed_cost_usd) from mart_billed_cost group by 1") == [
        ("2026-05", Decimal("2.75"))
    ]


def test_the_money_of_record_follows_the_rule_of_the_account_and_the_day(company: Ledger) -> None:
    rows = company.rows(
        "select day, account, money_of_record, sum(cost_usd) from mart_recorded_cost"
        " group by all order by day"
    )
    assert rows == [
        (FIRST, "main", "billed", Decimal("0.15")),
        (FIRST + timedelta(days=2), "spread", "billed", Decimal("2.35")),
        (FIRST + timedelta(days=4), "keyed", "usage", Decimal("3.00")),
        (date(2026, 5, 10), "main", "logs", Decimal("2.25")),
    ]


def test_what_only_a_bill_knows_stands_in_every_mart_of_costs(tmp_path: Path) -> None:
    ledger = company_at(tmp_path, rules=["*,*,billed,leave,,,controlling"])
    write_sides(ledger, "default", FIRST, bill=[billed("0.80")])
    ledger.publish_only("mart_cost_by_team", "mart_cost_by_feature", "mart_cost_by_model")
    for mart, who in (("team", NOBODY), ("feature", NOBODY), ("model", "gpt-5.4-mini")):
        columns = f"{mart}, attempts, cost_usd, money_of_record, recorded_cost_usd"
        rows = ledger.rows(f"select {columns} from mart_cost_by_{mart}")
        assert rows == [(who, 0, None, "billed", Decimal("0.80"))], mart


def test_a_bill_that_comes_twenty_days_late_becomes_the_money_of_its_day(tmp_path: Path) -> None:
    ledger = company_at(tmp_path)
    last = FIRST + timedelta(days=LATE)
    for of_day in (FIRST, last):
        write_sides(ledger, "default", of_day, logs=[owned(MILLION, "search")])
    write(ledger.root / "config" / FILE, ",".join(HEADER), ["*,*,billed,leave,,,controlling"])
    write(ledger.root / "config" / "budgets.csv", ",".join(BUDGET), ["*,*,10,USD,,,,,controlling"])
    ledger.run()
    spent = "select money_of_record, spent_usd, unpriced_attempts from mart_budget"
    assert ledger.rows(spent) == [("logs", Decimal("1.50"), 0)]
    recorded = "select day, money_of_record, cost_usd from mart_recorded_cost order by day"
    logs = Decimal("0.75")
    assert ledger.rows(recorded) == [(FIRST, "logs", logs), (last, "logs", logs)]
    write_sides(ledger, "default", FIRST, bill=[billed("0.80")])
    ledger.run()
    assert ledger.rows(recorded) == [(FIRST, "billed", Decimal("0.80")), (last, "logs", logs)]
    for mart in ("mart_cost_by_team", "mart_cost_by_feature", "mart_cost_by_model"):
        columns = "day, money_of_record, recorded_cost_usd, cost_usd"
        shown = ledger.rows(f"select {columns} from {mart} order by day")
        assert shown == [(FIRST, "billed", Decimal("0.80"), logs), (last, "logs", logs, logs)]
    assert ledger.rows("select cause, amount_usd from mart_reconciliation where not is_level") == [
        ("unexplained", Decimal("0.05"))
    ]
    assert ledger.rows(spent) == [("mixed", Decimal("1.55"), 0)]
    found = variance(ledger.locations, f"{FIRST}..{FIRST}", f"{last}..{last}")
    names = ("earlier_cost_usd", "later_cost_usd", "change_usd", "price_usd", "billed_difference_usd")
    # The logs of both days are 0.75; the first is billed, the second is not yet.
    assert [found.column(name) for name in names] == [
        [Decimal(usd)] for usd in ("0.80", "0.75", "-0.05", "0", "-0.05")
    ]


Rows = st.SearchStrategy[Row]
Sides = dict[str, list[Row]]
MODELS = ("gpt-5.4-mini", "gpt-5.4-mini-2026-03-17", "gpt-5.4-nano", "gpt-5.4", "in-house")
AMOUNTS = st.decimals("-3", "9", places=9)
CALLS = st.builds(
    call,
    st.integers(0, 3_000_000),
    model=st.sampled_from(MODELS),
    output_tokens=st.integers(0, 50_000),
    region=st.sampled_from([None, None, "eu"]),
    service_tier=st.sampled_from(["standard", "batch"]),
    status=st.sampled_from(["success", "success", "error"]),
    team=st.sampled_from(["search", "support", "growth"]),
    project_id=st.sampled_from(["proj", "other", None]),
)
USES = st.builds(
    used,
    st.integers(0, 3_000_000),
    st.integers(0, 9),
    model=st.sampled_from(MODELS),
    output_tokens=st.integers(0, 50_000),
    batch=st.booleans(),
    project_id=st.sampled_from(["proj", "other"]),
)
METERS = ("input", "output")
ITEMS = (
    *(f"{tier}{model}, {meter}" for model in MODELS for meter in METERS for tier in ("", "batch | ")),
    *(f"gpt-5.4, {meter}, long context" for meter in METERS),
    *("credit", "tax", "Evals") * 3,
)
LINES = st.builds(
    lambda amount, item, currency, project: billed(f"{amount:f}", item, currency, project_id=project),
    AMOUNTS,
    st.sampled_from(ITEMS),
    st.sampled_from(["usd", "usd", "usd", "gbp"]),
    st.sampled_from(["proj", "other", "third"]),
)
ANTHROPIC_MODELS = st.sampled_from([anthropic.HAIKU, anthropic.SONNET, "claude-sonnet-4-5"])
ANTHROPIC_CALLS = st.builds(
    anthropic.call,
    st.integers(0, 900_000),
    model=ANTHROPIC_MODELS,
    cache_read_tokens=st.integers(0, 90_000),
    output_tokens=st.integers(0, 50_000),
    web_search_requests=st.integers(0, 3),
    status=st.sampled_from(["success", "success", "cancelled"]),
)
ANTHROPIC_USES = st.builds(
    anthropic.used,
    st.integers(0, 900_000),
    st.integers(0, 9),
    model=ANTHROPIC_MODELS,
    output_tokens=st.integers(0, 50_000),
    service_tier=st.sampled_from(["standard", "batch"]),
    context_window=st.sampled_from(["0-200k", "200k-1M"]),
    inference_geo=st.sampled_from(["global", "us"]),
    api_key_id=st.sampled_from(["apikey", None]),
)
OUTPUT_LINE = "Claude Haiku 4.5 Usage - Output Tokens"
ANTHROPIC_LINES = st.one_of(
    st.builds(
        lambda cents, meter, name: anthropic.billed(f"{cents:f}", meter, name),
        AMOUNTS,
        st.sampled_from(list(anthropic.TOKEN_TYPES)),
        st.sampled_from(["Claude Haiku 4.5", "Claude Sonnet 4.6", "Claude Sonnet 4.5"]),
    ),
    st.builds(
        lambda cents, text: anthropic.tool(f"{cents:f}", None, text),
        AMOUNTS,
        st.sampled_from(
            ["Web Search Usage", "Code Execution Usage", "Claude Haiku 4.5 Usage - Output Tokens", "Seats"]
        ),
    ),
)


def sides_of(calls: Rows, uses: Rows, lines: Rows) -> st.SearchStrategy[Sides]:
    """What an account's day may have: a log, a usage export, a bill, or none of them."""
    sides = {"logs": (calls, 8), "usage": (uses, 6), "bill": (lines, 6)}
    optional = {side: st.lists(rows, max_size=most) for side, (rows, most) in sides.items()}
    return st.fixed_dictionaries({}, optional=optional)


DAYS = st.tuples(sides_of(CALLS, USES, LINES), sides_of(ANTHROPIC_CALLS, ANTHROPIC_USES, ANTHROPIC_LINES))


def total(rows: Sequence[dict[str, Any]], low: int, high: int) -> Decimal:
    inside = [row["amount_usd"] for row in rows if low <= row["step"] <= high]
    return sum((amount for amount in inside if amount is not None), Decimal(0))


def assert_causes_add_up(ledger: Ledger) -> None:
    groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in ledger.records("select * from mart_reconciliation"):
        groups[row["day"], row["provider"], row["account"]].append(row)
    for rows in groups.values():
        has_usage = any(row["cause"] == "usage" for row in rows)
        if has_usage:
            assert total(rows, 0, 299) == total(rows, 300, 300)
        if any(row["cause"] == "billed" and row["amount_usd"] is not None for row in rows):
            assert total(rows, 300 if has_usage else 0, 899) == total(rows, 900, 900)


def assert_levels_are_those_of_the_facts(ledger: Ledger) -> None:
    """Nothing is lost on the way from the facts into the waterfall."""
    for cause, fact, column in (
        ("logs", "fct_attempt_cost", "list_cost_usd"),
        ("usage", "fct_usage_cost", "list_cost_usd"),
        ("billed", "fct_charge", "billed_cost_usd"),
    ):
        level = f"select coalesce(sum(amount_usd), 0) from mart_reconciliation where cause = '{cause}'"
        assert ledger.rows(level) == ledger.rows(f"select coalesce(sum({column}), 0) from {fact}"), cause


def assert_owners_are_those_of_the_oracle(ledger: Ledger) -> None:
    """Of OpenAI's bill: the oracle knows its shapes."""
    skus = {
        ("openai", "gpt-5.4-mini"): "gpt-5.4-mini-2026-03-17", ("openai", "gpt-5.4"): "gpt-5.4-2026-03-05",
        ("openai", "gpt-5.4-nano"): "gpt-5.4-nano-2026-03-17",
    }  # fmt: skip
    of_openai = "provider = 'openai'"
    charges = ledger.records(f"select * from fct_charge where billed_cost_usd is not null and {of_openai}")
    attempts = ledger.records(f"select * from fct_attempt_cost where {of_openai}")
    found: dict[date, dict[Owner, int]] = defaultdict(lambda: defaultdict(int))
    for row in ledger.records(f"select * from mart_billed_cost where {of_openai}"):
        owner = row["team"], row["feature"], row["environment"]
        found[row["day"]][owner] += int(row["billed_cost_usd"] * PICODOLLARS)
    for of_day in {row["day"] for row in charges}:
        of_charges, of_attempts = (
            [row for row in rows if row["day"] == of_day] for rows in (charges, attempts)
        )
        expected = billed_by_owner(of_charges, of_attempts, skus, "spread")
        assert dict(found[of_day]) == expected, of_day


# Every example is a whole run over several days: shrinking a failing one would take minutes.
@settings(max_examples=3, phases=(Phase.explicit, Phase.generate))
@given(days=st.lists(DAYS, min_size=4, max_size=8))
def test_causes_levels_and_parts_add_up_in_any_company(days: list[tuple[Sides, Sides]]) -> None:
    with TemporaryDirectory() as folder:
        rules = ["*,*,billed,spread,,,controlling"]
        ledger = company_at(Path(folder), "openai", "anthropic", rules=rules)
        for number, (of_openai, of_anthropic) in enumerate(days):
            of_day = FIRST + timedelta(days=2 * number)
            write_sides(ledger, "default", of_day, **of_openai)
            write_anthropic_sides(ledger, of_day, **of_anthropic)
        ledger.publish_only("mart_reconciliation", "mart_billed_cost", "fct_usage_cost")
        assert_causes_add_up(ledger)
        assert_levels_are_those_of_the_facts(ledger)
        assert_owners_are_those_of_the_oracle(ledger)
