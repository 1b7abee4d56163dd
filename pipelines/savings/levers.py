"""The levers a scenario may pull, and one proved entry of `scenarios.yml` or `self_hosting.yml`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import xxhash

from pipelines.book.equivalents import RELATIONS
from pipelines.errors import BookError
from pipelines.yaml_text import read_mapping

Name = tuple[str, str]
PERCENTILES = {"p50": 50, "p75": 75, "p90": 90}
NUMBER = {"value", "low", "high", "source"}

ACHIEVABLE, CEILING, BOUND = "achievable", "ceiling", "bound"
MOST_PERMILLE = 1000


@dataclass(frozen=True)
class Lever:
    """What the entries of one lever may and must say.

    Attributes:
        kind: how far its result can be believed.
        texts, numbers, names: keys of text, of numbers with a range, and of `provider/model`.
        optional: the keys of these that an entry may leave out.
    """

    kind: str
    texts: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()

    @property
    def keys(self) -> frozenset[str]:
        """Everything an entry may say."""
        return self.texts | self.numbers | self.names


LEVERS = {
    "batch": Lever(ACHIEVABLE, texts=frozenset({"may_wait"}), optional=frozenset({"may_wait"})),
    "retries": Lever(CEILING),
    "prompt_cache": Lever(ACHIEVABLE, numbers=frozenset({"first_token_seconds"})),
    "prefix_order": Lever(BOUND),
    "answer_cache": Lever(ACHIEVABLE, numbers=frozenset({"ttl_seconds"})),
    "output_length": Lever(
        ACHIEVABLE,
        texts=frozenset({"feature", "cap"}),
        numbers=frozenset({"less_permille"}),
        optional=frozenset({"cap", "less_permille"}),
    ),
    "routing": Lever(
        BOUND,
        texts=frozenset({"route_class", "feature", "where", "quality_floors_permille"}),
        names=frozenset({"from", "to", "classifier"}),
        numbers=frozenset({
            "input_permille", "output_permille", "escalated_permille", "classifier_output_tokens",
        }),
        optional=frozenset({
            "route_class", "feature", "where", "quality_floors_permille", "input_permille", "output_permille",
            "classifier", "classifier_output_tokens",
        }),
    ),
    "equivalent": Lever(BOUND, texts=frozenset({"relation"})),
}  # fmt: skip

SHARED = frozenset(
    {"utilisation_permille", "cached_prefill_permille", "least_units", "people_hours_per_month"}
)
CAPACITY_LEVERS = {
    "self_hosting": Lever(
        BOUND,
        texts=frozenset({"serves"}),
        names=frozenset({"gpu", "people"}),
        numbers=SHARED | {
            "prefill_tokens_per_second", "decode_tokens_per_second", "gpus_per_unit", "spare_units",
        },
        optional=frozenset({"people", "people_hours_per_month"}),
    ),
    "dedicated": Lever(
        BOUND,
        texts=frozenset({"serves"}),
        names=frozenset({"unit", "people"}),
        numbers=SHARED | {"prefill_tokens_per_minute", "decode_tokens_per_minute", "units_per_step"},
        optional=frozenset({"people", "people_hours_per_month"}),
    ),
}  # fmt: skip
EVERY_LEVER = LEVERS | CAPACITY_LEVERS


class Assumed(NamedTuple):
    """A number behind a scenario, as it is published."""

    assumption: str
    value: str
    low: str | None = None
    high: str | None = None
    source: str = ""


@dataclass(frozen=True)
class Scenario:
    """One entry of the file, or one of its quality floors.

    `said` is what the entry says, `learned` what the price book and the evaluations add to it.
    """

    name: str
    lever: str
    said: Mapping[str, Any]
    floor_permille: int | None = None
    learned: tuple[Assumed, ...] = ()

    @property
    def assumptions_id(self) -> str:
        """Names the entry by all it says: another number is another id."""
        said = json.dumps([self.name, self.lever, dict(self.said), *self.learned], sort_keys=True)
        return xxhash.xxh3_64_hexdigest(said.encode())

    @property
    def models(self) -> set[Name]:
        """The (provider, model) pairs it may price calls with."""
        names = EVERY_LEVER[self.lever].names
        return {model_of(self.said[key]) for key in names if key in self.said}

    @property
    def kind(self) -> str:
        """How far its result can be believed."""
        return EVERY_LEVER[self.lever].kind if self.floor_permille is None else ACHIEVABLE

    @property
    def is_combined(self) -> bool:
        """Whether the portfolio takes it: of an entry with quality floors the one that it names first."""
        floors: list[int | None] = self.said.get("quality_floors_permille", [None])
        return self.floor_permille == floors[0]


def read_entries(path: Path, levers: Mapping[str, Lever]) -> list[Scenario]:
    """The proved entries of a file, in its order; no file has none.

    Args:
        path: `scenarios.yml` or `self_hosting.yml`.
        levers: those the file may pull.

    Raises:
        BookError: the file is no YAML, or the first entry that is wrong.
    """
    return [_entry(f"{path.name}: {name}", name, entry, levers) for name, entry in read_mapping(path).items()]


def _entry(place: str, name: str, given: object, levers: Mapping[str, Lever]) -> Scenario:
    """Prove that an entry names its lever, the keys of the lever, and numbers with range and source."""
    if not isinstance(given, dict) or given.get("lever") not in levers:
        raise BookError(f"{place}: lever is none of {', '.join(levers)}")
    lever = levers[given["lever"]]
    said = {key: value for key, value in given.items() if key != "lever"}
    wrong = sorted((set(said) - lever.keys) | (lever.keys - lever.optional - set(said)))
    if wrong:
        raise BookError(f"{place}: keys missing or unknown: {', '.join(wrong)}")
    for key in sorted(lever.numbers & set(said)):
        _prove_number(f"{place}: {key}", said[key])
    for key in sorted(lever.names & set(said)):
        if "/" not in str(said[key]):
            raise BookError(f"{place}: {key} {said[key]!r} is no provider/model")
    _prove_shape(place, given["lever"], said)
    return Scenario(name, given["lever"], said)


def _prove_shape(place: str, lever: str, said: Mapping[str, Any]) -> None:
    """What the keys of one lever must be together."""
    cap = said.get("cap")
    if lever == "output_length" and (cap is None) == ("less_permille" not in said):
        raise BookError(f"{place}: needs either cap or less_permille")
    if cap is not None and cap not in PERCENTILES and not (type(cap) is int and cap > 0):
        raise BookError(f"{place}: cap {cap!r} is neither tokens nor {', '.join(PERCENTILES)}")
    if said.get("escalated_permille", {"value": 0})["value"] > MOST_PERMILLE:
        raise BookError(f"{place}: escalated_permille is above {MOST_PERMILLE}")
    if ("classifier" in said) != ("classifier_output_tokens" in said):
        raise BookError(f"{place}: classifier and classifier_output_tokens go together")
    waiting = said.get("may_wait", [])
    if not isinstance(waiting, list) or not all(isinstance(feature, str) for feature in waiting):
        raise BookError(f"{place}: may_wait is no list of features")
    if said.get("relation", RELATIONS[0]) not in RELATIONS:
        raise BookError(f"{place}: relation {said['relation']!r} is none of {', '.join(RELATIONS)}")
    _prove_floors(place, said.get("quality_floors_permille", [MOST_PERMILLE]))


def _prove_floors(place: str, floors: object) -> None:
    numbers = floors if isinstance(floors, list) else []
    whole = [each for each in numbers if type(each) is int and 0 < each <= MOST_PERMILLE]
    if not numbers or whole != numbers or len(set(whole)) < len(whole):
        raise BookError(
            f"{place}: quality_floors_permille {floors!r} are no different numbers from 1 to {MOST_PERMILLE}"
        )


def _prove_number(place: str, given: object) -> None:
    if not isinstance(given, dict) or set(given) != NUMBER or not given["source"]:
        raise BookError(f"{place}: needs {', '.join(sorted(NUMBER))}")
    low, value, high = (given[key] for key in ("low", "value", "high"))
    if not all(type(each) is int for each in (low, value, high)) or not 0 <= low <= value <= high:
        raise BookError(f"{place}: {low}, {value}, {high} are no whole numbers in order")


def assumptions(entry: Scenario, file: str) -> Iterator[dict[str, object]]:
    """Each thing the entry says, as text; an entry that says nothing has one row all the same."""
    common = {
        "assumptions_id": entry.assumptions_id, "scenario": entry.name, "lever": entry.lever,
        "kind": entry.kind,
    }  # fmt: skip
    for learned in entry.learned:
        numbers = {f"assumed_{name}": getattr(learned, name) for name in ("value", "low", "high")}
        yield {**common, "assumption": learned.assumption, **numbers, "assumption_source": learned.source}
    for key, value in sorted(entry.said.items()) or [("none", "")]:
        if isinstance(value, dict):
            numbers = {f"assumed_{name}": str(value[name]) for name in ("value", "low", "high")}
            yield {**common, "assumption": key, **numbers, "assumption_source": value["source"]}
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield {**common, "assumption": key, "assumed_value": text, "assumption_source": file}


def model_of(written: str) -> Name:
    """Provider and model of `provider/model`."""
    provider, _, model = written.partition("/")
    return provider, model
