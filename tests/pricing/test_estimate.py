"""`inferledger estimate` answers exactly, or says in one sentence why it cannot."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.settings import PROJECT
from tests.book.small import line, write_book

ON = "2026-11-20"


def estimate(*more: str, model: str, tokens: tuple[int, int] = (500, 500), on: str = ON) -> Result:
    """Run the command with the project's price book, or another one given in `more`."""
    chosen = ["--model", model, "--input-tokens", str(tokens[0]), "--output-tokens", str(tokens[1])]
    folders = ["--config", str(PROJECT / "fixtures" / "config"), "--prices", str(PROJECT / "prices")]
    return CliRunner().invoke(app, ["estimate", *chosen, "--on", on, *folders, *more])


def said(result: Result) -> list[str]:
    """What a command that succeeded printed, each line with single spaces."""
    assert result.exit_code == 0, result.output
    return [" ".join(text.split()) for text in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("model", "answer"),
    [
        ("Gemini 2.5 Flash-Lite", "0.25 USD"),
        ("Mistral Small 3.2", "0.20 USD"),
        ("GPT-5.4 nano", "0.73 USD (0.725 exactly)"),
        ("Gemini 2.5 Flash", "1.40 USD"),
        ("Mistral Large 3", "1.00 USD"),
        ("GPT-5.4 mini", "2.63 USD (2.625 exactly)"),
        ("Claude Haiku 4.5", "3.00 USD"),
        ("Gemini 2.5 Pro", "5.63 USD (5.625 exactly)"),
        ("GPT-5.4", "8.75 USD"),
        ("Claude Sonnet 4.6", "9.00 USD"),
        ("Claude Opus 4.6", "15.00 USD"),
        ("gpt-5.4-nano", "0.73 USD (0.725 exactly)"),
        ("openai/gpt-5.4", "8.75 USD"),
        ("gpt-5.4-2026-03-05", "8.75 USD"),
        ("claude haiku 4.5", "3.00 USD"),
        ("claude-opus-4-6", "15.00 USD"),
    ],
)
def test_a_thousand_requests_of_five_hundred_and_five_hundred_tokens(model: str, answer: str) -> None:
    assert said(estimate("--requests", "1000", model=model))[-1] == answer


def test_the_cost_of_each_meter_is_listed_and_the_day_named() -> None:
    result = estimate("--requests", "1000", model="openai/gpt-5.4-nano")
    assert said(result) == [
        "uncached_input_tokens 0.1 USD",
        "output_tokens 0.625 USD",
        "openai gpt-5.4-nano, 1,000 requests on 2026-11-20",
        "0.73 USD (0.725 exactly)",
    ]


def test_cache_reads_are_further_input_at_their_own_rate() -> None:
    result = estimate("--cache-read-tokens", "1000000", model="claude-sonnet-4-6", tokens=(0, 0))
    assert said(result)[0] == "cache_read_tokens 0.3 USD"
    assert said(result)[-1] == "0.30 USD"


def test_batch_is_priced_as_batch() -> None:
    result = estimate("--service-tier", "batch", "--requests", "1000", model="claude-sonnet-4-6")
    assert said(result)[-1] == "4.50 USD"


def test_the_context_of_one_request_chooses_the_band_for_all_of_them() -> None:
    short = estimate("--requests", "2", model="gpt-5.4", tokens=(272_000, 0))
    long = estimate("--requests", "2", model="gpt-5.4", tokens=(272_001, 0))
    assert said(short)[-1] == "1.36 USD"
    assert said(long)[-1] == "2.72 USD (2.72001 exactly)"


def test_cache_reads_count_as_context() -> None:
    result = estimate("--cache-read-tokens", "272000", model="gpt-5.4", tokens=(1, 0))
    assert said(result)[0] == "uncached_input_tokens 0.000005 USD"


def test_the_day_chooses_the_price() -> None:
    before, after = (
        estimate(model="openai/o3", on=day, tokens=(10**6, 0)) for day in ("2025-06-09", "2025-06-10")
    )
    assert said(before)[-1] == "10.00 USD"
    assert said(after)[-1] == "2.00 USD"


def test_an_assumed_rate_is_called_one() -> None:
    result = estimate("--service-tier", "batch", model="claude-sonnet-4-6", on="2026-03-20")
    assert said(result)[-2].endswith(", on an assumed rate")


def test_nothing_costs_nothing() -> None:
    assert said(estimate(model="gpt-5.4", tokens=(0, 0)))[-1] == "0.00 USD"


@pytest.mark.parametrize(
    ("model", "more", "on", "sentence"),
    [
        ("gpt-5.4-x", [], ON, "error: the price book has no model 'gpt-5.4-x'"),
        ("gpt-5.4-mini-latest", [], ON, "error: the price book has no model 'gpt-5.4-mini-latest'"),
        ("gpt-5", ["--service-tier", "scale"], ON,
         "error: openai gpt-5 has no price on 2026-11-20 in tier scale: no_rate_for_tier_and_time"),
        ("gpt-5.4", [], "2026-03-04",
         "error: openai gpt-5.4 has no price on 2026-03-04 in tier standard: no_rate_for_tier_and_time"),
        ("gpt-5.4", ["--requests", "2000000000000"], ON,
         "error: 1,000,000,000,000,000 tokens in all are not below 1,000,000,000,000,000"),
    ],
)  # fmt: skip
def test_what_has_no_price_is_said_in_one_sentence(
    model: str, more: list[str], on: str, sentence: str
) -> None:
    result = estimate(*more, model=model, on=on)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [sentence]


def test_a_model_of_two_providers_is_that_of_the_first_in_the_list_of_skus(tmp_path: Path) -> None:
    skus = {"one": [line(sku="m", rate="1")], "two": [line(sku="m", rate="2")]}
    for order, cost in (("one", "two"), "1.00 USD"), (("two", "one"), "2.00 USD"):
        listed = [f"{provider},m,,2026-01-01" for provider in order]
        prices = write_book(tmp_path / "prices", skus, names=listed)
        assert said(estimate("--prices", str(prices), model="m", tokens=(0, 10**6)))[-1] == cost
        assert said(estimate("--prices", str(prices), model="two/m", tokens=(0, 10**6)))[-1] == "2.00 USD"


@pytest.mark.parametrize(
    "wrong",
    [["--input-tokens", "-1"], ["--requests", "0"], ["--on", "2026-02-30"], ["--input-tokens", "many"]],
)
def test_wrong_usage_is_exit_code_two(wrong: list[str]) -> None:
    assert estimate(*wrong, model="gpt-5.4").exit_code == 2
