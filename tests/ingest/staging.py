"""Raw files made in the test through the stager alone: typed rows and rejects, without a run."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any, Self

from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.run import ingest
from pipelines.ingest.source import RawFile
from pipelines.ingest.sources import SOURCES
from pipelines.ingest.stage import Staged, Stager
from pipelines.settings import Company, load_company
from pipelines.warehouse.arrow import write_templates
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.layout import Layout, content_id
from tests.ledger import Ledger

COMPANY = Company(max_file_bytes=1 << 30)
AT = "2026-08-01T10:00:00Z"
START, DAY = 1_785_542_400, 86_400

Row = dict[str, Any]


def attempt(name: str = "a", **more: Any) -> Row:
    """A record of a request log."""
    return {
        "request_id": name, "ended_at": AT, "provider": "openai", "model": "gpt-5.4-mini",
        "uncached_input_tokens": 100, "output_tokens": 20, **more,
    }  # fmt: skip


def json_lines(records: Iterable[Mapping[str, Any]]) -> str:
    """Records as JSON Lines."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def to_picodollars(amount: Decimal, scale: int = 0) -> Decimal:
    """What an amount is in a table: half up to 1e-12; `scale` -2 takes cents."""
    exact = Context(prec=80)
    return amount.scaleb(scale, exact).quantize(Decimal("1e-12"), ROUND_HALF_UP, exact)


def openai_page(*results: Mapping[str, Any], number: int = 0) -> Row:
    """A page of the day `number` days after 2026-08-01."""
    start = START + number * DAY
    bucket = {"object": "bucket", "start_time": start, "end_time": start + DAY, "results": list(results)}
    return {"object": "page", "data": [bucket], "has_more": False, "next_page": None}


def anthropic_page(*results: Mapping[str, Any]) -> Row:
    """A page of 2026-08-01."""
    bucket = {
        "starting_at": "2026-08-01T00:00:00Z", "ending_at": "2026-08-02T00:00:00Z", "results": list(results)
    }  # fmt: skip
    return {"data": [bucket], "has_more": False, "next_page": None}


@dataclass(frozen=True)
class Found:
    """What one file became.

    Attributes:
        rows: the rows without a fault, in the order of the file.
        rejects: line and reason of the others.
        staged: what the stager says of the file.
    """

    rows: list[Row]
    rejects: list[tuple[int, str]]
    staged: Staged

    @property
    def row(self) -> Row:
        """The only row of a file without rejects."""
        assert not self.rejects
        assert len(self.rows) == 1
        return self.rows[0]

    @property
    def reason(self) -> str:
        """Why the only row of the file is rejected."""
        assert not self.rows
        assert len(self.rejects) == 1
        return self.rejects[0][1]


class Staging:
    """A stager over folders of its own."""

    def __init__(self, root: Path, **settings: Any) -> None:
        layout = Layout(root / "warehouse")
        layout.prepare()
        write_templates(layout)
        self._raw, self._layout, self._written = root / "raw", layout, 0
        self._engine = Engine([self._raw, layout.root], layout.scratch)
        self._stager = Stager(self._engine, layout, COMPANY.model_copy(update=settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._engine.__exit__(None, None, None)

    def stage(self, name: str, content: str | bytes | Mapping[str, Any]) -> Found:
        """Stage one file, a mapping as its JSON; `name` is `source/file.extension`."""
        source = name.split("/", maxsplit=1)[0]
        path = self._raw / str(self._written) / name
        self._written += 1
        path.parent.mkdir(parents=True)
        if isinstance(content, Mapping):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        identity, lines = content_id(path)
        file = RawFile(source, "default", name, path, identity, lines, path.stat().st_size)
        staged = self._stager.stage(file, SOURCES[source])
        return self._found(source, identity, staged)

    def _found(self, source: str, identity: str, staged: Staged) -> Found:
        kind = SOURCES[source].kind
        out = self._layout.staged(source, identity)
        self._engine.register_files("shown", [self._layout.template(kind), out])
        rows: list[Row] = self._engine.table("select * from shown").to_pylist()
        for number, row in enumerate(rows, start=1):
            row["source_line"] = row["source_line"] or number
        good = [row for row in rows if row["reject_reason"] is None]
        bad = [(row["source_line"], row["reject_reason"]) for row in rows if row["reject_reason"]]
        return Found(good, bad, staged)


def journal(ledger: Ledger) -> dict[str, IngestedFile]:
    """Ingest what is new, nothing else, and return what became of every file by its name."""
    Layout(ledger.warehouse).prepare()
    return {entry.name: entry for entry in ingest(ledger.locations, load_company(ledger.root / "config"))}
