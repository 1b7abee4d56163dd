"""Files that are not what their folder says: nothing of them is lost without a word."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pipelines.ingest.sources import SOURCES
from pipelines.orchestrate import Asked, run_ledger
from tests.ingest.staging import anthropic_page, attempt, openai_page
from tests.ledger import Ledger

SPEND_LOG = {
    "request_id": "a", "call_type": "acompletion", "api_key": "key", "spend": 0.001, "total_tokens": 120,
    "prompt_tokens": 100, "completion_tokens": 20, "startTime": "2026-08-01 10:00:00",
    "endTime": "2026-08-01 10:00:01", "model": "gpt-5.4-mini", "custom_llm_provider": "openai",
    "metadata": {}, "status": "success",
}  # fmt: skip
OPENAI_USAGE = {
    "object": "organization.usage.completions.result", "input_tokens": 100, "output_tokens": 20,
    "num_model_requests": 1, "model": "gpt-5.4-mini", "project_id": "p",
}  # fmt: skip
OPENAI_COST = {
    "object": "organization.costs.result", "amount": {"value": "1.5", "currency": "usd"},
    "line_item": "gpt-5.4-mini, input", "project_id": "p",
}  # fmt: skip
ANTHROPIC_USAGE = {
    "uncached_input_tokens": 100, "cache_read_input_tokens": 0, "output_tokens": 20,
    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
    "server_tool_use": {"web_search_requests": 0}, "model": "claude-haiku-4-5-20251001", "workspace_id": None,
}  # fmt: skip
ANTHROPIC_COST = {
    "amount": "150", "currency": "USD", "cost_type": "tokens", "workspace_id": None,
    "description": "Claude Haiku 4.5 Usage - Input Tokens", "model": "claude-haiku-4-5-20251001",
    "token_type": "uncached_input_tokens",
}  # fmt: skip
PAGES = {
    "openai_usage": openai_page(OPENAI_USAGE), "openai_costs": openai_page(OPENAI_COST),
    "anthropic_usage": anthropic_page(ANTHROPIC_USAGE), "anthropic_costs": anthropic_page(ANTHROPIC_COST),
}  # fmt: skip
RECORDS = {"request_log": attempt("a"), "litellm": SPEND_LOG}


def lines(records: Iterable[Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def content(source: str) -> str:
    """A good file of a source."""
    return json.dumps(PAGES[source], indent=1) if source in PAGES else lines([RECORDS[source]] * 2)


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def renamed(value: Any) -> Any:
    """The same with every name of a field in another spelling."""
    if isinstance(value, dict):
        return {
            camel_case(name) if "_" in name else f"{name}_": renamed(part) for name, part in value.items()
        }
    return [renamed(part) for part in value] if isinstance(value, list) else value


def write_all(ledger: Ledger, contents: dict[str, str]) -> None:
    for name, text in contents.items():
        ledger.write(name, text)


def lost(ledger: Ledger, names: Iterable[str]) -> list[str]:
    """Files without a staged row that no finding names."""
    findings = " ".join(finding.sentence for finding in run_ledger(ledger.locations, Asked()).findings)
    staged = dict(ledger.rows("select name, staged_rows from ingested_files"))
    return [name for name in names if not staged[name] and name not in findings]


def test_a_good_file_of_each_source_is_read(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path)
    write_all(
        ledger,
        {f"{source}/a.{'json' if source in PAGES else 'jsonl'}": content(source) for source in SOURCES},
    )
    run_ledger(ledger.locations, Asked())
    assert ledger.rows("select name from ingested_files where staged_rows = 0 or rejected_rows > 0") == []


def test_rows_of_another_source_are_told_file_by_file(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path)
    files = {
        f"{folder}/{source}.{'json' if source in PAGES else 'jsonl'}": content(source)
        for folder in SOURCES
        for source in SOURCES
        if folder != source
    }
    write_all(ledger, files)
    assert lost(ledger, files) == []
    assert ledger.rows("select name from ingested_files where staged_rows > 0") == []


def test_renamed_columns_are_told_file_by_file(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path)
    files = {f"{source}/a.json": json.dumps(renamed(page)) for source, page in PAGES.items()}
    files |= {f"{source}/a.jsonl": lines([renamed(record)] * 3) for source, record in RECORDS.items()}
    write_all(ledger, files)
    assert lost(ledger, files) == []
    assert ledger.rows("select name from ingested_files where staged_rows > 0") == []


def test_half_a_file_is_told(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path)
    files = {
        f"{source}/a.{'json' if source in PAGES else 'jsonl'}": content(source)[: -len(content(source)) // 4]
        for source in SOURCES
    }
    write_all(ledger, files)
    findings = " ".join(finding.sentence for finding in run_ledger(ledger.locations, Asked()).findings)
    assert [name for name in files if name not in findings] == []


@pytest.mark.parametrize("text", ["", "\n", "[]", "{}", '{"data": []}', "request_id\n"])
def test_nothing_at_all_is_not_all_passed(tmp_path: Path, text: str) -> None:
    ledger = Ledger.at(tmp_path)
    write_all(ledger, {f"{source}/a.json": text for source in SOURCES})
    assert run_ledger(ledger.locations, Asked()).findings


def test_no_file_is_not_all_passed(tmp_path: Path) -> None:
    ledger = Ledger.at(tmp_path)
    assert run_ledger(ledger.locations, Asked()).findings
