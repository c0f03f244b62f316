"""What a chair may grant one paper: more time, or another length."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from submissions import letters, policy, queries
from submissions.domain.deadlines import in_words
from submissions.domain.workflow import Missing, State, missing
from submissions.models import Deadline, Extension, Paper, Waiver
from submissions.services import settling
from submissions.services.errors import NotAllowed, Refused


def extend(*, actor: User, paper: Paper, until: datetime, reason: str) -> Extension:
    """Let the authors of one paper work until a later time; they are told. Raises NotAllowed, Refused."""
    with transaction.atomic():
        paper = _handled(actor, paper)
        if paper.state == State.OUT_OF_SCOPE:
            raise Refused(f"#{paper.number} is out of scope. Put it back first; then it can have more time.")
        deadline = _submission_deadline(paper)
        if not reason.strip():
            raise Refused("Give a reason: the authors read it, and it stays in the paper's history.")
        if until <= timezone.now():
            raise Refused("The new time is in the past. Choose a later one.")
        if until <= deadline.at:
            raise Refused("The new time is not later than the deadline of the call. Choose a later one.")
        former = paper.extensions.filter(deadline=deadline).first()
        if former is not None and until <= former.until:
            raise Refused(
                f"#{paper.number} already has until {_in_words(former.until, paper)}. Choose a later time."
            )
        extension, _ = Extension.objects.update_or_create(
            paper=paper,
            deadline=deadline,
            defaults={
                "until": until,
                "reason": reason.strip(),
                "granted_by": actor,
                "granted_at": timezone.now(),
            },
        )
        _record(
            paper,
            actor,
            "paper.extended",
            [_in_words(former.until, paper) if former else None, _in_words(until, paper)],
            reason,
        )
        settling.forget_cached(paper)
        letters.extended(extension, by=actor)
    return extension


def waive_limit(*, actor: User, paper: Paper, reason: str) -> list[Missing]:
    """Let one paper pass the page limit of its category. Raises NotAllowed, Refused.

    If its latest upload was refused only for its length, that version now counts. Returns what is still missing.
    """
    with transaction.atomic():
        paper = _handled(actor, paper)
        if not reason.strip():
            raise Refused("Give a reason: it stays in the paper's history.")
        if queries.is_waived(paper):
            raise Refused(f"The page limit of #{paper.number} is waived already.")
        if paper.state not in (State.DRAFT, State.SUBMITTED):
            raise Refused(
                f"#{paper.number} is {State(paper.state).label.lower()}: there is nothing to waive."
            )
        lacked = missing(queries.facts(paper))
        paper.waiver = Waiver.objects.create(paper=paper, reason=reason.strip(), granted_by=actor)
        changes: dict[str, list[str | None]] = {"waiver": [None, reason.strip()]}
        latest = paper.manuscripts.order_by("-version").first()
        if latest is not None and paper.manuscript_id != latest.pk and not latest.accepted:
            former = f"v{paper.manuscript.version}" if paper.manuscript else None
            changes["manuscript"] = [former, f"v{latest.version}"]
            paper.manuscript = latest
            paper.save(update_fields=["manuscript"])
        lacks = settling.settle(
            paper,
            actor=actor,
            changes=changes,
            before=State(paper.state),
            lacked=lacked,
            arrived_at=timezone.now(),
        )
        letters.waived(paper, by=actor)
    return lacks


def _in_words(until: datetime, paper: Paper) -> str:
    return in_words(until, paper.edition.time_zone)


def _submission_deadline(paper: Paper) -> Deadline:
    """The date that holds for the paper: its category's own, else the one for all; of several the latest."""
    rows = [row for row in paper.edition.deadlines.all() if row.kind == Deadline.Kind.SUBMISSION]
    if paper.category_id is not None:
        own = [row for row in rows if row.category_id == paper.category_id]
        rows = own or [row for row in rows if row.category_id is None]
    if not rows:
        raise Refused(f"No submission deadline holds for #{paper.number}, so there is nothing to extend.")
    return max(rows, key=lambda row: row.at + timedelta(minutes=row.grace_minutes))


def _handled(actor: User, paper: Paper) -> Paper:
    paper = settling.lock(paper)  # first: a conflict may be declared in this moment
    if not policy.may_handle(actor, paper):
        raise NotAllowed("There is no such paper.")
    return paper


def _record(paper: Paper, actor: User, verb: str, change: list[str | None], reason: str) -> None:
    paper.revision += 1
    paper.save(update_fields=["revision"])
    audit.record(
        actor=actor,
        verb=verb,
        subject=paper,
        edition=paper.edition.slug,
        data={"until": change, "reason": reason.strip()},
    )
