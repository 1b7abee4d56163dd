"""The company's scenarios and options, read and proved once for as long as no file of theirs changes."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import xxhash

from pipelines.book.dimensions import Dimensions
from pipelines.savings.capacity import Capacity, load_capacity
from pipelines.savings.scenarios import Scenarios, load_scenarios


def load_plans(
    config: Path, prices: Path, dimensions: Dimensions, as_known_at: datetime
) -> tuple[Scenarios, Capacity]:
    """The scenarios of `scenarios.yml` and the options of `self_hosting.yml`.

    Args:
        config: the company's files.
        prices: the price book.
        dimensions: the same book, read.
        as_known_at: which rules are believed.

    Raises:
        BookError: an entry is wrong, or names a model that the book does not know.
    """
    digest = xxhash.xxh3_128(dimensions.edition.digest.encode())
    for path in sorted(path for path in config.iterdir() if path.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    return _load(_Asked(digest.hexdigest(), as_known_at, config, prices, dimensions))


@dataclass(frozen=True)
class _Asked:
    """Equal for equal content of the files, as the dimensions are."""

    digest: str
    as_known_at: datetime
    config: Path = field(compare=False)
    prices: Path = field(compare=False)
    dimensions: Dimensions = field(compare=False)


@lru_cache(maxsize=4)
def _load(asked: _Asked) -> tuple[Scenarios, Capacity]:
    rates = asked.dimensions.rates
    scenarios = load_scenarios(asked.config, asked.prices, rates, asked.as_known_at)
    capacity = load_capacity(asked.config)
    capacity.require(rates.knows)
    return scenarios, capacity
