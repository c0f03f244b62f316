"""The steps of a check. Imported only inside the child process; each takes the file and says what it finds."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from submissions.pdf.limits import Limits


class Outcome(IntEnum):
    """A step's exit code. Any other exit code or a signal means the step died."""

    GO_ON = 0
    REFUSED = 10
    UNREAD = 11


#: Sends one stage's facts to the parent, at once.
Emit = Callable[..., None]
Step = Callable[[bytes, Limits, Emit], Outcome]
