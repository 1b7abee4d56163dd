"""Who caused it: dated rules from an id of a source to team, feature and environment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from pipelines.book.text import ALWAYS, OPEN, read_rows
from pipelines.errors import BookError
from pipelines.settings import OWNERSHIP

HEADER = ("source", "id_kind", "id", "team", "feature", "environment", "valid_from", "valid_to")
KINDS = {
    "tag": "tag",
    "api_key": "api_key",
    "service": "service",
    "project": "project",
    "workspace": "project",
}
"""Kinds of id and the column they match: a workspace is Anthropic's word for a project."""


@dataclass(frozen=True)
class Rule:
    """One rule; an empty field is left to a less specific rule."""

    source: str
    id_kind: str
    id: str
    team: str | None
    feature: str | None
    environment: str | None
    valid_from: datetime
    valid_to: datetime


def load_ownership(config: Path, sources: Iterable[str]) -> tuple[Rule, ...]:
    """Read `ownership.csv`, without which there are no owners.

    A rule for source `*` holds where a source has no rule of its own for the id.

    Raises:
        BookError: unknown source or kind of id, a rule that decides nothing, or two rules at one instant.
    """
    rules = list(_rules(config / OWNERSHIP, set(sources)))
    own = {(rule.source, rule.id_kind, rule.id) for rule in rules}
    spread = [rule for rule in rules if rule.source != "*"]
    for rule in (rule for rule in rules if rule.source == "*"):
        spread += [
            Rule(source, *list(vars(rule).values())[1:])
            for source in sorted(set(sources))
            if (source, rule.id_kind, rule.id) not in own
        ]
    spread.sort(key=lambda rule: (rule.source, rule.id_kind, rule.id, rule.valid_from))
    _prove_one_owner(spread)
    return tuple(spread)


def _rules(path: Path, sources: set[str]) -> Iterable[Rule]:
    for row in read_rows(path, HEADER) if path.is_file() else ():
        if row["source"] not in sources | {"*"}:
            raise row.fail(f"unknown source {row['source']!r}")
        if row["id_kind"] not in KINDS:
            raise row.fail(f"id_kind {row['id_kind']!r} is none of {', '.join(KINDS)}")
        if not (row["team"] or row["feature"] or row["environment"]):
            raise row.fail("decides neither team nor feature nor environment")
        rule = Rule(
            source=row["source"],
            id_kind=KINDS[row["id_kind"]],
            id=row.need("id"),
            team=row["team"] or None,
            feature=row["feature"] or None,
            environment=row["environment"] or None,
            valid_from=row.instant("valid_from", ALWAYS),
            valid_to=row.instant("valid_to", OPEN),
        )
        if rule.valid_from >= rule.valid_to:
            raise row.fail("valid_from is not before valid_to")
        yield rule


def _prove_one_owner(rules: Iterable[Rule]) -> None:
    for earlier, later in pairwise(rules):
        same = (earlier.source, earlier.id_kind, earlier.id) == (later.source, later.id_kind, later.id)
        if same and later.valid_from < earlier.valid_to:
            raise BookError(
                f"ownership.csv: {later.source} {later.id_kind} {later.id} has two rules"
                f" at {later.valid_from.isoformat()}"
            )
