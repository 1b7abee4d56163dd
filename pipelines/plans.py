"""What the company's files say beside prices and owners, read and proved once while no file changes."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import xxhash

from pipelines.analysis.norms import NO_NORMS, Norms, load_norms
from pipelines.book.dimensions import Dimensions
from pipelines.planning.planning import Planning, load_planning
from pipelines.savings.capacity import Capacity, load_capacity
from pipelines.savings.scenarios import Scenarios, load_scenarios
from pipelines.settings import Company


@dataclass(frozen=True)
class Plans:
    """Scenarios, options of capacity, norms, and what is planned with; each may say nothing."""

    scenarios: Scenarios = field(default_factory=Scenarios)
    capacity: Capacity = field(default_factory=Capacity)
    norms: Norms = NO_NORMS
    planning: Planning = field(default_factory=Planning)


def load_plans(
    config: Path, prices: Path, dimensions: Dimensions, company: Company, as_known_at: datetime
) -> Plans:
    """Read the company's files.

    Args:
        config: the folder of them.
        prices: the price book.
        dimensions: the same book, read.
        company: the settings.
        as_known_at: which rules are believed.

    Raises:
        BookError: an entry is wrong, or names a model that the book does not know.
    """
    digest = xxhash.xxh3_128(dimensions.edition.digest.encode())
    files = config.iterdir() if config.is_dir() else ()
    for path in sorted(path for path in files if path.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    return _load(_Asked(digest.hexdigest(), as_known_at, config, prices, dimensions, company))


@dataclass(frozen=True)
class _Asked:
    """Equal for equal content of the files, as the dimensions and the settings are."""

    digest: str
    as_known_at: datetime
    config: Path = field(compare=False)
    prices: Path = field(compare=False)
    dimensions: Dimensions = field(compare=False)
    company: Company = field(compare=False)


@lru_cache(maxsize=4)
def _load(asked: _Asked) -> Plans:
    rates = asked.dimensions.rates
    plans = Plans(
        load_scenarios(asked.config, asked.prices, rates, asked.as_known_at),
        load_capacity(asked.config),
        load_norms(asked.config),
        load_planning(asked.config, asked.company, asked.as_known_at),
    )
    for each in (plans.capacity, plans.norms, plans.planning):
        each.require(rates.knows)
    return plans
