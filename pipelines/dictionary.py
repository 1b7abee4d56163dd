"""The data dictionary and the JSON Schema of the request log, made from the contracts.

`python -m pipelines.dictionary` writes docs/tables.md and docs/request_log.schema.json.
"""

import json
from collections.abc import Iterator

from pipelines.generated import write_or_check
from pipelines.ingest.request_log import FIELDS
from pipelines.settings import PROJECT
from pipelines.warehouse.contracts import Table, columns, tables

DOCS = PROJECT / "docs"
REQUIRED = ("request_id", "ended_at", "provider", "model")
CHOICES = {"status": ["success", "error", "cancelled"], "route_class": ["simple", "complex"]}
DEFAULTS: dict[str, object] = {"attempt": 1, "status": "success", "service_tier": "standard"}
MOST = 10**15 - 1
"""The largest count that is taken for one; see `as_count` in sql/1_staging/types.sql."""

COUNT = {"type": ["integer", "null"], "minimum": 0, "maximum": MOST}
TEXT = {"type": ["string", "null"]}
SHAPES: dict[str, dict[str, object]] = {
    "other_quantity": {"type": ["number", "null"], "minimum": 0, "exclusiveMaximum": 10**12},
    "attempt": {"type": ["integer", "null"], "minimum": 1, "maximum": MOST},
    "reported_cost_usd": {"type": ["string", "null"], "pattern": r"^-?[0-9]{1,15}(\.[0-9]+)?$"},
    "tags": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
    "prefix_hashes": {
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "properties": {"hash": {"type": "string"}, "tokens": {"type": "integer", "minimum": 0}},
            "required": ["hash", "tokens"],
        },
    },
}


def request_log_schema() -> str:
    """The JSON Schema of one record of a request log."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "request_log record",
        "description": "One attempt. Meters are disjoint; reasoning_tokens are a part of output_tokens.",
        "type": "object",
        "properties": {name: _property(name) for name in FIELDS},
        "required": list(REQUIRED),
        "additionalProperties": True,
    }
    return json.dumps(schema, indent=2) + "\n"


def _property(name: str) -> dict[str, object]:
    kind = columns()[name].type
    shape = SHAPES.get(name) or (COUNT if kind == "BIGINT" else TEXT)
    said: dict[str, object] = {"description": columns()[name].meaning, **shape}
    if name in REQUIRED:
        said |= {"type": "string", "minLength": 1}
    if kind == "TIMESTAMP WITH TIME ZONE":
        said["format"] = "date-time"
    if name in CHOICES:
        said["enum"] = [*CHOICES[name], None]
    if name in DEFAULTS:
        said["default"] = DEFAULTS[name]
    return said


def tables_page() -> str:
    """The text of docs/tables.md."""
    head = [
        "# Tables",
        "",
        "Every published table in the order of the flow. A column has the same type, unit and meaning",
        "wherever it stands. Made from the contracts beside the SQL; change those and run `make docs`.",
        "",
    ]
    head += [f"* [{table.name}](#{table.name}): {table.grain}" for table in tables().values()]
    parts = [line for table in tables().values() for line in _table(table)]
    return "\n".join([*head, *parts]) + "\n"


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"## {table.name}", "", f"{table.grain[0].upper()}{table.grain[1:]}.", "")
    place = f"sql/{table.stage}/{table.name}.sql"
    yield f"* SQL: [{place}](../{place})" + "".join(f", [{file}](../sql/{file})" for _, file in table.steps)
    yield f"* key: {', '.join(table.key) or 'none, rows may repeat'}"
    yield f"* kept: {'one file per UTC day' if table.by_day else 'one file'}"
    yield f"* made from: {', '.join(sorted(table.inputs))}"
    if table.totals_of:
        yield f"* its sums repeat those of {table.totals_of} to the last digit"
    yield from ("", "| column | type | unit | meaning |", "|---|---|---|---|")
    for column in table.columns:
        yield f"| {column.name} | {column.type.lower()} | {column.unit} | {column.meaning} |"


if __name__ == "__main__":
    write_or_check(
        {
            DOCS / "tables.md": tables_page(),
            DOCS / "request_log.schema.json": request_log_schema(),
        }
    )
