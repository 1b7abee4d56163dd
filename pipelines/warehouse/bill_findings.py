"""How far the bill is from the logs, and lines of it that nobody understands."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pipelines.settings import Company
from pipelines.warehouse.finding import Answers, Finding, usd

NAMED_CAUSES = 3
"""How many causes a finding names: the largest."""

ZERO = Decimal(0)


def reconciliation(answers: Answers, company: Company) -> Sequence[Finding]:
    """Billed days whose logs, or usage exports where nothing was logged, lie too far from the bill."""
    rows = answers.rows(
        "select day, provider, billed_cost_usd, coalesce(logs_minus_billed_usd, usage_minus_billed_usd),"
        " logs_minus_billed_usd is not null, charges_without_usd"
        " from mart_reconciliation_daily where charges_without_usd is not null and ("
        " charges_without_usd > 0 or coalesce(logs_minus_billed_usd, usage_minus_billed_usd) is null"
        " or abs(coalesce(logs_minus_billed_usd, usage_minus_billed_usd)) > cast($least as decimal(38, 12)))"
        " order by day, provider",
        {"least": company.min_reconciliation_usd},
    )
    limit = Decimal(company.max_reconciliation_share)
    off = [row for row in rows if row[5] or row[3] is None or abs(row[3]) > limit * abs(row[2])]
    causes = _largest_causes(answers, off[0][0]) if off else {}
    found = []
    for day, provider, billed, difference, is_logged, unconverted in off:
        amount = abs(difference) if difference is not None else billed
        if unconverted:
            whole = usd(billed or ZERO)
            said = f"{unconverted} charges without a rate to USD are missing in the bill of {whole}"
        elif difference is None:
            said = f"{usd(billed)} billed, and neither logs nor usage exports have a price"
        else:
            what = "logs" if is_logged else "usage exports"
            because = "".join(f", {cause} {change:f}" for cause, change in causes.get((day, provider), []))
            said = (
                f"{what} at list price minus bill is {usd(difference)}{_share(difference, billed)}{because}"
            )
        found.append(Finding("reconciliation", f"{day} {provider}: {said}", day, provider, amount))
    return found


def _largest_causes(answers: Answers, first: date) -> dict[tuple[date, str], list[tuple[str, Decimal]]]:
    """The causes that differ the bill most from the logs, by day and provider, as they change the amount."""
    rows = answers.rows(
        "select day, provider, cause, sum(amount_usd) as changed from mart_reconciliation"
        " where day >= $first and not is_level"
        " group by all having changed <> 0 order by day, provider, abs(changed) desc, cause",
        {"first": first},
    )
    found: dict[tuple[date, str], list[tuple[str, Decimal]]] = defaultdict(list)
    for day, provider, cause, changed in rows:
        if len(found[day, provider]) < NAMED_CAUSES:
            found[day, provider].append((cause, changed.normalize()))
    return found


def _share(difference: Decimal, billed: Decimal) -> str:
    return f", {abs(difference / billed):.2%} of the bill" if billed else ""


def unknown_lines(answers: Answers) -> Sequence[Finding]:
    """Lines of bills whose text has no known form: they explain nothing until a form is added."""
    rows = answers.rows(
        "select provider, coalesce(description, cost_type), min(day), max(day), sum(billed_cost_usd)"
        " from fct_charge where charge_category = 'unknown' group by 1, 2 order by 1, 2",
        {},
    )
    return [
        Finding(
            "unknown_bill_line",
            f"{provider} {text!r}, {first} to {last}: {usd(billed or ZERO)}, no known form",
            day=last,
            subject=f"{provider} {text}",
            amount_usd=billed,
            since=first,
        )
        for provider, text, first, last, billed in rows
    ]
