"""A large day in pieces: cut by what is staged alone, the same rows as in one piece."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.journal import IngestedFile
from pipelines.warehouse import build
from pipelines.warehouse import pieces as module
from pipelines.warehouse.pieces import PIECE_ROWS, Piece, pieces
from tests.flow.days import company, day, published_files
from tests.ledger import Ledger, only

DAY = day(0)


@pytest.fixture(scope="module", autouse=True)
def few_tables() -> Iterator[None]:
    """Tables cut into pieces, and some that read them."""
    with only("mart_cost_by_team", "mart_cost_drivers", "mart_unit_cost", "duplicates"):
        yield


def staged(number: int, rows: int, others: int = 0) -> IngestedFile:
    """A staged file with rows of the day and of others."""
    return IngestedFile(
        number, "request_log", "default", f"{number}", f"{number:08x}", 1, "staged",
        total_rows=rows + others, staged_rows=rows + others, days={DAY: rows},
    )  # fmt: skip


@given(sizes=st.lists(st.integers(1, 3 * PIECE_ROWS), max_size=6), others=st.integers(0, 10))
def test_pieces_hold_every_row_once_in_the_order_of_the_files(sizes: list[int], others: int) -> None:
    files = [staged(number, rows, others) for number, rows in enumerate(sizes)]
    found = pieces(files[::-1], DAY)
    read = [
        (file.name, piece.first_row, piece.end_row or file.total_rows)
        for piece in found
        for file in piece.files
    ]
    joined: list[tuple[str, int, int]] = []
    for name, first, end in read:
        if joined and joined[-1][0] == name:
            assert joined[-1][2] == first
            joined[-1] = (name, joined[-1][1], end)
        else:
            joined.append((name, first, end))
    assert joined == [(file.name, 0, file.total_rows) for file in files]
    assert all(
        sum(file.days[DAY] for file in piece.files) <= PIECE_ROWS for piece in found if not piece.is_cut
    )


def test_a_day_without_rows_is_one_empty_piece() -> None:
    assert pieces([], DAY) == [Piece()]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Two days in one piece each."""
    ledger = company(tmp_path_factory.mktemp("pieces") / "whole", 2)
    ledger.run()
    return ledger


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_a_day_in_pieces_has_the_rows_of_the_day_in_one(
    whole: Ledger, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECE_ROWS", rows)
    ledger = company(tmp_path / "cut", 2)
    ledger.run()
    assert len(published_files(ledger)["fct_attempt_cost", DAY]) == -(-5 // rows)
    for table in ("fct_attempt_cost", "mart_cost_daily", "duplicates"):
        sql = f"select * from {table} order by all"  # noqa: S608
        assert ledger.rows(sql) == whole.rows(sql)


def test_days_and_pieces_side_by_side_are_the_same_bytes_as_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECE_ROWS", 4)
    monkeypatch.setattr(build, "DAYS_A_WORKER", 1)
    found = []
    for cores in (1, 4):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        ledger = company(tmp_path / str(cores), 2)
        ledger.run()
        found.append(published_files(ledger))
    assert found[0] == found[1]
