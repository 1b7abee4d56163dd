"""The description of an export: `FILE.request.json` beside it says what was asked for; docs/sources.md."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pipelines.book.text import instant
from pipelines.errors import BookError, UnreadableFileError
from pipelines.ingest.source import RawFile, Source
from pipelines.settings import Company, hash_key

SUFFIX = ".request.json"
NEEDED = ("endpoint", "from", "to", "bucket_width")
KNOWN = (*NEEDED, "account", "group_by", "filters")
WIDTHS = ("1m", "1h", "1d")

STAGED_IDS = {
    "workspace_id": "project_id", "account_id": "user_id", "service_account_id": "service_id",
}  # fmt: skip
"""Ids that staging names otherwise; settings hash them by the name of staging."""


def read_request(description: RawFile, file: RawFile, source: Source, company: Company) -> dict[str, Any]:
    """What a description says, in one spelling: endpoint, from, to, bucket_width, group_by and filters.

    Raises:
        UnreadableFileError: it is no description, or not one of this file.
    """
    if description.fault:
        raise UnreadableFileError(description.fault)
    said = _object(description)
    _prove_names(said)
    if said["endpoint"] != source.endpoint:
        raise UnreadableFileError(f"endpoint is {said['endpoint']!r}; {source.name} is {source.endpoint}")
    if said.get("account", file.account) != file.account:
        raise UnreadableFileError(f"account is {said['account']!r}, the file lies in {file.account!r}")
    if said["bucket_width"] not in WIDTHS:
        raise UnreadableFileError(f"bucket_width is {said['bucket_width']!r}, not one of {', '.join(WIDTHS)}")
    first, last = _instant(said, "from"), _instant(said, "to")
    if first >= last:
        raise UnreadableFileError(f"from {first} is not before to {last}")
    return {
        "endpoint": said["endpoint"], "from": first, "to": last, "bucket_width": said["bucket_width"],
        "group_by": _group_by(said.get("group_by", []), source),
        "filters": _filters(said.get("filters", {}), source, company),
    }  # fmt: skip


def _object(description: RawFile) -> dict[str, Any]:
    try:
        said = json.loads(description.path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"not JSON: {error}") from None
    if not isinstance(said, dict):
        raise UnreadableFileError("the description of a request is a JSON object")
    return said


def _prove_names(said: Mapping[str, Any]) -> None:
    unknown = sorted(set(said) - set(KNOWN))
    if unknown:
        raise UnreadableFileError(f"unknown key {unknown[0]!r}; known: {', '.join(KNOWN)}")
    missing = [name for name in NEEDED if name not in said]
    if missing:
        raise UnreadableFileError(f"{missing[0]} is missing")


def _instant(said: Mapping[str, Any], name: str) -> str:
    try:
        return instant(str(said[name])).isoformat()
    except BookError as error:
        raise UnreadableFileError(f"{name}: {error}") from None


def _group_by(said: object, source: Source) -> list[str]:
    if not isinstance(said, list) or not all(isinstance(name, str) for name in said):
        raise UnreadableFileError("group_by is not a list of names")
    for name in said:
        _prove_dimension(name, source)
    return sorted(set(said))


def _filters(said: object, source: Source, company: Company) -> dict[str, list[str]]:
    """The values of each filter, hashed where the settings hash that id."""
    if not isinstance(said, dict):
        raise UnreadableFileError("filters is not an object of lists, one a dimension")
    found: dict[str, list[str]] = {}
    for name, values in said.items():
        _prove_dimension(name, source)
        if not isinstance(values, list) or not values or not all(isinstance(each, str) for each in values):
            raise UnreadableFileError(f"the filter {name} is not a list of texts")
        is_hashed = STAGED_IDS.get(name, name) in company.hash_columns
        found[name] = sorted({_hashed(value) if is_hashed else value for value in values})
    return found


def _hashed(value: str) -> str:
    return hashlib.sha256(f"{hash_key()}{value}".encode()).hexdigest()


def _prove_dimension(name: str, source: Source) -> None:
    if name not in source.dimensions:
        raise UnreadableFileError(f"{name!r} is no dimension; known: {', '.join(source.dimensions)}")
