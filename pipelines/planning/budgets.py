"""What may be spent: dated budgets of a month by team and feature, as rows of each month."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path

from pipelines.book.dated import applying, both_from
from pipelines.book.fx import USD, Exchange
from pipelines.book.text import Row, read_rows
from pipelines.errors import BookError

FILE = "budgets.csv"
HEADER = (
    "team", "feature", "amount", "currency", "valid_from", "valid_to", "known_from", "known_to", "source",
)  # fmt: skip
BUDGET_MONTH = {
    "month": "VARCHAR", "first_date": "DATE", "last_date": "DATE", "team": "VARCHAR", "feature": "VARCHAR",
    "budget_amount": "DECIMAL(38,12)", "budget_currency": "VARCHAR", "budget_usd": "DECIMAL(38,12)",
    "budget_source": "VARCHAR",
}  # fmt: skip
PICODOLLAR = Decimal("1e-12")
WIDE = Context(prec=60)


@dataclass(frozen=True)
class Budget:
    """What a team, a feature, one feature of one team, or everything (`*`) may cost in a month."""

    team: str
    feature: str
    amount: Decimal
    currency: str
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    source: str
    place: str


def load_budgets(config: Path) -> tuple[Budget, ...]:
    """Read `budgets.csv`, which need not exist.

    Raises:
        BookError: a budget that begins or ends within a month, or a second one of the same at one instant.
    """
    path = config / FILE
    if not path.is_file():
        return ()
    found: list[Budget] = []
    for row in read_rows(path, HEADER):
        found.append(_budget(row))
        _prove(found[-1], found[:-1])
    return tuple(found)


def _budget(row: Row) -> Budget:
    names = ("team", "feature", "currency", "source")
    team, feature, currency, source = (row.need(name) for name in names)
    dates = (*row.interval("valid_from", "valid_to"), *row.known())
    for name, at in zip(("valid_from", "valid_to"), dates[:2], strict=True):
        if row[name] and (at.day, at.time()) != (1, datetime.min.time()):
            raise row.fail(f"{name} {row[name]} is not the first instant of a month")
    return Budget(team, feature, row.decimal("amount"), currency, *dates, source, row.place)


def _prove(each: Budget, earlier: Iterable[Budget]) -> None:
    for other in earlier:
        at = both_from(each, other)
        if at is not None and (each.team, each.feature) == (other.team, other.feature):
            raise BookError(f"{each.place}: {each.team} {each.feature} has two budgets at {at.isoformat()}")


def budget_months(
    budgets: Iterable[Budget], exchanges: Sequence[Exchange], first: date, last: date
) -> Iterator[dict[str, object]]:
    """Rows of `BUDGET_MONTH`: every budget of every month from that of `first` to that of `last`.

    An amount in another currency is that of the month's first instant; without a rate of then it has no USD.
    """
    of_month = first.replace(day=1)
    while of_month <= last:
        at = datetime(of_month.year, of_month.month, 1, tzinfo=UTC)
        ends = of_month.replace(day=monthrange(of_month.year, of_month.month)[1])
        known = applying(exchanges, at)
        for budget in applying(budgets, at):
            yield {
                "month": f"{of_month:%Y-%m}", "first_date": of_month, "last_date": ends,
                "team": budget.team, "feature": budget.feature, "budget_amount": budget.amount,
                "budget_currency": budget.currency, "budget_usd": _usd(budget, known),
                "budget_source": budget.source,
            }  # fmt: skip
        of_month = ends + timedelta(days=1)


def _usd(budget: Budget, exchanges: Iterable[Exchange]) -> Decimal | None:
    """The amount in USD, rounded half up to a picodollar once."""
    if budget.currency == USD:
        return budget.amount
    for exchange in exchanges:
        if exchange.currency == budget.currency:
            usd = exchange.usd
            exact = WIDE.divide(
                WIDE.multiply(budget.amount, Decimal(usd.numerator)), Decimal(usd.denominator)
            )
            return exact.quantize(PICODOLLAR, ROUND_HALF_UP, WIDE)
    return None
