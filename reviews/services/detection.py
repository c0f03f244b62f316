"""Conflicts that the program finds, kept in step with what they rest on (docs/conflicts.md has the rules).

Three ways lead here. A submitted paper that changed is looked at right after its commit, alone: a fraction of a second for
a large committee, done before the authors read the answer, and never the reason why their save fails or waits for a lock.
Until then the certain walls (own paper, declared members) stand already, by submissions.policy. Everything else
(roster, profiles, lists of papers) asks the worker for a search through the edition; many changes make one. And a sweep
compares each edition with what its last search saw, so that nothing is lost with a broker or behind our back.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from celery import current_app
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from reviews import conflict_facts
from reviews.conflict_facts import Known
from reviews.data import directory
from reviews.domain.conflicts.changes import still_dismissed
from reviews.domain.conflicts.facts import Found, Rule
from reviews.domain.conflicts.rules import find
from reviews.models import Conflict, ConflictSearch, Member
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper

log = logging.getLogger(__name__)

#: Several changes in a row are one request to the worker.
PAUSE = timedelta(seconds=10)
#: An edition is over for us this long after the last of its dates.
KEPT = timedelta(days=60)
#: Searches that another one overtook, before the sweep has to try again.
ATTEMPTS = 3
NOTHING_LEFT = "Nothing that is known now speaks for it; somebody changed what they had told."
#: What of a paper the rules look at, in the words of `submissions.signals.paper_changed`.
LOOKED_AT = frozenset({"authors", "conflicts", "institutions"})


@dataclass(frozen=True)
class Outcome:
    """How many conflicts came, changed and went."""

    new: int = 0
    changed: int = 0
    gone: int = 0


# -- when to look ---------------------------------------------------------------------------------------------------------


def wake(edition: int) -> None:
    """Ask the worker, once the transaction is committed, to search through an edition."""
    transaction.on_commit(lambda: _ask(edition), robust=True)


def _ask(edition: int) -> None:
    if not cache.add(_asked(edition), True, PAUSE.total_seconds()):
        return
    try:
        current_app.send_task(
            "reviews.tasks.find_conflicts", args=[edition], countdown=PAUSE.total_seconds(), retry=False
        )
    except Exception:
        log.warning("The worker could not be woken; the next sweep finds the conflicts.", exc_info=True)


def _asked(edition: int) -> str:
    return f"conflicts-asked:{edition}"


def follow_paper(paper: Paper, changed: Collection[str]) -> None:
    """`paper` was changed in this transaction: look at it when that is committed, if the rules have to do with it."""
    if not LOOKED_AT & set(changed):
        return
    if paper.state == State.SUBMITTED:
        pk = paper.pk
        transaction.on_commit(lambda: look_at(pk), robust=True)
    wake(paper.edition_id)


def going_on() -> QuerySet[Edition]:
    """Editions that are not long over."""
    alive = Edition.objects.filter(deadlines__at__gt=timezone.now() - KEPT).values("pk")
    undated = Edition.objects.filter(deadlines__isnull=True).values("pk")
    return Edition.objects.filter(pk__in=alive) | Edition.objects.filter(pk__in=undated)


def editions_due() -> list[int]:
    """Editions that go on and have papers and members: the sweep compares each with its last search."""
    with_both = going_on().filter(papers__isnull=False, members__isnull=False)
    return list(with_both.values_list("pk", flat=True).distinct().order_by("pk"))


# -- looking --------------------------------------------------------------------------------------------------------------


def detect(edition: Edition) -> Outcome:
    """Search through `edition` and bring its conflicts in step. Where nothing changed since the last time, nothing is done.

    May run at any time and twice at once. What members declared and chairs set is not touched, nor are conflicts of members
    who were removed: they do not end with an office.
    """
    cache.delete(_asked(edition.pk))
    for _ in range(ATTEMPTS):
        before, _made = ConflictSearch.objects.get_or_create(edition=edition)
        known = conflict_facts.of_edition(edition)
        mark = known.fingerprint
        if mark == before.fingerprint:
            return Outcome()
        found = _search(known)
        with transaction.atomic():
            now = ConflictSearch.objects.select_for_update().get(pk=before.pk)
            if now.number != before.number:
                continue
            fresh = _unchanged(known)
            rows = _found_rows().filter(paper__in=fresh)
            outcome = _bring_in_step(rows, found, fresh, stays=_but_of_drafts(known))
            # A paper that was saved meanwhile was left out: not all was seen, so that the sweep comes again.
            now.fingerprint = mark if len(fresh) == len(known.revisions) else ""
            now.number, now.at = now.number + 1, timezone.now()
            now.save(update_fields=["fingerprint", "number", "at"])
        return outcome
    return Outcome()


def look_at(paper: int) -> Outcome:
    """Bring the conflicts of one paper in step, but for those that follow from other papers of its edition.

    Called when its authors changed it. What rested on that goes while papers come in, and what they had declared at any
    time; but whoever was an author of it in some version stays apart.
    """
    row = Paper.objects.filter(pk=paper).select_related("edition").first()
    if row is None:
        return Outcome()
    known = conflict_facts.of_paper(row)
    found = _search(known)
    with transaction.atomic():
        Paper.objects.select_for_update(of=("self",)).filter(pk=paper).first()
        fresh = _unchanged(known)
        rows = _found_rows().filter(paper__in=fresh).exclude(rule=Rule.COAUTHOR_THIS_EDITION.value)
        return _bring_in_step(rows, found, fresh, stays=_outlasts(are_in=_papers_are_in(paper)))


def _but_of_drafts(known: Known) -> Callable[[Conflict], bool]:
    """Nobody lifts the wall around a paper that is in by telling something else of themselves, or of another paper."""
    drafts = {int(it.key) for it in known.drafts}
    return lambda row: row.paper_id not in drafts


def _outlasts(*, are_in: bool) -> Callable[[Conflict], bool]:
    """What a change by the authors does not end."""
    return lambda row: row.rule == Rule.OWN_PAPER.value or (are_in and not Rule(row.rule).declared)


def _search(known: Known) -> list[Found]:
    def run(papers: Sequence[object]) -> list[Found]:
        return find(
            known.members,
            papers,  # type: ignore[arg-type]
            window=known.window,
            directory=directory(),
            earlier=known.earlier,
        )

    drafts = run(known.drafts) if known.drafts else []
    return [
        *(run(known.papers) if known.papers else []),
        *(it for it in drafts if it.rule is not Rule.COAUTHOR_THIS_EDITION),
    ]


def _unchanged(known: Known) -> set[int]:
    """The papers that are still as they were read: for others the next look knows better."""
    now = dict(Paper.objects.filter(pk__in=list(known.revisions)).values_list("pk", "revision"))
    return {pk for pk, revision in known.revisions.items() if now.get(pk) == revision}


def _found_rows() -> QuerySet[Conflict]:
    return Conflict.objects.filter(rule__in=conflict_facts.FOUND).exclude(member__state=Member.State.REMOVED)


# -- bringing the rows in step --------------------------------------------------------------------------------------------

_FIELDS = ("confidence", "evidence", "doubt", "fingerprint", "facts", "expires", "found_at")
_DISMISSAL = ("dismissed_at", "dismissed_by", "dismissed_reason", "dismissed_facts")


def _bring_in_step(
    rows: QuerySet[Conflict],
    found: Iterable[Found],
    papers: Collection[int],
    *,
    stays: Callable[[Conflict], bool],
) -> Outcome:
    """Make `rows`, all that is kept of `papers`, what was `found`. Called in a transaction.

    What was not found again goes, unless it `stays`: then as a doubtful one, until a chair without the conflict ends it.
    """
    now = timezone.now()
    kept = {
        (it.paper_id, it.member_id, it.rule): it
        for it in rows.select_related("paper", "member").select_for_update(of=("self",))
    }
    there = set(
        Member.objects.filter(edition__papers__in=papers)
        .exclude(state=Member.State.REMOVED)
        .values_list("pk", flat=True)
    )
    new, changed, back = [], [], []
    for it in found:
        key = int(it.paper), int(it.member), it.rule.value
        if key[0] not in papers or key[1] not in there:
            continue
        row = kept.pop(key, None)
        if row is None:
            row = Conflict(paper_id=key[0], member_id=key[1], rule=key[2])
            _say(row, it, now, _ends(it))
            new.append(row)
        else:
            ends = _later(row.expires, _ends(it)) if stays(row) else _ends(it)
            if _differs(row, it, ends):
                if _say(row, it, now, ends):
                    back.append(row)
                changed.append(row)
    gone = [it for it in kept.values() if it.facts]
    doubtful = [it for it in gone if stays(it) and not it.dismissed_at]
    for row in doubtful:
        row.confidence, row.doubt, row.found_at = Conflict.Confidence.PROBABLE, NOTHING_LEFT, now
    for row in gone:
        row.facts = []
    changed += doubtful
    gone = [it for it in gone if it not in doubtful]
    forgotten = [it for it in gone if it.dismissed_at]
    deleted = [it.pk for it in gone if not it.dismissed_at]
    # Another process may find the same at the same moment: the row is unique, and says the same.
    Conflict.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
    Conflict.objects.bulk_update(changed, [*_FIELDS, *_DISMISSAL], batch_size=100)
    Conflict.objects.bulk_update(forgotten, ["facts"], batch_size=500)
    Conflict.objects.filter(pk__in=deleted).delete()
    _record("conflict.gone", gone)
    _record("conflict.doubtful", doubtful)
    _record("conflict.returned", back)
    return Outcome(len(new), len(changed), len(gone))


def _papers_are_in(paper: int) -> bool:
    """Whether submission is over in the edition of `paper`."""
    coming_in = Deadline.objects.filter(
        edition__papers=paper, kind=Deadline.Kind.SUBMISSION, at__gt=timezone.now()
    )
    return not coming_in.exists()


def _ends(found: Found) -> date | None:
    """The first day on which it no longer holds; None: it does not end."""
    return found.expires and found.expires + timedelta(days=1)


def _later(one: date | None, other: date | None) -> date | None:
    return None if one is None or other is None else max(one, other)


def _differs(row: Conflict, found: Found, ends: date | None) -> bool:
    return (row.confidence, row.evidence, row.doubt, row.expires, row.facts) != (
        found.confidence.value,
        found.evidence,
        found.doubt,
        ends,
        sorted(found.facts),
    ) or bool(row.dismissed_at and not still_dismissed(found, row.dismissed_facts))


def _say(row: Conflict, found: Found, now: datetime, ends: date | None) -> bool:
    """Put into `row` what was found; whether a dismissal fell by it. What rests on something new counts as new."""
    if not found.facts <= set(row.facts or row.dismissed_facts):
        row.found_at = now
    row.confidence, row.evidence, row.doubt = found.confidence.value, found.evidence, found.doubt
    row.fingerprint, row.facts, row.expires = found.fingerprint, sorted(found.facts), ends
    if row.dismissed_at is None or still_dismissed(found, row.dismissed_facts):
        return False
    row.dismissed_at, row.dismissed_by, row.dismissed_reason, row.dismissed_facts = None, None, "", []
    row.found_at = now
    return True


def _record(verb: str, rows: Iterable[Conflict]) -> None:
    """One entry for each paper: what went, and dismissals that fell, would else be nowhere."""
    told: dict[Paper, list[str]] = defaultdict(list)
    for row in rows:
        told[row.paper].append(f"{row.member}: {row.get_rule_display()}. {row.evidence}")
    slugs = dict(Edition.objects.filter(papers__in=[it.pk for it in told]).values_list("pk", "slug"))
    for paper, lines in told.items():
        audit.record(
            actor=None,
            verb=verb,
            subject=paper,
            edition=slugs.get(paper.edition_id, ""),
            data={"conflicts": sorted(lines)},
        )
