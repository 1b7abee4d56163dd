"""Everything new below RAW into staging, file by file; a file is read once per content and reader."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from pipelines.errors import ChangedFileError, TooLargeError, UnreadableFileError
from pipelines.ingest.coverage import as_text
from pipelines.ingest.descriptions import Descriptions
from pipelines.ingest.journal import IngestedFile, append_to_journal, load_journal, mend_journal
from pipelines.ingest.moved import MOVED, Gone, identities
from pipelines.ingest.raw_files import is_as_it_was, names_seen, raw_files
from pipelines.ingest.source import RawFile
from pipelines.ingest.sources import SOURCES
from pipelines.ingest.stage import Staged, Stager
from pipelines.progress import tracked
from pipelines.settings import Company, Locations
from pipelines.warehouse.arrow import write_templates
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.layout import Layout


def ingest(locations: Locations, company: Company) -> list[IngestedFile]:
    """Stage every raw file that is another than the journal has it, or was read by an earlier reader.

    Files are taken in the order of their relative path; those read again keep their place in the journal,
    which is returned whole. A file that cannot be read is journalled as rejected with its reason, and the
    run goes on. A file that has its earlier bytes again, or whose description is another, is journalled
    again: it was said last.
    """
    layout = Layout(locations.warehouse)
    mend_journal(layout.journal)
    write_templates(layout)
    journal = load_journal(layout.journal)
    were_there = names_seen(layout)
    files = Descriptions.apart(raw_files(locations.raw, layout), company)
    last = {entry.name: entry for entry in journal}
    to_read = [
        *_to_read_again(journal, files.exports_and_logs, company, layout),
        *_unknown(journal, files, last),
    ]
    if not to_read and not files.judged(journal):
        return journal
    staged = [entry for entry in journal if entry.has_rows]
    first_with = {(entry.source, entry.content_id): entry for entry in reversed(staged)}
    gone = Gone.of(journal, files.exports_and_logs)
    left = were_there - {file.name for file in files.exports_and_logs}
    with Engine([locations.raw, locations.warehouse], layout.scratch) as engine:
        stager = Stager(engine, layout, company)
        for sequence, file in tracked(to_read, "raw files"):
            earlier = first_with.get((file.source, file.content))
            before = journal[sequence] if sequence < len(journal) else None
            entry = _ingest_file(stager, file, sequence, earlier)
            if before and before.has_rows and entry.status == "rejected" and not is_as_it_was(file):
                continue  # What is booked stays so until the file can be read again.
            request = files.request_of(file, (earlier or entry).values)
            entry = replace(entry, is_renamed=entry.same_as in left)
            entry = _described(entry, request, files.content_of(file), before)
            # First, so that a run that is killed between the two leaves a file unread, not booked twice.
            for moved in gone.moved_to(file) if entry.has_rows else ():
                append_to_journal(layout.journal, moved)
                journal[moved.sequence] = moved
            append_to_journal(layout.journal, entry)
            if entry.has_rows:
                first_with[file.source, file.content] = entry
            journal[sequence : sequence + 1] = [entry]
    for description in files.judged(journal):
        journal.append(replace(description, sequence=len(journal)))
        append_to_journal(layout.journal, journal[-1])
    return journal


def reader_of(source: str) -> str:
    """The version of what reads a source today; empty for a source that nothing reads."""
    return SOURCES[source].reader if source in SOURCES else ""


def _unknown(
    journal: Sequence[IngestedFile], files: Descriptions, last: Mapping[str, IngestedFile]
) -> Iterator[tuple[int, RawFile]]:
    """Files whose content or description is not the last that the journal has, with their places in it."""
    new = (file for file in files.exports_and_logs if _is_new(file, files, last.get(file.name)))
    yield from enumerate(new, start=len(journal))


def _is_new(file: RawFile, files: Descriptions, last: IngestedFile | None) -> bool:
    if last is None or last.described_by != files.content_of(file):
        return True
    return last.content_id not in identities(file)


def _to_read_again(
    journal: Sequence[IngestedFile], files: Iterable[RawFile], company: Company, layout: Layout
) -> Iterator[tuple[int, RawFile]]:
    """Files that would be read otherwise today or whose rows are gone, as far as they still lie below RAW."""
    there = {(file.source, file.account, identity): file for file in files for identity in identities(file)}
    for entry in journal:
        file = there.get((entry.source, entry.account, entry.content_id))
        if file and _is_to_be_read(entry, file, company, layout):
            yield entry.sequence, replace(file, name=entry.name)


def _is_to_be_read(entry: IngestedFile, file: RawFile, company: Company, layout: Layout) -> bool:
    if entry.status == "duplicate":
        return entry.content_id != file.content
    return (
        entry.status == MOVED
        or entry.content_id != file.content
        or _is_outdated(entry, company)
        or not _is_there(entry, layout)
    )


def _is_there(entry: IngestedFile, layout: Layout) -> bool:
    """Whether the staging file of what has rows is in its place."""
    return not entry.has_rows or layout.staged(entry.source, entry.content_id).is_file()


def _is_outdated(entry: IngestedFile, company: Company) -> bool:
    """Whether another reader read or refused a file, or a lower limit than today's did."""
    return entry.reader != reader_of(entry.source) or 0 < entry.limit_bytes < company.max_file_bytes


def _described(
    entry: IngestedFile, request: dict[str, Any], description: str, before: IngestedFile | None
) -> IngestedFile:
    """An entry with what it was asked for; one that is read again keeps the description it had."""
    if before and before.described_by != description:
        return replace(entry, described_by=before.described_by, request=before.request)
    return replace(entry, described_by=description, request=request)


def _ingest_file(stager: Stager, file: RawFile, sequence: int, earlier: IngestedFile | None) -> IngestedFile:
    entry = IngestedFile(
        sequence=sequence,
        source=file.source,
        account=file.account,
        name=file.name,
        content_id=file.content,
        size_bytes=file.size_bytes,
        status="staged",
        reader=reader_of(file.source),
    )
    if earlier is not None and earlier.sequence != sequence:
        return replace(entry, status="duplicate", same_as=earlier.name)
    if file.fault:
        return replace(entry, status="rejected", reason=file.fault)
    if file.source not in SOURCES:
        reason = f"no source is called {file.source!r}; known: {', '.join(SOURCES)}"
        return replace(entry, status="rejected", reason=reason)
    try:
        staged = _stage(stager, file)
    except ChangedFileError as error:
        return replace(entry, status="rejected", reason=str(error), reader="")
    except UnreadableFileError as error:
        limit = stager.company.max_file_bytes if isinstance(error, TooLargeError) else 0
        return replace(entry, status="rejected", reason=str(error), limit_bytes=limit)
    rows = sum(staged.days.values())
    is_of_use = rows > 0 or not staged.rejected_rows
    return replace(
        entry,
        status="staged" if is_of_use else "rejected",
        reason="" if is_of_use else _useless(staged),
        total_rows=rows + staged.rejected_rows,
        staged_rows=rows,
        rejected_rows=staged.rejected_rows,
        columns_unknown=staged.columns_unknown,
        days=staged.days,
        models=staged.models,
        other_meters=staged.other_meters,
        covered=as_text(staged.coverage.covered),
        cuts=as_text(staged.coverage.cuts),
        repeats_buckets=staged.coverage.repeats_buckets,
        values=staged.values,
    )


def _stage(stager: Stager, file: RawFile) -> Staged:
    """Stage a file; raise `ChangedFileError` where it is not the file that was hashed any more."""
    changed = ChangedFileError("it changed or vanished while it was read; the next run reads it")
    try:
        staged = stager.stage(file, SOURCES[file.source])
    except (UnreadableFileError, OSError, duckdb.Error):
        if is_as_it_was(file):
            raise
        raise changed from None
    if not is_as_it_was(file):
        raise changed
    return staged


def _useless(staged: Staged) -> str:
    """Why a file is of no use, with the columns that it has instead."""
    columns = f"; unknown columns: {', '.join(staged.columns_unknown)}" if staged.columns_unknown else ""
    return f"none of its {staged.rejected_rows} rows can be used: {staged.reason}{columns}"
