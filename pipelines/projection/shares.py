"""Rows of usage for many equal requests: split by tier, their input split by what the cache does with it.

The pricing query takes the rows; here tokens are only counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.projection.question import Question

BATCH = "batch"
UNCACHED, READ, WRITE = "uncached_input_tokens", "cache_read_tokens", "cache_write_tokens"
Card = Mapping[str, Any]
TIMED_WRITES = ("cache_write_5m_tokens", "cache_write_1h_tokens")


@dataclass(frozen=True)
class Part:
    """Requests on one tier, of which `hits` read the prefix from the cache; there are `times` such parts."""

    tier: str
    requests: int
    hits: int
    times: int = 1


def parts(question: Question) -> list[Part]:
    """The requests of a question by tier, in whole numbers.

    Of all requests `requests * permille // 1000` are on the batch tier, and as many by the share of hits are
    hits. The same share holds on the batch tier; the other tier has the hits that are left.
    """
    requests, mix = question.requests, question.mix
    batch, hits = (requests * share // 1000 for share in (mix.batch_permille, mix.cache_hit_permille))
    batch_hits = batch * mix.cache_hit_permille // 1000
    found = [
        Part(question.service_tier, requests - batch, hits - batch_hits),
        Part(BATCH, batch, batch_hits),
    ]
    return [part for part in found if part.requests] or found[:1]


@dataclass(frozen=True)
class CacheMeters:
    """The meters that a cached prefix is billed on."""

    read: str
    write: str

    @property
    def has_cache(self) -> bool:
        """Whether reading costs anything else than uncached input."""
        return self.read != UNCACHED


def cache_meters(cards: Sequence[Card], tier: str, ttl: str) -> CacheMeters:
    """How a model bills a cached prefix on a tier.

    A batch tier without a rate for cached input has no cache: the prefix is uncached input there, as in the
    scenario `batch`. Writing has the meter of the time to live if the model has such meters on any tier, else
    the meter without one, else it is uncached input. A meter without a rate on the tier leaves the row
    without a price.

    Args:
        cards: the rows of the rate card of the model at one instant and context, on every tier.
        tier: the service tier of the requests.
        ttl: how long the prefix is to stay in the cache, `5m` or `1h`.
    """
    mine = [card for card in cards if card["service_tier"] == tier]
    if tier == BATCH and mine and not _has(mine, READ):
        return CacheMeters(UNCACHED, UNCACHED)
    if any(_has(cards, meter) for meter in TIMED_WRITES):
        return CacheMeters(READ, f"cache_write_{ttl}_tokens")
    return CacheMeters(READ, WRITE if _has(cards, WRITE) else UNCACHED)


def cut(question: Question, part: Part, meters: CacheMeters, cards: Sequence[Card]) -> Iterator[Part]:
    """The part as it is if the pricing query can multiply it in 64 bits, else in equal parts that it can.

    Equal parts cost the same, so that one of them is priced and counted. A single request that is too large
    stays with all others, and without a price.
    """
    most = min((card["most_tokens"] for card in cards if card["service_tier"] == part.tier), default=0)
    single = [replace(part, requests=1, hits=hits) for hits in (1, 0)]
    largest = [max(tokens(question, each, meters).values()) for each in single]
    if max(tokens(question, part, meters).values()) <= most or max(largest) > most:
        yield part
        return
    for each, size, requests in zip(single, largest, (part.hits, part.requests - part.hits), strict=True):
        many = most // max(size, 1)
        times, rest = divmod(requests, many)
        for count, repeated in ((many, times), (rest, 1)):
            if count and repeated:
                yield replace(each, requests=count, hits=each.hits * count, times=repeated)


def _has(cards: Sequence[Card], meter: str) -> bool:
    return any(card[f"{meter}_rate"] is not None for card in cards)


def tokens(question: Question, part: Part, meters: CacheMeters) -> dict[str, int]:
    """Counts of all requests of a part, by meter."""
    prefix = question.mix.cached_prefix_tokens
    counts = Counter[str]()
    counts[UNCACHED] += (question.input_tokens - prefix) * part.requests
    counts[READ] += question.cache_read_tokens * part.requests
    counts["output_tokens"] += question.output_tokens * part.requests
    counts[meters.read] += prefix * part.hits
    counts[meters.write] += prefix * (part.requests - part.hits)
    return dict(counts)


def alive(cards: Iterable[Card], name: tuple[str, str], question: Question) -> list[Card]:
    """The rows of the rate card that a question meets, whatever their tier."""
    context = context_tokens(question)
    return [
        card for card in cards
        if (card["provider"], card["alias"], card["region"]) == (*name, "*")
        and card["valid_from"] <= question.on < card["valid_to"]
        and card["context_min_tokens"] <= context <= card["context_max_tokens"]
    ]  # fmt: skip


def context_tokens(question: Question) -> int:
    """All input of one request; it chooses the context band of all of them."""
    return question.input_tokens + question.cache_read_tokens
