"""What a published run has to tell: no price, coverage, distance from the bill, budgets, rejected input.

A finding does not stop a publication; it makes the run end with exit code 3 and the check fail.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from pipelines.settings import Company
from pipelines.warehouse.finding import FIRST_DAY, LAST_DAY, Finding
from pipelines.warehouse.outlook import anomalies, budgets
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.reading_findings import outdated_readings

__all__ = ["FIRST_DAY", "LAST_DAY", "Finding", "findings"]

NAMED_CAUSES = 3
"""How many causes a finding names: the largest."""


def findings(catalogue: Path, company: Company, first: str, last: str) -> list[Finding]:
    """Failed findings of the published days from `first` to `last` (ISO text, both included)."""
    with Reader(catalogue) as reader:
        days = {"first": first, "last": last}
        return [
            *_unpriced(reader, days),
            *_coverage(reader, company, days),
            *_stale_rates(reader, days),
            *_reconciliation(reader, company, days),
            *_unknown_lines(reader, days),
            *(Finding("budget", said) for said in budgets(reader, company, days)),
            *(Finding("anomaly", said) for said in anomalies(reader, days)),
            *_rejected_files(reader),
            *outdated_readings(reader, days),
            *_newest_day(reader, last),
        ]


def _unpriced(reader: Reader, days: dict[str, str]) -> Sequence[Finding]:
    rows = reader.rows(
        "select kind, provider, coalesce(model, 'no model'), service_tier, unpriced_reason,"
        " sum(unpriced_rows), cast(sum(unpriced_tokens) as bigint) from mart_unpriced"
        " where day between cast($first as date) and cast($last as date)"
        " group by all order by 7 desc, 1, 2, 3, 4, 5",
        days,
    )
    return [
        Finding("unpriced", f"{kind} {provider} {model} ({tier}): {count} rows, {tokens} tokens, {reason}")
        for kind, provider, model, tier, reason, count, tokens in rows
    ]


def _coverage(reader: Reader, company: Company, days: dict[str, str]) -> Sequence[Finding]:
    """Days with too large a share of tokens, or of dollars as the gateway reports them, without a price."""
    rows = reader.rows(
        "select day, coalesce(sum(tokens), 0), coalesce(sum(unpriced_tokens), 0), coalesce(sum(cost_usd), 0),"
        " coalesce(sum(unpriced_reported_cost_usd), 0) from mart_coverage"
        " where day between cast($first as date) and cast($last as date) group by day order by day",
        days,
    )
    limit = Decimal(company.max_unpriced_share)
    over = [(unpriced, tokens, day) for day, tokens, unpriced, _, _ in rows if unpriced > limit * tokens]
    dear = [(lost, cost + lost, day) for day, _, _, cost, lost in rows if lost > limit * (cost + lost)]
    return [
        Finding("coverage", f"{len(found)} days over the limit, the worst {day}: {part} of {whole} {what}")
        for found, what in ((over, "logged tokens have no price"), (dear, "USD, as reported, have no price"))
        if found
        for part, whole, day in [max(found, key=lambda each: Decimal(each[0]) / each[1])]
    ]


def _stale_rates(reader: Reader, days: dict[str, str]) -> Sequence[Finding]:
    """Promotions without a last day that still price usage after the day they had to be looked at again."""
    rows = reader.rows(
        "with used as (select distinct rate_id, day from fct_attempt_cost"
        " where day between cast($first as date) and cast($last as date))"
        " select dim_rate.provider, dim_rate.sku, cast(dim_rate.review_after as date), min(used.day),"
        " max(used.day) from dim_rate join used using (rate_id)"
        " where used.day > cast(dim_rate.review_after as date) group by all order by 1, 2, 3",
        days,
    )
    return [
        Finding(
            "stale_rate", f"{provider} {sku}: a promotion to review after {review} prices {first} to {last}"
        )
        for provider, sku, review, first, last in rows
    ]


def _reconciliation(reader: Reader, company: Company, days: dict[str, str]) -> Sequence[Finding]:
    """Billed days whose logs, or usage exports where nothing was logged, lie too far from the bill."""
    rows = reader.rows(
        "select day, provider, billed_cost_usd, logs_minus_billed_usd, usage_minus_billed_usd,"
        " charges_without_usd from mart_reconciliation_daily"
        " where day between cast($first as date) and cast($last as date)"
        " and charges_without_usd is not null order by day, provider",
        days,
    )
    found, causes = [], _largest_causes(reader, days)
    for day, provider, billed, logs, usage, unconverted in rows:
        what, difference = ("logs", logs) if logs is not None else ("usage exports", usage)
        if unconverted:
            said = f"{unconverted} charges without a rate to USD are missing in the bill of {billed or 0} USD"
        elif difference is None:
            said = f"{billed} USD billed, and neither logs nor usage exports have a price"
        elif abs(difference) > Decimal(company.max_reconciliation_share) * abs(billed):
            because = "".join(f", {cause} {amount:f}" for cause, amount in causes.get((day, provider), []))
            said = f"{what} minus bill is {difference} USD{_share(difference, billed)}{because}"
        else:
            continue
        found.append(Finding("reconciliation", f"{day} {provider}: {said}"))
    return found


def _largest_causes(
    reader: Reader, days: dict[str, str]
) -> dict[tuple[date, str], list[tuple[str, Decimal]]]:
    """The causes that differ the bill most from the logs, by day and provider, as they change the amount."""
    rows = reader.rows(
        "select day, provider, cause, sum(amount_usd) as changed from mart_reconciliation"
        " where day between cast($first as date) and cast($last as date) and not is_level"
        " group by all having changed <> 0 order by day, provider, abs(changed) desc, cause",
        days,
    )
    found: dict[tuple[date, str], list[tuple[str, Decimal]]] = defaultdict(list)
    for day, provider, cause, changed in rows:
        if len(found[day, provider]) < NAMED_CAUSES:
            found[day, provider].append((cause, changed.normalize()))
    return found


def _unknown_lines(reader: Reader, days: dict[str, str]) -> Sequence[Finding]:
    """Lines of bills whose text has no known form: they explain nothing until a form is added."""
    rows = reader.rows(
        "select provider, coalesce(description, cost_type), min(day), max(day), sum(billed_cost_usd)"
        " from fct_charge where day between cast($first as date) and cast($last as date)"
        " and charge_category = 'unknown' group by all order by 1, 2",
        days,
    )
    return [
        Finding(
            "unknown_bill_line", f"{provider} {text!r}, {first} to {last}: {billed or 0} USD, no known form"
        )
        for provider, text, first, last, billed in rows
    ]


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
