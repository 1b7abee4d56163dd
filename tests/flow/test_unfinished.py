"""A file that a killed run left half written is in nobody's way and does not stay."""

from pathlib import Path

import pytest

from pipelines.warehouse.layout import replacing, write_json


def left_over(target: Path) -> Path:
    """What a kill leaves between writing and the swap."""
    path = target.with_name(f".{target.name}.unfinished")
    path.write_bytes(b"half")
    return path


def test_a_half_written_file_is_not_gone_on_with(tmp_path: Path) -> None:
    target = tmp_path / "state.json"
    before = left_over(target)
    with replacing(target) as unfinished:
        assert not unfinished.exists()
        unfinished.write_bytes(b"whole")
    assert target.read_bytes() == b"whole"
    assert not before.exists()


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "state.json"
    write_json(target, {"a": 1})
    with pytest.raises(TypeError):
        write_json(target, {"a": object()})
    with pytest.raises(FileNotFoundError), replacing(target):
        pass  # nothing was written
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
    assert target.read_bytes() == b'{"a": 1}\n'
