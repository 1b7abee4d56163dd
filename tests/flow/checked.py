"""What a check says of a small company, of which only the tables are built that the check reads."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pipelines.warehouse.arrow import write_empty
from pipelines.warehouse.contracts import tables
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.finding import Finding
from pipelines.warehouse.run import Run
from pipelines.warehouse.state import load_parts
from tests.ledger import Ledger, with_origins


@contextmanager
def tables_of(ledger: Ledger, *names: str) -> Iterator[Engine]:
    """Read what is new, build some tables with all that they are made of, and answer SQL over them."""
    run = Run.of(ledger.locations)
    run.ingest()
    days = run.days()
    run.find_replaced(days)
    for table in with_origins(names):
        run.build(table.name, days)
    with Engine([ledger.warehouse], run.layout.scratch) as engine:
        for name in names:
            parts = load_parts(run.layout.built).get(name, {})
            files = [run.layout.root / file for _, part in sorted(parts.items()) for file in part.files]
            engine.register_files(name, [write_empty(run.layout, tables()[name]), *files])
        yield engine


def sentences(found: Iterable[Finding]) -> list[str]:
    """What findings say, in their order."""
    return [each.sentence for each in found]


def told(ledger: Ledger, check: str = "") -> list[Finding]:
    """The findings of the published version, of one check or of all."""
    found = Run.of(ledger.locations).findings()
    return [each for each in found if check in ("", each.check)]
