"""Whose warehouse it is: it remembers the company whose files built it, and another's are refused.

A company is known by `company:` in its settings.yml, without it by the path of its folder. Whoever edits the
files of one company, also its name or where they lie, says with `company:` that it is the same.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import LedgerError
from pipelines.settings import NOWHERE, SETTINGS, Company, Locations
from pipelines.warehouse.layout import Layout, write_json

_UNKNOWN = object()
"""What a warehouse says that was built before warehouses remembered their company."""


@dataclass(frozen=True)
class Belonging:
    """A warehouse and the company that wants to write it."""

    layout: Layout
    config: Path
    name: str | None

    @classmethod
    def of(cls, locations: Locations, company: Company) -> "Belonging":
        """The company of these folders at their warehouse."""
        return cls(Layout(locations.warehouse), locations.config, company.company)

    @property
    def known_as(self) -> str | None:
        """What the warehouse remembers: name or folder, nothing of a run without a configuration."""
        return self.name or (None if self.config == NOWHERE else str(self.config))

    def adoption(self) -> str:
        """A sentence when the warehouse becomes the company's with this run though it was built before.

        Raises:
            LedgerError: the warehouse is another company's; the message says how to go on.
        """
        before = self._remembered()
        if before == self.known_as or (before == str(self.config) and before is not None):
            return ""
        if self.known_as is None:
            whose = "of a company" if before is _UNKNOWN else f"of {before}"
            raise LedgerError(
                f"{self.layout.root} is the warehouse {whose} and this run has no configuration:"
                " name the company's folder with --config, or another --warehouse"
            )
        if before is _UNKNOWN or before is None:
            built = (
                "before warehouses knew their company" if before is _UNKNOWN else "without a configuration"
            )
            return f"{self.layout.root} was built {built}; from now on it is the warehouse of {self.known_as}"
        raise LedgerError(
            f"{self.layout.root} is the warehouse of {before}, not of {self.known_as}: name another"
            f" --warehouse; if both are the same company, write `company: {json.dumps(before)}` into"
            f" {self.config / SETTINGS}"
        )

    def claim(self) -> None:
        """Let the warehouse remember the company; raise `LedgerError` when it is another's."""
        self.adoption()
        if self._remembered() != self.known_as or not self.layout.company.is_file():
            write_json(self.layout.company, {"company": self.known_as})

    def _remembered(self) -> object:
        """Who built the warehouse; a new one is anybody's."""
        if self.layout.company.is_file():
            return json.loads(self.layout.company.read_text(encoding="utf-8"))["company"]
        return _UNKNOWN if self.layout.published.is_file() else self.known_as
