"""The errors a user sees: one sentence each, with the culprit and the number. No other module defines one."""


class LedgerError(Exception):
    """Something the user can mend; the message is the whole explanation."""


class BookError(LedgerError):
    """The price book, an alias, an ownership rule or a setting is wrong; nothing was run."""


class IntegrityError(LedgerError):
    """A check that must stop a publication failed; the published tables are untouched."""

    def __init__(self, check: str, sentence: str) -> None:
        """Name the check and say what is wrong."""
        super().__init__(sentence)
        self.check = check


class UnreadableFileError(LedgerError):
    """One raw file cannot be read at all; it is rejected whole and the run goes on."""


class ChangedFileError(UnreadableFileError):
    """One raw file is not what it was when the run looked; the next run reads it."""


class TooLargeError(UnreadableFileError):
    """One raw file is larger than the company allows; a larger limit lets it in."""
