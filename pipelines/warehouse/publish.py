"""The swap: a small DuckDB file of views over exactly the files of one version replaces the one before.

Storage version v1.0.0, so that older DuckDB clients open it too. Readers see one version or the next.
"""

import json
from functools import cache
from pathlib import Path

import duckdb
from sqlglot import exp

from pipelines.warehouse.arrow import write_empty
from pipelines.warehouse.contracts import Column, tables
from pipelines.warehouse.layout import Layout, replacing, write_json
from pipelines.warehouse.state import Parts, load_parts, save_parts

KEPT_VERSIONS = 3
"""Files that none of the last versions names are removed; a reader may hold an older one for so long."""


def publish(layout: Layout, parts: Parts) -> bool:
    """Publish `parts` as the current version; tell whether anything changed that a reader sees."""
    published = load_parts(layout.published)
    is_there = _templates_exist(layout) and _names_this_folder(layout)
    if is_there and _files_by_day(published) == _files_by_day(parts):
        # The same rows may be made from something new: what is made of them still has to know.
        if published != parts:
            save_parts(layout.published, parts)
        return False
    for table in tables().values():
        write_empty(layout, table)
    with replacing(layout.catalogue) as unfinished:
        _write_catalogue(layout, unfinished, {name: parts.get(name, {}) for name in tables()})
    save_parts(layout.published, parts)
    _forget_old_files(layout, parts)
    return True


def _files_by_day(parts: Parts) -> dict[str, dict[str, tuple[str, ...]]]:
    return {name: {day: part.files for day, part in days.items()} for name, days in parts.items()}


def _templates_exist(layout: Layout) -> bool:
    return all(layout.empty(table.name).is_file() for table in tables().values())


def _names_this_folder(layout: Layout) -> bool:
    """Whether the views read below this warehouse; they do not after it was moved or copied."""
    if not layout.catalogue.is_file():
        return False
    connection = duckdb.connect(str(layout.catalogue), read_only=True)
    try:
        views = connection.execute("select sql from duckdb_views() where not internal").fetchall()
    finally:
        connection.close()
    return all(f"'{layout.root}/" in sql for (sql,) in views)


def _write_catalogue(layout: Layout, target: Path, public: Parts) -> None:
    connection = duckdb.connect(":memory:")
    try:
        connection.execute(_attach(target))
        connection.execute("use catalogue")
        # One transaction: hundreds of comments, each written through to the disk, take longer than the rest.
        connection.begin()
        for table in tables().values():
            named = [file for _, part in sorted(public[table.name].items()) for file in part.files]
            files = [str(layout.empty(table.name)), *(str(layout.root / file) for file in named)]
            # Files of a closed month stay as they were, also where a later version has other columns.
            relation = connection.read_parquet(files, union_by_name=True)
            relation.select(*map(duckdb.ColumnExpression, table.types)).create_view(table.name)
            for comment in _comments(table.name, table.grain, table.columns):
                connection.execute(comment)
        connection.commit()
        connection.execute("use memory")
        connection.execute("detach catalogue")
    finally:
        connection.close()


def _attach(target: Path) -> str:
    """DDL takes no parameters; the path is quoted by the SQL builder, not by hand."""
    return f"attach {exp.Literal.string(str(target)).sql('duckdb')} as catalogue (storage_version 'v1.0.0')"


@cache
def _comments(table: str, grain: str, columns: tuple[Column, ...]) -> list[str]:
    view = exp.to_identifier(table, quoted=True).sql("duckdb")
    comments = [f"comment on view {view} is {exp.Literal.string(grain).sql('duckdb')}"]
    for column in columns:
        name = exp.column(column.name, table, quoted=True).sql("duckdb")
        said = f"{column.meaning} [{column.unit}]" if column.unit else column.meaning
        comments.append(f"comment on column {name} is {exp.Literal.string(said).sql('duckdb')}")
    return comments


def _forget_old_files(layout: Layout, parts: Parts) -> None:
    current = sorted(_files(parts))
    history_file = layout.root / "state" / "versions.json"
    history = json.loads(history_file.read_text(encoding="utf-8")) if history_file.is_file() else []
    others = [version for version in history if version != current]
    history = [*others[1 - KEPT_VERSIONS :], current]
    write_json(history_file, history)
    # What is built of a closed month is not published, but would be built again without its files.
    named = {file for version in history for file in version} | _files(load_parts(layout.built))
    for path in (layout.root / "tables").rglob("*.parquet"):
        if path.name != "empty.parquet" and path.relative_to(layout.root).as_posix() not in named:
            path.unlink()


def _files(parts: Parts) -> set[str]:
    return {file for days in parts.values() for part in days.values() for file in part.files}
