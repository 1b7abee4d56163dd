"""OpenAI usage and costs pages: disjoint meters, exact dollars, windows that replace each other."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.errors import UnreadableFileError
from tests.ingest.staging import DAY, START, Row, Staging, openai_page, to_picodollars
from tests.ledger import Ledger

METERS = (
    "uncached_input_tokens", "cache_read_tokens", "cache_write_tokens", "audio_input_tokens",
    "image_input_tokens", "output_tokens", "audio_output_tokens", "requests",
)  # fmt: skip


def usage(**more: Any) -> Row:
    return {
        "object": "organization.usage.completions.result", "input_tokens": 900, "output_tokens": 70,
        "num_model_requests": 3, "model": "gpt-5.4-mini", "project_id": "p", **more,
    }  # fmt: skip


def charge(**more: Any) -> Row:
    return {
        "object": "organization.costs.result", "amount": {"value": 1.25, "currency": "usd"},
        "line_item": "gpt-5.4-mini, input", "project_id": "p", **more,
    }  # fmt: skip


def meters(row: Row) -> dict[str, int]:
    return {name: row[name] for name in METERS if row[name]}


def test_one_page_many_pages_lists_and_lines_are_the_same_buckets(staging: Staging) -> None:
    pages = [openai_page(usage(model=f"m{n}"), usage(model="x"), number=n) for n in range(3)]
    forms = {
        "one.json": {**pages[0], "data": [bucket for page in pages for bucket in page["data"]]},
        "many.json": "\n".join(json.dumps(page, indent=1) for page in pages),
        "together.json": "".join(json.dumps(page) for page in pages),
        "list.json": json.dumps(pages),
        "lines.jsonl": "\n\n".join(json.dumps(page) for page in pages),
        "mark.ndjson": "\ufeff" + "\r\n".join(json.dumps(page) for page in pages),
    }
    found = {name: staging.stage(f"openai_usage/{name}", content) for name, content in forms.items()}
    for name, file in found.items():
        assert file.rejects == []
        assert [(r["model"], r["bucket_number"], r["bucket_start"].day) for r in file.rows] == [
            (model, n, n + 1) for n in range(3) for model in (f"m{n}", "x")
        ], name
    assert [row["source_line"] for row in found["lines.jsonl"].rows] == [1, 1, 3, 3, 5, 5]


def test_empty_buckets_and_the_old_name_of_results_are_read(staging: Staging) -> None:
    page = openai_page()
    page["data"].append({"start_time": START, "end_time": START + DAY, "result": [usage()]})
    assert staging.stage("openai_usage/a.json", page).row["bucket_number"] == 1


def test_a_broken_line_of_pages_is_rejected_and_the_other_pages_are_used(staging: Staging) -> None:
    page = json.dumps(openai_page(usage()))
    found = staging.stage("openai_usage/a.jsonl", f"{page}\n{page[:-9]}\n[]\n{page}\n")
    assert [row["source_line"] for row in found.rows] == [1, 4]
    assert [(line, reason[:8]) for line, reason in found.rejects] == [(2, "not JSON"), (3, "not a JS")]


def test_a_page_of_another_shape_rejects_the_file(staging: Staging) -> None:
    with pytest.raises(UnreadableFileError, match="a page has a list `data`"):
        staging.stage("openai_usage/a.json", {"error": {"message": "no"}})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, {"uncached_input_tokens": 900}),
        (
            {"input_cached_tokens": 500, "input_cache_write_tokens": 100},
            {"uncached_input_tokens": 300, "cache_read_tokens": 500, "cache_write_tokens": 100},
        ),
        (
            {"input_cached_tokens": 500, "input_uncached_tokens": 400},
            {"uncached_input_tokens": 400, "cache_read_tokens": 500},
        ),
        (
            {
                "input_cached_tokens": 500, "input_uncached_tokens": 400, "input_text_tokens": 330,
                "input_audio_tokens": 50, "input_image_tokens": 20, "input_cached_audio_tokens": 9,
            },
            {
                "uncached_input_tokens": 330, "cache_read_tokens": 500, "audio_input_tokens": 50,
                "image_input_tokens": 20,
            },
        ),
        # A split that holds cached tokens too is of no use; all of it stays text.
        (
            {"input_cached_tokens": 500, "input_text_tokens": 850, "input_audio_tokens": 50},
            {"uncached_input_tokens": 400, "cache_read_tokens": 500},
        ),
        ({"output_audio_tokens": 30}, {"uncached_input_tokens": 900, "audio_output_tokens": 30}),
    ],
)  # fmt: skip
def test_meters_are_disjoint(staging: Staging, said: Row, expected: dict[str, int]) -> None:
    row = staging.stage("openai_usage/a.json", openai_page(usage(**said))).row
    output = 70 - said.get("output_audio_tokens", 0)
    assert meters(row) == {**expected, "output_tokens": output, "requests": 3}


COUNT = st.integers(0, 10**14 - 1)


def split_result(counts: list[int], split: bool) -> Row:
    read, write, text, audio, image, out, spoken = counts
    uncached = text + audio + image
    said = {"input_text_tokens": text, "input_audio_tokens": audio, "input_image_tokens": image}
    return usage(
        input_tokens=read + write + uncached, input_cached_tokens=read, input_cache_write_tokens=write,
        input_uncached_tokens=uncached, output_tokens=out + spoken, output_audio_tokens=spoken,
        **(said if split else {}),
    )  # fmt: skip


@given(st.lists(st.builds(split_result, st.lists(COUNT, min_size=7, max_size=7), st.booleans()), max_size=20))
@settings(max_examples=15)
def test_the_leaves_add_up_to_what_was_reported(staging: Staging, results: list[Row]) -> None:
    rows = staging.stage("openai_usage/a.json", openai_page(*results)).rows
    for row, said in zip(rows, results, strict=True):
        assert sum(row[name] or 0 for name in METERS[:5]) == said["input_tokens"]
        assert row["output_tokens"] + row["audio_output_tokens"] == said["output_tokens"]
        for name in ("audio", "image"):
            assert row[f"{name}_input_tokens"] == said.get(f"input_{name}_tokens")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"input_cached_tokens": 901}, "input_tokens 900 is not the sum of its cached, written and uncached"),
        ({"input_uncached_tokens": 899}, "input_tokens 900 is not the sum of its"),
        ({"input_cached_tokens": 1, "input_uncached_tokens": 900}, "input_tokens 900 is not the sum of its"),
        ({"input_tokens": None}, "input_tokens is not a count: not given"),
        ({"input_tokens": -1}, "input_tokens is not a count: -1"),
        ({"input_tokens": 10**15}, "input_tokens is not a count: 1000000000000000"),
        ({"output_tokens": 1.5}, "output_tokens is not a count: 1.5"),
        ({"output_tokens": float("nan")}, "output_tokens is not a count: NaN"),
        ({"output_audio_tokens": 71}, "output_tokens is not a count: 70"),
        ({"input_cached_tokens": -1}, "input_cached_tokens is not a count: -1"),
        ({"input_cache_write_tokens": "x"}, "input_cache_write_tokens is not a count: x"),
        ({"input_uncached_tokens": []}, "input_uncached_tokens is not a count: []"),
        ({"num_model_requests": -1}, "num_model_requests is not a count: -1"),
        ({"object": "organization.usage.embeddings.result"}, "object is unknown: organization.usage"),
        ({"output_audio_tokens": -5}, "output_audio_tokens is not a count: -5"),
        ({"output_audio_tokens": "x"}, "output_audio_tokens is not a count: x"),
        (
            {"input_uncached_tokens": 900, "input_text_tokens": 910, "input_audio_tokens": -10},
            "input_audio_tokens is not a count: -10",
        ),
    ],
)  # fmt: skip
def test_a_wrong_result_is_rejected_and_its_neighbour_is_used(
    staging: Staging, said: Row, reason: str
) -> None:
    page = openai_page(usage(**said), usage(model="other"))
    found = staging.stage("openai_usage/a.json", json.dumps(page))
    assert [row["model"] for row in found.rows] == ["other"]
    assert [told for _, told in found.rejects if told.startswith(reason)], found.rejects


@pytest.mark.parametrize(
    ("batch", "tier", "expected"),
    [
        (True, None, "batch"), (True, "default", "batch"), (False, "default", "standard"),
        (False, "flex", "flex"), (None, "priority", "priority"), (None, None, "not_reported"),
    ],
)  # fmt: skip
def test_the_tier_is_batch_or_what_was_said(
    staging: Staging, batch: bool | None, tier: str | None, expected: str
) -> None:
    page = openai_page(usage(batch=batch, service_tier=tier))
    assert staging.stage("openai_usage/a.json", page).row["service_tier"] == expected


@pytest.mark.parametrize("times", [(START, START), (None, START), (START + 0.5, START + DAY), (-1, DAY)])
@pytest.mark.parametrize("source", ["openai_usage", "openai_costs"])
def test_a_bucket_without_a_proper_time_is_rejected(staging: Staging, source: str, times: Any) -> None:
    page = openai_page(usage() if source == "openai_usage" else charge())
    page["data"][0] |= {"start_time": times[0], "end_time": times[1]}
    assert "_time is missing or no" in staging.stage(f"{source}/a.json", page).reason


def costs(amount: str) -> str:
    return json.dumps(openai_page(charge(amount={"value": "HERE", "currency": "usd"}))).replace(
        '"HERE"', amount
    )


AMOUNTS = st.decimals(-(10**14), 10**14, allow_nan=False, allow_infinity=False)
DIGITS = [
    "0.1234567890123", "0.1234567890125", "0.003835980000000000000000000000", "1e-7", "1e-07", "1.5E-5",
    "123456789012345.123456789012", "-0.0000000000005", "0", "-0.0", "1e14",
]  # fmt: skip


@given(st.lists(AMOUNTS.map(str), max_size=20))
@example(DIGITS)
@settings(max_examples=15)
def test_an_amount_keeps_its_digits_to_a_picodollar(staging: Staging, amounts: list[str]) -> None:
    pages = "\n".join(map(costs, amounts))
    rows = staging.stage("openai_costs/a.jsonl", pages).rows
    assert [row["billed_amount"] for row in rows] == [to_picodollars(Decimal(text)) for text in amounts]


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("NaN", "amount.value is not an amount: NaN"),
        ("null", "amount.value is not an amount: not given"),
        ('"dear"', "amount.value is not an amount: dear"),
        ("true", "amount.value is not an amount: true"),
        ("1e15", "amount.value is not an amount: 1e15"),
        ("[1]", "amount.value is not an amount: "),
    ],
)
def test_what_is_no_amount_is_rejected(staging: Staging, amount: str, reason: str) -> None:
    assert staging.stage("openai_costs/a.json", costs(amount)).reason.startswith(reason)


def test_a_charge_needs_a_currency(staging: Staging) -> None:
    page = openai_page(
        charge(amount={"value": 1, "currency": "eur"}), charge(amount={"value": 1}), charge(amount=7)
    )
    found = staging.stage("openai_costs/a.json", page)
    assert [row["billing_currency"] for row in found.rows] == ["EUR"]
    assert [reason for _, reason in found.rejects] == [
        "amount.currency is missing", "amount.value is not an amount: not given"
    ]  # fmt: skip


def test_a_newer_export_replaces_its_window_and_a_null_model_stays(ledger: Ledger) -> None:
    old = [usage(output_tokens=1), usage(model=None, output_tokens=2)]
    ledger.write("openai_usage/a.json", json.dumps([openai_page(*old), openai_page(*old, number=1)]))
    ledger.write("openai_usage/b.json", json.dumps(openai_page(usage(output_tokens=5))))
    ledger.write("openai_usage/c.json", json.dumps(openai_page(usage(output_tokens=9, project_id="q"))))
    ledger.write("openai_usage/account=x/z.json", json.dumps(openai_page(usage(output_tokens=7))))
    ledger.write("openai_costs/a.json", json.dumps(openai_page(charge(), charge(line_item="gone"))))
    ledger.write("openai_costs/b.json", costs("2.0000000000015"))
    ledger.publish_only("fct_usage_cost", "fct_charge")
    found = ledger.rows("select account, day::varchar, model, output_tokens from fct_usage_cost order by all")
    assert found == [
        ("default", "2026-08-01", "gpt-5.4-mini", 5), ("default", "2026-08-01", "gpt-5.4-mini", 9),
        ("default", "2026-08-02", "gpt-5.4-mini", 1), ("default", "2026-08-02", None, 2),
        ("x", "2026-08-01", "gpt-5.4-mini", 7),
    ]  # fmt: skip
    assert ledger.rows("select billed_cost_usd from fct_charge") == [(Decimal("2.000000000002"),)]
    told = "select kind, count(*) from duplicates group by all order by all"
    assert ledger.rows(told) == [("charge", 2), ("usage", 2)]
    reasons = "select cost_usd, unpriced_reason is not null from fct_usage_cost where model is null"
    assert ledger.rows(reasons) == [(None, True)]
