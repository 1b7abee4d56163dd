"""A line that our book and a catalogue price differently, and what each side's price may be called."""

from dataclasses import dataclass
from decimal import Decimal

from tests.differential.ours import Call, Line


@dataclass(frozen=True)
class Disagreement:
    """One meter of one call. `has_rates` tells that we have rates of other meters."""

    catalogue: str
    call: Call
    meter: str
    ours: Line
    theirs: Line
    has_rates: bool
    reason: str

    def their_names(self) -> set[str]:
        """How their price may be called beside others of theirs."""
        return set()


@dataclass(frozen=True)
class AmongTheirs(Disagreement):
    """One whose price can be called by the other prices they take for the call.

    `standard` is what they take for it in the standard tier, `uncached` what they take for input in this tier
    and in the standard one, `short_write` their five-minute write; `is_undated` tells that the price has no
    first day.
    """

    standard: Line
    uncached: tuple[Decimal | None, ...]
    short_write: Decimal | None
    is_undated: bool

    def their_names(self) -> set[str]:
        """`standard`, `input`, `5m write`, or `own rate` where it is none of these but not zero."""
        rate = self.theirs.rate
        names: set[str] = set()
        if self.call.tier != "standard" and rate == self.standard.rate:
            names.add("standard")
        if self.meter.startswith("cache_") and rate in self.uncached:
            names.add("input")
        if self.meter == "cache_write_1h_tokens" and rate == self.short_write:
            names.add("5m write")
        names = names or ({"own rate"} if rate else set())
        return names | ({"undated"} if self.is_undated else set())
