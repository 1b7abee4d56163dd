"""What is asked: requests of equal size, how they are served, and over which months."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pipelines.errors import LedgerError

TOO_MANY = 10**15
"""Counts from here on are taken for mistakes, in logs as well."""


@dataclass(frozen=True)
class Mix:
    """How requests are served; shares are whole thousandths of the requests.

    Of each request `cached_prefix_tokens` of the input can be cached: hits read them from the cache, the
    others write them to it, to stay for `cache_ttl`.
    """

    cached_prefix_tokens: int = 0
    cache_hit_permille: int = 0
    cache_ttl: str = "5m"
    batch_permille: int = 0


EVERY_ALIKE = Mix()


@dataclass(frozen=True)
class Question:
    """Requests of equal size; tokens are per request and disjoint.

    `input_tokens` are the uncached ones, but for the prefix that the mix may cache; `cache_read_tokens` are
    further input that every request reads from the cache.
    """

    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    requests: int
    service_tier: str
    on: datetime
    mix: Mix = EVERY_ALIKE

    def check(self) -> None:
        """Refuse counts that are no counts any more.

        Raises:
            LedgerError: the requests, or their tokens in all, are 1e15 or more.
        """
        largest = max(self.input_tokens, self.cache_read_tokens, self.output_tokens)
        for count, unit in ((largest * self.requests, "tokens"), (self.requests, "requests")):
            if count >= TOO_MANY:
                raise LedgerError(f"{count:,} {unit} in all are not below {TOO_MANY:,}")


def by_month(question: Question, months: int, growth_permille: int) -> Iterator[Question]:
    """The question of each month: the first on its own day, the others on the first of theirs.

    Volume grows by so many thousandths a month, compounding, in whole numbers: the requests of month n are
    `requests * (1000 + growth) ** n / 1000 ** n`, rounded once, half up. No month builds on a rounded one.
    """
    for number in range(months):
        whole = 1000**number
        grown = question.requests * (1000 + growth_permille) ** number
        on = month_after(question.on, number) if number else question.on
        yield replace(question, requests=(2 * grown + whole) // (2 * whole), on=on)


def month_after(day: datetime, months: int) -> datetime:
    """The first instant of the UTC month that is so many months after that of a day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)
