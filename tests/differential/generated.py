"""Twenty thousand generated usages over every name that this price book and genai-prices both know.

A name has its own random numbers, so that a change of one model's prices leaves the usages of others alone.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, islice

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, StartDateConstraint, TieredPrices, TimeOfDateConstraint

from pipelines.book.aliases import Alias
from pipelines.book.cells import Cell
from pipelines.book.prices import UNBOUNDED
from pipelines.book.rates import Name, Rates

USAGES = 20_000
FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
MICROSECOND, HOUR = timedelta(microseconds=1), timedelta(hours=1)
PROVIDERS = {
    "anthropic": "anthropic", "aws-bedrock": "aws", "azure": "azure", "azure-ai": "azure",
    "deepseek": "deepseek", "google": "google", "google-vertex": "google", "mistral": "mistral",
    "openai": "openai", "openrouter": "openrouter", "xai": "x-ai",
}  # fmt: skip
"""Our provider to theirs."""

CONTEXTS: dict[str, dict[str, str]] = {
    "standard": {},
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"speed": "fast"},
}
"""Our service tier to the context in which they choose a variant."""

MAKERS = ("anthropic", "deepseek", "google", "mistral", "openai", "xai")
TURNS_OF_A_MAKER = 4
"""How many usages of a maker's name there are to one of a host's."""

KEYS = {
    "uncached_input_tokens": "input_mtok",
    "cache_read_tokens": "cache_read_mtok",
    "cache_write_5m_tokens": "cache_write_mtok",
    "cache_write_1h_tokens": "cache_write_1h_mtok",
    "output_tokens": "output_mtok",
}
"""Our meter to their price."""

OF_A_ROUTER = ("azure/", "azure_ai/", "bedrock", "claude_platform/", "us-gov.", "vertex_ai/")
"""How ids begin that a host itself does not use: they carry a router's name for it, or a region."""

GHOST = "-20991231"
"""Behind the name of a model it makes one that does not exist; a match by prefix does not notice."""

SURELY = tuple(
    datetime.fromisoformat(day).replace(tzinfo=UTC)
    for day in ("2025-06-10", "2026-03-13", "2026-04-30", "2026-07-30", "2026-08-21", "2026-10-14")
)
"""Days on which something changed somewhere, for names whose own days are few."""

FEW = 4


@dataclass(frozen=True)
class Generated:
    """A request: what was called, when, in which tier, with how many tokens of each kind."""

    provider: str
    model: str
    tier: str
    at: datetime
    units: Mapping[str, int]
    region: str = ""

    @property
    def input_tokens(self) -> int:
        """All tokens of the prompt."""
        return sum(units for meter, units in self.units.items() if meter != "output_tokens")


class Books:
    """Our rates, and the meanings of each name."""

    def __init__(self, rates: Rates, aliases: Iterable[Alias]) -> None:
        self.rates = rates
        self.meanings: dict[Name, list[Alias]] = defaultdict(list)
        for alias in aliases:
            self.meanings[alias.provider, alias.alias].append(alias)

    def cells(self, name: Name) -> list[Cell]:
        """The cells of all skus a name has stood for, in the tiers compared."""
        skus = sorted({(alias.provider, alias.sku) for alias in self.meanings[name]})
        return [cell for sku in skus for cell in self.rates.cells(sku) if cell.shelf[2] in CONTEXTS]

    def span(self, name: Name, tier: str) -> tuple[datetime, datetime] | None:
        """From when until when a name has some price in a tier."""
        spans = [
            (max(alias.valid_from, cell.valid_from), min(alias.valid_to, cell.valid_to))
            for alias in self.meanings[name]
            for cell in self.rates.cells((alias.provider, alias.sku))
            if cell.shelf[2] == tier and cell.shelf[3] in ("*", alias.region)
        ]
        spans = [span for span in spans if span[0] < span[1]]
        return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None

    def names(self) -> list[Name]:
        """Every name that both sides have token prices for, in order."""
        return [
            (provider, model)
            for provider, model in self.rates.names
            if not model.startswith(OF_A_ROUTER)
            and (theirs := their_model(provider, model))
            and "input_mtok" in _keys(theirs)
            and any(price.meter in KEYS for cell in self.cells((provider, model)) for price in cell.prices)
        ]


def their_model(provider: str, model: str) -> ModelInfo | None:
    """The model that they find for one of our names."""
    try:
        return get_snapshot().find_provider_model(model, None, PROVIDERS[provider], None)[1]
    except LookupError:
        return None


def usages(books: Books) -> Iterator[Generated]:
    """Every name in turn, until there are enough; always the same ones for the same two books."""
    streams = [
        stream
        for name in books.names()
        for stream in [_stream(books, name)] * (TURNS_OF_A_MAKER if name[0] in MAKERS else 1)
    ]
    return islice((next(stream) for _ in count() for stream in streams), USAGES)


def _stream(books: Books, name: Name) -> Iterator[Generated]:
    """Endless usages of one name: every tier at each of its days of change in turn, sizes drawn."""
    draw = random.Random("/".join(name))  # noqa: S311
    theirs = their_model(*name)
    assert theirs
    cells = books.cells(name)
    life = min(cell.valid_from for cell in cells), min(LAST, max(cell.valid_to for cell in cells))
    edges = [edge for edge in _edges(books, name, cells, theirs) if life[0] <= edge <= life[1]]
    edges += [edge for edge in SURELY if len(edges) < FEW and life[0] <= edge <= life[1]] or [life[0]]
    limits = sorted({*_thresholds(theirs), *(edge for cell in cells for edge in _bounds(cell))})
    written = [meter for meter in KEYS if "write" in meter and _is_sold(meter, cells, theirs)]
    while True:
        turns = [(edge, tier) for edge in edges for tier in _tiers(theirs, cells, draw)]
        for edge, tier in draw.sample(turns, len(turns)):
            near = draw.choice((-MICROSECOND, timedelta(0), draw.randrange(-60, 60) * HOUR))
            at = _inside(edge + near, life, draw)
            ghost = GHOST if draw.random() < 0.02 and their_model(name[0], name[1] + GHOST) else ""
            yield Generated(name[0], name[1] + ghost, tier, at, _units(draw, limits, written))


def _edges(books: Books, name: Name, cells: Iterable[Cell], theirs: ModelInfo) -> list[datetime]:
    """Instants at which either side has another price than before, in the time compared."""
    found = {edge for cell in cells for edge in (cell.valid_from, cell.valid_to)}
    found |= {edge for alias in books.meanings[name] for edge in (alias.valid_from, alias.valid_to)}
    dated = theirs.prices if isinstance(theirs.prices, list) else []
    for constraint in [each.constraint for each in (*dated, *(theirs.price_variants or ()))]:
        if isinstance(constraint, StartDateConstraint):
            found.add(datetime(*constraint.start_date.timetuple()[:3], tzinfo=UTC))
        if isinstance(constraint, TimeOfDateConstraint):
            found |= {
                day + timedelta(hours=hour)
                for day in (*SURELY, LAST - timedelta(days=4))
                for hour in (constraint.start_time.hour, constraint.end_time.hour)
            }
    return sorted(edge for edge in found if FIRST <= edge <= LAST)


def _inside(at: datetime, life: tuple[datetime, datetime], draw: random.Random) -> datetime:
    """The instant itself, or now and then any other in the life of the model or outside of it."""
    if draw.random() > 0.03 and FIRST <= at <= LAST:
        return at if draw.random() < 0.8 else max(life[0], FIRST) + draw.random() * _length(life)
    return FIRST + draw.random() * (LAST - FIRST)


def _length(life: tuple[datetime, datetime]) -> timedelta:
    return max(timedelta(0), min(life[1], LAST) - max(life[0], FIRST))


def _tiers(theirs: ModelInfo, cells: Iterable[Cell], draw: random.Random) -> list[str]:
    """Standard, the tiers that they have a variant for, and now and then one that only we price."""
    variants = theirs.price_variants or ()
    sold = [tier for tier, context in CONTEXTS.items() if any(each.when == context for each in variants)]
    ours = sorted({cell.shelf[2] for cell in cells} - {"standard", *sold})
    return ["standard", *sold, *(draw.sample(ours, 1) if ours and draw.random() < 0.1 else ())]


def _units(draw: random.Random, limits: list[int], written: list[str]) -> dict[str, int]:
    """Counts by meter, often such that the whole prompt lies at a threshold or one beside it."""
    units = {"uncached_input_tokens": draw.randrange(1, 20_000), "output_tokens": draw.randrange(0, 9000)}
    if draw.random() < 0.7:
        units["cache_read_tokens"] = draw.randrange(1, 90_000)
    for meter in written:
        if draw.random() < 0.6:
            units[meter] = draw.randrange(1, 9000)
    if limits and draw.random() < 0.6:
        wanted = draw.choice(limits) + draw.choice((-1, 0, 1, draw.randrange(-90_000, 90_000)))
        meter = draw.choice([each for each in units if each != "output_tokens"])
        others = sum(units.values()) - units["output_tokens"] - units[meter]
        units[meter] = max(1, wanted - others)
    return units


def _is_sold(meter: str, cells: Iterable[Cell], theirs: ModelInfo) -> bool:
    return KEYS[meter] in _keys(theirs) or any(p.meter == meter for cell in cells for p in cell.prices)


def _bounds(cell: Cell) -> set[int]:
    return {cell.context_min_tokens, cell.context_max_tokens} - {0, UNBOUNDED}


def _priced(theirs: ModelInfo) -> list[ModelPrice]:
    dated = theirs.prices if isinstance(theirs.prices, list) else [theirs]
    return [each.prices for each in (*dated, *(theirs.price_variants or ()))]


def _keys(theirs: ModelInfo) -> set[str]:
    return {key for prices in _priced(theirs) for key in prices.__dict__}


def _thresholds(theirs: ModelInfo) -> set[int]:
    values = [value for prices in _priced(theirs) for value in prices.__dict__.values()]
    return {tier.start for value in values if isinstance(value, TieredPrices) for tier in value.tiers}
