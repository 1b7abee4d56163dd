"""One run, step by step: what the Dagster assets and the tests call. No orchestration is decided here."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.book.rates import LATEST
from pipelines.book.text import instant
from pipelines.ingest.journal import IngestedFile, days_of, load_journal
from pipelines.ingest.run import ingest
from pipelines.ingest.sources import SOURCES
from pipelines.plans import Plans, load_plans
from pipelines.settings import Company, Locations, load_company
from pipelines.warehouse.build import Builder
from pipelines.warehouse.company import Belonging
from pipelines.warehouse.contracts import in_order, neighbours, tables
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.expectations import Expectations, load_expectations
from pipelines.warehouse.finding import Finding
from pipelines.warehouse.findings import published_findings
from pipelines.warehouse.holdings import Holdings, days_around
from pipelines.warehouse.inputs import Inputs
from pipelines.warehouse.layout import Layout
from pipelines.warehouse.lock import locked
from pipelines.warehouse.publish import publish
from pipelines.warehouse.replaced import find_replaced
from pipelines.warehouse.replaced_buckets import find_replaced_buckets
from pipelines.warehouse.repricing import Books
from pipelines.warehouse.state import WHOLE, load_parts, save_parts


@dataclass(frozen=True)
class Run:
    """The steps of a run over one set of folders."""

    locations: Locations
    company: Company
    dimensions: Dimensions
    plans: Plans
    expected: Expectations

    @classmethod
    def of(cls, locations: Locations, as_known_at: str = "", last: str = "") -> "Run":
        """Read and prove settings, prices and ownership before anything is touched.

        Args:
            locations: the folders.
            as_known_at: an RFC 3339 instant: price with what was believed then instead of now.
            last: the last UTC day that the run is asked for, as ISO text: what should be there by then.

        Raises:
            LedgerError: a folder is missing, a file of book or config is wrong, or the warehouse is another
                company's.
        """
        locations.require_inputs()
        company = load_company(locations.config)
        Belonging.of(locations, company).adoption()
        _books(Layout(locations.warehouse), company).refuse_reopening()
        known_at = instant(as_known_at) if as_known_at else LATEST
        dimensions = load_dimensions(
            locations.prices,
            locations.config,
            tuple(SOURCES),
            assumed_rates=company.assumed_rates,
            as_known_at=known_at,
        )
        plans = load_plans(locations.config, locations.prices, dimensions, company, known_at)
        expected = load_expectations(locations.config, company, dimensions, plans, last)
        return cls(locations, company, dimensions, plans, expected)

    @property
    def layout(self) -> Layout:
        """Paths of the warehouse."""
        return Layout(self.locations.warehouse)

    @property
    def belonging(self) -> Belonging:
        """The company at the warehouse."""
        return Belonging.of(self.locations, self.company)

    @property
    def notes(self) -> list[str]:
        """Whose files the run uses, and whether the warehouse becomes theirs with it."""
        adoption = self.belonging.adoption()
        whose = f", company {self.company.company}" if self.company.company else ""
        return [f"configuration: {self.locations.configuration}{whose}", *filter(None, [adoption])]

    def ingest(self) -> list[IngestedFile]:
        """Stage what is new below RAW and return the whole journal; raise `LedgerError` without a folder."""
        self.locations.require_raw()
        with locked(self.layout):
            self.layout.prepare()
            self.belonging.claim()
            return ingest(self.locations, self.company)

    def days(self, first: str = "", last: str = "") -> list[str]:
        """Days of the ledger from `first` to `last`, both included and optional."""
        every = self.plans.planning.days(days_of(load_journal(self.layout.journal)))
        return [day for day in every if (not first or day >= first) and (not last or day <= last)]

    def stale_days(self) -> list[str]:
        """Days of the ledger of which some table is missing or was made from something that changed since.

        A day of which a table reaches into a stale one is stale with it.
        """
        with self._builder(claims=False) as builder:
            by_day = [table for table in in_order() if table.by_day]
            every = builder.inputs.days
            stale = [day for day in every if not all(builder.is_current(table, day) for table in by_day)]
            reach = neighbours(table for table in by_day if not builder.inputs.is_off(table))
        near = {each for day in stale for each in days_around(day, reach)}
        return [day for day in every if day in near]

    def find_replaced(self, days: Sequence[str]) -> list[str]:
        """Bring the replaced rows of `days` up to date; return the days on which they changed."""
        with self._builder() as builder:
            attempts = find_replaced(builder, days, self.company.duplicate_window_days)
            return sorted({*attempts, *find_replaced_buckets(builder, days)})

    def build(self, table: str, days: Sequence[str]) -> int:
        """Build a table for days (or as a whole); return how many parts were new."""
        contract = tables()[table]
        with self._builder() as builder:
            return builder.build_all(contract, days if contract.by_day else [WHOLE])

    def rows(self, table: str, days: Sequence[str]) -> int:
        """How many rows the built parts of a table have for days (or as a whole)."""
        parts = load_parts(self.layout.built).get(table, {})
        return sum(parts[day].rows for day in (days if tables()[table].by_day else [WHOLE]) if day in parts)

    def findings(self) -> list[Finding]:
        """What the published version has to tell, the newest first."""
        return published_findings(self.layout.catalogue)

    def publish(self) -> bool:
        """Swap the built parts in; tell whether anything changed."""
        with self._builder() as builder:
            return publish(self.layout, builder.publishable())

    @contextmanager
    def _builder(self, *, claims: bool = True) -> Iterator[Builder]:
        with locked(self.layout), Engine([self.locations.warehouse], self._spill()) as engine:
            if claims:
                self.belonging.claim()
            parts = load_parts(self.layout.built)
            books = _books(self.layout, self.company)
            journal = load_journal(self.layout.journal)
            holdings = Holdings(self.layout, journal, parts, books)
            builder = Builder(engine, Inputs(holdings, self.dimensions, self.plans, self.expected))
            before = {name: dict(days) for name, days in parts.items()}
            try:
                yield builder
            finally:
                if builder.parts != before:
                    save_parts(self.layout.built, builder.parts)

    def _spill(self) -> Path:
        self.layout.scratch.mkdir(parents=True, exist_ok=True)
        return self.layout.scratch


def _books(layout: Layout, company: Company) -> Books:
    return Books(load_parts(layout.published), frozenset(company.closed_months))
