"""Rules of the company's files whose name occurs nowhere in the data they cover: most likely misspelt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from pipelines.warehouse.finding import WARNING, Answers, Finding

USED = (
    "with used as (select day, source, used_kind, used_name from mart_used_name"
    # An inner join: names that are no rates have no sku.
    " union all select used.day, used.source, 'sku', rate.provider || '/' || rate.sku"
    " from mart_used_name as used join (select distinct rate_id, provider, sku from dim_rate) as rate"
    " on used.used_kind = 'rate' and used.used_name = rate.rate_id)"
)
"""The names that data carry, and the skus that they were priced as."""


@dataclass(frozen=True)
class NamedRule:
    """A rule and the name it waits for.

    Attributes:
        subject: the rule for people, like `budget support/*`.
        file: where it stands.
        kinds: of which kinds of `mart_used_name` (or `sku`) the name may be.
        name: the name.
        sources: the sources it is for; empty is any.
        first, last: the days it covers.
    """

    subject: str
    file: str
    kinds: tuple[str, ...]
    name: str
    sources: tuple[str, ...]
    first: date
    last: date


def unmatched_rules(answers: Answers, rules: Sequence[NamedRule]) -> Sequence[Finding]:
    """Rules that cover days with data and match nothing on them."""
    if not rules:
        return []
    rows = answers.rows(
        f"{USED}, rule as (select unnest($rules, recursive := true)),"  # noqa: S608 constant
        " span as (select min(day) as first_data, max(day) as last_data from used),"
        " matched as (select distinct rule.number from rule join used on used.used_name = rule.name"
        " and list_contains(rule.kinds, used.used_kind)"
        " and used.day between rule.first_day and rule.last_day"
        " and (list_contains(rule.sources, '') or list_contains(rule.sources, used.source)))"
        " select rule.number, greatest(rule.first_day, span.first_data), least(rule.last_day, span.last_data)"
        # Inner joins: a rule without a match has no row above, one that covers no data none here.
        " from rule join span on rule.first_day <= span.last_data and rule.last_day >= span.first_data"
        " where rule.number not in (select number from matched) order by rule.number",
        {"rules": [_said(number, rule) for number, rule in enumerate(rules)]},
    )
    return [_finding(answers, rules[number], first, last) for number, first, last in rows]


def _said(number: int, rule: NamedRule) -> dict[str, object]:
    return {
        "number": number, "kinds": list(rule.kinds), "name": rule.name, "sources": list(rule.sources) or [""],
        "first_day": rule.first, "last_day": rule.last,
    }  # fmt: skip


def _finding(answers: Answers, rule: NamedRule, first: date, last: date) -> Finding:
    near = get_close_matches(rule.name, _names(answers, rule.kinds), 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    said = f"{rule.file}: {rule.subject} matches nothing from {first} to {last}{hint}"
    return Finding("unmatched_rule", said, last, rule.subject, severity=WARNING, since=first)


def _names(answers: Answers, kinds: Iterable[str]) -> list[str]:
    rows = answers.rows(
        f"{USED} select distinct used_name from used where list_contains($kinds, used_kind) order by 1",  # noqa: S608 constant
        {"kinds": list(kinds)},
    )
    return [name for (name,) in rows]
