"""What the decision room needs from the rooms below: word of changed conflicts, and lines in the digest. Called in `apps.py`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models.signals import post_delete, post_save

from reviews.models import Assignment, Conflict, Decision
from reviews.services import decisions, handling
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper, Role
from submissions.services import digest
from submissions.signals import paper_changed, paper_moved


def register() -> None:
    for model, receiver in ((Conflict, _conflict_changed), (Role, _line_changed)):
        for signal, when in ((post_save, "saved"), (post_delete, "gone")):
            signal.connect(receiver, sender=model, dispatch_uid=f"reviews.handling.{model.__name__}.{when}")
    paper_changed.connect(_paper_changed, dispatch_uid="reviews.handling.contents")
    paper_moved.connect(_paper_changed, dispatch_uid="reviews.handling.moved")
    digest.sections.append(in_digest)


def _conflict_changed(sender: Any, *, instance: Conflict, raw: bool = False, **_: Any) -> None:
    if not raw:
        handling.wake(instance.paper.edition_id)


def _line_changed(sender: Any, *, instance: Role, raw: bool = False, **_: Any) -> None:
    if not raw and instance.kind in Role.CHAIRS:
        handling.wake(instance.edition_id)


def _paper_changed(sender: Any, *, paper: Paper, **_: Any) -> None:
    handling.wake(paper.edition_id)


def in_digest(edition: Edition, papers: Sequence[Paper], since: datetime, now: datetime) -> digest.Lines:
    """What needs a decision, or its release, among the papers that the reader handles; nothing before anybody reviews. Three queries."""
    submitted = {it.pk: it for it in papers if it.state == State.SUBMITTED}
    rows = Assignment.objects.live().filter(paper__in=submitted).order_by()
    told = list(rows.values_list("paper", "review__submitted_at"))
    if not told:
        return digest.Lines()
    made = Decision.objects.filter(paper__in=submitted)
    decided = {it.paper_id: it for it in made.select_related("release").only("paper", "release__undone_at")}
    waiting = [paper for pk, paper in submitted.items() if pk not in decided]
    out = {paper for paper, submitted_at in told if submitted_at is None}
    reviewed = {paper for paper, _ in told} - out
    whole = [it for it in waiting if it.pk in reviewed]
    untold = [submitted[pk] for pk, it in decided.items() if not decisions.is_frozen(it)]
    due = Deadline.objects.filter(edition=edition, kind=Deadline.Kind.NOTIFICATION).order_by("at").last()
    over = due is not None and due.at < now
    without, unreleased = (
        f"{len(waiting)} without a decision",
        _many(len(untold), "decision") + " not released",
    )
    return digest.Lines(
        counts=[
            *([f"{without}, {len(whole)} of them with all their reviews"] if waiting else []),
            *([unreleased] if untold else []),
        ],
        late=[
            f"{words}, though the notification was due: {_numbers(papers)}"
            for words, papers in ((without, waiting), (unreleased, untold))
            if over and papers
        ],
    )


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _numbers(papers: Sequence[Paper]) -> str:
    numbers = [f"#{it.number}" for it in sorted(papers, key=lambda it: it.number)]
    more = len(numbers) - digest.SHOWN
    return ", ".join(numbers[: digest.SHOWN]) + (f" and {more} more" if more > 0 else "")
