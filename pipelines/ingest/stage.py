"""One raw file into one immutable staging file: read, type, check every row, write."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from pipelines.errors import UnreadableFileError
from pipelines.ingest import records
from pipelines.ingest.columns import unknown_columns
from pipelines.ingest.coverage import NO_COVERAGE, Coverage
from pipelines.ingest.raw_files import FORMATS, format_of, plain
from pipelines.ingest.source import RawFile, Source
from pipelines.settings import Company, hash_key
from pipelines.warehouse.contracts import staging_time, staging_types
from pipelines.warehouse.engine import Engine, is_of_the_machine
from pipelines.warehouse.layout import Layout, replacing

REWRITTEN = ("tags", "prefix_hashes")
"""Fields that staging brings into one spelling, so that a file with them is never copied as it is."""

WHO = ("project_id", "api_key_id", "user_id", "service_id", "model")
"""The dimensions of an export that say whose usage it is, and of which model."""


@dataclass(frozen=True)
class Staged:
    """What a staging file holds: rows per UTC day, models, other meters, rejected rows, unknown columns.

    Where every row is rejected, `reason` is the commonest. Of an export also what its buckets cover, and the
    values of the dimensions that say whose usage it is.
    """

    days: dict[str, int] = field(default_factory=dict)
    models: list[list[str]] = field(default_factory=list)
    other_meters: list[str] = field(default_factory=list)
    rejected_rows: int = 0
    columns_unknown: list[str] = field(default_factory=list)
    reason: str = ""
    coverage: Coverage = NO_COVERAGE
    values: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Stager:
    """Stages files one after the other over one connection."""

    engine: Engine
    layout: Layout
    company: Company

    def stage(self, file: RawFile, source: Source) -> Staged:
        """Write the staging file of `file`.

        Raises:
            UnreadableFileError: nothing of the file can be used; no staging file is left.
            OSError, duckdb.Error: the machine cannot go on; the file is as unknown as it was.
        """
        extension = format_of(file.path)
        if not extension:
            raise UnreadableFileError(f"only {', '.join(FORMATS)} (plain, .gz or .zst) are read")
        target = self.layout.staged(source.name, file.content)
        with plain(file, self.layout.scratch, self.company.max_file_bytes) as path, replacing(target) as out:
            if source.flatten:
                coverage, unknown = self._write_pages(file, source, path, extension, out)
                measured = self._measure(source, out, unknown)
                return replace(measured, coverage=coverage, values=self._values(source))
            unknown = self._write(file, source, path, extension, out)
            return self._measure(source, out, unknown)

    def _write_pages(
        self, file: RawFile, source: Source, path: Path, extension: str, out: Path
    ) -> tuple[Coverage, list[str]]:
        self._load_macros(source)
        coverage, columns = records.read_page_file(self.engine, source, path, extension)
        self._select(file, source, out)
        return coverage, unknown_columns(source, columns)

    def _write(self, file: RawFile, source: Source, path: Path, extension: str, out: Path) -> list[str]:
        self._load_macros(source)
        if extension == ".parquet":
            try:
                return self._write_parquet(file, source, path, out)
            except duckdb.Error as error:
                if is_of_the_machine(error):
                    raise
                raise UnreadableFileError(f"broken Parquet: {records.first_line(error)}") from None
        if extension == ".csv" or not self._write_fast(file, source, path, out):
            path = records.read_through_sieve(self.engine, source, path, extension, self.layout.scratch)
            self._select(file, source, out)
        unknown = unknown_columns(source, records.json_columns(self.engine, path))
        if path.name.endswith(".clean.ndjson"):
            path.unlink()
        return unknown

    def _load_macros(self, source: Source) -> None:
        for name in source.macros:
            self.engine.macros(f"1_staging/{name}")

    def _write_fast(self, file: RawFile, source: Source, path: Path, out: Path) -> bool:
        """Try the engine's own reader; False where it refuses or where rows are not lines."""
        try:
            records.read_json_lines(self.engine, source, path)
            rows = self._select(file, source, out)
        except duckdb.Error as error:
            if is_of_the_machine(error):
                raise
            return False
        return rows == (file.lines if path == file.path else _count_lines(path))

    def _write_parquet(self, file: RawFile, source: Source, path: Path, out: Path) -> list[str]:
        types = records.parquet_types(self.engine, path)
        unknown = unknown_columns(source, types)
        known = {name: kind for name, kind in types.items() if name in source.fields}
        if self._has_contract_types(source, known):
            self.engine.macros("1_staging/types_typed.sql")
            records.read_typed_parquet(self.engine, source, path, types)
            if not unknown and not self.company.hash_columns and self._is_clean(source):
                shutil.copyfile(path, out)
                return []
            self._load_macros(source)
        records.read_parquet(self.engine, source, path)
        self._select(file, source, out)
        return unknown

    def _has_contract_types(self, source: Source, known: Mapping[str, str]) -> bool:
        contract = staging_types(source.kind)
        plain_types = all(contract.get(name) == kind for name, kind in known.items())
        return source.is_contract and plain_types and known.keys().isdisjoint(REWRITTEN)

    def _is_clean(self, source: Source) -> bool:
        mended = "reject_reason is not null or usage_reading is not null"
        sql = f"select count(*) from ({source.sql}) where {mended}"  # noqa: S608 file text
        return bool(self.engine.rows(sql)[0][0] == 0)

    def _select(self, file: RawFile, source: Source, out: Path) -> int:
        """Write the typed rows of `raw`, shaped as the contract of the source's kind; return their number."""
        parameters: dict[str, object] = {}
        select = source.sql
        if source.kind != "attempt":
            parameters["account"] = file.account
            select = f"select $account as account, * from (\n{select}\n)"  # noqa: S608 file text
        select, parameters = self._hashed(source, select, parameters)
        self.engine.write(select, parameters, out)
        return int(self.engine.rows("select count(*) from read_parquet($out)", {"out": str(out)})[0][0])

    def _hashed(
        self, source: Source, select: str, parameters: dict[str, object]
    ) -> tuple[str, dict[str, object]]:
        columns = [name for name in self.company.hash_columns if name in staging_types(source.kind)]
        if not columns:
            return select, parameters
        hashed = ", ".join(f"sha256($key || {name}) as {name}" for name in columns)  # closed list of names
        return f"select * replace ({hashed}) from (\n{select}\n)", {**parameters, "key": hash_key()}  # noqa: S608

    def _measure(self, source: Source, out: Path, unknown: list[str]) -> Staged:
        self.engine.register_files("measured", [self.layout.template(source.kind), out])
        time = staging_time(source.kind)
        counted = self.engine.rows(
            f"select case when reject_reason is null then cast(cast({time} as date) as varchar) end as day,"  # noqa: S608 contract's name
            " count(*) from measured group by all order by all nulls last"
        )
        rejected = sum(count for day, count in counted if day is None)
        counted = [(day, count) for day, count in counted if day is not None]
        reason = self._commonest_reason() if rejected and not counted else ""
        return Staged(dict(counted), *self._used(source), int(rejected), unknown, reason)

    def _commonest_reason(self) -> str:
        """Why most rows of `measured` are rejected; of several the first by its text."""
        rows = self.engine.rows(
            "select reject_reason from measured group by 1 order by count(*) desc, 1 limit 1"
        )
        return str(rows[0][0])

    def _values(self, source: Source) -> dict[str, list[str | None]]:
        """Whose usage the usable rows of `measured` are, by dimension."""
        found: dict[str, list[str | None]] = {}
        for name in WHO:
            if name in staging_types(source.kind):
                column = duckdb.ColumnExpression(name)  # quotes the contract's name
                sql = f"select distinct {column} from measured where reject_reason is null order by 1"  # noqa: S608
                found[name] = [value for (value,) in self.engine.rows(sql)]
        return found

    def _used(self, source: Source) -> tuple[list[list[str]], list[str]]:
        """The models and the meters without a column that the usable rows of `measured` name."""
        other = "other_meter" if "other_meter" in staging_types(source.kind) else "null"
        used = self.engine.rows(
            f"select distinct provider, model, {other} from measured where reject_reason is null"  # noqa: S608
        )
        models = {(provider, model) for provider, model, _ in used if model}
        return [list(pair) for pair in sorted(models)], sorted({meter for _, _, meter in used if meter})


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
