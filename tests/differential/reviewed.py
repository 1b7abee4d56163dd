"""The reviewed list: what two price books may disagree about, why, and who is right."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path

from tests.differential.comparison import is_rounded
from tests.differential.disagreement import Disagreement
from tests.differential.generated import Books
from tests.differential.ours import Line

LIST = Path(__file__).parent / "reviewed.csv"
HEADER = (
    "list", "provider", "model", "tier", "region", "meter", "valid_from", "valid_to", "ours", "theirs",
    "cause", "evidence",
)  # fmt: skip
VERDICTS = ("They are wrong: ", "They may be wrong: ", "Open: ", "Missing: ")
"""How the cause of an entry begins: a mistake of ours is mended, not listed."""

SHOWN = 40
"""How many kinds of unreviewed disagreement a failure shows."""

ANY = "*"
NOWHERE = "-"
"""The region of a call that has none."""

RATIOS = {
    "10/11x": Decimal(10) / 11, "11/10x": Decimal("1.1"), "12/11x": Decimal(12) / 11, "6/5x": Decimal("1.2"),
    "1/2x": Decimal("0.5"), "2x": Decimal(2),
}  # fmt: skip
"""How their price may be called beside ours: with or without the surcharge of a place, half, double."""


@dataclass(frozen=True)
class Entry:
    """One line of the list. Several values of a cell stand beside each other; a model may be a pattern."""

    catalogues: tuple[str, ...]
    providers: tuple[str, ...]
    models: tuple[str, ...]
    tiers: tuple[str, ...]
    regions: tuple[str, ...]
    meters: tuple[str, ...]
    starts: datetime
    ends: datetime
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    cause: str
    place: str

    def covers(self, found: Disagreement, ours: set[str], theirs: set[str]) -> bool:
        """Whether it is about this disagreement; `ours` and `theirs` are what each side may be called."""
        call = found.call
        return (
            found.catalogue in self.catalogues
            and _is_in(call.provider, self.providers)
            and _is_in(call.tier, self.tiers)
            and _is_in(call.region or NOWHERE, self.regions)
            and _is_in(found.meter, self.meters)
            and self.starts <= call.at < self.ends
            and any(fnmatchcase(call.model, pattern) for pattern in self.models)
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


def shown(unreviewed: Iterable[Disagreement], books: Books) -> str:
    """What no entry is about, by kind, as much of it as a reader can take in; empty if there is nothing."""
    kinds = Counter(_kind(found, books) for found in unreviewed)
    if not kinds:
        return ""
    lines = [f"{number:5} {kind}" for kind, number in sorted(kinds.items())[:SHOWN]]
    return "\n".join([f"{kinds.total()} lines of {len(kinds)} kinds are not reviewed:", *lines])


def ours_is(found: Disagreement, books: Books) -> set[str]:
    """Our price as its rate, its basis and its sources, or why there is none."""
    if found.ours.rate is not None:
        sources = {f"from {source}" for source in found.ours.sources.split("; ")}
        return {_written(found.ours), found.ours.basis} | sources
    if found.reason == "unknown_model":
        return {"none", "no model"}
    call = found.call
    span = books.span((call.provider, call.model), call.tier)
    if span is None:
        return {"none", "no tier"}
    if not span[0] <= call.at < span[1]:
        return {"none", "not yet" if call.at < span[0] else "no more"}
    return {"none", "no meter" if found.has_rates else "gap"}


def theirs_is(found: Disagreement) -> set[str]:
    """Their price as its rate, as another of theirs, and as what it is of ours."""
    names = found.their_names()
    if found.ours.rate and found.theirs.rate:
        ratio = found.theirs.rate / found.ours.rate
        names |= {name for name, wanted in RATIOS.items() if abs(ratio - wanted) < Decimal("1e-4")}
        names |= {"rounded"} if is_rounded(found.ours.rate, found.theirs.rate) else set()
    return names | {_written(found.theirs)}


def _kind(found: Disagreement, books: Books) -> str:
    call = found.call
    words = (found.catalogue, call.provider, call.model, call.tier, call.region or NOWHERE, found.meter)
    sides = ("/".join(sorted(names)) for names in (ours_is(found, books), theirs_is(found)))
    return f"{' '.join(words)} {call.at:%Y-%m-%d}: ours {', theirs '.join(sides)}"


def _entry(row: dict[str, str], place: str) -> Entry:
    assert all(row[name] for name in HEADER if name not in ("valid_from", "valid_to")), place
    return Entry(
        *(tuple(row[name].split()) for name in ("list", "provider", "model", "tier", "region", "meter")),
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
