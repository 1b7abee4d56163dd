"""What has no price, a stale one, or another one than the row itself states."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pipelines.settings import Company
from pipelines.warehouse.finding import WARNING, Answers, Finding


def unpriced(answers: Answers) -> Sequence[Finding]:
    """Usage without a price, by what it is and why."""
    rows = answers.rows(
        "select kind, provider, coalesce(model, 'no model'), service_tier, unpriced_reason,"
        " sum(unpriced_rows), cast(sum(unpriced_tokens) as bigint), min(day), max(day) from mart_unpriced"
        " group by kind, provider, model, service_tier, unpriced_reason order by 7 desc, 1, 2, 3, 4, 5",
        {},
    )
    return [
        Finding(
            "unpriced",
            f"{kind} {provider} {model} ({tier}): {count} rows, {tokens} tokens, {reason}",
            day=last,
            subject=f"{kind} {provider} {model} {tier} {reason}",
            since=first,
        )
        for kind, provider, model, tier, reason, count, tokens, first, last in rows
    ]


def coverage(answers: Answers, company: Company) -> Sequence[Finding]:
    """Days with too large a share of tokens, or of dollars as the gateway reports them, without a price."""
    rows = answers.rows(
        "select day, coalesce(sum(tokens), 0), coalesce(sum(unpriced_tokens), 0), coalesce(sum(cost_usd), 0),"
        " coalesce(sum(unpriced_reported_cost_usd), 0) from mart_coverage"
        " group by day having sum(unpriced_attempts) > 0 order by day",
        {},
    )
    limit = Decimal(company.max_unpriced_share)
    over = [(unpriced, tokens, day) for day, tokens, unpriced, _, _ in rows if unpriced > limit * tokens]
    dear = [(lost, cost + lost, day) for day, _, _, cost, lost in rows if lost > limit * (cost + lost)]
    return [
        *_worst(over, "tokens", "logged tokens have no price", None),
        *_worst(
            dear, "usd", "USD, as reported, have no price", sum((lost for lost, _, _ in dear), Decimal())
        ),
    ]


def _worst(
    over: Sequence[tuple[Any, Any, date]], subject: str, what: str, amount: Decimal | None
) -> list[Finding]:
    if not over:
        return []
    part, whole, day = max(over, key=lambda each: Decimal(each[0]) / each[1])
    said = f"{len(over)} days over the limit, the worst {day}: {part} of {whole} {what}"
    return [Finding("coverage", said, over[-1][2], subject, amount, since=over[0][2])]


def stale_rates(answers: Answers) -> Sequence[Finding]:
    """Promotions without a last day that still price usage after the day they had to be looked at again."""
    # An inner join: rates that price nothing, and names that are no rates, are left out.
    rows = answers.rows(
        "select dim_rate.provider, dim_rate.sku, cast(dim_rate.review_after as date) as review,"
        " min(used.day), max(used.day)"
        " from mart_used_name as used join dim_rate on dim_rate.rate_id = used.used_name"
        " where used.used_kind = 'rate' and used.day > cast(dim_rate.review_after as date)"
        " group by 1, 2, 3 order by 1, 2, 3",
        {},
    )
    return [
        Finding(
            "stale_rate",
            f"{provider} {sku}: a promotion to review after {review} prices {first} to {last}",
            day=last,
            subject=f"{provider} {sku}",
            severity=WARNING,
            since=first,
        )
        for provider, sku, review, first, last in rows
    ]


def reported_differences(answers: Answers, company: Company) -> Sequence[Finding]:
    """Calls whose rows state another amount than our list price, either way, the most dollars first."""
    rows = answers.rows(
        "select source, provider, coalesce(model, 'no model'), coalesce(operation, 'any call'),"
        " sum(attempts), sum(reported_cost_usd), sum(list_cost_usd),"
        " greatest(sum(above_reported_usd), sum(below_reported_usd)) as most,"
        " arg_max(example_request_id, (largest_difference_usd, day)), min(day), max(day)"
        " from mart_reported_difference where largest_difference_usd > 0"
        " group by source, provider, model, operation"
        " having most > cast($least as decimal(38, 12)) order by most desc, 1, 2, 3, 4",
        {"least": company.min_reported_difference_usd},
    )
    limit = Decimal(company.max_reported_difference_share)
    return [
        Finding(
            "reported_difference",
            f"{source} {provider} {model}, {operation}: {attempts} rows state {reported:f} USD and our list"
            f" price is {listed:f} USD, like request {example}",
            day=last,
            subject=f"{source} {provider} {model} {operation}",
            amount_usd=most,
            since=first,
        )
        for source, provider, model, operation, attempts, reported, listed, most, example, first, last in rows
        if most > limit * abs(reported)
    ]
