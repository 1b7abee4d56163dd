"""What a published run has to tell: usage without a price, coverage, distance from the bill, rejected input.

A finding does not stop a publication; it makes the run end with exit code 3 and the check fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pipelines.settings import Company
from pipelines.warehouse.reader import Reader


@dataclass(frozen=True)
class Finding:
    """One failed check, as a sentence with the culprit and the number."""

    check: str
    sentence: str


def findings(catalogue: Path, company: Company, first: str, last: str) -> list[Finding]:
    """Failed findings of the published days from `first` to `last` (ISO text, both included)."""
    with Reader(catalogue) as reader:
        days = {"first": first, "last": last}
        return [
            *_unpriced(reader, company, days),
            *_reconciliation(reader, company, days),
            *_rejected_files(reader),
            *_newest_day(reader, last),
        ]


def _unpriced(reader: Reader, company: Company, days: dict[str, str]) -> Sequence[Finding]:
    rows = reader.rows(
        "select kind, provider, coalesce(model, 'no model'), service_tier, unpriced_reason,"
        " sum(unpriced_rows), cast(sum(unpriced_tokens) as bigint) from mart_unpriced"
        " where day between cast($first as date) and cast($last as date)"
        " group by all order by 7 desc, 1, 2, 3, 4, 5",
        days,
    )
    total = reader.rows(
        "select coalesce(sum(tokens), 0), coalesce(sum(unpriced_tokens), 0) from mart_cost_daily"
        " where day between cast($first as date) and cast($last as date)",
        days,
    )[0]
    found = [
        Finding("unpriced", f"{kind} {provider} {model} ({tier}): {count} rows, {tokens} tokens, {reason}")
        for kind, provider, model, tier, reason, count, tokens in rows
    ]
    if total[1] > Decimal(company.max_unpriced_share) * total[0]:
        found.append(Finding("coverage", f"{total[1]} of {total[0]} logged tokens have no price"))
    return found


def _reconciliation(reader: Reader, company: Company, days: dict[str, str]) -> Sequence[Finding]:
    """Billed days whose logs, or usage exports where nothing was logged, lie too far from the bill."""
    rows = reader.rows(
        "select day, provider, billed_cost_usd, logs_minus_billed_usd, usage_minus_billed_usd,"
        " charges_without_usd from mart_reconciliation"
        " where day between cast($first as date) and cast($last as date)"
        " and charges_without_usd is not null order by day, provider",
        days,
    )
    found = []
    for day, provider, billed, logs, usage, unconverted in rows:
        what, difference = ("logs", logs) if logs is not None else ("usage exports", usage)
        if unconverted:
            said = f"{unconverted} charges in another currency are missing in the bill of {billed or 0} USD"
        elif difference is None:
            said = f"{billed} USD billed, and neither logs nor usage exports have a price"
        elif abs(difference) > Decimal(company.max_reconciliation_share) * abs(billed):
            said = f"{what} minus bill is {difference} USD{_share(difference, billed)}"
        else:
            continue
        found.append(Finding("reconciliation", f"{day} {provider}: {said}"))
    return found


def _share(difference: Decimal, billed: Decimal) -> str:
    return f", {abs(difference / billed):.2%} of the bill" if billed else ""


def _rejected_files(reader: Reader) -> Sequence[Finding]:
    """Files that could not be read and were not replaced by a good one of the same name."""
    rows = reader.rows(
        "select name, reason from ingested_files"
        " qualify file_status = 'rejected' and sequence = max(sequence) over (partition by name)"
        " order by sequence",
        {},
    )
    return [Finding("rejected_file", f"{name}: {reason}") for name, reason in rows]


def _newest_day(reader: Reader, last: str) -> Sequence[Finding]:
    """A run for particular days expects rows on the last of them; one for everything expects nothing."""
    if last == "9999-12-31":
        return []
    rows = reader.rows(
        "select count(*) from (select day from fct_attempt_cost union all select day from fct_usage_cost)"
        " where day = cast($last as date)",
        {"last": last},
    )
    return (
        [] if rows[0][0] else [Finding("yesterday_exists", f"{last}: no log and no usage export has a row")]
    )
