"""How prompts are cached: dated rules of a sku, or of all skus of a provider that have none of their own.

What a cached token costs is a rate of the price book; which tokens can be cached, and how long, is here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.book.dated import applying, believed, overlaps
from pipelines.book.meters import Meter
from pipelines.book.prices import BASES
from pipelines.book.text import Row, read_rows
from pipelines.errors import BookError

HEADER = (
    "provider", "sku", "minimum_tokens", "step_tokens", "breakpoints", "isolation", "ttl_short_seconds",
    "ttl_long_seconds", "write_meter_short", "write_meter_long", "valid_from", "valid_to", "known_from",
    "known_to", "basis", "source", "source_ref", "note",
)  # fmt: skip
EVERY = "*"
"""Every sku of a provider that has no line of its own."""

WORKSPACE, ORGANIZATION = "workspace", "organization"
"""Who shares what was cached: one workspace, or all of an organization."""


@dataclass(frozen=True, slots=True)
class CacheRule:
    """What the cache of a sku did from `valid_from` until before `valid_to`, as believed over `known_*`.

    `breakpoints` is None where every prefix of a prompt is looked up and kept. A lifetime is None where there
    is no such cache, and a meter where its writes are billed as uncached input.
    """

    provider: str
    sku: str
    minimum_tokens: int
    step_tokens: int
    breakpoints: int | None
    isolation: str
    ttl_short_seconds: int | None
    ttl_long_seconds: int | None
    write_meter_short: str | None
    write_meter_long: str | None
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    basis: str
    source: str
    source_ref: str
    note: str
    place: str

    @property
    def lifetimes(self) -> list[int]:
        """Seconds that its caches keep an entry, those that it has."""
        return [life for life in (self.ttl_short_seconds, self.ttl_long_seconds) if life is not None]


def load_cache_rules(folder: Path, meters: Iterable[Meter]) -> tuple[CacheRule, ...]:
    """Read `cache_rules.csv`, which a book need not have; in order of provider, sku and time.

    Raises:
        BookError: a count or lifetime that is not above zero, a meter that is unknown or counts no tokens, no
            source, or two rules of one sku at one instant.
    """
    path = folder / "cache_rules.csv"
    names = {meter.name for meter in meters if meter.is_token}
    rules = [_rule(row, names) for row in read_rows(path, HEADER)] if path.is_file() else []
    for other, at in overlaps(rules, lambda rule: (rule.provider, rule.sku)):
        raise BookError(f"{other.place}: {other.provider} {other.sku} has two cache rules at {at}")
    return tuple(sorted(rules, key=lambda rule: (rule.provider, rule.sku, rule.known_from, rule.valid_from)))


def cache_rule(
    rules: Iterable[CacheRule], provider: str, sku: str, at: datetime, known_at: datetime
) -> CacheRule | None:
    """The rule of a sku at an instant as believed at another; None where nothing is known of its cache.

    A line of the sku itself goes before the line of its provider.
    """
    alive = applying(believed(rules, known_at), at)
    found = {rule.sku: rule for rule in alive if rule.provider == provider and rule.sku in (sku, EVERY)}
    return found.get(sku, found.get(EVERY))


def _rule(row: Row, meters: set[str]) -> CacheRule:
    if row["isolation"] not in (WORKSPACE, ORGANIZATION):
        raise row.fail(f"isolation {row['isolation']!r} is neither {WORKSPACE} nor {ORGANIZATION}")
    if row["basis"] not in BASES:
        raise row.fail(f"basis {row['basis']!r} is none of {', '.join(BASES)}")
    if row["basis"] == "assumed" and not row["note"]:
        raise row.fail("an assumed rule needs its reason in note")
    rule = CacheRule(
        row.need("provider"), row.need("sku"), _positive(row, "minimum_tokens"),
        _positive(row, "step_tokens"), _optional(row, "breakpoints"), row["isolation"],
        _optional(row, "ttl_short_seconds"), _optional(row, "ttl_long_seconds"),
        _meter(row, "short", meters), _meter(row, "long", meters),
        *row.interval("valid_from", "valid_to"), *row.known(), row["basis"], row.need("source"),
        row.need("source_ref"), row["note"], row.place,
    )  # fmt: skip
    _prove_lifetimes(rule, row)
    return rule


def _positive(row: Row, name: str) -> int:
    row.need(name)
    value = row.integer(name, 0)
    if value == 0:
        raise row.fail(f"{name} must be above zero")
    return value


def _optional(row: Row, name: str) -> int | None:
    return _positive(row, name) if row[name] else None


def _meter(row: Row, life: str, meters: set[str]) -> str | None:
    name = row[f"write_meter_{life}"]
    if name and name not in meters:
        raise row.fail(f"write_meter_{life} {name!r} is no meter of tokens")
    if name and not row[f"ttl_{life}_seconds"]:
        raise row.fail(f"write_meter_{life} {name} has no ttl_{life}_seconds")
    return name or None


def _prove_lifetimes(rule: CacheRule, row: Row) -> None:
    short, long = rule.ttl_short_seconds, rule.ttl_long_seconds
    if short is None and long is None:
        raise row.fail("ttl_short_seconds and ttl_long_seconds are both empty")
    if short is not None and long is not None and short >= long:
        raise row.fail(f"ttl_short_seconds {short} is not below ttl_long_seconds {long}")
