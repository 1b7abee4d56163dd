"""The company's settings and its YAML: what may be left out, and one sentence for whatever is wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.analysis.norms import load_norms
from pipelines.book.ownership import load_ownership
from pipelines.book.text import read_rows
from pipelines.errors import BookError
from pipelines.savings.capacity import load_capacity
from pipelines.savings.levers import LEVERS, read_entries
from pipelines.settings import PROJECT, Company, load_company

READERS: dict[str, Callable[[Path], Any]] = {
    "settings.yml": load_company,
    "drivers.yml": load_norms,
    "self_hosting.yml": load_capacity,
    "scenarios.yml": lambda config: read_entries(config / "scenarios.yml", LEVERS),
}


def refused(config: Path, name: str, content: str | bytes) -> str:
    """The sentence that a file of the company is refused with, without its folder."""
    written = content if isinstance(content, bytes) else content.encode()
    (config / name).write_bytes(written)
    with pytest.raises(BookError) as caught:
        READERS[name](config)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_settings_and_each_of_their_keys_may_be_left_out(tmp_path: Path) -> None:
    assert load_company(tmp_path) == Company()
    (tmp_path / "settings.yml").write_text("# nothing\n", encoding="utf-8")
    assert load_company(tmp_path) == Company()
    (tmp_path / "settings.yml").write_text('max_budget_share: "0.9"\n', encoding="utf-8")
    assert load_company(tmp_path) == Company(max_budget_share="0.9")


def test_the_documents_list_every_setting_with_its_default_and_meaning() -> None:
    lines = (PROJECT / "docs" / "configuration.md").read_text(encoding="utf-8").split("## ")[1].splitlines()
    defaults = {
        name: "absent" if field.default is None else f"`{json.dumps(field.default)}`"
        for name, field in Company.model_fields.items()
    }
    assert [line for line in lines if line.startswith("| `")] == [
        f"| `{name}` | {defaults[name]} | {field.description} |"
        for name, field in Company.model_fields.items()
    ]


def test_every_setting_says_in_an_error_what_it_must_be() -> None:
    assert [name for name, field in Company.model_fields.items() if not field.title] == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("hash_colums: []", "hash_colums is no setting (did you mean hash_columns?)"),
        ("zzz: 1", "zzz is no setting"),
        ("company: ''", "company must be a name, but is ''"),
        ("assumed_rates: 1", "assumed_rates must be true or false, but is 1"),
        ("duplicate_window_days: '1'", "duplicate_window_days must be a whole number, but is '1'"),
        ("duplicate_window_days: -1", "duplicate_window_days must be a whole number, but is -1"),
        ("max_budget_share: 1", "max_budget_share must be a decimal from 0 to 1 in quotes, but is 1"),
        (
            "max_budget_share: '1.01'",
            "max_budget_share must be a decimal from 0 to 1 in quotes, but is '1.01'",
        ),
        ("max_unpriced_share:", "max_unpriced_share must be a decimal from 0 to 1 in quotes, but is empty"),
        ("min_anomaly_usd: '1e3'", "min_anomaly_usd must be a plain decimal in quotes, but is '1e3'"),
        ("forecast_days: 101", "forecast_days must be from 31 to 100, but is 101"),
        ("forecast_days: true", "forecast_days must be from 31 to 100, but is True"),
        (
            "closed_months: ['2026-13']",
            "closed_months must be a list of months like '2026-06', but has '2026-13'",
        ),
        (
            "closed_months: '2026-06'",
            "closed_months must be a list of months like '2026-06', but is '2026-06'",
        ),
        (
            "hash_columns: [team]",
            "hash_columns must be a list of api_key_id, customer_id, project_id, session_id, user_id,"
            " but has 'team'",
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence_with_its_key(tmp_path: Path, line: str, sentence: str) -> None:
    assert refused(tmp_path, "settings.yml", line) == f"settings.yml: {sentence}"


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "a: 1\nb: [1, 2\nc: 3\n",
            " line 3: not understood as YAML, expected ',' or ']', but got ':'",
        ),
        (
            "a: 1\n\tb: 2\n",
            " line 2: not understood as YAML, found character '\\t' that cannot start any token",
        ),
        ("a: 1\na: 2\n", " line 2: a is written twice"),
        ("a:\n  - {b: 1,\n     b: 2}\n", " line 3: b is written twice"),
        (
            "a: !!python/name:os.system x\n",
            " line 1: not understood as YAML, could not determine a constructor",
        ),
        ("- a\n", ": no mapping of keys to values"),
        ("text", ": no mapping of keys to values"),
        (b"a: \xff\n", ": not UTF-8 at byte 3"),
        ("a: \x01\n", ": not understood as YAML, special characters are not allowed"),
        ("a: 2026-02-31\n", ": not understood as YAML, day "),
    ],
)
def test_a_file_that_is_no_yaml_is_one_sentence_with_its_line(
    tmp_path: Path, name: str, content: str | bytes, sentence: str
) -> None:
    assert refused(tmp_path, name, content).startswith(name + sentence)


def test_a_byte_order_mark_before_yaml_is_not_read_as_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "settings.yml").write_bytes(b"\xef\xbb\xbfforecast_days: 40\n")
    assert load_company(tmp_path) == Company(forecast_days=40)


def test_a_byte_order_mark_before_csv_is_not_read_as_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_bytes(b"\xef\xbb\xbfa,b\n1,2\n")
    assert [dict(row) for row in read_rows(tmp_path / "some.csv", ("a", "b"))] == [{"a": "1", "b": "2"}]


def test_without_ownership_nobody_owns_anything(tmp_path: Path) -> None:
    assert load_ownership(tmp_path, ("litellm",)) == ()
