"""Affinity as rows: each member's nearness to every submission, computed in the worker and only where it is out of date.

Numerical libraries are imported when something is computed, which only the worker does. Until then pages do without:
bids are sorted by topics alone.
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from celery import current_app
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reviews.domain import affinity as domain
from reviews.domain import scores
from reviews.domain.affinity import Text
from reviews.domain.affinity_words import Words
from reviews.models import AffinityColumn, CommitteeSettings, Member, OwnPaper
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper

log = logging.getLogger(__name__)

#: Members whose columns are computed and written at a time: a run that is cut short has not worked for nothing.
AT_ONCE = 25
#: Several changes in a row are one request to the worker.
PAUSE = timedelta(seconds=20)
#: An edition is over for us this long after its notification.
KEPT_FRESH = timedelta(days=60)


def wake(edition: int) -> None:
    """Ask the worker, once the transaction is committed, to bring an edition's affinity up to date.

    A dead broker only delays it: the sweep comes by.
    """
    transaction.on_commit(lambda: _ask(edition), robust=True)


def _ask(edition: int) -> None:
    if not cache.add(f"affinity-asked:{edition}", True, PAUSE.total_seconds()):
        return
    try:
        current_app.send_task(
            "reviews.tasks.refresh_affinity", args=[edition], countdown=PAUSE.total_seconds(), retry=False
        )
    except Exception:
        log.warning("The worker could not be woken; the next sweep computes the affinity.", exc_info=True)


def editions_to_keep() -> list[int]:
    """Editions where affinity is of use now: members bid or will be assigned, and it is not long over."""
    now = timezone.now()
    coming_in = Q(deadlines__kind=Deadline.Kind.SUBMISSION, deadlines__at__gt=now)
    over = Q(deadlines__kind=Deadline.Kind.NOTIFICATION, deadlines__at__lt=now - KEPT_FRESH)
    early = CommitteeSettings.objects.filter(bids_before_deadline=True).values("edition")
    with_papers = OwnPaper.objects.values("member__edition")
    with_columns = AffinityColumn.objects.values("member__edition")
    useful = Edition.objects.filter(Q(pk__in=with_papers) | Q(pk__in=with_columns))
    closed = useful.exclude(pk__in=Edition.objects.filter(coming_in).values("pk"))
    wanted = useful.filter(Q(pk__in=closed.values("pk")) | Q(pk__in=early))
    return list(wanted.exclude(pk__in=Edition.objects.filter(over).values("pk")).values_list("pk", flat=True))


def refresh(edition: int) -> int:
    """Compute what is out of date in an edition; returns how many columns were written.

    May run at any time, twice at once, and end anywhere: a column says by its fingerprint what it was made from, and
    is made again when that is no longer so.
    """
    if edition not in editions_to_keep():
        return 0
    papers = list(
        Paper.objects.filter(edition=edition, state=State.SUBMITTED)
        .order_by("pk")
        .only("pk", "title", "abstract")
    )
    engine = Words([Text(it.title, it.abstract) for it in papers])
    basis = f"{engine.basis}:{_digest(f'{it.pk}' for it in papers)}"
    stale = _stale(edition, basis)
    written = 0
    for start in range(0, len(stale), AT_ONCE):
        written += _compute(engine, basis, papers, stale[start : start + AT_ONCE])
    if stale:
        _measure(edition)
    return written


def _stale(edition: int, basis: str) -> list[int]:
    """Members whose column is missing or was made from something else. Those without papers get an empty one."""
    marks = _marks(OwnPaper.objects.filter(member__edition=edition).values_list("member_id", "pk"))
    kept = dict(
        AffinityColumn.objects.filter(member__edition=edition).values_list("member_id", "fingerprint")
    )
    return sorted(
        member for member in {*marks, *kept} if kept.get(member) != _fingerprint(basis, marks.get(member, ()))
    )


def _compute(engine: Words, basis: str, papers: Sequence[Paper], members: Sequence[int]) -> int:
    """The columns of some members, written where nobody else has written the same meanwhile."""
    own: dict[int, list[OwnPaper]] = {member: [] for member in members}
    for paper in OwnPaper.objects.filter(member__in=members).order_by("pk"):
        own[paper.member_id].append(paper)
    texts = [Text(it.title, it.abstract) for it in papers]
    found = domain.affinities(
        engine, texts, [[Text(it.title, it.abstract) for it in own[member]] for member in members]
    )
    written = 0
    for place, member in enumerate(members):
        fingerprint = _fingerprint(basis, [it.pk for it in own[member]])
        known = [(row, str(paper.pk)) for row, paper in enumerate(papers) if found.known[row, place]]
        column = {
            "scores": {key: round(float(found.scores[row, place]), 5) for row, key in known},
            "nearest": {
                key: [own[member][index].pk for index in found.nearest[row, place] if index >= 0]
                for row, key in known
            },
        }
        written += _write(member, column, fingerprint)
    return written


def _write(member: int, column: dict[str, Any], fingerprint: str) -> bool:
    """False when the member is gone, or somebody else was quicker."""
    with transaction.atomic():
        if Member.objects.select_for_update().filter(pk=member).first() is None:
            return False
        if AffinityColumn.objects.filter(member=member, fingerprint=fingerprint).exists():
            return False
        AffinityColumn.objects.update_or_create(
            member_id=member,
            defaults={**column, "fingerprint": fingerprint, "computed_at": timezone.now()},
        )
    return True


def _measure(edition: int) -> None:
    """Keep with all columns of an edition what a very good affinity is there (domain/scores.reference)."""
    import numpy as np

    columns = AffinityColumn.objects.filter(member__edition=edition).values_list("scores", flat=True)
    told = np.array(
        [score for column in columns.iterator(chunk_size=50) for score in column.values()], dtype=float
    )
    measure = scores.reference(told, np.ones(told.shape, dtype=bool))
    AffinityColumn.objects.filter(member__edition=edition).exclude(reference=measure).update(
        reference=measure
    )


def _marks(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for member, paper in pairs:
        found.setdefault(member, []).append(paper)
    return found


def _fingerprint(basis: str, own: Sequence[int]) -> str:
    """Own papers are replaced, never changed (services/own_papers.py), so their keys stand for their texts."""
    return _digest([basis, *(f"{pk}" for pk in sorted(own))])


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
