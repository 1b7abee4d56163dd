"""Columns of a file that its source does not know, and which of them may hold what is missing elsewhere."""

import re
from collections.abc import Collection
from difflib import get_close_matches

from pipelines.ingest.source import Source

NEAR = 0.9
"""How alike two names are, of 1, so that one may be meant by the other."""

MEASURE = re.compile(r"token|cost|spend|usd|price|search", re.IGNORECASE)
TOTAL = re.compile(r"total", re.IGNORECASE)
"""Names of what is counted or paid; a total counts nothing of its own."""

NOT_COUNTED = "not counted"


def unknown_columns(source: Source, present: Collection[str]) -> list[str]:
    """The columns of a file that its source does not know, sorted, each with what is doubtful about it.

    A name that a known one may be meant by is followed by `(did you mean …?)` where the file lacks that one.
    Of a source whose columns are all known, one that states a measure is followed by `(not counted)`.
    """
    known = {*source.fields, *source.other_columns}
    absent = {_plain(name): name for name in sorted(known - set(present))}
    return [_told(source, name, absent) for name in sorted(set(present) - known)]


def doubtful(columns: str) -> list[str]:
    """Those of `unknown_columns`, as the text of `ingested_files`, that are doubtful."""
    return re.findall(rf"[^,]+ \((?:did you mean [^)]*|{NOT_COUNTED})\)", columns)


def _told(source: Source, name: str, absent: dict[str, str]) -> str:
    near = get_close_matches(_plain(name), absent, n=1, cutoff=NEAR)
    if near:
        return f"{name} (did you mean {absent[near[0]]}?)"
    is_measure = MEASURE.search(name) and not TOTAL.search(name)
    return f"{name} ({NOT_COUNTED})" if source.counts_every_column and is_measure else name


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
