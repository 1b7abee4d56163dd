"""Ten thousand generated attempts: every cost is the oracle's, to the last digit."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.settings import PROJECT
from tests.book.small import adjustment, write_terms
from tests.oracle import METERS, Oracle, cost_column
from tests.pricing.built import Built
from tests.pricing.direct import told
from tests.pricing.generated import ATTEMPTS, Attempt, attempts

COSTS = [*(cost_column(meter) for meter in METERS), "list_other_cost_usd"]
CONTRACTS = [
    adjustment(provider="openai", kind="contract", numerator=85, denominator=100, meter="tokens"),
    adjustment(provider="aws-bedrock", kind="reseller_fee", numerator=1055, denominator=1000),
    adjustment(provider="google", kind="contract", numerator=2, denominator=3, valid_to="2026-08-21"),
]


def as_csv(found: Sequence[Attempt]) -> str:
    """The attempts as a CSV log."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(found[0].record))
    writer.writeheader()
    writer.writerows(attempt.record for attempt in found)
    return text.getvalue()


def as_parquet(found: Sequence[Attempt]) -> bytes:
    """The attempts as a Parquet log."""
    file = io.BytesIO()
    pl.DataFrame([attempt.record for attempt in found], infer_schema_length=None).write_parquet(file)
    return file.getvalue()


def as_json_lines(found: Sequence[Attempt]) -> list[dict[str, Any]]:
    """The attempts as records."""
    return [attempt.record for attempt in found]


FORMS: list[tuple[str, Callable[[Sequence[Attempt]], Any]]] = [
    ("jsonl", as_json_lines), ("csv", as_csv), ("parquet", as_parquet),
]  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> dict[str, Attempt]:
    return {attempt.name: attempt for attempt in attempts(PROJECT / "prices")}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, Attempt]) -> Built:
    ledger = Built.at(tmp_path_factory.mktemp("oracle") / "company")
    write_terms(ledger.root / "config", contracts=CONTRACTS)
    by_day: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in drawn.values():
        by_day[f"{attempt.at:%Y-%m-%d}"].append(attempt)
    for number, (day, some) in enumerate(sorted(by_day.items())):
        name, write = FORMS[number % len(FORMS)]
        ledger.write(f"request_log/{day}.{name}", write(some))
    ledger.publish_only("fct_attempt_cost", "dim_rate")
    return ledger


@pytest.fixture(scope="module")
def priced(company: Built) -> dict[str, dict[str, Any]]:
    return {str(row["request_id"]): row for row in company.records("select * from fct_attempt_cost")}


@pytest.fixture(scope="module")
def oracle(company: Built) -> Oracle:
    return Oracle(company.prices, company.root / "config")


def test_every_generated_attempt_is_published(
    company: Built, drawn: dict[str, Attempt], priced: dict[str, dict[str, Any]]
) -> None:
    assert company.rejects() == []
    assert priced.keys() == drawn.keys()
    assert len(priced) == ATTEMPTS


def test_every_cost_is_the_oracles_to_the_last_digit(
    drawn: dict[str, Attempt], priced: dict[str, dict[str, Any]], oracle: Oracle
) -> None:
    for name, attempt in drawn.items():
        assert told(priced[name]) == attempt.asked.by(oracle), attempt


def test_every_count_is_kept_whether_priced_or_not(
    drawn: dict[str, Attempt], priced: dict[str, dict[str, Any]]
) -> None:
    for name, attempt in drawn.items():
        row = priced[name]
        assert {m: row[m] for m in METERS} == {m: attempt.units.get(m) for m in METERS}, attempt
        tokens = sum(attempt.units.get(m) or 0 for m in METERS if m.endswith("_tokens"))
        assert row["tokens"] == tokens, attempt


def test_the_generated_attempts_reach_every_reason_and_every_meter(
    priced: dict[str, dict[str, Any]],
) -> None:
    rows = priced.values()
    reasons = Counter(row["unpriced_reason"] for row in rows)
    assert reasons[None] > ATTEMPTS // 3
    for reason in (
        "unknown_model", "no_rate_for_tier_and_time", "usage_not_reported", "cost_out_of_range",
        "no_rate_for_audio_input_tokens", "no_rate_for_web_search_requests", "no_rate_for_output_tokens",
        "no_rate_for_pages", "no_rate_for_output_images",
    ):  # fmt: skip
        assert reasons[reason] > 0, reason
    for column in COSTS:
        assert any(row[column] for row in rows), column
    assert {row["price_is_assumed"] for row in rows} == {True, False, None}
    assert {"us", "global", "mars"} <= {row["region"] for row in rows if row["list_cost_usd"]}
    assert any(row["other_rate_id"] and not row["rate_id"] for row in rows)
    for provider in ("openai", "aws-bedrock", "google"):
        assert any(row["cost_usd"] != row["list_cost_usd"] for row in rows if row["provider"] == provider)


def test_parts_sum_to_the_whole_row_by_row(priced: dict[str, dict[str, Any]]) -> None:
    for row in priced.values():
        parts = [row[column] for column in COSTS]
        if row["unpriced_reason"] is None:
            assert sum(parts, Decimal(0)) == row["list_cost_usd"]
            if row["provider"] not in ("openai", "aws-bedrock", "google"):
                assert row["cost_usd"] == row["list_cost_usd"]
        else:
            assert parts == [None] * len(COSTS)
            assert row["list_cost_usd"] is None
            assert row["cost_usd"] is None


@pytest.mark.parametrize(
    "grouping",
    ["day", "provider", "model", "service_tier, region", "provider, model, day", "rate_id", "source_file"],
)
def test_the_sum_over_any_grouping_is_the_total(
    company: Built, priced: dict[str, dict[str, Any]], grouping: str
) -> None:
    total = sum((row["cost_usd"] or Decimal(0) for row in priced.values()), Decimal(0))
    groups = company.rows(
        f"select {grouping}, sum(cost_usd) as cost from fct_attempt_cost group by all"  # noqa: S608
    )
    assert len(groups) > 1
    assert sum((group[-1] or Decimal(0) for group in groups), Decimal(0)) == total


@pytest.mark.parametrize(
    ("rate_id", "meter", "used"),
    [
        ("rate_id", "'output_tokens'", "output_tokens"),
        ("other_rate_id", "fact.other_meter", "other_quantity"),
    ],
)
def test_every_rate_id_names_rates_that_explain_the_cost(
    company: Built, rate_id: str, meter: str, used: str
) -> None:
    asked = f"""
        select count(*) filter (where not exists (
            select 1 from dim_rate as rate
            where rate.rate_id = fact.{rate_id} and rate.meter = {meter}
                and rate.provider = fact.provider and rate.service_tier = fact.service_tier
                and fact.ended_at >= rate.valid_from and fact.ended_at < rate.valid_to
                and fact.context_tokens between rate.context_min_tokens and rate.context_max_tokens
        )), count(*)
        from fct_attempt_cost as fact where fact.{used} > 0 and fact.unpriced_reason is null
        """  # noqa: S608
    [(unexplained, explained)] = company.rows(asked)
    assert unexplained == 0
    assert explained > 100


def test_the_order_of_raw_rows_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, Attempt], priced: dict[str, dict[str, Any]]
) -> None:
    some = [a for a in drawn.values() if a.at.year == 2025]
    turned = Built.at(tmp_path_factory.mktemp("turned") / "company")
    write_terms(turned.root / "config", contracts=CONTRACTS)
    turned.write("request_log/turned.jsonl", [attempt.record for attempt in reversed(some)])
    turned.publish_only("fct_attempt_cost")
    provenance = ("source_file", "source_line")
    for row in turned.records("select * from fct_attempt_cost"):
        before = priced[str(row["request_id"])]
        assert {k: v for k, v in row.items() if k not in provenance} == {
            k: v for k, v in before.items() if k not in provenance
        }
