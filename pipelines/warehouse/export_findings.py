"""What a version has to tell of exports that contradict each other, and of exports that are not whole."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pipelines.warehouse.finding import Answers, Finding

OVERLAP, NOT_WHOLE = "export_overlap", "export_not_whole"

WHY = {
    "fewer_values": "{kept} counts and lacks {missing}",
    "smaller_amount": "{kept} counts and states less",
    "older_counts": "{kept} counts, though it is older",
    "both_count": "both count, and one may be the total of the other",
    "other_span": "{kept} counts, and the buckets of both cross each other",
    "narrower_request": "{kept} counts, though it asked for less",
    "other_grouping": "{kept} counts, is grouped otherwise and states another amount",
    "empty_later": "{kept} counts, though {name} was read later and has no results",
}
DOLLARS = "USD"


def export_overlaps(answers: Answers) -> Sequence[Finding]:
    """Exports of one account about the same time of which it is in doubt what counts, with both amounts."""
    rows = answers.rows(
        "with named as (select source, content_id, max_by(name, sequence) as name from ingested_files"
        " where file_status in ('staged', 'duplicate') group by all)"
        " select overlap.source, overlap.account, was.name, kept.name, overlap_reason, missing_values,"
        " quantity_unit, min(overlap.day), max(overlap.day), sum(stated_quantity), sum(kept_quantity)"
        " from export_overlap as overlap"
        " left join named as was on overlap.source = was.source and overlap.source_file = was.content_id"
        " left join named as kept"
        " on overlap.source = kept.source and overlap.kept_content_id = kept.content_id"
        " group by all order by 8, 1, 2, 3, 4, 5, 6, 7",
        {},
    )
    return [_overlap(row) for row in rows]


def _overlap(row: tuple[Any, ...]) -> Finding:
    source, account, name, kept, reason, missing, unit, first, last, stated, counted = row
    why = WHY[reason].format(name=name, kept=kept, missing=missing or "some of its combinations")
    when = f"{first}" if first == last else f"{first} to {last}"
    amounts = f"{name} {_amount(stated, unit)}, {kept} {_amount(counted, unit)}"
    in_doubt = min(abs(stated), abs(counted)) if reason == "both_count" else abs(stated - counted)
    return Finding(
        OVERLAP,
        f"{when} {source} {account}: {amounts}: {why}",
        day=last,
        subject=f"{source} {account} {name} {reason}",
        amount_usd=in_doubt if unit == DOLLARS else None,
        since=first,
    )


def exports_not_whole(answers: Answers) -> Sequence[Finding]:
    """Pages without the following one, and times that no export of an account covers between others."""
    rows = answers.rows(
        "select source, account, hole_reason, name, hole_start, hole_end,"
        " cast(hole_start as date) from export_gap order by hole_start, source, account, name",
        {},
    )
    return [
        Finding(
            NOT_WHOLE,
            _no_next_page(source, account, name, start)
            if reason == "no_next_page"
            else f"{source} {account}: no export has {start:%Y-%m-%d %H:%M} until {end:%Y-%m-%d %H:%M}",
            day=day,
            subject=f"{source} {account} {name or reason}",
            since=day,
        )
        for source, account, reason, name, start, end, day in rows
    ]


def _no_next_page(source: str, account: str, name: str, end: datetime | None) -> str:
    place = f"ends at {end:%Y-%m-%d %H:%M}" if end else "has no bucket"
    return f"{source} {account}: {name} {place} and says that there are more; no file goes on"


def _amount(quantity: Decimal, unit: str) -> str:
    return f"{quantity.normalize():f} {unit}"
