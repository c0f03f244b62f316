"""What happens in this room when something changed below. Connected in `apps.py`."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from reviews import policy
from reviews.models import Absence, CommitteeSettings, Member
from reviews.services import affinity, assignments, detection, lines, release
from submissions.domain.workflow import State
from submissions.models import Paper, Role


def follow_line_of_call(sender: Any, *, instance: Role, raw: bool = False, **_: Any) -> None:
    """A line of the committee was written: its member follows. Not while a backup is loaded, which has both."""
    if not raw:
        lines.follow_role(instance)


def line_of_call_goes(sender: Any, *, instance: Role, origin: Any = None, **_: Any) -> None:
    """A line of the committee is deleted for itself. With its whole edition, its members go anyway."""
    of_lines = origin.model is Role if isinstance(origin, QuerySet) else isinstance(origin, Role)
    if of_lines:
        lines.line_goes(instance)


def forget_what_a_member_told(sender: Any, *, user: User, **_: Any) -> None:
    """An account is deleted: what the person told for the committee's planning goes, conflicts and papers stay."""
    held = Member.objects.filter(policy.places_of(user))
    Absence.objects.filter(member__in=held).delete()
    held.update(collaborators="", answer_note="")


def take_back_assignments(sender: Any, *, paper: Paper, after: State, **_: Any) -> None:
    """A paper was withdrawn or desk-rejected: nobody reviews it any more."""
    if after != State.SUBMITTED:
        assignments.follow_paper(paper)


def call_off_letters_of_decision(sender: Any, *, paper: Paper, after: State, **_: Any) -> None:
    """A paper left while the letters about its decision waited: they do not leave."""
    if after != State.SUBMITTED:
        release.follow_paper(paper)


def paper_was_saved(sender: Any, *, instance: Paper, raw: bool = False, **_: Any) -> None:
    """The words of a submission may have changed: members may be nearer to it, or further away."""
    if not raw and instance.state == State.SUBMITTED:
        affinity.wake(instance.edition_id)


def paper_moved(sender: Any, *, paper: Paper, **_: Any) -> None:
    """A paper came in or went: how much each word weighs depends on all that are there."""
    affinity.wake(paper.edition_id)


def contents_changed(sender: Any, *, paper: Paper, changes: frozenset[str], **_: Any) -> None:
    """Authors changed themselves, or whom they declared."""
    detection.follow_paper(paper, changes)


def paper_is_in(sender: Any, *, paper: Paper, after: State, **_: Any) -> None:
    """A paper came in, perhaps again: its conflicts stand before anybody is asked to review it."""
    if after == State.SUBMITTED:
        detection.follow_paper(paper, detection.LOOKED_AT)


def member_told(
    sender: Any,
    *,
    instance: Member | CommitteeSettings,
    raw: bool = False,
    update_fields: Collection[str] | None = None,
    **_: Any,
) -> None:
    """Somebody came to the committee, left it, or told more about themselves; or another number of years counts."""
    told = {"name", "email", "affiliation", "user", "role", "collaborators", "state", "conflict_years"}
    if raw or (update_fields is not None and not told & set(update_fields)):
        return
    detection.wake(instance.edition_id)


def account_told(
    sender: Any, *, instance: User, raw: bool = False, update_fields: Collection[str] | None = None, **_: Any
) -> None:
    """The account of somebody in a committee says something else about them; signing in alone does not."""
    if raw or (update_fields is not None and not {"name", "affiliation", "orcid"} & set(update_fields)):
        return
    _wake_committees_of(instance)


def address_proven(sender: Any, *, user: User, **_: Any) -> None:
    """Another address is known to be theirs."""
    _wake_committees_of(user)


def _wake_committees_of(user: User) -> None:
    for edition in set(Member.objects.held_by(user).values_list("edition_id", flat=True)):
        detection.wake(edition)
