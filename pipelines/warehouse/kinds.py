"""The kinds of named inputs: each says what its inputs were made of, and names them for the SQL."""

from typing import Protocol

from pipelines.warehouse.contracts import Table
from pipelines.warehouse.engine import Engine


class Kind(Protocol):
    """Inputs that come from one place."""

    def says(self, table: Table, name: str, day: str) -> object:
        """What an input of a part was made of, for a digest: equal where its rows are."""

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:
        """Make an input of a part available under its name."""
