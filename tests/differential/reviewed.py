"""The reviewed list: what two price books may disagree about, why, and who is right."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path

from tests.differential.comparison import Disagreement, Line
from tests.differential.generated import Books

LIST = Path(__file__).parent / "reviewed.csv"
HEADER = (
    "provider", "model", "tier", "meter", "valid_from", "valid_to", "ours", "theirs", "cause", "evidence",
)  # fmt: skip
ANY = "*"
RATIOS = {"10/11x": Decimal(10) / 11}
"""How their price may be called beside ours: what a region costs without its surcharge."""


@dataclass(frozen=True)
class Entry:
    """One line of the list. Several values of a cell stand beside each other; a model may be a pattern."""

    providers: tuple[str, ...]
    models: tuple[str, ...]
    tiers: tuple[str, ...]
    meters: tuple[str, ...]
    starts: datetime
    ends: datetime
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    cause: str
    place: str

    def covers(self, found: Disagreement, ours: set[str], theirs: set[str]) -> bool:
        """Whether it is about this disagreement; `ours` and `theirs` are what each side may be called."""
        usage = found.usage
        return (
            _is_in(usage.provider, self.providers)
            and _is_in(usage.tier, self.tiers)
            and _is_in(found.meter, self.meters)
            and self.starts <= usage.at < self.ends
            and any(fnmatchcase(usage.model, pattern) for pattern in self.models)
            and (ANY in self.ours or not ours.isdisjoint(self.ours))
            and (ANY in self.theirs or not theirs.isdisjoint(self.theirs))
        )


def read() -> list[Entry]:
    """The entries of the list, in order."""
    with LIST.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert tuple(reader.fieldnames or ()) == HEADER
        return [_entry(row, f"{LIST.name} line {reader.line_num}") for row in reader]


def first_covering(entries: Iterable[Entry], found: Disagreement, books: Books) -> Entry | None:
    """The first entry that is about a disagreement: what is particular stands above what is general."""
    ours, theirs = ours_is(found, books), theirs_is(found)
    return next((entry for entry in entries if entry.covers(found, ours, theirs)), None)


def ours_is(found: Disagreement, books: Books) -> set[str]:
    """Our price as its rate and its basis, or why there is none."""
    if found.ours.rate is not None:
        return {_written(found.ours), found.ours.basis}
    if found.reason == "unknown_model":
        return {"none", "no model"}
    usage = found.usage
    span = books.span((usage.provider, usage.model), usage.tier)
    if span is None:
        return {"none", "no tier"}
    if not span[0] <= usage.at < span[1]:
        return {"none", "not yet" if usage.at < span[0] else "no more"}
    return {"none", "no meter" if found.has_rates else "gap"}


def theirs_is(found: Disagreement) -> set[str]:
    """Their price as its rate, and as that of another tier or meter where it is no other."""
    names: set[str] = set()
    if found.usage.tier != "standard" and found.theirs.rate == found.standard.rate:
        names.add("standard")
    if found.meter.startswith("cache_") and found.theirs.rate in found.uncached:
        names.add("input")
    if found.meter == "cache_write_1h_tokens" and found.theirs.rate == found.short_write:
        names.add("5m write")
    names |= {"own rate"} if not names and found.theirs.rate else set()
    if found.ours.rate and found.theirs.rate:
        ratio = found.theirs.rate / found.ours.rate
        names |= {name for name, wanted in RATIOS.items() if abs(ratio - wanted) < Decimal("1e-4")}
    return names | {_written(found.theirs)}


def _entry(row: dict[str, str], place: str) -> Entry:
    assert all(row[name] for name in HEADER if name not in ("valid_from", "valid_to")), place
    return Entry(
        *(tuple(row[name].split()) for name in ("provider", "model", "tier", "meter")),
        _instant(row["valid_from"], datetime.min.replace(tzinfo=UTC)),
        _instant(row["valid_to"], datetime.max.replace(tzinfo=UTC)),
        *(tuple(row[name].split("; ")) for name in ("ours", "theirs")),
        row["cause"],
        place,
    )


def _instant(written: str, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC) if written else otherwise


def _is_in(value: str, wanted: tuple[str, ...]) -> bool:
    return ANY in wanted or value in wanted


def _written(line: Line) -> str:
    return f"{line.rate:f}" if line.rate is not None else "none"
