"""What is normal for a feature: read from the company's file, proved before any run."""

from pathlib import Path

import pytest

from pipelines.analysis.norms import NO_NORMS, load_norms
from pipelines.errors import BookError
from pipelines.settings import PROJECT
from pipelines.warehouse.run import Run
from tests.flow.days import company, day

DRAFTS = """
drafts:
  output_tokens: {value: 1500, source: guideline}
  adequate_model: {value: openai/gpt-5.4-nano, source: own test}
notes:
  input_tokens: {value: 800, source: own review}
"""


def norms(folder: Path, text: str) -> object:
    (folder / "drivers.yml").write_text(text, encoding="utf-8")
    return load_norms(folder).table().to_pylist()


def test_norms_are_read_by_feature(tmp_path: Path) -> None:
    row = dict.fromkeys(("output_norm_tokens", "input_norm_tokens", "adequate_provider", "adequate_model"))
    assert norms(tmp_path, DRAFTS) == [
        {
            **row, "feature": "drafts", "output_norm_tokens": 1500, "adequate_provider": "openai",
            "adequate_model": "gpt-5.4-nano",
        },
        {**row, "feature": "notes", "input_norm_tokens": 800},
    ]  # fmt: skip


def test_without_a_file_no_feature_has_a_norm(tmp_path: Path) -> None:
    assert load_norms(tmp_path) == NO_NORMS
    assert NO_NORMS.table().num_rows == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "drivers.yml: no mapping of keys to values"),
        (
            "f: {}",
            "drivers.yml: f: needs some of output_tokens, input_tokens, adequate_model, and nothing else",
        ),
        (
            "f: {words: {value: 1, source: s}}",
            "drivers.yml: f: needs some of output_tokens, input_tokens, adequate_model, and nothing else",
        ),
        ("f: {output_tokens: 5}", "drivers.yml: f: output_tokens needs value, source"),
        ("f: {output_tokens: {value: 5, source: ''}}", "drivers.yml: f: output_tokens needs value, source"),
        (
            "f: {input_tokens: {value: 0, source: s}}",
            "drivers.yml: f: input_tokens 0 is no positive whole number",
        ),
        (
            "f: {adequate_model: {value: gpt, source: s}}",
            "drivers.yml: f: adequate_model 'gpt' is no provider/model",
        ),
    ],
)
def test_a_wrong_norm_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BookError) as error:
        norms(tmp_path, text)
    assert str(error.value) == said


def test_an_adequate_model_has_to_be_in_the_book(tmp_path: Path) -> None:
    (tmp_path / "drivers.yml").write_text(DRAFTS, encoding="utf-8")
    found = load_norms(tmp_path)
    found.require(lambda name: name == ("openai", "gpt-5.4-nano"))
    with pytest.raises(BookError, match=r"the price book has no openai/gpt-5\.4-nano"):
        found.require(lambda _: False)


def test_the_example_company_has_every_kind_of_norm() -> None:
    rows = load_norms(PROJECT / "fixtures" / "config").table().to_pylist()
    assert [name for name in rows[0] if all(row[name] is None for row in rows)] == []


def test_a_changed_norm_makes_the_days_stale(tmp_path: Path) -> None:
    ledger = company(tmp_path / "company", 1)
    ledger.run()
    assert Run.of(ledger.locations).stale_days() == []
    (ledger.locations.config / "drivers.yml").write_text(DRAFTS, encoding="utf-8")
    assert Run.of(ledger.locations).stale_days() == [day(0)]
