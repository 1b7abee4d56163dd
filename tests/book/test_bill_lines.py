"""Forms of lines of a bill: known ones only, each told once, with a source."""

from pathlib import Path

import pytest

from pipelines.book.bill_lines import HEADER, BillLine, load_bill_lines
from pipelines.errors import BookError
from pipelines.settings import PROJECT
from tests.book.small import write

METERS = frozenset({"output_tokens"})
GOOD = "acme,priority | {model}, output,usage,output_tokens,priority,long context,bill,page 3"
LONG = "long context"


def lines_of(folder: Path, *lines: str) -> tuple[BillLine, ...]:
    path = folder / "bill_lines.csv"
    write(path, ",".join(HEADER), lines)
    return load_bill_lines((path, folder / "none.csv"), METERS)


def test_a_form_is_the_text_around_the_name_of_a_model(tmp_path: Path) -> None:
    quoted = GOOD.replace("priority | {model}, output", '"priority | {model}, output"')
    assert lines_of(tmp_path, quoted, "acme,Storage,storage,,,,bill,page 4") == (
        BillLine("acme", "Storage", "", False, "storage", "", "", ""),
        BillLine(
            "acme", "priority | ", ", output", True, "usage", "output_tokens", "priority", "long context"
        ),
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("acme,Tax,levy,,,,bill,p", "charge_category 'levy' is not one of"),
        ("acme,Tax,tax,output_tokens,,,bill,p", "meter 'output_tokens' is unknown, or the line is no usage"),
        ("acme,{model} use,usage,pages,,,bill,p", "meter 'pages' is unknown"),
        ("acme,{model} {model},usage,,,,bill,p", "the form names {model} twice"),
        ("acme,Tax,tax,,,,bill,", "source_ref is empty"),
        (",Tax,tax,,,,bill,p", "provider is empty"),
    ],
)
def test_what_is_no_form_is_refused_with_its_line(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(BookError, match=r"bill_lines\.csv line 2") as error:
        lines_of(tmp_path, line)
    assert reason in str(error.value)


def test_a_form_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="acme has the form 'Tax' twice"):
        lines_of(tmp_path, "acme,Tax,tax,,,,bill,p", "acme,Tax,fee,,,,bill,p")


def test_no_text_has_two_forms_of_the_book() -> None:
    """A name of a model is one word, so that two forms can only meet where their texts are the same."""
    meters = frozenset(
        {
            line.split(",")[0]
            for line in (PROJECT / "prices" / "meters.csv").read_text(encoding="utf-8").splitlines()
        }
    )
    lines = load_bill_lines((PROJECT / "prices" / "bill_lines.csv",), meters)
    texts = [(line.provider, line.text_before, line.text_after) for line in lines]
    assert len(set(texts)) == len(texts) > 80
