"""What the published tables say of exports that overlap, and of exports that are not whole."""

from decimal import Decimal
from pathlib import Path

from pipelines.warehouse.findings import Finding
from pipelines.warehouse.reader import Reader

OVERLAP, NOT_WHOLE = "export_overlap", "export_not_whole"

WHY = {
    "fewer_values": "{kept} counts and lacks {missing}",
    "smaller_amount": "{kept} counts and says less",
    "older_counts": "{kept} counts, though it is older",
    "both_count": "both count, and one may be the total of the other",
    "empty_later": "{kept} counts, though {name} was read later and has no results",
}


def export_findings(catalogue: Path, first: str, last: str) -> list[Finding]:
    """What the published exports of the days from `first` to `last` have to tell."""
    with Reader(catalogue) as reader:
        days = {"first": first, "last": last}
        return [*export_overlaps(reader, days), *exports_not_whole(reader, days)]


def export_overlaps(reader: Reader, days: dict[str, str]) -> list[Finding]:
    """Exports of one account that contradict each other, with both amounts."""
    rows = reader.rows(
        "with named as (select source, content_id, max_by(name, sequence) as name from ingested_files"
        " where file_status in ('staged', 'duplicate') group by all)"
        " select overlap.source, overlap.account, was.name, kept.name, overlap_reason, missing_values,"
        " quantity_unit, min(overlap.day), max(overlap.day), sum(stated_quantity), sum(kept_quantity)"
        " from export_overlap as overlap"
        " left join named as was on overlap.source = was.source and overlap.source_file = was.content_id"
        " left join named as kept on overlap.source = kept.source and overlap.kept_content_id = kept.content_id"
        " where overlap.day between cast($first as date) and cast($last as date)"
        " group by all order by 8, 1, 2, 3, 4, 5, 6, 7",
        days,
    )
    found = []
    for source, account, name, kept, reason, missing, unit, first, last, stated, counted in rows:
        why = WHY[reason].format(name=name, kept=kept, missing=missing or "some of its combinations")
        when = f"{first}" if first == last else f"{first} to {last}"
        amounts = f"{name} {_amount(stated, unit)}, {kept} {_amount(counted, unit)}"
        found.append(Finding(OVERLAP, f"{when} {source} {account}: {amounts}: {why}"))
    return found


def exports_not_whole(reader: Reader, days: dict[str, str]) -> list[Finding]:
    """Pages without the following one, and days that no export of an account covers between others."""
    rows = reader.rows(
        "select source, account, hole_reason, name, hole_start, hole_end from export_gap"
        " where cast(hole_start as date) <= cast($last as date)"
        " and coalesce(cast(hole_end as date), cast(hole_start as date)) >= cast($first as date)"
        " order by hole_start, source, account, name",
        days,
    )
    return [
        Finding(
            NOT_WHOLE,
            f"{source} {account}: {name} ends at {start:%Y-%m-%d %H:%M} with has_more, and no file goes on"
            if reason == "no_next_page"
            else f"{source} {account}: nothing from {start:%Y-%m-%d %H:%M} until {end:%Y-%m-%d %H:%M}",
        )
        for source, account, reason, name, start, end in rows
    ]


def _amount(quantity: Decimal, unit: str) -> str:
    return f"{quantity.normalize():f} {unit}"
