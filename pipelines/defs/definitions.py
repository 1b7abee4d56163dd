"""The code location: assets, jobs, schedule and sensor, in process by default. One thing to load."""

import dagster as dg

from pipelines.defs.assets import ASSETS
from pipelines.defs.automation import BUILD, NIGHTLY, late_days, nightly
from pipelines.defs.ledger import Ledger

defs = dg.Definitions(
    assets=ASSETS,
    jobs=[NIGHTLY, BUILD],
    schedules=[nightly],
    sensors=[late_days],
    resources={"ledger": Ledger()},
    executor=dg.in_process_executor,
)
