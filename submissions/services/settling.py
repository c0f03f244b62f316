"""The two ends of every change to a paper: hold it, and settle what the change means."""

from typing import Any

from django.utils import timezone

from accounts import audit
from accounts.models import User
from submissions import letters, queries
from submissions.domain.workflow import Missing, State, may_become, missing
from submissions.models import Paper
from submissions.services.errors import Refused, Stale, WouldBreak
from submissions.signals import paper_moved


def lock(paper: Paper) -> Paper:
    """The paper as it is now, held against other writers until the transaction ends."""
    Paper.objects.select_for_update().get(pk=paper.pk)
    return queries.whole(Paper.objects.filter(pk=paper.pk)).get()


def forget_cached(paper: Paper) -> Paper:
    """Drop what was prefetched before the change, so that rules look at the rows as they are."""
    vars(paper)["_prefetched_objects_cache"] = {}
    return paper


def settle(paper: Paper, *, actor: User, changes: dict[str, Any], before: State) -> list[Missing]:
    """After a change inside a transaction: raise the revision, move the state, write history and mail.

    A complete draft is in. A paper that is in and would be incomplete raises WouldBreak, which undoes the change.
    Returns what is missing.
    """
    paper = forget_cached(paper)
    lacks = missing(queries.facts(paper))
    if before == State.SUBMITTED and lacks:
        raise WouldBreak(lacks)
    paper.revision += 1
    paper.changed_at = timezone.now()
    if before in (State.DRAFT, State.WITHDRAWN):
        paper.state = State.DRAFT if lacks else State.SUBMITTED
        if not lacks and paper.submitted_at is None:
            paper.submitted_at = paper.changed_at
    paper.save(
        update_fields=["title", "abstract", "category", "revision", "changed_at", "state", "submitted_at"]
    )
    audit.record(
        actor=actor,
        verb="paper.changed" if before == paper.state else f"paper.{paper.state}",
        subject=paper,
        edition=paper.edition.slug,
        data=changes,
    )
    if paper.state == State.SUBMITTED:
        if before == State.SUBMITTED:
            letters.updated_receipt(paper)
        else:
            letters.receipt(paper)
    if before != paper.state:
        paper_moved.send(Paper, paper=paper, actor=actor, before=before, after=State(paper.state))
    return lacks


def move(paper: Paper, state: State, *, actor: User, reason: str = "") -> None:
    before = State(paper.state)
    if not may_become(before, state):
        raise Refused(
            f"#{paper.number} is {before.label.lower()}; it cannot become {state.label.lower()} now."
        )
    moved = Paper.objects.filter(pk=paper.pk, state=before).update(
        state=state, closed_reason=reason.strip(), revision=paper.revision + 1, changed_at=timezone.now()
    )
    if not moved:
        raise Stale("Somebody else changed this paper in the meantime. Look at it again.")
    paper.refresh_from_db(fields=["state", "closed_reason", "revision", "changed_at"])
    audit.record(
        actor=actor,
        verb=f"paper.{state}",
        subject=paper,
        edition=paper.edition.slug,
        data={"state": [before, state], "reason": reason.strip()},
    )
    paper_moved.send(Paper, paper=paper, actor=actor, before=before, after=state)
