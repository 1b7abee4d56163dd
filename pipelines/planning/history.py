"""How many days the planning looks back on; its SQL reads them from the input `planning_limit`."""

FORECAST_PAST_DAYS = 182
"""Older costs say nothing about the next weeks."""

JUDGED_DAYS = 28
"""The last days, of which each is an anomaly or not."""

ANOMALY_PAST_DAYS = 56
"""Before a judged day, what is expected of it."""

SAME_WEEKDAYS = 4
"""The last of the same weekdays before a judged day, where a week shows a pattern."""

HISTORY = {
    "forecast_past_days": FORECAST_PAST_DAYS,
    "judged_days": JUDGED_DAYS,
    "anomaly_past_days": ANOMALY_PAST_DAYS,
    "same_weekdays": SAME_WEEKDAYS,
}
"""The same as columns of the input."""
