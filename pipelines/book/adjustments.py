"""Exact ratios on rates: what a provider states (residency), and what the company agreed (contracts, fees).

List price = published rate x the provider's ratios; effective price = list price x the company's ratios.
A product of fractions is exact in any order; `sequence` says in which order a reader should think of them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import chain
from pathlib import Path

from pipelines.book.dated import both_from
from pipelines.book.meters import Meter
from pipelines.book.text import Row, read_rows

HEADER = (
    "provider", "sku", "meter", "service_tier", "region", "kind", "numerator", "denominator", "sequence",
    "valid_from", "valid_to", "known_from", "known_to", "source", "source_ref", "note",
)  # fmt: skip
PROVIDER_KINDS = ("residency",)
COMPANY_KINDS = ("contract", "commitment", "reseller_fee")
ANY, TOKENS = "*", "tokens"
"""Every meter; every meter that counts tokens."""


@dataclass(frozen=True)
class Adjustment:
    """From `valid_from` until before `valid_to`, rates that it is for count `ratio` times."""

    provider: str
    sku: str
    meter: str
    service_tier: str
    region: str
    kind: str
    ratio: Fraction
    sequence: int
    valid_from: datetime
    valid_to: datetime
    known_from: datetime
    known_to: datetime
    source_ref: str

    @property
    def subject(self) -> tuple[object, ...]:
        """What may have one ratio at one instant."""
        place = (self.provider, self.sku, self.meter, self.service_tier, self.region)
        return (*place, self.kind, self.sequence)

    @property
    def is_of_provider(self) -> bool:
        """Whether it makes the list price rather than the company's own."""
        return self.kind in PROVIDER_KINDS

    def is_for_sku(self, provider: str, sku: str) -> bool:
        """Whether it changes rates of a sku."""
        return self.provider == provider and self.sku in (ANY, sku)

    def is_for_shelf(self, provider: str, sku: str, service_tier: str, region: str) -> bool:
        """Whether it changes rates of a shelf."""
        if not self.is_for_sku(provider, sku):
            return False
        return self.service_tier in (ANY, service_tier) and self.region in (ANY, region)

    def is_for_meter(self, meter: Meter) -> bool:
        """Whether it changes rates of a meter."""
        return self.meter in (ANY, meter.name) or (self.meter == TOKENS and meter.is_token)

    def __str__(self) -> str:
        return f"{self.kind} {self.ratio}"


def load_adjustments(path: Path, kinds: Iterable[str], meters: Iterable[Meter]) -> tuple[Adjustment, ...]:
    """Read a file of ratios, which need not exist; raise `BookError` for another kind or an unknown meter."""
    if not path.is_file():
        return ()
    names = {ANY, TOKENS, *(meter.name for meter in meters)}
    by_subject: dict[tuple[object, ...], list[Adjustment]] = defaultdict(list)
    for row in read_rows(path, HEADER):
        each = _adjustment(row, tuple(kinds), names)
        _prove_once(each, by_subject[each.subject], row)
        by_subject[each.subject].append(each)
    found = chain.from_iterable(by_subject.values())
    return tuple(sorted(found, key=lambda each: (each.provider, each.sequence, each.kind, each.valid_from)))


def _prove_once(each: Adjustment, alike: Iterable[Adjustment], row: Row) -> None:
    """One thing has one ratio of a kind and sequence at a time; another sequence is another step."""
    for other in alike:
        at = both_from(each, other)
        if at is not None:
            raise row.fail(f"{each.provider} {each.sku} has {each.kind} twice at {at.isoformat()}")


def _adjustment(row: Row, kinds: tuple[str, ...], names: set[str]) -> Adjustment:
    if row["kind"] not in kinds:
        raise row.fail(f"kind {row['kind']!r} is none of {', '.join(kinds)}")
    if row["meter"] not in names:
        raise row.fail(f"unknown meter {row['meter']!r}")
    numerator, denominator = row.integer("numerator", 0), row.integer("denominator", 0)
    if numerator <= 0 or denominator <= 0:
        raise row.fail("numerator and denominator must be above zero")
    return Adjustment(
        row.need("provider"), row.need("sku"), row["meter"], row.need("service_tier"), row.need("region"),
        row["kind"], Fraction(numerator, denominator), row.integer("sequence", 0),
        *row.interval("valid_from", "valid_to"), *row.known(), row.need("source_ref"),
    )  # fmt: skip
