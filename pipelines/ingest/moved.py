"""Files that lie in the folder of another account now: they are booked there, once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

from pipelines.ingest.journal import IngestedFile
from pipelines.ingest.source import RawFile

MOVED = "moved"
"""What became of a file that was found in another account: it holds no rows any more."""


def identities(file: RawFile) -> tuple[str, str]:
    """What identifies a file, and what did while equal bytes of two accounts were one file."""
    return file.content, file.digest


@dataclass(frozen=True)
class Gone:
    """Files with rows that left RAW, by source and what identifies them.

    A file whose path has other bytes now was restated, and one that has a copy in its account is still there.
    """

    entries: Mapping[tuple[str, str], list[IngestedFile]]

    @classmethod
    def of(cls, journal: Iterable[IngestedFile], files: Iterable[RawFile]) -> Self:
        """What is gone of the files of a journal."""
        every = list(files)
        names = {file.name for file in every}
        there = {(file.source, file.account, identity) for file in every for identity in identities(file)}
        entries: dict[tuple[str, str], list[IngestedFile]] = defaultdict(list)
        for entry in journal:
            is_there = entry.name in names or (entry.source, entry.account, entry.content_id) in there
            if entry.has_rows and entry.total_rows and not is_there:
                entries[entry.source, entry.content_id].append(entry)
        return cls(entries)

    def moved_to(self, file: RawFile) -> Iterator[IngestedFile]:
        """The entries of other accounts whose bytes a file has, without their rows."""
        accounts = {entry.account for several in self.entries.values() for entry in several}
        for account in sorted(accounts - {file.account}):
            for identity in identities(replace(file, account=account)):
                for entry in self.entries.get((file.source, identity), ()):
                    if entry.account == account:
                        yield replace(
                            entry, status=MOVED, same_as=file.name, total_rows=0, staged_rows=0,
                            rejected_rows=0, days={}, models=[], other_meters=[], covered=[], cuts=[],
                        )  # fmt: skip
