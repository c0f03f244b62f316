"""Changes of single assignments: by a chair's hand, by the member's answer, and when a paper leaves."""

from accounts.models import User
from reviews.models import Assignment, Member, PairRule
from submissions.models import Paper


def assign(*, actor: User, paper: Paper, member: Member, round: str = "first") -> Assignment:
    """Ask `member` to review `paper`; the letter leaves in ten minutes. One that was taken back may be asked again.

    Raises NotAllowed; Refused with the reason when a conflict, a declined request or a rule stands against it.
    """
    raise NotImplementedError


def withdraw(*, actor: User, assignment: Assignment, reason: str = "") -> None:
    """Take a live assignment back and tell the member, unless the first letter has not left yet.

    Raises NotAllowed, Stale (it was declined or taken back meanwhile).
    """
    raise NotImplementedError


def set_rule(*, actor: User, paper: Paper, member: Member, kind: str) -> PairRule:
    """Lock or forbid a pair for every coming run (`PairRule.Kind`). Raises NotAllowed, Refused (a conflict, a contradiction)."""
    raise NotImplementedError


def clear_rule(*, actor: User, paper: Paper, member: Member) -> bool:
    """Forget the rule on a pair; False when there was none. Raises NotAllowed."""
    raise NotImplementedError


def accept(*, actor: User, assignment: Assignment) -> None:
    """The member agrees. Twice is the same as once. Raises NotAllowed, Stale."""
    raise NotImplementedError


def decline(*, actor: User, assignment: Assignment, reason: str, substitute: str = "") -> None:
    """The member cannot, before or after accepting. They are not asked again. Raises NotAllowed, Stale, Refused (too long)."""
    raise NotImplementedError


def follow_paper(paper: Paper, *, actor: User | None) -> int:
    """A paper left the process: its live assignments are taken back and the members told. Returns how many."""
    raise NotImplementedError
