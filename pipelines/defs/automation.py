"""When things run: every night for yesterday, and by sensor for every day that late files touched."""

from datetime import timedelta

import dagster as dg

from pipelines.defs.assets import ASSETS
from pipelines.defs.ledger import Ledger
from pipelines.defs.partitions import days_tags
from pipelines.errors import LedgerError

NIGHTLY = dg.define_asset_job(
    "nightly", selection=ASSETS, description="Read new files, build, check, publish."
)
BUILD = dg.define_asset_job(
    "late_days", selection=ASSETS, description="Build the days that late files touched."
)


@dg.schedule(job=NIGHTLY, cron_schedule="0 2 * * *", execution_timezone="UTC", name="nightly")
def nightly(context: dg.ScheduleEvaluationContext, ledger: Ledger) -> dg.RunRequest | dg.SkipReason:
    """At 02:00 UTC: everything new, for yesterday and the days whose attempts its log may replace."""
    yesterday = (context.scheduled_execution_time - timedelta(days=1)).date()
    try:
        reach = timedelta(days=ledger.run().company.duplicate_window_days)
    except LedgerError as error:
        return dg.SkipReason(str(error))
    return dg.RunRequest(
        run_key=yesterday.isoformat(), tags=days_tags((yesterday - reach).isoformat(), yesterday.isoformat())
    )


@dg.sensor(job=BUILD, minimum_interval_seconds=300, name="late_days")
def late_days(context: dg.SensorEvaluationContext, ledger: Ledger) -> dg.RunRequest | dg.SkipReason:
    """Ask for one run over the days that are staged and not built from what is there now."""
    try:
        stale = ledger.run().stale_days()
    except LedgerError as error:
        return dg.SkipReason(str(error))
    if not stale:
        return dg.SkipReason("every staged day is up to date")
    context.log.info("stale days: %s", ", ".join(stale))
    return dg.RunRequest(tags=days_tags(stale[0], stale[-1]))
