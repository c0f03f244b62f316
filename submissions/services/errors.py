"""Why a service said no. Every message is a sentence for the person who asked."""

from collections.abc import Sequence

from submissions.domain.page_law import Finding
from submissions.domain.workflow import Missing


class Refused(Exception):
    """The change was not made; nothing was written. `str(error)` says why and what to do."""


class NotAllowed(Refused):
    """The actor may not do this. Views answer 404, as for what does not exist."""


class Closed(Refused):
    """The deadline has passed."""


class Stale(Refused):
    """Somebody else (or another tab) changed the object since the actor loaded it."""


class WouldBreak(Refused):
    """The paper is in, and the change would leave it incomplete. `missing` says what would be wrong."""

    def __init__(self, missing: Sequence[Missing]) -> None:
        self.missing = list(missing)
        self.file_problems: list[str] = []
        super().__init__(
            "Nothing was saved: your paper is in, and with this change it would not be complete. "
            + " ".join(item.message for item in missing)
        )


class FileRefused(Refused):
    """The file cannot be accepted. `findings` holds the sentences for the author."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        super().__init__(" ".join(finding.message for finding in findings))


class StorageFailed(Refused):
    """The disk is full or the storage does not answer. The former file is untouched."""
