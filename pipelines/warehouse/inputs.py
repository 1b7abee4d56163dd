"""The named inputs of a part: which kind each one is, a digest of what they were, whether they have rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pipelines.analysis.periods import COMPARED, Comparison
from pipelines.book.dimensions import Dimensions
from pipelines.plans import Plans
from pipelines.warehouse.book_inputs import BookInputs
from pipelines.warehouse.checks import KIND_OF_FACT
from pipelines.warehouse.contracts import Table
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.expectations import Expectations
from pipelines.warehouse.export_holes import HOLES, HoleInputs
from pipelines.warehouse.findings import OPEN_FINDING, FindingInputs
from pipelines.warehouse.held_inputs import CHANGES, FILES, ChangeInputs, FileInputs, PartInputs, StagedInputs
from pipelines.warehouse.holdings import STAGED, Holdings, is_part
from pipelines.warehouse.kinds import Kind
from pipelines.warehouse.layout import content_digest
from pipelines.warehouse.plan_inputs import (
    ANALYSED,
    PLANNED,
    RESERVED,
    SAVINGS,
    AnalysisInputs,
    PlanningInputs,
    SavingsInputs,
)
from pipelines.warehouse.replay_input import REPLAYED_PROMPT, ReplayInput


@dataclass
class Inputs:
    """What the tables read, by name.

    Attributes:
        expected: what the findings are measured by.
        comparisons: the periods that are compared; where none is named, each month with the one before it.
    """

    holdings: Holdings
    dimensions: Dimensions
    plans: Plans = field(default_factory=Plans)
    expected: Expectations = field(default_factory=Expectations)
    comparisons: Sequence[Comparison] = ()

    @cached_property
    def days(self) -> list[str]:
        """The days of the ledger, sorted."""
        return self.plans.planning.days(self.holdings.staged_days)

    @cached_property
    def staged(self) -> StagedInputs:
        """Staged rows, which a large table reads in pieces."""
        return StagedInputs(self.holdings)

    @cached_property
    def replay(self) -> ReplayInput:
        """The replayed prompts, which are kept while tables of a day read them."""
        return ReplayInput(self.holdings, self.dimensions, self.plans.scenarios)

    @cached_property
    def _analysis(self) -> AnalysisInputs:
        return AnalysisInputs(self.holdings, self.plans.norms, self.comparisons)

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        kinds: list[tuple[Sequence[str], Kind]] = [
            (tuple(STAGED), self.staged),
            ((FILES,), FileInputs(self.holdings)),
            (Dimensions.NAMES, BookInputs(self.holdings, self.dimensions, self.plans)),
            (SAVINGS, SavingsInputs(self.plans)),
            (ANALYSED, self._analysis),
            (PLANNED, PlanningInputs(self.holdings, self.plans.planning)),
            ((REPLAYED_PROMPT,), self.replay),
            (CHANGES, ChangeInputs(self.holdings)),
            ((HOLES,), HoleInputs(self.holdings)),
            ((OPEN_FINDING,), FindingInputs(self.holdings, self.expected)),
        ]
        return {name: kind for names, kind in kinds for name in names}

    @cached_property
    def _parts(self) -> PartInputs:
        return PartInputs(self.holdings)

    def register(self, engine: Engine, table: Table, name: str, day: str) -> None:
        """Name an input of a table for a day.

        Raises:
            IntegrityError: a table that is read was not built.
        """
        self._kinds.get(name, self._parts).register(engine, table, name, day)

    def made_from(self, table: Table, day: str) -> str:
        """Digest of the SQL and of every input of a part: equal digests mean equal bytes."""
        said: list[object] = [table.digest, self.is_off(table)]
        said += [self._kinds.get(name, self._parts).says(table, name, day) for name in table.inputs]
        return content_digest(said)

    def usage(self, table: Table, day: str) -> str:
        """Digest of the usage a part holds: equal for two parts that differ in prices or owners alone."""
        said: list[object] = []
        for name in table.inputs:
            if name in STAGED:
                files = self.holdings.files(STAGED[name], day)
                said.append([(entry.source, entry.content_id) for entry in files])
            elif name in self.holdings.parts:
                said.append(self.holdings.files_of(name, day))
        return content_digest(said)

    def readers(self, table: Table, day: str) -> tuple[str, ...]:
        """The versions of what read the staged files of a part."""
        kinds = [STAGED[name] for name in table.inputs if name in STAGED]
        files = (entry for kind in kinds for entry in self.holdings.files(kind, day))
        return tuple(sorted({f"{entry.source} {entry.reader}" for entry in files}))

    def is_off(self, table: Table) -> bool:
        """Whether the company has no file, or no entry, of what a table compares with."""
        plans = self.plans
        return (
            (table.scenarios and not plans.scenarios.entries)
            or (table.capacity and not plans.capacity.entries)
            or (_is_of_replay(table) and plans.scenarios.first_token_seconds is None)
            or (RESERVED in table.inputs and not plans.planning.reserved)
        )

    def rows(self, table: Table, day: str) -> int:
        """How many rows a part reads, of what is staged and built."""
        holdings, count = self.holdings, 0
        for name in table.inputs:
            if name in STAGED:
                count += sum(file.days.get(day, 0) for file in holdings.files(STAGED[name], day))
            elif is_part(name):
                found = holdings.parts_of(table, name)
                count += sum(
                    found[each].rows for each in holdings.days_read(table, name, day) if each in found
                )
        return count

    def are_empty(self, table: Table, day: str) -> bool:
        """Whether no input of a table by day has a row, or the fact whose totals it repeats has none.

        Dimensions only describe rows of others.
        """
        if COMPARED in table.inputs:
            return not self._analysis.compared
        if not table.by_day or table.appended:
            return False
        read = [self.holdings.parts_read(table, name, day) for name in table.inputs if is_part(name)]
        if self.is_off(table) or RESERVED in table.inputs:
            # Capacity is paid whether there are calls or not.
            return self.is_off(table)
        if table.totals_of in KIND_OF_FACT:
            return not self.holdings.parts[table.totals_of][day].rows
        staged = [STAGED[name] for name in table.inputs if name in STAGED]
        rows = any(part.rows for parts in read for part in parts)
        return not rows and not any(self.holdings.files(kind, day) for kind in staged)


def _is_of_replay(table: Table) -> bool:
    """Whether a table is made of replayed prompts alone; one that reads scenarios too has rows without."""
    return REPLAYED_PROMPT in table.inputs and "scenario" not in table.inputs
