"""Models side by side over months: each month priced on its own day, with the changes ahead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from pipelines.book.changes import Change, changes
from pipelines.book.dimensions import Dimensions
from pipelines.book.rates import Name
from pipelines.errors import LedgerError
from pipelines.estimate import Answer, estimate, named, no_price
from pipelines.projection.question import Question, by_month, month_after
from pipelines.projection.shares import context_tokens


@dataclass(frozen=True)
class Projection:
    """One model over all months: what was asked, the answers, and the changes of its rates meanwhile."""

    provider: str
    model: str
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    changes: tuple[Change, ...]

    @cached_property
    def costs(self) -> tuple[Decimal | None, ...]:
        """The cost of each month, none where it has no price, and last their sum, if it is whole."""
        costs = [answer.cost_usd for answer in self.answers]
        known = [cost for cost in costs if cost is not None]
        return (*costs, sum(known, Decimal(0)) if len(known) == len(costs) else None)

    @property
    def gaps(self) -> list[str]:
        """Why months have no price, a sentence for each reason."""
        first: dict[tuple[tuple[str, str], ...], str] = {}
        for answer, question in zip(self.answers, self.questions, strict=True):
            if answer.reasons:
                first.setdefault(answer.reasons, no_price(answer, question))
        return list(first.values())

    @property
    def missing(self) -> str | None:
        """How many months the sum of all lacks."""
        without = sum(cost is None for cost in self.costs[:-1])
        return f"no price in {without} of {len(self.answers)} months" if without else None


def project(
    models: Sequence[str],
    question: Question,
    span: tuple[int, int],
    dimensions: Dimensions,
    prices: Path,
) -> list[Projection]:
    """Price the same requests on several models, in the order they are named.

    Args:
        models: as they are written.
        question: the requests of the first month, and its day.
        span: number of months, and growth from month to month in thousandths.
        dimensions: the rates as they are believed.
        prices: folder of the price book.

    Raises:
        LedgerError: a model is unknown, or no model has a price for everything.
    """
    names = [named(model, dimensions, prices) for model in models]
    asked = [
        (name, each)
        for name, model in zip(names, models, strict=True)
        for each in by_month(replace(question, model=model), *span)
    ]
    answers = estimate(asked, dimensions)
    found = [
        _one(name, asked[first : first + span[0]], answers[first : first + span[0]], dimensions)
        for name, first in zip(names, range(0, len(asked), span[0]), strict=True)
    ]
    if all(each.costs[-1] is None for each in found):
        raise LedgerError("; ".join(each.gaps[0] for each in found))
    return found


def _one(
    name: Name, asked: Sequence[tuple[Name, Question]], answers: Sequence[Answer], dimensions: Dimensions
) -> Projection:
    questions = tuple(question for _, question in asked)
    used = {each for answer in answers for each in answer.used}
    period: tuple[datetime, datetime] = (questions[0].on, month_after(questions[-1].on, 1))
    ahead = changes(dimensions.rates, name, context_tokens(questions[0]), used, period)
    return Projection(*name, questions, tuple(answers), tuple(ahead))


def cheapest_first(found: Sequence[Projection]) -> list[Projection]:
    """By the cost of all months; without a price last; equal ones in the order they were named."""
    return sorted(found, key=lambda each: (each.costs[-1] is None, each.costs[-1] or Decimal(0)))
