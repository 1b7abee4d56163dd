"""The one partitioning: UTC days from before the first priced API to today, which has rows before it ends."""

import dagster as dg

DAYS = dg.DailyPartitionsDefinition(start_date="2020-01-01", timezone="UTC", end_offset=1)


def days_tags(first: str, last: str) -> dict[str, str]:
    """Tags that make one run cover the days from `first` to `last`, both included."""
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
