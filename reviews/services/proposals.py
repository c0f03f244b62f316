"""Plans for one chair: asked for, computed by a worker, looked at, applied as a whole, undone.

A proposal holds exactly the papers its chair handles and is seen by that chair alone. Conflicts that come up later
hide its pairs at reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts import jobs
from accounts.job_models import Job
from accounts.models import User
from reviews.domain.assignment_facts import Change, Options
from reviews.models import Assignment, Proposal, ProposedPair
from submissions.models import Edition

KIND = "assignment"


def options_for(edition: Edition, **chosen: Any) -> Options:
    """The committee's settings as options, with what the chair chose instead. Raises Refused for values out of range."""
    raise NotImplementedError


def propose(*, actor: User, edition: Edition, options: Options, back: str = "/") -> Proposal:
    """Ask a worker for a plan. The proposal's `job` has the page with progress and the button to cancel.

    Raises NotAllowed, Refused (no papers, no members, contradictory locks, one is being computed already).
    """
    raise NotImplementedError


def compute(job: Job, progress: jobs.Progress) -> jobs.Outcome:
    """The job: solve the proposal that belongs to it. Running it twice is the same as once."""
    raise NotImplementedError


def visible(*, actor: User, edition: Edition) -> QuerySet[Proposal]:
    """The actor's own proposals of `edition`, latest first; nothing for whom does not run its committee."""
    raise NotImplementedError


def find(*, actor: User, edition: Edition, key: UUID) -> Proposal:
    """One of them. Raises NotAllowed when there is none."""
    raise NotImplementedError


def pairs(*, actor: User, proposal: Proposal) -> QuerySet[ProposedPair]:
    """The pairs of a proposal that the actor may see now, by paper and falling score, papers and members read along."""
    raise NotImplementedError


@dataclass(frozen=True)
class Diff:
    """What applying a proposal would do. `added`: new pairs; `kept`, `taken`: live assignments that stay and go."""

    added: Sequence[ProposedPair]
    kept: Sequence[Assignment]
    taken: Sequence[Assignment]


def diff(*, actor: User, proposal: Proposal) -> Diff:
    """Against the present assignments of the papers the actor handles. Constant queries."""
    raise NotImplementedError


def freshness(*, actor: User, proposal: Proposal) -> list[Change]:
    """What changed since the plan was computed; those with `blocks` make `apply` refuse. Constant queries."""
    raise NotImplementedError


@dataclass(frozen=True)
class Mail:
    """One letter that applying would send. `address` "": this person cannot be written to."""

    name: str
    address: str
    subject: str
    text: str


def preview(*, actor: User, proposal: Proposal) -> list[Mail]:
    """The letters that `apply` would queue, by name of the reader."""
    raise NotImplementedError


def apply(*, actor: User, proposal: Proposal) -> Diff:
    """Make the plan hold: offer, keep and take back assignments in one transaction; letters leave ten minutes later.

    Raises NotAllowed, Refused (not ready), Stale with words about what changed since it was computed.
    """
    raise NotImplementedError


def may_undo(*, actor: User, proposal: Proposal) -> str:
    """ "" when `undo` would work now, else the sentence that says why not."""
    raise NotImplementedError


def undo(*, actor: User, proposal: Proposal) -> int:
    """Bring back what `apply` changed, as long as no review has begun; returns how many assignments were changed.

    Letters that have not left are called off, who was written to is told. Raises NotAllowed, Refused, Stale.
    """
    raise NotImplementedError


def drop(*, actor: User, proposal: Proposal) -> None:
    """Put a proposal that was not applied away; one that is being computed is cancelled. Raises NotAllowed, Refused."""
    raise NotImplementedError
