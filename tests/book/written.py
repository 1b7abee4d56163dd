"""The price book as it is written: lines of its files, read without the project's own readers."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

DAWN, ENDLESS = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NOT_PRICES = (
    "adjustments", "aliases", "bands", "batch_rules", "bill_lines", "cache_rules", "equivalents", "lineages",
    "meters", "open_questions", "proof_exceptions", "providers", "skus", "tokenizer_ratios", "tokenizers",
)  # fmt: skip

Text = Mapping[str, str]


def read(path: Path) -> list[Text]:
    """The lines of a CSV file, none if there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def instant(written: str, empty: datetime = ENDLESS) -> datetime:
    """A day is its midnight in UTC; nothing written is without end."""
    found = datetime.fromisoformat(written) if written else empty
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def holds(row: Text, at: datetime, axis: str = "valid") -> bool:
    """Half open, on one of the two axes."""
    return instant(row[f"{axis}_from"], DAWN) <= at < instant(row[f"{axis}_to"])


def strikes(band: Text, at: datetime) -> bool:
    """Whether the clock on the wall of a band's zone is inside its hours."""
    wall = at.astimezone(ZoneInfo(band["tz"]))
    first, _, last = band["days"].partition("-")
    minute = wall.hour * 60 + wall.minute
    (from_hour, from_minute), (to_hour, to_minute) = (band[edge].split(":") for edge in ("from", "to"))
    in_hours = int(from_hour) * 60 + int(from_minute) <= minute < int(to_hour) * 60 + int(to_minute)
    return in_hours and WEEK.index(first) <= wall.weekday() <= WEEK.index(last or first)


def is_for(ratio: Text, meter: str, shelf: tuple[str, str, str]) -> bool:
    """Whether a line of adjustments changes the rate of a meter under a sku, tier and region."""
    meters = ("*", meter, *(["tokens"] if meter.endswith("_tokens") else []))
    said = (ratio["sku"], ratio["service_tier"], ratio["region"])
    wanted = zip(said, shelf, strict=True)
    return ratio["meter"] in meters and all(each in ("*", found) for each, found in wanted)


@dataclass(frozen=True)
class Rate:
    """One line of a provider's file."""

    meter: str
    tier: str
    region: str
    band: str
    attribute: str
    low: int
    high: int | None
    by_quantity: bool
    is_marginal: bool
    minimum: int
    rate: Decimal
    per: int
    currency: str
    starts: datetime
    ends: datetime
    known_from: datetime
    known_to: datetime
    basis: str

    @classmethod
    def of(cls, row: Text) -> "Rate":
        """A line of a provider's file, its cells in their types."""
        high = row["context_max_tokens"]
        return cls(
            row["meter"], row["service_tier"], row["region"], row["time_band"], row["attribute"],
            int(row["context_min_tokens"] or 0), int(high) if high else None,
            row["context_basis"] == "quantity", row["tier_mode"] == "marginal",
            int(row["minimum_quantity"] or 0), Decimal(row["rate"]), int(row["per"]), row["currency"],
            instant(row["valid_from"]), instant(row["valid_to"]),
            instant(row["known_from"], DAWN), instant(row["known_to"]), row["basis"],
        )  # fmt: skip

    @property
    def key(self) -> tuple[str, ...]:
        """What may have one rate at one instant and size, within a sku."""
        return (self.meter, self.tier, self.region, self.band, self.attribute)

    def spans(self, size: Decimal | int) -> bool:
        """Both ends of a band are inside; a part of a unit belongs to the band of the whole one."""
        return self.low - 1 < size and (self.high is None or size <= self.high)
