"""Which raw files describe others: `FILE.request.json` beside an export; what became of each description."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pipelines.errors import UnreadableFileError
from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.request import SUFFIX, read_request
from pipelines.ingest.source import RawFile
from pipelines.ingest.sources import SOURCES
from pipelines.settings import Company


@dataclass(frozen=True)
class Descriptions:
    """The raw files apart from those that describe them, by name."""

    exports_and_logs: list[RawFile]
    by_name: Mapping[str, RawFile]
    company: Company

    @classmethod
    def apart(cls, files: Iterable[RawFile], company: Company) -> Self:
        """Tell descriptions from what they describe."""
        every = list(files)
        by_name = {file.name: file for file in every if _is_description(file)}
        return cls([file for file in every if file.name not in by_name], by_name, company)

    def content_of(self, file: RawFile) -> str:
        """What identifies the bytes of the description of a file; "" where it has none."""
        description = self.by_name.get(file.name + SUFFIX)
        return description.content if description else ""

    def request_of(self, file: RawFile) -> dict[str, Any]:
        """What a file was asked for; empty where nothing says so, or not properly."""
        description = self.by_name.get(file.name + SUFFIX)
        if description is None:
            return {}
        try:
            return read_request(description, file, SOURCES[file.source], self.company)
        except UnreadableFileError:
            return {}

    def judged(self, last: Mapping[str, IngestedFile]) -> list[IngestedFile]:
        """A journal entry for each description of which the last entry says something else."""
        return list(self._judged(last))

    def _judged(self, last: Mapping[str, IngestedFile]) -> Iterator[IngestedFile]:
        described = {file.name: file for file in self.exports_and_logs}
        for name, description in self.by_name.items():
            entry, before = self._entry(description, described.get(name.removesuffix(SUFFIX))), last.get(name)
            if before is None or (before.content_id, before.reason) != (entry.content_id, entry.reason):
                yield entry

    def _entry(self, description: RawFile, file: RawFile | None) -> IngestedFile:
        reason = "" if file else "it describes a file that is not there"
        try:
            if file:
                read_request(description, file, SOURCES[file.source], self.company)
        except UnreadableFileError as error:
            reason = str(error)
        return IngestedFile(
            sequence=0,
            source=description.source,
            account=description.account,
            name=description.name,
            content_id=description.content,
            size_bytes=description.size_bytes,
            status="rejected" if reason else "request",
            reason=reason,
        )


def _is_description(file: RawFile) -> bool:
    source = SOURCES.get(file.source)
    return bool(source and source.flatten) and file.name.endswith(SUFFIX)
