"""The cache rules under the names that logs use for models: a rule is of a sku, an attempt has an alias."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

import polars as pl

from pipelines.book.aliases import Alias
from pipelines.book.cache_rules import CacheRule, cache_rule
from pipelines.book.dated import valid_edges
from pipelines.savings.attempts import INSTANT

Name = tuple[str, str]
NAMED_RULE: Final = pl.Schema(
    {
        "provider": pl.String(),
        "alias": pl.String(),
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


def named_rules(
    names: Iterable[Name],
    meanings: Callable[[Name], Sequence[Alias]],
    rules: Sequence[CacheRule],
    known_at: datetime,
) -> pl.DataFrame:
    """`NAMED_RULE`: for each (provider, model) the rules of what it means, one at each instant."""
    rows = [
        (*name, *_said(rule), start, end)
        for name in sorted(set(names))
        for alias in meanings(name)
        for rule, start, end in _rules_of(alias, rules, known_at)
    ]
    return pl.DataFrame(rows, NAMED_RULE, orient="row")


def _rules_of(
    alias: Alias, rules: Sequence[CacheRule], known_at: datetime
) -> Iterator[tuple[CacheRule, datetime, datetime]]:
    mine = [rule for rule in rules if rule.provider == alias.provider]
    for start, end in pairwise(valid_edges([alias, *mine])):
        rule = cache_rule(mine, alias.provider, alias.sku, start, known_at)
        if rule is not None and alias.valid_from <= start < alias.valid_to:
            yield rule, start, end


def _said(rule: CacheRule) -> tuple[object, ...]:
    return (
        rule.minimum_tokens, rule.step_tokens, rule.breakpoints, rule.isolation, rule.ttl_short_seconds,
        rule.ttl_long_seconds, rule.write_meter_short, rule.write_meter_long,
    )  # fmt: skip
