"""What calls that LiteLLM logged cost, why some have no price, and how their usage was read."""

from decimal import Decimal

import pytest

from tests.flow.litellm_cases import ROWS
from tests.ledger import Ledger


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger.at(tmp_path_factory.mktemp("amounts") / "company")
    ledger.write("litellm/a.jsonl", [row | {"request_id": name} for name, (row, _) in ROWS.items()])
    ledger.publish_only("fct_attempt_cost", "ingested_files")
    return ledger


def test_every_call_costs_what_adds_up_by_hand(published: Ledger) -> None:
    found = dict(published.rows("select request_id, list_cost_usd from fct_attempt_cost"))
    assert found == {name: None if usd is None else Decimal(usd) for name, (_, usd) in ROWS.items()}
    assert published.rows("select rejected_rows from ingested_files") == [(0,)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("openai_like gpt-4o", "unknown_provider"),
        ("bedrock arn:aws:bedrock:us-east-1:12:application-inference-profile/x1", "unknown_model"),
        ("a batch of two models", "unknown_model"),
        ("two meters without a column", "several_other_meters"),
        ("written for twelve hours", "no_rate_for_cache_write_12h_tokens"),
        ("a tool that nothing counts", "no_rate_for_tool_calls"),
        ("advice of another model", "no_rate_for_advisor_tokens"),
        ("nothing counted: aimage_generation", "usage_not_reported"),
        ("nothing counted: atranscription", "usage_not_reported"),
        ("nothing counted: acompletion", "usage_not_reported"),
        ("scale", "no_rate_for_tier_and_time"),
        ("a search that was paid for", "unknown_provider"),
    ],
)
def test_a_call_without_a_price_says_why(published: Ledger, name: str, reason: str) -> None:
    found = "select unpriced_reason from fct_attempt_cost where request_id = "
    assert published.rows(f"{found}'{name}'") == [(reason,)]


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("all inside", "writes_taken_as_inside"),
        ("all inside, the spend tells", None),
        ("all outside", "cache_outside_prompt"),
        ("writes outside", "writes_outside_prompt"),
        ("writes outside, the spend tells", "writes_outside_prompt"),
        ("all outside, the spend tells", "cache_outside_prompt"),
        ("zeros at the top", "details_over_zero"),
        ("thinking beside", "reasoning_beside_completion"),
        ("thinking in the total alone", "reasoning_only_in_total"),
        ("a tool's tokens beside", "tool_use_outside_prompt"),
        ("cached speech", "parts_include_cached"),
        ("an edited picture", "media_without_details"),
        ("nothing counted: aspeech", "zero_is_not_reported"),
        ("thinking inside", None),
    ],
)
def test_a_row_says_which_reading_was_taken(published: Ledger, name: str, reading: str | None) -> None:
    found = published.rows("select request_id, usage_reading from fct_attempt_cost")
    assert dict(found)[name] == reading
