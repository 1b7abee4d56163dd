"""The description of an export: `FILE.request.json` beside it says what was asked for; docs/sources.md."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pipelines.book.text import instant
from pipelines.errors import BookError, UnreadableFileError
from pipelines.ingest.pages import is_utf8
from pipelines.ingest.source import RawFile, Source
from pipelines.settings import Company, hash_key

SUFFIX = ".request.json"
NEEDED = ("endpoint", "from", "to", "bucket_width")
KNOWN = (*NEEDED, "account", "group_by", "filters")
WIDTHS = ("1m", "1h", "1d")

MAX_BYTES = 1024 * 1024
"""A description is a page of text; a file of filters with ten thousand keys has half of this."""

STAGED_IDS = {
    "workspace_id": "project_id", "account_id": "user_id", "service_account_id": "service_id",
}  # fmt: skip
"""Ids that staging names otherwise; settings hash them by the name of staging."""

STAGED_AS = {
    **{name: (staged,) for name, staged in STAGED_IDS.items()},
    "inference_geo": ("region",), "batch": ("service_tier",), "speed": ("service_tier",),
    "line_item": ("description", "model"), "description": ("description", "model"),
}  # fmt: skip
"""Dimensions of the providers that staging names otherwise; the text of a bill's line names the model too."""


def read_request(description: RawFile, file: RawFile, source: Source, company: Company) -> dict[str, Any]:
    """The request of a description, in one spelling: endpoint, from, to, bucket_width, group_by and filters.

    Raises:
        UnreadableFileError: it is no description, or not one of this file.
    """
    if description.fault:
        raise UnreadableFileError(description.fault)
    written = _object(description)
    _prove_names(written)
    if written["endpoint"] != source.endpoint:
        raise UnreadableFileError(f"endpoint is {written['endpoint']!r}; {source.name} is {source.endpoint}")
    if written.get("account", file.account) != file.account:
        raise UnreadableFileError(f"account is {written['account']!r}, the file lies in {file.account!r}")
    width = written["bucket_width"]
    if width not in WIDTHS:
        raise UnreadableFileError(f"bucket_width is {width!r}, not one of {', '.join(WIDTHS)}")
    first, last = _instant(written, "from"), _instant(written, "to")
    if first >= last:
        raise UnreadableFileError(f"from {first} is not before to {last}")
    return {
        "endpoint": source.endpoint, "from": first, "to": last, "bucket_width": width,
        "group_by": _group_by(written.get("group_by", []), source),
        "filters": _filters(written.get("filters", {}), source, company),
    }  # fmt: skip


def prove_results(request: Mapping[str, Any], values: Mapping[str, Sequence[str | None]]) -> None:
    """Raise `UnreadableFileError` where results name what the request cannot have asked for.

    Args:
        request: what `read_request` gave.
        values: the values of the results by staging's names of their dimensions.
    """
    grouped = {staged for name in request["group_by"] for staged in STAGED_AS.get(name, (name,))}
    limits = {STAGED_IDS.get(name, name): set(allowed) for name, allowed in request["filters"].items()}
    for name, among in values.items():
        named = sorted(value for value in among if value is not None)
        if named and name not in grouped:
            raise UnreadableFileError(f"group_by lacks {name}, of which the results name {named[0]}")
        beyond = [value for value in named if value not in limits.get(name, named)]
        if beyond:
            raise UnreadableFileError(f"the filter of {name} lacks {beyond[0]}, which the results name")


def _object(description: RawFile) -> dict[str, Any]:
    if description.size_bytes > MAX_BYTES:
        raise UnreadableFileError(f"larger than {MAX_BYTES} bytes for the description of a request")
    try:
        written = json.loads(description.path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"not JSON: {error}") from None
    if not isinstance(written, dict):
        raise UnreadableFileError("the description of a request is a JSON object")
    if not is_utf8(written):
        raise UnreadableFileError("not UTF-8 text")
    return written


def _prove_names(written: Mapping[str, Any]) -> None:
    unknown = sorted(set(written) - set(KNOWN))
    if unknown:
        raise UnreadableFileError(f"unknown key {unknown[0]!r}{_known(unknown[0], KNOWN)}")
    missing = [name for name in NEEDED if name not in written]
    if missing:
        raise UnreadableFileError(f"{missing[0]} is missing")


def _instant(written: Mapping[str, Any], name: str) -> str:
    try:
        return instant(str(written[name])).isoformat()
    except BookError as error:
        raise UnreadableFileError(f"{name}: {error}") from None


def _group_by(written: object, source: Source) -> list[str]:
    if not isinstance(written, list) or not all(isinstance(name, str) for name in written):
        raise UnreadableFileError("group_by is not a list of names")
    for name in written:
        _prove_dimension(name, source)
    return sorted(set(written))


def _filters(written: object, source: Source, company: Company) -> dict[str, list[str]]:
    """The values of each filter, hashed where the settings hash that id."""
    if not isinstance(written, dict):
        raise UnreadableFileError("filters is not an object of lists, one a dimension")
    filters: dict[str, list[str]] = {}
    for name, values in written.items():
        _prove_dimension(name, source)
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            raise UnreadableFileError(f"the filter {name} is not a list of texts")
        is_hashed = STAGED_IDS.get(name, name) in company.hash_columns
        filters[name] = sorted({_hashed(value) if is_hashed else value for value in values})
    return filters


def _hashed(value: str) -> str:
    return hashlib.sha256(f"{hash_key()}{value}".encode()).hexdigest()


def _prove_dimension(name: str, source: Source) -> None:
    if name not in source.dimensions:
        raise UnreadableFileError(f"{name!r} is no dimension{_known(name, source.dimensions)}")


def _known(name: str, names: Sequence[str]) -> str:
    near = get_close_matches(name, names, 1)
    return f" (did you mean {near[0]}?)" if near else f"; known: {', '.join(names)}"
