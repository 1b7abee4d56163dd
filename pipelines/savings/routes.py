"""Which attempts a routing takes to another model: its rules, and the quality that the company measured."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
"""The input of the SQL: the columns of an attempt, the scenario, and whether it leaves the attempt there."""

ROUTED_BY = {"scenario": "VARCHAR", "is_staying": "BOOLEAN"}
"""What `ROUTED` has beyond an attempt: a classifier is also paid for the calls that stay where they are."""


@dataclass(frozen=True)
class Route:
    """A scenario of the lever, with the results of the model it goes to."""

    scenario: Scenario
    results: tuple[Evaluation, ...] = ()

    def chosen(self, fact: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        """The attempts it takes, with its name; with a classifier all that this must read to find them."""
        name = _constant(self.scenario.name).alias("scenario")
        is_staying = duckdb.CaseExpression(self._takes, _no()).otherwise(~_no()).alias("is_staying")
        concerned = self._reads if "classifier" in self.scenario.said else self._takes
        return fact.filter(concerned).select(duckdb.StarExpression(), name, is_staying)

    @cached_property
    def _takes(self) -> duckdb.Expression:
        """Whether it takes an attempt: the same for every day."""
        said = self.scenario.said
        takes = self._is_candidate
        if "route_class" in said:
            takes = takes & _is("route_class", said["route_class"])
        if "where" in said:
            takes = takes & predicate(self.scenario.name, said["where"])
        if self.scenario.floor_permille is not None:
            takes = takes & _meets(self.scenario.floor_permille, self.results, _holds)
        return takes

    @cached_property
    def _reads(self) -> duckdb.Expression:
        """Whether a classifier must read a call: all is known of it but its class and what `where` asks."""
        floor = self.scenario.floor_permille
        return self._is_candidate if floor is None else self._is_candidate & self._may_meet(floor)

    @property
    def _is_candidate(self) -> duckdb.Expression:
        """Whether an attempt is an answer of the model, and of the feature, that the routing is for."""
        said = self.scenario.said
        provider, model = model_of(said["from"])
        rules = {"provider": provider, "model": model, "status": "success"}
        rules |= {"feature": said["feature"]} if "feature" in said else {}
        return _all(_is(column, value) for column, value in rules.items())

    def _may_meet(self, floor: int) -> duckdb.Expression:
        """Whether a call would be good enough if it were of the right class."""
        asked = self.scenario.said.get("route_class")
        possible = [
            each
            for each in self.results
            if not each.route_class
            or each.route_class == asked
            or (asked is None and each.quality_permille >= floor)
        ]
        return _meets(floor, possible, _holds_for_some_class)


def routed(fact: duckdb.DuckDBPyRelation, routes: Sequence[Route]) -> duckdb.DuckDBPyRelation:
    """The input `ROUTED`: one row for each attempt and each routing that takes or must read it."""
    if not routes:
        return fact.filter(_no()).select(
            duckdb.StarExpression(), _constant("").alias("scenario"), _no().alias("is_staying")
        )
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


def _meets(
    floor: int, results: Iterable[Evaluation], holds: Callable[[Evaluation], duckdb.Expression]
) -> duckdb.Expression:
    """Some result holds for an attempt, and each that does meets the floor."""
    every = list(results)
    met = [holds(each) for each in every if each.quality_permille >= floor]
    missed = [holds(each) for each in every if each.quality_permille < floor]
    # A feature or class that is null makes a result null: it is not missed, and it is not met either.
    none_missed = duckdb.CaseExpression(_any(missed), _no()).otherwise(~_no())
    return _any(met) & none_missed


def _holds(result: Evaluation) -> duckdb.Expression:
    """Whether an attempt is of the feature and class of a result, and ends while it holds."""
    holds = _holds_for_some_class(result)
    return holds & _is("route_class", result.route_class) if result.route_class else holds


def _holds_for_some_class(result: Evaluation) -> duckdb.Expression:
    """Whether an attempt is of the feature of a result, and ends while it holds."""
    ended = duckdb.ColumnExpression("ended_at")
    holds = (ended >= _constant(result.valid_from)) & (ended < _constant(result.valid_to))
    return holds & _is("feature", result.feature) if result.feature else holds


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
