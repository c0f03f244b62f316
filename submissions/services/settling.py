"""The two ends of every change to a paper: hold it, and settle what the change means."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.validators import is_forbidden
from submissions import letters, queries
from submissions.domain.workflow import Missing, State, may_become, missing
from submissions.models import Paper
from submissions.services.errors import Refused, Stale, WouldBreak
from submissions.signals import paper_changed, paper_moved

REASON_MAX_CHARS = 2000
#: What one person changes while typing is one entry of the history, begun at most this long ago.
JOIN_HISTORY = timedelta(minutes=10)


def lock(paper: Paper) -> Paper:
    """The paper as it is now, held against other writers until the transaction ends."""
    Paper.objects.select_for_update().get(pk=paper.pk)
    return queries.whole(Paper.objects.filter(pk=paper.pk)).get()


def forget_cached(paper: Paper) -> Paper:
    """Drop what was prefetched before the change, so that rules look at the rows as they are."""
    vars(paper)["_prefetched_objects_cache"] = {}
    return paper


def settle(
    paper: Paper,
    *,
    actor: User,
    changes: dict[str, Any],
    before: State,
    lacked: Sequence[Missing],
    arrived_at: datetime,
) -> list[Missing]:
    """After a change inside a transaction: raise the revision, move the state, write history and mail.

    A complete draft is in. A paper that is in and would be incomplete raises WouldBreak, which undoes the change.
    `lacked` is what the rules found before it: a paper that came in under an earlier call stays in, and may still be
    corrected. `arrived_at` is the moment the paper's times and the receipt name, since the deadline is judged by it.
    Returns what is missing before the paper is in.
    """
    paper = forget_cached(paper)
    lacks = missing(queries.facts(paper))
    if before == State.SUBMITTED and (broken := [item for item in lacks if item not in lacked]):
        raise WouldBreak(broken)
    paper.revision += 1
    paper.changed_at = arrived_at
    if before in (State.DRAFT, State.WITHDRAWN):
        paper.state = State.DRAFT if lacks else State.SUBMITTED
        if lacks:
            # A draft has no time of submission: by it a desk reject that is taken back knows what the paper was.
            paper.submitted_at = None
        elif paper.submitted_at is None:
            paper.submitted_at = paper.changed_at
    own = ("title", "abstract", "category", "conflict_institutions")
    paper.save(update_fields=[*own, "revision", "changed_at", "state", "submitted_at"])
    if before == paper.state:
        audit.record_joined(
            actor=actor,
            verb="paper.changed",
            subject=paper,
            within=JOIN_HISTORY,
            edition=paper.edition.slug,
            data=changes,
        )
    else:
        audit.record(
            actor=actor, verb=f"paper.{paper.state}", subject=paper, edition=paper.edition.slug, data=changes
        )
    if paper.state == State.SUBMITTED:
        if before == State.SUBMITTED:
            letters.updated_receipt(paper)
        else:
            letters.receipt(paper)
    paper_changed.send(Paper, paper=paper, actor=actor, changes=frozenset(changes))
    if before != paper.state:
        paper_moved.send(Paper, paper=paper, actor=actor, before=before, after=State(paper.state))
    return queries.missing_items(paper)


def _as_text(reason: str) -> str:
    """`reason` as it is kept and mailed. Raises Refused for one that is a text of its own."""
    text = reason.replace("\r\n", "\n").replace("\r", "\n").strip()
    text = "".join(character for character in text if character in "\n\t" or not is_forbidden(character))
    if len(text) > REASON_MAX_CHARS:
        raise Refused(
            f"The reason has {len(text)} characters; at most {REASON_MAX_CHARS} fit. Nothing was changed."
        )
    return text


def move(paper: Paper, state: State, *, actor: User, reason: str = "") -> None:
    before, reason = State(paper.state), _as_text(reason)
    if not may_become(before, state):
        raise Refused(
            f"#{paper.number} is {before.label.lower()}; it cannot become {state.label.lower()} now."
        )
    moved = Paper.objects.filter(pk=paper.pk, state=before).update(
        state=state, closed_reason=reason, revision=paper.revision + 1, changed_at=timezone.now()
    )
    if not moved:
        raise Stale("Somebody else changed this paper in the meantime. Look at it again.")
    paper.refresh_from_db(fields=["state", "closed_reason", "revision", "changed_at"])
    audit.record(
        actor=actor,
        verb=f"paper.{state}",
        subject=paper,
        edition=paper.edition.slug,
        data={"state": [before, state], "reason": reason},
    )
    paper_moved.send(Paper, paper=paper, actor=actor, before=before, after=state)
