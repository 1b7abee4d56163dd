"""What a source is: a folder name, the kind of row it gives, and how its files become text records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipelines.settings import SQL

Kind = Literal["attempt", "usage", "charge"]
Record = dict[str, str | None]
Flatten = Callable[[dict[str, object]], Iterator[Record]]


@dataclass(frozen=True)
class Source:
    """One source system.

    Attributes:
        name: the folder below RAW, and the name of its SQL file in `sql/1_staging/`.
        kind: which staging table its rows belong to.
        fields: the text fields its SQL reads.
        flatten: for a source of JSON pages, one page as flat records; None for a source of records.
        endpoint: for a source of JSON pages, the path of the request that returns them.
        dimensions: what such a request can be grouped and filtered by.
        is_contract: whether its fields are the staging table's own, so that a clean Parquet file of the
            contract's types is staged as it is.
    """

    name: str
    kind: Kind
    fields: tuple[str, ...]
    flatten: Flatten | None = None
    endpoint: str = ""
    dimensions: tuple[str, ...] = ()
    is_contract: bool = False

    @property
    def sql(self) -> str:
        """The select that types the records named `raw`."""
        return (SQL / "1_staging" / f"{self.name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class RawFile:
    """One file below RAW: `name` is its path relative to RAW, `content` identifies its bytes.

    `fault` says why it is not even opened.
    """

    source: str
    account: str
    name: str
    path: Path
    content: str
    lines: int
    size_bytes: int
    fault: str | None = None
