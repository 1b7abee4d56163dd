"""The nightly assets of one day through Dagster, in this process: arguments RAW, WAREHOUSE and DAY."""

import sys

import dagster as dg

from pipelines.defs.assets import ASSETS
from pipelines.defs.ledger import Ledger
from pipelines.defs.partitions import days_tags


def main(raw: str, warehouse: str, day: str) -> None:
    """Materialize every asset for the day, with an event log that ends with the process."""
    with dg.DagsterInstance.ephemeral() as instance:
        folders = Ledger(raw=raw, warehouse=warehouse)
        dg.materialize(
            ASSETS,
            resources={"ledger": folders},
            instance=instance,
            tags=days_tags(day, day),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


main(*sys.argv[1:])
