"""What the plans have to tell: budgets that break, costs out of the ordinary."""

from collections.abc import Sequence
from decimal import Decimal

from pipelines.settings import Company
from pipelines.warehouse.finding import WARNING, Answers, Finding

MOVED = ("team", "feature", "model", "api_key")
"""What an anomaly is explained by."""


def budgets(answers: Answers, company: Company) -> Sequence[Finding]:
    """Budgets that are used up, or will be if their month goes on like this."""
    rows = answers.rows(
        "select month, team, feature, budget_usd, budget_amount, budget_currency, spent_usd,"
        " month_at_run_rate_usd, break_date, as_of_date from mart_budget order by month, team, feature",
        {},
    )
    found = []
    for month, team, feature, budget, amount, currency, spent, whole, breaks, day in rows:
        over = None
        if budget is None:
            said = f"{amount:,.2f} {currency} has no exchange rate"
        elif spent > budget:
            over = spent - budget
            said = f"{spent:,.2f} of {budget:,.2f} USD spent, used up on {breaks}"
        elif whole > Decimal(company.max_budget_share) * budget:
            said = f"{spent:,.2f} of {budget:,.2f} USD spent, {whole:,.2f} at the end of the month"
            said += f", used up on {breaks}" if breaks else ""
        else:
            continue
        named = f"{month} {team}/{feature}"
        found.append(Finding("budget", f"{named}: {said}", day, named, over, WARNING))
    return found


def anomalies(answers: Answers) -> Sequence[Finding]:
    """Costs out of the ordinary, each once: not what another one names, nor what lasts since yesterday."""
    rows = answers.rows(
        "select day, dimension, dimension_value, cost_usd, expected_usd, unexpected_usd, moved_team,"
        " moved_feature, moved_model, moved_api_key_id from mart_anomaly as anomaly"
        " where not exists ("
        " select 1 from mart_anomaly as earlier where earlier.day = anomaly.day - 1"
        " and earlier.dimension = anomaly.dimension and earlier.dimension_value = anomaly.dimension_value"
        " and (earlier.unexpected_usd > 0) = (anomaly.unexpected_usd > 0))"
        " order by day, array_position(['all', 'team', 'feature', 'model', 'api_key'], dimension), 3",
        {},
    )
    found: list[Finding] = []
    named: set[tuple[object, ...]] = set()
    for day, dimension, value, cost, expected, unexpected, *moved in rows:
        is_rise = unexpected > 0
        movers = {name: each for name, each in zip(MOVED, moved, strict=True) if each is not None}
        if (day, is_rise, dimension, value) not in named:
            most = ", ".join(f"{name} {each}" for name, each in movers.items())
            subject = f"{dimension} {value}"
            said = f"{day} {subject}: {cost:,.2f} USD, {expected:,.2f} expected; moved most: {most}"
            found.append(Finding("anomaly", said, day, subject, abs(unexpected), WARNING))
        named |= {(day, is_rise, *mover) for mover in movers.items()}
    return found
