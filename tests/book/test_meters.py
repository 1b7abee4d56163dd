"""The registry of meters: each once, with a unit, a place, and a parent that is there."""

from pathlib import Path

import pytest

from pipelines.book.meters import Meter, columns, load_meters
from pipelines.errors import BookError
from pipelines.settings import PROJECT
from tests.book.small import METER_HEADER, write


def meters_of(folder: Path, *lines: str) -> tuple[Meter, ...]:
    write(folder / "meters.csv", METER_HEADER, lines)
    return load_meters(folder)


def test_meters_with_a_column_keep_the_order_of_the_file(tmp_path: Path) -> None:
    found = meters_of(tmp_path, "b,token,column,,b", "pages,page,other,,pages", "a,request,column,b,a")
    assert found == (
        Meter("b", "token", "column", ""), Meter("pages", "page", "other", ""),
        Meter("a", "request", "column", "b"),
    )  # fmt: skip
    assert columns(found) == ("b", "a")
    assert [meter.is_token for meter in found] == [True, False, False]


def test_a_parent_may_stand_below_its_child(tmp_path: Path) -> None:
    assert meters_of(tmp_path, "a,token,column,b,a", "b,token,column,,b")[0].parent == "b"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (",token,column,,x", "meter is empty"),
        ("b,,column,,x", "unit is empty"),
        ("b,token,row,,x", "place 'row' is neither column nor other"),
        ("b,token,,,x", "place '' is neither column nor other"),
        ("b,token,column,c,x", "unknown parent 'c'"),
        ("a,token,other,,x", "a is given twice"),
        ("b,token,column,x", "4 cells, 5 columns"),
    ],
)
def test_a_wrong_line_is_refused_by_file_and_line(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(BookError) as error:
        meters_of(tmp_path, "a,token,column,,x", line)
    assert str(error.value) == f"meters.csv line 3: {sentence}"


def test_a_missing_registry_is_named(tmp_path: Path) -> None:
    with pytest.raises(BookError, match=r"meters\.csv does not exist$"):
        load_meters(tmp_path)


def test_no_meter_of_the_book_is_its_own_ancestor() -> None:
    parents = {meter.name: meter.parent for meter in load_meters(PROJECT / "prices")}
    for name, parent in parents.items():
        seen, above = {name}, parent
        while above:
            assert above not in seen
            seen.add(above)
            above = parents[above]
