"""Rejected files that are to be read again, whatever rejected them."""

from dataclasses import replace

from pipelines.errors import LedgerError
from pipelines.ingest.journal import IngestedFile, append_to_journal, load_journal, mend_journal
from pipelines.warehouse.layout import Layout
from pipelines.warehouse.lock import locked


def retry(layout: Layout, wanted: str) -> list[str]:
    """Have the next run read rejected files again; return their names, in the order of arrival.

    Args:
        layout: the warehouse.
        wanted: the name of a file as `ingested_files` has it, or a part of the reason that rejected some.

    Raises:
        LedgerError: nothing was rejected by that name or reason.
    """
    with locked(layout):
        mend_journal(layout.journal)
        rejected = [entry for entry in load_journal(layout.journal) if entry.status == "rejected"]
        chosen = _chosen(rejected, wanted)
        if not chosen:
            raise LedgerError(f"none of {len(rejected)} rejected files has the name or reason {wanted!r}")
        for entry in chosen:
            append_to_journal(layout.journal, replace(entry, reader=""))
    return [entry.name for entry in chosen]


def _chosen(rejected: list[IngestedFile], wanted: str) -> list[IngestedFile]:
    named = [entry for entry in rejected if entry.name == wanted]
    return named or [entry for entry in rejected if wanted and wanted in entry.reason]
