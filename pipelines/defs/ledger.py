"""The resource through which assets reach the warehouse."""

from pathlib import Path

import dagster as dg

from pipelines.settings import Locations
from pipelines.warehouse.run import Run


class Ledger(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Folders of a run; an empty one comes from `INFERLEDGER_*`.

    `as_known_at` prices with what was believed at that instant instead of now.
    """

    raw: str = ""
    warehouse: str = ""
    config: str = ""
    prices: str = ""
    as_known_at: str = ""

    def run(self, last: str = "") -> Run:
        """The steps of a run over these folders, for days up to `last` where it is for some in particular.

        Raises:
            LedgerError: book or settings are wrong.
        """
        given = (
            Path(path) if path else None for path in (self.raw, self.warehouse, self.config, self.prices)
        )
        return Run.of(Locations.resolve(*given), self.as_known_at, last)
