"""The cache rules under the names that logs use for models: a rule is of a sku, an attempt has an alias."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

import polars as pl

from pipelines.book.cache_rules import CacheRule, cache_rule
from pipelines.book.dated import applying, valid_edges
from pipelines.book.rates import Day, Name, Rates
from pipelines.savings.attempts import INSTANT

READS: Final = "cache_read_tokens"
NAMED_RULE: Final = pl.Schema(
    {
        "provider": pl.String(),
        "alias": pl.String(),
        "service_tier": pl.String(),
        "minimum_tokens": pl.Int64(),
        "step_tokens": pl.Int64(),
        "breakpoints": pl.Int64(),
        "isolation": pl.String(),
        "short_ttl_seconds": pl.Int64(),
        "long_ttl_seconds": pl.Int64(),
        "short_write_meter": pl.String(),
        "long_write_meter": pl.String(),
        "valid_from": INSTANT,
        "valid_to": INSTANT,
    }
)


@dataclass(frozen=True)
class Readable:
    """That a name means a sku on a tier, and that cached input of it has a rate, from when to when."""

    sku: str
    tier: str
    valid_from: datetime
    valid_to: datetime


def named_rules(
    names: Iterable[Name], rates: Rates, period: Day, rules: Sequence[CacheRule], known_at: datetime
) -> pl.DataFrame:
    """`NAMED_RULE`: for each (provider, model) and tier the rules of what it means, one at each instant.

    Without a rate for cached input there is no cache, whatever the rules of the provider say.

    Args:
        names: providers and models as the log has them.
        rates: the price book.
        period: what of it is looked at; rules outside of it are left out.
        rules: of all providers.
        known_at: as believed at this instant.
    """
    rows = [
        (*name, tier, *_said(rule), start, end)
        for name in sorted(set(names))
        for tier, rule, start, end in _rules_of(name, list(_readable(name, rates, period)), rules, known_at)
    ]
    return pl.DataFrame(rows, NAMED_RULE, orient="row")


def _readable(name: Name, rates: Rates, period: Day) -> Iterator[Readable]:
    for alias, cell, start, end in rates.lives(name, period):
        if any(price.meter == READS for price in cell.prices):
            yield Readable(alias.sku, cell.shelf[2], start, end)


def _rules_of(
    name: Name, readable: Sequence[Readable], rules: Sequence[CacheRule], known_at: datetime
) -> Iterator[tuple[str, CacheRule, datetime, datetime]]:
    mine = [rule for rule in rules if rule.provider == name[0]]
    for tier in sorted({each.tier for each in readable}):
        on_tier = [each for each in readable if each.tier == tier]
        for start, end in pairwise(valid_edges([*on_tier, *mine])):
            skus = {each.sku for each in applying(on_tier, start)}
            for sku in sorted(skus):
                rule = cache_rule(mine, name[0], sku, start, known_at)
                if rule is not None:
                    yield tier, rule, start, end


def _said(rule: CacheRule) -> tuple[object, ...]:
    return (
        rule.minimum_tokens, rule.step_tokens, rule.breakpoints, rule.isolation, rule.ttl_short_seconds,
        rule.ttl_long_seconds, rule.write_meter_short, rule.write_meter_long,
    )  # fmt: skip
