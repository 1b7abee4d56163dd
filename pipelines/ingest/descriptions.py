"""Which raw files describe others: `FILE.request.json` beside an export; what became of each description."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pipelines.errors import UnreadableFileError
from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.request import SUFFIX, prove_results, read_request
from pipelines.ingest.source import RawFile
from pipelines.ingest.sources import SOURCES
from pipelines.settings import Company

Values = Mapping[str, Sequence[str | None]]
"""Values of the results of a file, by staging's names of their dimensions."""


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
        return description.digest if description else ""

    def request_of(self, file: RawFile, values: Values) -> dict[str, Any]:
        """What a file with some values was asked for; empty where nothing says so, or not properly."""
        description = self.by_name.get(file.name + SUFFIX)
        try:
            return self._proved(description, file, values) if description else {}
        except UnreadableFileError:
            return {}

    def judged(self, journal: Sequence[IngestedFile]) -> list[IngestedFile]:
        """A journal entry for each description of which the last entry says something else."""
        return list(self._judged(journal))

    def _judged(self, journal: Sequence[IngestedFile]) -> Iterator[IngestedFile]:
        last = {entry.name: entry for entry in journal}
        values = {(entry.source, entry.content_id): entry.values for entry in journal if entry.has_rows}
        described = {file.name: file for file in self.exports_and_logs}
        for name, description in self.by_name.items():
            file, before = described.get(name.removesuffix(SUFFIX)), last.get(name)
            reason = self._fault(description, file, values)
            if before is None or (before.content_id, before.reason) != (description.digest, reason):
                yield _entry(description, reason)

    def _fault(
        self, description: RawFile, file: RawFile | None, values: Mapping[tuple[str, str], Values]
    ) -> str:
        if file is None:
            return "it describes a file that is not there"
        try:
            self._proved(description, file, values.get((file.source, file.content), {}))
        except UnreadableFileError as error:
            return str(error)
        return ""

    def _proved(self, description: RawFile, file: RawFile, values: Values) -> dict[str, Any]:
        request = read_request(description, file, SOURCES[file.source], self.company)
        prove_results(request, values)
        return request


def _entry(description: RawFile, reason: str) -> IngestedFile:
    return IngestedFile(
        sequence=0,
        source=description.source,
        account=description.account,
        name=description.name,
        content_id=description.digest,
        size_bytes=description.size_bytes,
        status="rejected" if reason else "request",
        reason=reason,
    )


def _is_description(file: RawFile) -> bool:
    source = SOURCES.get(file.source)
    return bool(source and source.flatten) and file.name.endswith(SUFFIX)
