"""What the plans have to tell, as sentences: budgets that break, costs out of the ordinary."""

from decimal import Decimal

from pipelines.settings import Company
from pipelines.warehouse.reader import Reader

MOVED = ("team", "feature", "model", "api_key")
"""What an anomaly is explained by."""


def budgets(reader: Reader, company: Company, days: dict[str, str]) -> list[str]:
    """Budgets of the months of these days that are used up, or will be if the month goes on like this."""
    rows = reader.rows(
        "select month, team, feature, budget_usd, budget_amount, budget_currency, spent_usd,"
        " month_at_run_rate_usd, break_date from mart_budget"
        " where month between substr($first, 1, 7) and substr($last, 1, 7) order by month, team, feature",
        days,
    )
    found = []
    for month, team, feature, budget, amount, currency, spent, whole, breaks in rows:
        if budget is None:
            said = f"{amount:,.2f} {currency} has no exchange rate"
        elif spent > budget:
            said = f"{spent:,.2f} of {budget:,.2f} USD spent, used up on {breaks}"
        elif whole > Decimal(company.max_budget_share) * budget:
            said = f"{spent:,.2f} of {budget:,.2f} USD spent, {whole:,.2f} at the end of the month"
            said += f", used up on {breaks}" if breaks else ""
        else:
            continue
        found.append(f"{month} {team}/{feature}: {said}")
    return found


def anomalies(reader: Reader, days: dict[str, str]) -> list[str]:
    """Costs out of the ordinary, each once: not what another one names, nor what lasts since yesterday."""
    rows = reader.rows(
        "select day, dimension, dimension_value, cost_usd, expected_usd, unexpected_usd > 0, moved_team,"
        " moved_feature, moved_model, moved_api_key_id from mart_anomaly as anomaly"
        " where day between cast($first as date) and cast($last as date) and not exists ("
        " select 1 from mart_anomaly as earlier where earlier.day = anomaly.day - 1"
        " and earlier.dimension = anomaly.dimension and earlier.dimension_value = anomaly.dimension_value"
        " and (earlier.unexpected_usd > 0) = (anomaly.unexpected_usd > 0))"
        " order by day, array_position(['all', 'team', 'feature', 'model', 'api_key'], dimension), 3",
        days,
    )
    found: list[str] = []
    named: set[tuple[object, ...]] = set()
    for day, dimension, value, cost, expected, is_rise, *moved in rows:
        movers = {name: each for name, each in zip(MOVED, moved, strict=True) if each is not None}
        if (day, is_rise, dimension, value) not in named:
            most = ", ".join(f"{name} {each}" for name, each in movers.items())
            found.append(
                f"{day} {dimension} {value}: {cost:,.2f} USD, {expected:,.2f} expected; moved most: {most}"
            )
        named |= {(day, is_rise, *mover) for mover in movers.items()}
    return found
