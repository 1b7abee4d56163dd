"""Which attempts a routing takes to another model: its rules, and the quality that the company measured."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import chain

import duckdb

from pipelines.errors import BookError
from pipelines.savings.evaluations import FILE, Evaluation
from pipelines.savings.levers import Assumed, Scenario, model_of
from pipelines.savings.predicate import predicate

ROUTING = "routing"
ROUTED = "routed_attempt"
"""The input of the SQL: the columns of an attempt, and the scenario that takes it elsewhere."""


@dataclass(frozen=True)
class Route:
    """A scenario of the lever, with the results of the model it goes to."""

    scenario: Scenario
    results: tuple[Evaluation, ...] = ()

    def chosen(self, fact: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        """The attempts it takes, with its name."""
        name = _constant(self.scenario.name).alias("scenario")
        return fact.filter(self._takes).select(duckdb.StarExpression(), name)

    @cached_property
    def _takes(self) -> duckdb.Expression:
        """Whether it takes an attempt: the same for every day."""
        said = self.scenario.said
        provider, model = model_of(said["from"])
        rules = {"provider": provider, "model": model, "status": "success"}
        rules |= {key: said[key] for key in ("route_class", "feature") if key in said}
        takes = _all(_is(column, value) for column, value in rules.items())
        if "where" in said:
            takes = takes & predicate(self.scenario.name, said["where"])
        if self.scenario.floor_permille is not None:
            takes = takes & self._good_enough(self.scenario.floor_permille)
        return takes

    def _good_enough(self, floor: int) -> duckdb.Expression:
        """Some result of its subject holds when an attempt ends, and each that does meets the floor."""
        met = [_holds(each) for each in self.results if each.quality_permille >= floor]
        missed = [_holds(each) for each in self.results if each.quality_permille < floor]
        # A feature or class that is null makes a result null: it is not missed, and it is not met either.
        none_missed = duckdb.CaseExpression(_any(missed), _no()).otherwise(~_no())
        return _any(met) & none_missed


def routed(fact: duckdb.DuckDBPyRelation, routes: Sequence[Route]) -> duckdb.DuckDBPyRelation:
    """The input `ROUTED`: one row for each attempt and each routing that takes it."""
    if not routes:
        return fact.filter(_no()).select(duckdb.StarExpression(), _constant("").alias("scenario"))
    return reduce(lambda one, other: one.union(other), (route.chosen(fact) for route in routes))


def at_floors(file: str, entries: Iterable[Scenario], evaluations: Sequence[Evaluation]) -> list[Scenario]:
    """Each entry, and after a routing with quality floors one scenario for each of them.

    Raises:
        BookError: a scenario has the name of another.
    """
    found = list(chain.from_iterable((entry, *_at_floors(file, entry, evaluations)) for entry in entries))
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise BookError(f"{file}: two scenarios are called {twice}")
    return found


def results_of(entry: Scenario, evaluations: Iterable[Evaluation]) -> tuple[Evaluation, ...]:
    """The results of the model that a routing goes to."""
    return tuple(each for each in evaluations if (each.provider, each.model) == model_of(entry.said["to"]))


def _at_floors(file: str, entry: Scenario, evaluations: Sequence[Evaluation]) -> Iterator[Scenario]:
    for floor in entry.said.get("quality_floors_permille", ()):
        stated = Assumed("quality_floor_permille", str(floor), source=file)
        learned = (*entry.learned, stated, *map(_assumed, results_of(entry, evaluations)))
        yield replace(entry, name=f"{entry.name}_at_{floor}", floor_permille=floor, learned=learned)


def _assumed(result: Evaluation) -> Assumed:
    """A result as it is published."""
    said = f"quality_permille of {result.subject} from {result.valid_from.isoformat()}"
    return Assumed(
        said, str(result.quality_permille), source=f"{FILE}: {result.answers} answers, {result.source}"
    )


def _holds(result: Evaluation) -> duckdb.Expression:
    """Whether an attempt is of the feature and class of a result, and ends while it holds."""
    ended = duckdb.ColumnExpression("ended_at")
    subject = {"feature": result.feature, "route_class": result.route_class}
    return _all([
        ended >= _constant(result.valid_from),
        ended < _constant(result.valid_to),
        *(_is(column, value) for column, value in subject.items() if value),
    ])  # fmt: skip


def _is(column: str, value: object) -> duckdb.Expression:
    return duckdb.ColumnExpression(column) == _constant(value)


def _all(conditions: Iterable[duckdb.Expression]) -> duckdb.Expression:
    return reduce(lambda one, other: one & other, conditions)


def _any(conditions: Iterable[duckdb.Expression]) -> duckdb.Expression:
    return reduce(lambda one, other: one | other, conditions, _no())


def _no() -> duckdb.Expression:
    return duckdb.SQLExpression("false")


def _constant(value: object) -> duckdb.Expression:
    return duckdb.ConstantExpression(value)
