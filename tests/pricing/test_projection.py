"""`inferledger estimate` over months, shares and models: sums a reader can add up, or reasons."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.settings import PROJECT
from tests.book.small import adjustment, alias, line, write_book, write_terms

ON = "2026-11-20"
FLASH, MINI, HAIKU, SONNET = "gemini-3.6-flash", "gpt-5.4-mini", "Claude Haiku 4.5", "claude-sonnet-4-6"
MILLION = 10**6


def project(*models: str, tokens: tuple[int, int] = (6000, 500), on: str = ON, **options: object) -> Result:
    """Run the command with the project's price book, or another one given as an option."""
    folders = {"config": PROJECT / "fixtures" / "config", "prices": PROJECT / "prices"}
    given = folders | {"input_tokens": tokens[0], "output_tokens": tokens[1], "on": on} | options
    written = [text for name in models for text in ("--model", name)]
    for name, value in given.items():
        written += [f"--{name.replace('_', '-')}", str(value)]
    return CliRunner().invoke(app, ["estimate", *written])


def lines(result: Result, code: int = 0) -> list[str]:
    """What was printed, each line with single spaces."""
    assert result.exit_code == code, result.output
    return [" ".join(text.split()) for text in result.stdout.splitlines()]


def rows(*models: str, code: int = 0, **options: Any) -> list[dict[str, Any]]:
    """The projection as JSON, money as decimals."""
    result = project(*models, format="json", **options)
    assert result.exit_code == code, result.output
    found = json.loads(result.stdout, parse_float=lambda text: pytest.fail(f"{text} is a float"))
    for row in found:
        row |= {name: row[name] and Decimal(row[name]) for name in ("cost_usd", "difference_usd")}
    return found


def costs(*models: str, **options: Any) -> list[Decimal]:
    """The costs of the months of each model and its total, cheapest first."""
    return [row["cost_usd"] for row in rows(*models, **options)]


# 6,000 and 500 tokens of Gemini 3.6 Flash: 0.75 and 3.75 dollars a million, from 2027 on 1.50 and 7.50.
OLD = Decimal("0.006375")
NEW = Decimal("0.012750")
assert (6000 * Decimal("0.75") + 500 * Decimal("3.75")) / MILLION == OLD


def test_each_month_has_its_own_volume_and_its_own_price() -> None:
    found = rows(FLASH, requests=MILLION, months=3, growth_permille=50)
    assert [(row["month"], row["priced_on"], row["requests"], row["cost_usd"]) for row in found] == [
        ("2026-11", "2026-11-20", 1_000_000, 1_000_000 * OLD),
        ("2026-12", "2026-12-01", 1_050_000, 1_050_000 * OLD),
        ("2027-01", "2027-01-01", 1_102_500, 1_102_500 * NEW),
        ("total", None, 3_152_500, Decimal("27125.625")),
    ]
    assert sum(row["cost_usd"] for row in found[:3]) == Decimal("27125.625")
    assert [row["prices_change_on"] for row in found] == [None, None, "2027-01-01", "2027-01-01"]


def test_models_stand_side_by_side_the_cheapest_first_with_the_difference_to_the_one_named_first() -> None:
    assert lines(project(FLASH, MINI, HAIKU, requests=MILLION, months=3, growth_permille=50)) == [
        "USD 2026-11-20 2026-12-01 2027-01-01 total difference",
        "requests 1,000,000 1,050,000 1,102,500 3,152,500",
        "openai gpt-5.4-mini 6,750.000 7,087.500 7,441.875 21,279.375 -5,846.250",
        "anthropic claude-haiku-4-5-20251001 8,500.000 8,925.000 9,371.250 26,796.250 -329.375",
        "google gemini-3.6-flash 6,375.000 6,693.750 14,056.875 27,125.625 0.000",
        "google gemini-3.6-flash: prices change on 2027-01-01 (announced), in the numbers from 2027-01-01 on",
        "standard, USD per 1,000,000: output_tokens 3.75 -> 7.5, uncached_input_tokens 0.75 -> 1.5",
    ]


def test_more_months_than_models_go_downwards() -> None:
    assert lines(project(MINI, HAIKU, requests=1000, months=3)) == [
        "openai anthropic",
        "USD requests gpt-5.4-mini claude-haiku-4-5-20251001",
        "2026-11-20 1,000 6.75 8.50",
        "2026-12-01 1,000 6.75 8.50",
        "2027-01-01 1,000 6.75 8.50",
        "total 3,000 20.25 25.50",
        "difference 0.00 +5.25",
    ]


def test_nothing_is_cut_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"requests": 12_345_678, "months": 5, "growth_permille": 70}
    wide = lines(project(FLASH, MINI, HAIKU, SONNET, **asked))
    monkeypatch.setenv("COLUMNS", "40")
    assert lines(project(FLASH, MINI, HAIKU, SONNET, **asked)) == wide
    assert not any("…" in text for text in wide)


@pytest.mark.parametrize(
    ("ttl", "write", "output"),
    [("5m", "3.75", "cache_write_5m_tokens 3 USD"), ("1h", "6", "cache_write_1h_tokens 4.8 USD")],
)
def test_hits_read_the_prefix_and_the_others_write_it(ttl: str, write: str, output: str) -> None:
    # 900 read 8,000 tokens at 0.30 dollars a million, 100 write them; 2,000 are never cached, at 3.00
    shares = {"cached_prefix_tokens": 8000, "cache_hit_permille": 900, "cache_ttl": ttl, "requests": 1000}
    said = lines(project(SONNET, tokens=(10_000, 400), **shares))
    assert said[:4] == [
        "uncached_input_tokens 6 USD",
        "cache_read_tokens 2.16 USD",
        output,
        "output_tokens 6 USD",
    ]
    total = 6 + Decimal("2.16") + 800_000 * Decimal(write) / MILLION + 6
    assert said[5] == f"{total:.2f} USD"


def test_a_model_that_asks_nothing_for_writing_bills_it_as_uncached_input() -> None:
    # 0.75 and cached 0.075 dollars a million: 200 requests in full, 800 with 4,000 of 6,000 tokens cached
    [cost, _] = costs(
        MINI, tokens=(6000, 0), requests=1000, cached_prefix_tokens=4000, cache_hit_permille=800
    )
    assert cost == (200 * 6000 + 800 * 2000) * Decimal("0.75") / MILLION + Decimal("0.24")


def test_a_share_of_the_requests_is_on_the_batch_tier() -> None:
    said = lines(project(SONNET, tokens=(500, 500), requests=1000, batch_permille=250))
    assert said == [
        "uncached_input_tokens 1.125 USD",
        "output_tokens 5.625 USD",
        "uncached_input_tokens (batch) 0.1875 USD",
        "output_tokens (batch) 0.9375 USD",
        "anthropic claude-sonnet-4-6, 1,000 requests on 2026-11-20",
        "7.88 USD (7.875 exactly)",
    ]


def test_a_batch_tier_without_a_cached_rate_has_no_cache_and_says_so() -> None:
    shares = {"requests": 1000, "cached_prefix_tokens": 4000, "cache_hit_permille": 900}
    batch = project("gpt-4o", batch_permille=1000, **shares)
    assert lines(batch)[-1] == (
        "openai gpt-4o: no cached rate in tier batch: a cached prefix is uncached input there"
    )
    # 1.25 and 5.00 dollars a million
    assert costs("gpt-4o", batch_permille=1000, **shares)[0] == Decimal("7.5") + Decimal("2.5")


def test_shares_are_of_whole_requests_and_add_up() -> None:
    # of 7 requests 3 are batch and 4 hits; of the batch 1 is a hit, of the others 3
    shares = {"cached_prefix_tokens": 1000, "cache_hit_permille": 600, "batch_permille": 500, "requests": 7}
    said = lines(project(SONNET, tokens=(1000, 0), **shares))
    assert said[:4] == [
        "cache_read_tokens 0.0009 USD",
        "cache_write_5m_tokens 0.00375 USD",
        "cache_read_tokens (batch) 0.00015 USD",
        "cache_write_5m_tokens (batch) 0.00375 USD",
    ]


def test_a_model_without_a_batch_price_says_so_and_has_no_number() -> None:
    result = project("deepseek-v4-pro", FLASH, requests=1000, months=2, batch_permille=100)
    said = lines(result, code=3)
    assert said[2].startswith("google gemini-3.6-flash ")
    assert said[2].endswith(" -")
    assert said[3] == "deepseek deepseek-v4-pro - - - -"
    reason = "no_rate_for_tier_and_time"
    assert said[4:6] == [
        f"deepseek deepseek-v4-pro has no price on 2026-11-20 in tier batch: {reason}",
        "deepseek deepseek-v4-pro: no price in 2 of 2 months",
    ]
    told = rows("deepseek-v4-pro", FLASH, requests=1000, months=2, batch_permille=100, code=3)
    assert [(row["cost_usd"], row["difference_usd"], row["unpriced_reason"]) for row in told[3:]] == [
        (None, None, f"{reason} in tier batch"),
        (None, None, f"{reason} in tier batch"),
        (None, None, "no price in 2 of 2 months"),
    ]
    assert all(row["cost_usd"] is not None and row["difference_usd"] is None for row in told[:3])


def test_a_write_that_has_no_rate_for_its_time_to_live_has_no_number() -> None:
    result = project("gpt-5.6-luna", cached_prefix_tokens=1000, cache_ttl="1h")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "error: openai gpt-5.6-luna has no price on 2026-11-20 in tier standard:"
        " no_rate_for_cache_write_1h_tokens"
    ]


def test_where_no_model_has_a_price_there_is_a_sentence_and_no_table() -> None:
    result = project("deepseek-v4-pro", "deepseek-v4-flash", batch_permille=1000)
    assert (result.exit_code, result.stdout) == (1, "")
    [sentence] = result.stderr.splitlines()
    assert sentence.count("in tier batch: no_rate_for_tier_and_time") == 2


def test_a_month_without_a_price_leaves_the_total_without_one(tmp_path: Path) -> None:
    prices = write_book(
        tmp_path / "prices", {"maker": [line(valid_to="2026-03-01"), line(sku="other", rate="2")]}
    )
    own = {
        "prices": prices,
        "config": PROJECT / "fixtures" / "config",
        "tokens": (0, MILLION),
        "on": "2026-02-10",
    }
    said = lines(project("m", "other", months=2, **own), code=3)
    assert said[2:] == [
        "maker other 2.00 2.00 4.00 -",
        "maker m 1.00 - - -",
        "maker m has no price on 2026-03-01 in tier standard: no_rate_for_tier_and_time",
        "maker m: no price in 1 of 2 months",
        "maker m: prices change on 2026-03-01 (no further rate), in the numbers from 2026-03-01 on",
        "standard, USD per 1,000,000: output_tokens 1 -> none",
    ]


def test_a_change_within_a_month_is_told_and_counts_from_the_next_month_on(tmp_path: Path) -> None:
    changes = [line(valid_to="2026-02-10T16:00:00Z"), line(valid_from="2026-02-10T16:00:00Z", rate="3")]
    prices = write_book(tmp_path / "prices", {"maker": changes})
    told = {
        2: "in the numbers from 2026-03-01 on",
        1: "after the last day priced",
    }
    for months, since in told.items():
        said = lines(
            project("m", "m", months=months, prices=prices, tokens=(0, MILLION), on="2026-02-01"), code=0
        )
        assert said[-2:] == [
            f"maker m: prices change on 2026-02-10 16:00 UTC (cited), {since}",
            "standard, USD per 1,000,000: output_tokens 1 -> 3",
        ]
    assert costs("m", months=2, prices=prices, tokens=(0, MILLION), on="2026-02-01") == [1, 3, 4]


def test_a_contract_and_a_name_that_moves_are_changes_too(tmp_path: Path) -> None:
    skus = {"maker": [line(), line(sku="n", rate="5")]}
    moves = [alias(valid_to="2026-03-05"), alias(sku="n", valid_from="2026-03-05")]
    prices = write_book(tmp_path / "prices", skus, moves)
    contract = adjustment(kind="contract", numerator=9, denominator=10, valid_from="2026-02-01")
    config = write_terms(tmp_path / "config", contracts=[contract])
    (config / "settings.yml").write_bytes((PROJECT / "fixtures" / "config" / "settings.yml").read_bytes())
    asked = {"prices": prices, "config": config, "tokens": (0, MILLION), "on": "2026-01-01", "months": 4}
    assert costs("latest", **asked) == [1, Decimal("0.9"), Decimal("0.9"), Decimal("4.5"), Decimal("7.3")]
    assert lines(project("latest", **asked))[-4:] == [
        "maker latest: prices change on 2026-02-01 (cited), in the numbers from 2026-02-01 on",
        "standard, USD per 1,000,000: output_tokens 1 -> 1 x 9/10",
        "maker latest: prices change on 2026-03-05 (cited), in the numbers from 2026-04-01 on",
        "standard, USD per 1,000,000: output_tokens 1 x 9/10 -> 5 x 9/10",
    ]


def test_another_rate_of_the_same_worth_and_one_that_is_not_used_are_no_changes(tmp_path: Path) -> None:
    same = [line(valid_to="2026-02-01"), line(valid_from="2026-02-01", rate="0.001", per="1000")]
    unused = [
        line(meter="cache_read_tokens", valid_to="2026-02-01"),
        line(meter="cache_read_tokens", valid_from="2026-02-01", rate="9"),
    ]
    prices = write_book(tmp_path / "prices", {"maker": [*same, *unused]})
    said = lines(project("m", months=2, prices=prices, tokens=(0, MILLION), on="2026-01-01"))
    assert not [text for text in said if "change" in text]


def test_rates_that_depend_on_the_hour_are_called_so() -> None:
    assert lines(project("deepseek-v4-pro", FLASH))[-1] == (
        "deepseek deepseek-v4-pro: rates depend on the hour; priced at 00:00 UTC"
    )


def test_an_assumed_rate_is_told_with_its_model() -> None:
    asked = {"on": "2026-12-20", "months": 2, "service_tier": "batch"}
    assert lines(project(FLASH, **asked))[-1] == "google gemini-3.6-flash: on an assumed rate"
    assert [row["price_is_assumed"] for row in rows(FLASH, **asked)] == [False, True, True]


SHARED = {"tokens": (6000, 500), "requests": 997}


@pytest.mark.parametrize("model", [FLASH, MINI, SONNET, "gpt-5.6-luna", "claude-opus-4-6"])
def test_shares_of_none_and_all_are_the_plain_estimate(model: str) -> None:
    plain = costs(model, **SHARED)
    assert costs(model, **SHARED, batch_permille=0) == plain
    assert costs(model, **SHARED, batch_permille=1000) == costs(model, **SHARED, service_tier="batch")
    cached = {"cached_prefix_tokens": 4000, "cache_hit_permille": 1000}
    read = {"tokens": (2000, 500), "requests": 997, "cache_read_tokens": 4000}
    assert costs(model, **SHARED, **cached) == costs(model, **read)
    assert costs(model, **SHARED, cached_prefix_tokens=0) == plain
    if model in (FLASH, MINI):  # nothing is asked for writing
        assert costs(model, **SHARED, cached_prefix_tokens=4000) == plain


def test_months_sum_to_the_total_and_one_month_is_the_plain_estimate() -> None:
    asked = {"requests": 31_337, "growth_permille": 13, "batch_permille": 77}
    [*months, total] = costs(SONNET, months=12, **asked)
    assert sum(months) == total
    assert costs(SONNET, **asked)[0] == months[0]


def test_the_order_of_models_changes_no_number() -> None:
    def by_model(*models: str) -> dict[tuple[str, str], Decimal]:
        asked = {"requests": 1000, "months": 3, "growth_permille": 21}
        return {(row["model"], row["month"]): row["cost_usd"] for row in rows(*models, **asked)}

    alone = by_model(FLASH) | by_model(MINI) | by_model(HAIKU)
    assert by_model(FLASH, MINI, HAIKU) == by_model(HAIKU, FLASH, MINI) == alone


@pytest.mark.parametrize(
    ("growth", "volumes"),
    [(0, [10, 10, 10]), (50, [10, 11, 11]), (-500, [10, 5, 3]), (-1000, [10, 0, 0]), (149, [10, 11, 13])],
)
def test_growth_compounds_and_is_rounded_half_up_once(growth: int, volumes: list[int]) -> None:
    # 10 * 1.05 = 10.5 -> 11, 10 * 1.05 ** 2 = 11.025 -> 11; 10 / 4 = 2.5 -> 3; 11.49 -> 11, 13.20201 -> 13
    found = rows(FLASH, requests=10, months=3, growth_permille=growth)
    assert [row["requests"] for row in found] == [*volumes, sum(volumes)]
    assert found[1]["cost_usd"] == volumes[1] * OLD


FINE = [line(sku="fine", rate="3.000000000002"), line(rate="3")]


def test_what_does_not_fit_one_line_is_cut_into_equal_rows(tmp_path: Path) -> None:
    # A line is at most 9.2 million dollars, and of a rate finer than a picodollar less: 6,148,914 tokens of
    # 3,000,000.000002 picodollars, 61 requests of 100,000. They cost 18.3 dollars and 12.2 picodollars.
    prices = write_book(tmp_path / "prices", {"maker": FINE})
    asked = {"prices": prices, "tokens": (0, 100_000), "on": ON}
    assert costs("m", requests=10**9, **asked)[0] == 300_000_000
    row, rest = Decimal("18.300000000012"), Decimal("8.400000000006")
    assert 16393 * 61 + 28 == 10**6 + 1
    assert costs("fine", requests=10**6 + 1, **asked)[0] == 16393 * row + rest


def test_a_request_that_does_not_fit_by_itself_has_no_price(tmp_path: Path) -> None:
    prices = write_book(tmp_path / "prices", {"maker": FINE})
    result = project("fine", requests=5, prices=prices, tokens=(0, 7_000_000))
    assert result.exit_code == 1
    assert result.stderr.endswith(" in tier standard: cost_out_of_range\n")


def test_csv_has_the_same_rows_with_every_digit() -> None:
    asked = {"requests": 3, "months": 2, "growth_permille": 500}
    result = project(FLASH, MINI, format="csv", **asked)
    found = list(csv.DictReader(io.StringIO(result.stdout)))
    assert found[0]["cost_usd"] == "0.019125000000"
    told = [{**row, "cost_usd": Decimal(row["cost_usd"])} for row in found]
    assert [row["cost_usd"] for row in told] == costs(FLASH, MINI, **asked)
    assert found[0]["rate_ids"]


def test_models_of_the_environment_are_separated_by_commas() -> None:
    written = ["estimate", "--input-tokens", "500", "--output-tokens", "500", "--on", ON]
    for value, models in (("Claude Haiku 4.5", 1), ("Claude Haiku 4.5, gpt-5.4-mini", 2)):
        told = {
            "INFERLEDGER_MODEL": value, "INFERLEDGER_MONTHS": "2", "INFERLEDGER_FORMAT": "json",
            "INFERLEDGER_CONFIG": str(PROJECT / "fixtures" / "config"),
            "INFERLEDGER_PRICES": str(PROJECT / "prices"),
        }  # fmt: skip
        result = CliRunner().invoke(app, written, env=told)
        assert result.exit_code == 0, result.output
        assert len(json.loads(result.stdout)) == 3 * models


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cached_prefix_tokens": 6001}, "6001"),
        ({"cache_hit_permille": 5}, "--cached-prefix-tokens"),
        ({"service_tier": "batch", "batch_permille": 5}, "--batch-permille 5"),
        ({"batch_permille": 1001}, "--batch-permille"),
        ({"cache_hit_permille": -1}, "--cache-hit-permille"),
        ({"growth_permille": -1001}, "--growth-permille"),
        ({"months": 0}, "--months"),
        ({"months": 121}, "--months"),
        ({"cache_ttl": "12h"}, "--cache-ttl"),
        ({"months": 2, "on": "9999-12-01"}, "9999"),
    ],
)
def test_wrong_usage_is_exit_code_two(wrong: dict[str, Any], said: str) -> None:
    result = project(FLASH, **wrong)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"requests": 10**10, "months": 120, "growth_permille": 1000},
         "error: 1,920,000,000,000,000 tokens in all are not below 1,000,000,000,000,000"),
        ({"requests": 10**15, "tokens": (0, 0)},
         "error: 1,000,000,000,000,000 requests in all are not below 1,000,000,000,000,000"),
    ],
)  # fmt: skip
def test_counts_that_are_no_counts_any_more_are_an_error(asked: dict[str, Any], sentence: str) -> None:
    result = project(FLASH, **asked)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [sentence]


def test_a_model_the_book_does_not_have_is_an_error_among_others_too() -> None:
    result = project(FLASH, "gpt-5.4-x", months=2)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: the price book has no model 'gpt-5.4-x'\n"
