"""What happens in this room when something changed: mail to those whom it concerns. Connected in `apps.py`."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts import outbox
from accounts.models import User
from submissions import letters, queries
from submissions.domain.workflow import State
from submissions.models import Deadline, Paper


def call_off_reminders(sender: Any, *, paper: Paper, after: State, **_: Any) -> None:
    """The paper is in, or has ended: a reminder that still waits for a reader's daily mail is no longer true."""
    if after != State.DRAFT:
        outbox.call_off(about=letters.about(paper), kind="reminder_incomplete")


def tell_contacts_of_new_deadline(
    sender: Any, *, deadline: Deadline, actor: User | None, before: datetime, reason: str, **_: Any
) -> None:
    """A submission date moved: contacts of papers that are drafts or in are told, those it does not concern are not.

    Called inside the transaction that moved the date, so the mail exists exactly if the new date does.
    """
    if before < timezone.now() > deadline.at:
        return
    for paper in queries.whole(queries.concerned_by(deadline)):
        letters.deadline_moved(paper, deadline=deadline, before=before, reason=reason)
