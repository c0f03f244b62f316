"""Which chair looks after a paper: set by hand, and by itself where another chair has a conflict.

As long as no chair has a conflict with a paper, any of them handles it. As soon as one has, it gets a chair without:
the one with the fewest papers so far, so that the same facts give the same choice.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from celery import current_app
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews import policy
from reviews.models import Handling
from reviews.participants import chairs_of
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper
from submissions.services.errors import NotAllowed, Refused

log = logging.getLogger(__name__)

#: Several changes in a row are one request to the worker.
PAUSE = timedelta(seconds=10)
#: An edition is over for us this long after its notification.
KEPT = timedelta(days=60)


def set_chair(*, actor: User, paper: Paper, chair: User | None) -> None:
    """`set_many` for one paper."""
    set_many(actor=actor, edition=paper.edition, numbers=[paper.number], chair=chair)


def set_many(*, actor: User, edition: Edition, numbers: Iterable[int], chair: User | None) -> list[Paper]:
    """Say which chair looks after these papers; None: any of them. A choice by hand stays until a conflict ends it.

    All of them or none; returns those that changed. Constant queries. Raises NotAllowed where the actor does not handle
    one of them, Refused for somebody who does not run the edition or has a conflict, with the papers.
    """
    with transaction.atomic():
        papers = _held(actor, edition, set(numbers))
        if chair is not None:
            _refuse_unfit(chair, edition, papers)
        found = Handling.objects.select_for_update(of=("self",)).filter(paper__in=papers)
        rows = {it.paper_id: it for it in found.select_related("chair")}
        changed = []
        for paper in papers:
            row = rows.get(paper.pk) or Handling(paper=paper)
            row.paper = paper
            if _set(actor, row, chair, automatic=False):
                changed.append(paper)
    return changed


def _refuse_unfit(chair: User, edition: Edition, papers: Sequence[Paper]) -> None:
    if chair.pk not in {it.pk for it in chairs_of(edition)}:
        raise Refused(f"{chair.name or chair} does not run this edition. Nothing was changed.")
    walled = _walled(chair, edition)
    if bound := [f"#{it.number}" for it in papers if it.pk in walled]:
        raise Refused(
            f"{chair.name or chair} has a conflict with {', '.join(bound)}. Nothing was changed; choose another chair."
        )


def keep(edition: Edition) -> int:
    """Give a chair to papers with which another chair has a conflict, and another one where the chair can no longer.

    Returns how many papers changed. Safe to run at any time and twice at once. One query for each chair.
    """
    with transaction.atomic():
        # The papers alone are held, in one order: who holds a paper may hold its edition next.
        held = Paper.objects.select_for_update(of=("self",)).filter(edition=edition, state=State.SUBMITTED)
        papers = {it.pk: it for it in sorted(held.order_by("pk"), key=lambda it: it.number)}
        chairs = chairs_of(edition)
        walled = {chair.pk: _walled(chair, edition) for chair in chairs}
        rows = {
            it.paper_id: it
            for it in Handling.objects.select_for_update(of=("self",))
            .filter(paper__in=papers)
            .select_related("chair")
        }
        load = Counter(row.chair_id for row in rows.values() if row.chair_id)
        changed = 0
        for pk, paper in papers.items():
            row = rows.get(pk) or Handling(paper=paper)
            can = [chair for chair in chairs if pk not in walled[chair.pk]]
            if _stays(row, can, chairs):
                continue
            chosen = min(can, key=lambda chair: (load[chair.pk], chair.pk), default=None)
            if row.chair_id:
                load[row.chair_id] -= 1
            if chosen is not None:
                load[chosen.pk] += 1
            paper.edition = edition
            changed += _set(None, row, chosen, automatic=True)
    return changed


def _stays(row: Handling, can: Sequence[User], chairs: Sequence[User]) -> bool:
    """Whether who handles the paper may stay as it is: a chair who can, or nobody where all of them can."""
    if row.chair_id is not None:
        return row.chair_id in {it.pk for it in can}
    return len(can) == len(chairs) or not can


def without_chair(*, actor: User, edition: Edition) -> list[Paper]:
    """Papers that no chair of `edition` may handle, as far as the actor may: who is an administrator without a conflict.

    For somebody who is a chair themselves there is none. One query for each chair.
    """
    if not actor.is_superuser:
        return []
    papers = Paper.objects.filter(
        papers_policy.papers_handled_by(actor), edition=edition, state=State.SUBMITTED
    )
    left = list(papers.order_by("number"))
    for chair in chairs_of(edition):
        walled = _walled(chair, edition)
        left = [it for it in left if it.pk in walled]
        if not left:
            break
    return left


def wake(edition: int) -> None:
    """Ask the worker, once the transaction is committed, to look after an edition. A dead broker only delays it."""
    transaction.on_commit(lambda: _ask(edition), robust=True)


def _ask(edition: int) -> None:
    if not cache.add(f"handling-asked:{edition}", True, PAUSE.total_seconds()):
        return
    try:
        current_app.send_task(
            "reviews.tasks.keep_handling", args=[edition], countdown=PAUSE.total_seconds(), retry=False
        )
    except Exception:
        log.warning("The worker could not be woken; the next sweep chooses the chairs.", exc_info=True)


def editions_to_keep() -> list[Edition]:
    """Editions with papers under review whose notification is not long over."""
    over = Deadline.objects.filter(kind=Deadline.Kind.NOTIFICATION, at__lt=timezone.now() - KEPT)
    under_review = Paper.objects.filter(state=State.SUBMITTED).values("edition")
    return list(Edition.objects.filter(pk__in=under_review).exclude(pk__in=over.values("edition")))


def _walled(chair: User, edition: Edition) -> set[int]:
    found = Paper.objects.filter(papers_policy.papers_walled_off_from(chair), edition=edition)
    return set(found.values_list("pk", flat=True))


def _held(actor: User, edition: Edition, wanted: set[int]) -> list[Paper]:
    rows = Paper.objects.select_for_update(of=("self",)).filter(edition=edition, number__in=wanted)
    list(rows.order_by("pk").values_list("pk"))
    handled = Paper.objects.filter(
        papers_policy.papers_handled_by(actor), edition=edition, number__in=wanted, state=State.SUBMITTED
    )
    found = list(handled.select_related("edition").order_by("number"))
    if not wanted or len(found) != len(wanted) or not policy.may_run_committee(actor, edition):
        raise NotAllowed("There is no such paper.")
    return found


def _handled(actor: User, paper: Paper) -> Paper:
    handled = Paper.objects.filter(
        papers_policy.papers_handled_by(actor), pk=paper.pk, state=State.SUBMITTED
    ).select_related("edition")
    found = handled.first()
    if found is None or not policy.may_run_committee(actor, found.edition):
        raise NotAllowed("There is no such paper.")
    return found


def _set(actor: User | None, row: Handling, chair: User | None, *, automatic: bool) -> bool:
    """Write the choice and record it; False when it was so already."""
    before = row.chair
    if row.pk and before == chair and (row.automatic == automatic or automatic):
        return False
    if not row.pk and chair is None:
        return False
    row.chair, row.automatic = chair, automatic
    # Who leads the discussion, and its end, are others' to write.
    row.save(update_fields=["chair", "automatic"] if row.pk else None)
    data: Mapping[str, object] = {"chair": [str(before) if before else None, str(chair) if chair else None]}
    verb = "handling.chosen" if automatic else "handling.set"
    audit.record(actor=actor, verb=verb, subject=row.paper, edition=row.paper.edition.slug, data=dict(data))
    return True
