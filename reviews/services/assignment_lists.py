"""What chairs and members read about assignments: candidates for a paper, open slots, problems, one's own list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from reviews.models import Assignment, Member
from submissions.models import Edition, Paper


@dataclass(frozen=True)
class Candidate:
    """A member who could review a paper. `load` papers of `limit` among those the chair sees; `rule` "lock", "forbid" or ""."""

    member: Member
    score: float
    parts: dict[str, Any]
    load: int
    limit: int
    rule: str = ""
    note: str = ""


def candidates(*, actor: User, paper: Paper) -> list[Candidate]:
    """Everybody who may review `paper` and does not yet, best first; conflicts, declines and the absent are left out.

    Constant queries. Raises NotAllowed.
    """
    raise NotImplementedError


@dataclass(frozen=True)
class Opening:
    """A paper short of reviewers after the first round, with the best free candidate; no two openings overload one person."""

    paper: Paper
    missing: int
    declined: Sequence[Assignment]
    best: Candidate | None


def openings(*, actor: User, edition: Edition) -> list[Opening]:
    """Papers the actor handles that have too few reviewers, once any were assigned. Constant queries. Raises NotAllowed."""
    raise NotImplementedError


@dataclass(frozen=True)
class Problem:
    """A live assignment that should not stay as it is. `kind`: "conflict", "member", "absent" or "load"."""

    kind: str
    sentence: str
    member: Member
    assignments: Sequence[Assignment] = field(default_factory=tuple)


def problems(*, actor: User, edition: Edition) -> list[Problem]:
    """What went wrong with assignments of papers the actor handles. Constant queries. Raises NotAllowed."""
    raise NotImplementedError


def own(*, user: User, edition: Edition) -> list[Assignment]:
    """The assignments `user` is asked for or works on in `edition`, by paper number, papers and topics read along."""
    raise NotImplementedError
