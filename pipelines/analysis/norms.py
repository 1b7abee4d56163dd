"""What is normal for a feature by `config/drivers.yml`: lengths of input and answer, a model that will do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.book.rates import Name
from pipelines.errors import BookError
from pipelines.savings.levers import model_of
from pipelines.warehouse.arrow import table
from pipelines.yaml_text import read_mapping

FILE = "drivers.yml"
COUNTS = {"output_tokens": "output_norm_tokens", "input_tokens": "input_norm_tokens"}
MODEL = "adequate_model"
NORM = {
    "feature": "VARCHAR", "output_norm_tokens": "BIGINT", "input_norm_tokens": "BIGINT",
    "adequate_provider": "VARCHAR", "adequate_model": "VARCHAR",
}  # fmt: skip


@dataclass(frozen=True)
class Norms:
    """The norms of each feature that has any.

    Attributes:
        features: by feature `output_tokens` and `input_tokens` of a call, and `adequate_model` as
            provider/model; each may be absent.
    """

    features: Mapping[str, Mapping[str, Any]]

    NAME = "driver_norm"

    @cached_property
    def models(self) -> frozenset[Name]:
        """The models that are adequate for some feature."""
        return frozenset(model_of(each[MODEL]) for each in self.features.values() if MODEL in each)

    def require(self, knows: Callable[[Name], bool]) -> None:
        """Raise `BookError` for the first adequate model that the price book does not know."""
        for provider, model in sorted(self.models):
            if not knows((provider, model)):
                raise BookError(f"{FILE}: the price book has no {provider}/{model}")

    def table(self) -> pa.Table:
        """The norms as the SQL names them."""
        return table((_row(feature, norms) for feature, norms in sorted(self.features.items())), NORM)


NO_NORMS = Norms({})


def load_norms(config: Path) -> Norms:
    """Read `drivers.yml`; without the file no feature has a norm.

    Raises:
        BookError: an unknown key, a norm without its source, a count that is not positive, no provider/model.
    """
    given = read_mapping(config / FILE)
    return Norms({feature: dict(_norms(f"{FILE}: {feature}", norms)) for feature, norms in given.items()})


def _norms(place: str, given: object) -> Iterator[tuple[str, object]]:
    if not isinstance(given, dict) or not given or set(given) - {*COUNTS, MODEL}:
        raise BookError(f"{place}: needs some of {', '.join((*COUNTS, MODEL))}, and nothing else")
    for key, said in given.items():
        if not isinstance(said, dict) or set(said) != {"value", "source"} or not said["source"]:
            raise BookError(f"{place}: {key} needs value, source")
        value = said["value"]
        if key in COUNTS and not (type(value) is int and value > 0):
            raise BookError(f"{place}: {key} {value!r} is no positive whole number")
        if key == MODEL and "/" not in str(value):
            raise BookError(f"{place}: {key} {value!r} is no provider/model")
        yield key, value


def _row(feature: str, norms: Mapping[str, Any]) -> dict[str, object]:
    row: dict[str, object] = {"feature": feature}
    row |= {column: norms.get(key) for key, column in COUNTS.items()}
    if MODEL in norms:
        row["adequate_provider"], row["adequate_model"] = model_of(norms[MODEL])
    return row
