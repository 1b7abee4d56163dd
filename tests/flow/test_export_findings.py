"""What a run tells of exports that contradict each other or are not whole, in sentences with both amounts."""

import json
from datetime import date
from decimal import Decimal

import pytest

from pipelines.settings import Company
from pipelines.warehouse.export_findings import Overlap
from tests.ingest.staging import Row, openai_page
from tests.ledger import Ledger


def usage(tokens: int, key: str = "key_1") -> Row:
    return {
        "object": "organization.usage.completions.result", "input_tokens": tokens, "output_tokens": 0,
        "model": "gpt-5.4-mini", "api_key_id": key,
    }  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The sentences of a run over four accounts; two of them have the same bytes, and both count."""
    ledger = Ledger.at(tmp_path_factory.mktemp("exports") / "company")
    folder = "openai_usage/account="
    ledger.write(f"{folder}a/1.json", json.dumps(openai_page(usage(1000), usage(500, "key_2"))))
    ledger.write(f"{folder}a/2.json", json.dumps(openai_page(usage(1100))))
    ledger.write(f"{folder}b/1.json", json.dumps(openai_page(usage(1000)) | {"has_more": True}))
    ledger.write(f"{folder}b/2.json", json.dumps(openai_page(usage(7), number=3)))
    ledger.write(f"{folder}c/1.json", json.dumps(openai_page(usage(7), number=3)))
    ledger.write(f"{folder}d/1.json", json.dumps(openai_page(usage(1000, "key_9"))))
    ledger.write(f"{folder}d/2.json", json.dumps(openai_page(usage(996, "key_9"))))
    ledger.run()
    rows = ledger.rows("select sentence from mart_finding where mart_finding.check like 'export_%'")
    return sorted(sentence.replace(folder, "") for (sentence,) in rows)


def test_both_amounts_and_the_culprit_are_told(told: list[str]) -> None:
    assert told == [
        "2026-08-01 openai_usage a: a/1.json 1500 tokens, a/2.json 1100 tokens:"
        " a/2.json counts and lacks api_key_id key_2",
        "openai_usage b: b/1.json ends at 2026-08-02 00:00 and says that there are more; no file goes on",
        "openai_usage b: no export has 2026-08-02 00:00 until 2026-08-04 00:00",
    ]


@pytest.mark.parametrize(
    ("reason", "unit", "stated", "counted", "is_small"),
    [
        ("smaller_amount", "tokens", "1000", "995", True),
        ("smaller_amount", "tokens", "1000", "994", False),
        ("smaller_amount", "USD", "1", "0.99", True),
        ("older_counts", "USD", "1", "1.02", False),
        ("older_counts", "USD", "100", "100.5", True),
        ("fewer_values", "tokens", "1000", "999", False),
        ("both_count", "USD", "0.001", "0.001", False),
    ],
)
def test_a_small_difference_is_no_finding(
    reason: str, unit: str, stated: str, counted: str, is_small: bool
) -> None:
    """The limits are 0.5 % of the amount, and a cent."""
    day = date(2026, 8, 1)
    amounts = Decimal(stated), Decimal(counted)
    overlap = Overlap("openai_costs", "a", "1.json", "2.json", reason, "", unit, day, day, *amounts)
    assert overlap.is_small(Company()) is is_small
