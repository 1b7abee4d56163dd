"""What the company expects of a version of its tables: limits, rules that match, findings it knows of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from pipelines.book import adjustments, aliases
from pipelines.book.dimensions import Dimensions
from pipelines.book.ownership import Rule
from pipelines.book.rates import LATEST
from pipelines.book.text import ALWAYS, OPEN, Row, read_rows
from pipelines.plans import Plans
from pipelines.settings import Company
from pipelines.warehouse.acknowledged import Acknowledgement, load_acknowledged
from pipelines.warehouse.rule_findings import NamedRule

ANY = "*"
MODEL = ("sku", "model")
"""A model may be named as the book does or as the rows do."""

Days = tuple[date, date]
ALL_DAYS: Days = (ALWAYS.date(), OPEN.date())


@dataclass(frozen=True)
class Expectations:
    """What the checks are told beside the tables.

    Attributes:
        company: the limits.
        acknowledged: findings it knows of.
        asked: the last day that a run was asked for; None where none in particular.
    """

    config: Path = Path()
    company: Company = field(default_factory=lambda: Company.model_validate({}))
    dimensions: Dimensions | None = None
    plans: Plans = field(default_factory=Plans)
    acknowledged: tuple[Acknowledgement, ...] = ()
    asked: date | None = None

    @cached_property
    def rules(self) -> tuple[NamedRule, ...]:
        """The rules of its files that wait for a name; the files were proved when they were loaded."""
        if self.dimensions is None:
            return ()
        found = [
            *_owners(self.dimensions.owners),
            *_budgets(self.plans),
            *_contracts(self.config / "adjustments.csv"),
            *_aliases(self.config / "aliases.csv"),
            *_scenarios(self.plans),
        ]
        return tuple(dict.fromkeys(found))

    def said(self) -> object:
        """Equal for equal expectations."""
        return [repr(each) for each in (self.company, self.acknowledged, self.asked, self.rules)]


def load_expectations(
    config: Path, company: Company, dimensions: Dimensions, plans: Plans, last: str
) -> Expectations:
    """Read `acknowledged.csv` and take the rest from what is read already; `last` is a day or ""."""
    asked = date.fromisoformat(last) if last else None
    return Expectations(config, company, dimensions, plans, load_acknowledged(config), asked)


def _covered(starts: datetime, ends: datetime) -> Days:
    """The days on which a half-open interval has an instant."""
    return starts.date(), (ends - timedelta(microseconds=1)).date()


def _owners(rules: Iterable[Rule]) -> Iterator[NamedRule]:
    """A rule for any source stands there once for each source; it is one again."""
    sources: dict[tuple[object, ...], list[Rule]] = {}
    for rule in rules:
        sources.setdefault(tuple(vars(rule).values())[1:], []).append(rule)
    for same in sources.values():
        rule = same[0]
        yield NamedRule(
            f"owner of {rule.id_kind} {rule.id}",
            "ownership.csv",
            (rule.id_kind,),
            rule.id,
            tuple(sorted(each.source for each in same)),
            *_covered(rule.valid_from, rule.valid_to),
        )


def _budgets(plans: Plans) -> Iterator[NamedRule]:
    for budget in plans.planning.budgets:
        team, feature = budget.team, budget.feature
        kind, name = "owner", f"{team}/{feature}"
        if ANY in (team, feature):
            kind, name = ("team", team) if feature == ANY else ("feature", feature)
        if name != ANY:
            days = _covered(budget.valid_from, budget.valid_to)
            yield NamedRule(f"budget {team}/{feature}", "budgets.csv", (kind,), name, (), *days)


def _contracts(path: Path) -> Iterator[NamedRule]:
    """A contract changes the prices of a sku, or of all skus of a provider."""
    for row in _believed(path, adjustments.HEADER):
        provider, sku = row["provider"], row["sku"]
        kinds, name = (("provider",), provider) if sku == ANY else (MODEL, f"{provider}/{sku}")
        days = _covered(*row.interval("valid_from", "valid_to"))
        yield NamedRule(f"{row['kind']} {provider}/{sku}", path.name, kinds, name, (), *days)


def _aliases(path: Path) -> Iterator[NamedRule]:
    for row in _believed(path, aliases.HEADER):
        name = f"{row['provider']}/{row['alias']}"
        days = _covered(*row.interval("valid_from", "valid_to"))
        yield NamedRule(f"alias {name}", path.name, ("model",), name, (), *days)


def _believed(path: Path, header: tuple[str, ...]) -> Iterator[Row]:
    """The lines of a file, which need not exist, that are still believed."""
    for row in read_rows(path, header) if path.is_file() else ():
        starts, ends = row.known()
        if starts <= LATEST < ends:
            yield row


def _scenarios(plans: Plans) -> Iterator[NamedRule]:
    """The features, classes and models whose calls an entry changes; those it moves them to may be new."""
    for entry in plans.scenarios.entries:
        said = entry.said
        named: list[tuple[tuple[str, ...], str | None]] = [
            (("feature",), said.get("feature")),
            (("route_class",), said.get("route_class")),
            (MODEL, said.get("from")),
            *((("feature",), each) for each in said.get("may_wait", ())),
        ]
        for kinds, name in named:
            if name:
                subject = f"scenario {entry.name} {name}"
                yield NamedRule(subject, "scenarios.yml", kinds, name, (), *ALL_DAYS)
