"""Everything new below RAW into staging, file by file; a file is read once per content."""

from dataclasses import replace

from pipelines.errors import UnreadableFileError
from pipelines.ingest.coverage import as_text
from pipelines.ingest.descriptions import Descriptions
from pipelines.ingest.journal import IngestedFile, append_to_journal, load_journal, mend_journal
from pipelines.ingest.raw_files import raw_files
from pipelines.ingest.source import RawFile
from pipelines.ingest.sources import SOURCES
from pipelines.ingest.stage import Stager
from pipelines.progress import tracked
from pipelines.settings import Company, Locations
from pipelines.warehouse.arrow import write_templates
from pipelines.warehouse.engine import Engine
from pipelines.warehouse.layout import Layout


def ingest(locations: Locations, company: Company) -> list[IngestedFile]:
    """Stage every raw file that is another than the journal has it and return the whole journal.

    Files are taken in the order of their relative path. A file that cannot be read is journalled as
    rejected with its reason, and the run goes on. A file that has its earlier bytes again, or whose
    description is another, is journalled again: it was said last.
    """
    layout = Layout(locations.warehouse)
    mend_journal(layout.journal)
    write_templates(layout)
    journal = load_journal(layout.journal)
    files = Descriptions.apart(raw_files(locations.raw, layout), company)
    last = {entry.name: entry for entry in journal}
    new = [file for file in files.exports_and_logs if _is_new(file, files, last.get(file.name))]
    told = files.judged(last)
    if not new and not told:
        return journal
    staged = [entry for entry in journal if entry.status == "staged"]
    first_with = {(entry.source, entry.content_id): entry for entry in reversed(staged)}
    with Engine([locations.raw, locations.warehouse], layout.scratch) as engine:
        stager = Stager(engine, layout, company)
        for file in tracked(new, "raw files"):
            entry = _ingest_file(stager, file, len(journal), first_with.get((file.source, file.content)))
            entry = replace(entry, described_by=files.content_of(file), request=files.request_of(file))
            append_to_journal(layout.journal, entry)
            if entry.status == "staged":
                first_with.setdefault((file.source, file.content), entry)
            journal.append(entry)
    for judged in told:
        journal.append(replace(judged, sequence=len(journal)))
        append_to_journal(layout.journal, journal[-1])
    return journal


def _is_new(file: RawFile, files: Descriptions, last: IngestedFile | None) -> bool:
    return last is None or (last.content_id, last.described_by) != (file.content, files.content_of(file))


def _ingest_file(stager: Stager, file: RawFile, sequence: int, earlier: IngestedFile | None) -> IngestedFile:
    entry = IngestedFile(
        sequence=sequence,
        source=file.source,
        account=file.account,
        name=file.name,
        content_id=file.content,
        size_bytes=file.size_bytes,
        status="staged",
    )
    if earlier is not None:
        return replace(entry, status="duplicate", same_as=earlier.name)
    if file.source not in SOURCES:
        reason = f"no source is called {file.source!r}; known: {', '.join(SOURCES)}"
        return replace(entry, status="rejected", reason=reason)
    try:
        staged = stager.stage(file, SOURCES[file.source])
    except UnreadableFileError as error:
        return replace(entry, status="rejected", reason=str(error))
    rows = sum(staged.days.values())
    return replace(
        entry,
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
