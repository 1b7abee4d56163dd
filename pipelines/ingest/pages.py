"""JSON pages of the providers' admin APIs as flat text records; numbers keep the text of the source."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import UnreadableFileError
from pipelines.ingest.coverage import Coverage, Page, coverage_of, span_of
from pipelines.ingest.source import Record, Source

MAX_PAGE_BYTES = 256 * 1024 * 1024
"""A file of pages is parsed in memory; the APIs return pages of at most a few megabytes."""

_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)


def text(value: object) -> str | None:
    """A scalar as the text of the source; null stays null, anything nested is refused by being odd text."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


@dataclass(frozen=True)
class Bucket:
    """One time bucket of a page.

    Attributes:
        number: its place among the buckets of the page.
        written: the bucket as the page has it.
        grouping: names of the dimensions its results have, be it as null: what its export was grouped by.
    """

    number: int
    written: dict[str, object]
    grouping: str


def results_of(
    page: dict[str, object], dimensions: Sequence[str]
) -> Iterator[tuple[Bucket, dict[str, object]]]:
    """Yield each result of a page with its bucket; raise `UnreadableFileError` for another shape."""
    buckets = page.get("data")
    if not isinstance(buckets, list):
        raise UnreadableFileError("wrong shape: a page has a list `data`")
    for number, bucket in enumerate(buckets):
        results = _results(bucket) if isinstance(bucket, dict) else None
        if not isinstance(results, list):
            raise UnreadableFileError(f"wrong shape: data[{number}] has no list `results`")
        if not all(isinstance(result, dict) for result in results):
            raise UnreadableFileError(f"wrong shape: a result of data[{number}] is no JSON object")
        carried = [name for name in dimensions if any(name in result for result in results)]
        for result in results:
            yield Bucket(number, bucket, ",".join(carried)), result


def _results(bucket: dict[str, Any]) -> Any:
    """What a bucket has; some old exports call it `result`."""
    return bucket.get("results", bucket.get("result"))


def read_pages(source: Source, path: Path, *, lines: bool) -> tuple[list[Record], Coverage, frozenset[str]]:
    """The records of a file of pages, with `_line` and, for an unreadable line, `_error`.

    Returned with them: what the file covers, and the keys that its results have.

    Args:
        source: says how to flatten one page.
        path: one or many JSON documents; bucket numbers count on over the whole file.
        lines: one document a line: a broken line is an error of its own, not of the file.

    Raises:
        UnreadableFileError: the file is no UTF-8 JSON, or a document is no page of this source.
    """
    records: list[Record] = []
    pages: list[Page] = []
    columns: set[str] = set()
    buckets = 0
    for line, page in _documents(path, lines=lines):
        if isinstance(page, str):
            records.append({"_line": str(line), "_error": page})
            continue
        for record in source.flatten(page) if source.flatten else ():
            number = buckets + int(record["bucket_number"] or 0)
            records.append({**record, "bucket_number": str(number), "_line": str(line), "_error": None})
        spans = tuple(span for bucket in page["data"] if (span := span_of(bucket)))
        pages.append(Page(spans, has_more=bool(page.get("has_more", page.get("next_page")))))
        buckets += len(page["data"])
        columns.update(*(result for bucket in page["data"] for result in _results(bucket)))
    return records, coverage_of(pages), frozenset(columns)


def _documents(path: Path, *, lines: bool) -> Iterator[tuple[int, Any]]:
    if path.stat().st_size > MAX_PAGE_BYTES:
        raise UnreadableFileError(f"larger than {MAX_PAGE_BYTES} bytes for a file of pages")
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"not UTF-8 at byte {error.start}") from None
    yield from _lines(content) if lines else _whole(content)


def _lines(content: str) -> Iterator[tuple[int, Any]]:
    for line, written in enumerate(content.split("\n"), start=1):
        if written.strip():
            yield line, _parse(written)


def _parse(written: str) -> Any:
    try:
        page = _DECODER.decode(written.strip())
    except (json.JSONDecodeError, RecursionError) as error:
        return f"not JSON: {error}"
    if not isinstance(page, dict):
        return "not a JSON object"
    return page if is_utf8(page) else "not UTF-8 text"


def is_utf8(page: object) -> bool:
    """Whether no text of a JSON value holds half a surrogate pair, which JSON can write and UTF-8 cannot."""
    try:
        json.dumps(page, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(content: str) -> Iterator[tuple[int, Any]]:
    position = _skip_space(content, 0)
    while position < len(content):
        line = content.count("\n", 0, position) + 1
        try:
            document, position = _DECODER.raw_decode(content, position)
        except (json.JSONDecodeError, RecursionError) as error:
            raise UnreadableFileError(f"not JSON: {error}") from None
        for page in document if isinstance(document, list) else [document]:
            if not isinstance(page, dict):
                raise UnreadableFileError(f"wrong shape: line {line} is no JSON object")
            if not is_utf8(page):
                raise UnreadableFileError(f"not UTF-8 text in the page of line {line}")
            yield line, page
        position = _skip_space(content, position)


def _skip_space(content: str, position: int) -> int:
    while position < len(content) and content[position] in " \t\r\n":
        position += 1
    return position
