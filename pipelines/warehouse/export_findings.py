"""What a version has to tell of exports that contradict each other, and of exports that are not whole."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from pipelines.settings import Company
from pipelines.warehouse.finding import Answers, Finding

OVERLAP, NOT_WHOLE = "export_overlap", "export_not_whole"

WHY = {
    "fewer_values": "{counting} counts and lacks {missing}",
    "smaller_amount": "{counting} counts and states less",
    "older_counts": "{counting} counts, though it is older",
    "both_count": "both count, and one may be the total of the other",
    "other_span": "{counting} counts, and the buckets of both cross each other",
    "narrower_request": "{counting} counts, though it asked for less",
    "other_grouping": "{counting} counts, is grouped otherwise and states another amount",
    "empty_later": "{counting} counts, though {name} was read later and has none of it",
}
OF_AMOUNT = frozenset({"smaller_amount", "older_counts", "narrower_request", "other_grouping"})
"""Reasons where what counts holds all that it replaces, in another amount."""

DOLLARS = "USD"


class Overlap(NamedTuple):
    """A pair of files in `export_overlap`, with the sum of its days.

    Attributes:
        stated: what the file that is in doubt states.
        counted: what counts of the same usage.
    """

    source: str
    account: str
    name: str
    counting: str
    reason: str
    missing: str
    unit: str
    first: date
    last: date
    stated: Decimal
    counted: Decimal

    @property
    def in_doubt(self) -> Decimal:
        """The amount that may be too much or too little."""
        if self.reason == "both_count":
            return min(abs(self.stated), abs(self.counted))
        return abs(self.stated - self.counted)

    def is_small(self, company: Company) -> bool:
        """Whether nothing but an amount within the limits of the reconciliation is in doubt."""
        limit = Decimal(company.max_reconciliation_share) * abs(self.stated)
        least = Decimal(company.min_reconciliation_usd) if self.unit == DOLLARS else Decimal()
        return self.reason in OF_AMOUNT and self.in_doubt <= max(limit, least)


def export_overlaps(answers: Answers, company: Company) -> Sequence[Finding]:
    """Exports of one account about the same time of which it is in doubt what counts, with both amounts.

    Where only the amount is in doubt, a difference within the limits of the reconciliation is none: providers
    correct a day by little.
    """
    rows = answers.rows(
        "with named as (select source, account, content_id, max_by(name, sequence) as name"
        " from ingested_files where file_status in ('staged', 'duplicate') group by all)"
        " select overlap.source, overlap.account, one.name, counting.name, overlap_reason, missing_values,"
        " quantity_unit, min(overlap.day), max(overlap.day), sum(stated_quantity), sum(kept_quantity)"
        " from export_overlap as overlap"
        " left join named as one on overlap.source = one.source and overlap.account = one.account"
        " and overlap.source_file = one.content_id"
        " left join named as counting on overlap.source = counting.source"
        " and overlap.account = counting.account and overlap.kept_content_id = counting.content_id"
        " group by all order by 8, 1, 2, 3, 4, 5, 6, 7",
        {},
    )
    return [_overlap(overlap) for overlap in map(Overlap._make, rows) if not overlap.is_small(company)]


def _overlap(overlap: Overlap) -> Finding:
    name, counting, unit = overlap.name, overlap.counting, overlap.unit
    if name == counting:
        name, counting = f"{name} as it was", f"{name} as it is"
    missing = overlap.missing or "some of its combinations"
    why = WHY[overlap.reason].format(name=name, counting=counting, missing=missing)
    when = f"{overlap.first}" if overlap.first == overlap.last else f"{overlap.first} to {overlap.last}"
    amounts = f"{name} {_amount(overlap.stated, unit)}, {counting} {_amount(overlap.counted, unit)}"
    return Finding(
        OVERLAP,
        f"{when} {overlap.source} {overlap.account}: {amounts}: {why}",
        day=overlap.last,
        subject=f"{overlap.source} {overlap.account} {overlap.name} {overlap.reason}",
        amount_usd=overlap.in_doubt if unit == DOLLARS else None,
        since=overlap.first,
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
