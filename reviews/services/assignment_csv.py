"""Assignments as a CSV file, `paper,action,email,round`: taken out, and put in after a look at what would change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accounts.models import User
from submissions.models import Edition


@dataclass(frozen=True)
class Line:
    """One effect: who, on which paper, in words. `does`: "offer", "take", "lock", "forbid", "unlock" or "nothing"."""

    line: int
    paper: str
    member: str
    does: str
    words: str


@dataclass(frozen=True)
class Preview:
    """What a file would do. With `errors` (line number and sentence) nothing can be applied. `stamp` goes with the form."""

    lines: Sequence[Line]
    errors: Sequence[tuple[int, str]]
    stamp: str


def preview(*, actor: User, edition: Edition, text: str) -> Preview:
    """Read a file without changing anything. Raises NotAllowed, Refused (no CSV at all, too large)."""
    raise NotImplementedError


def put_in(*, actor: User, edition: Edition, text: str, stamp: str) -> int:
    """Do everything the file says, or nothing; returns how many changes. Raises NotAllowed, Refused, Stale."""
    raise NotImplementedError


def take_out(*, actor: User, edition: Edition) -> Iterator[str]:
    """The live assignments and rules of the papers the actor handles, line by line. Raises NotAllowed."""
    raise NotImplementedError
