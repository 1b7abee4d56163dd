"""Exact ratios on rates: what a provider states (residency), and what the company agreed (contracts, fees).

List price = published rate x the provider's ratios; effective price = list price x the company's ratios.
A product of fractions is exact in any order; `sequence` says in which order a reader should think of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

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
    found = [_adjustment(row, tuple(kinds), names) for row in read_rows(path, HEADER)]
    return tuple(sorted(found, key=lambda each: (each.provider, each.sequence, each.kind, each.valid_from)))


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
