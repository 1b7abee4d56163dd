"""Files made from the contracts: written by `make docs`, checked to be up to date by `make check`."""

import sys
from collections.abc import Mapping
from pathlib import Path

from pipelines.settings import PROJECT


def write_or_check(files: Mapping[Path, str]) -> None:
    """Write the texts, or with `--check` on the command line end with 1 when a file says something else."""
    stale = [
        path for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        sys.stdout.writelines(f"{path.relative_to(PROJECT)} is not up to date: make docs\n" for path in stale)
        sys.exit(1 if stale else 0)
    for path in stale:
        path.write_text(files[path], encoding="utf-8")
