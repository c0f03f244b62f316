"""Decisions become known: released together, undone for ten minutes, corrected afterwards if it must be.

A release is one transaction. It holds the papers, then their assignments, then the decisions, in this order, as deciding and
submitting a review do; so whatever happens at the same moment comes before it, and is found, or after it, and is refused.
Authors' pages change by the clock, at `Release.effective_at`; the letters are due at the same moment.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import Message, User
from reviews import policy, release_checks, release_plan
from reviews.letters import decisions as letters
from reviews.models import Assignment, Decision, Release, ReleasedReview
from reviews.release_checks import Check
from reviews.release_plan import Item, Plan
from submissions import letters as paper_letters
from submissions import policy as papers_policy
from submissions.models import Edition, Paper
from submissions.services.errors import NotAllowed, Refused, Stale

#: So long a release can be undone, before any author learns of it.
HOLD = timedelta(minutes=10)
#: A release is looked at by a person: so many papers at most.
MANY = 1000
REASON_MAX_CHARS = 2000
#: Of many changes since the preview the first few are told.
TOLD = 10


class NotSeen(Refused):
    """There are findings that nobody has ticked. `checks` holds them."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = list(checks)
        super().__init__(
            "Nothing was released. Tick that you have seen: "
            + ", ".join(f"“{it.title}”" for it in checks)
            + "."
        )


def release(
    *, actor: User, edition: Edition, numbers: Collection[int], seen: str, ticked: Collection[str], key: UUID
) -> Release:
    """Release the decisions on the papers `numbers`, exactly as they were looked at.

    `seen` is `Plan.seen` of the preview; `ticked` the stamps of the checks that were ticked; `key` comes with the form, so
    that sending it twice is the same as once. Raises NotAllowed, Stale (with what changed since), NotSeen, Refused. Then
    nothing is written.
    """
    if not policy.may_run_committee(actor, edition):
        raise NotAllowed("There is no such edition.")
    if not numbers or len(numbers) > MANY:
        raise Refused(f"These are {len(numbers)} papers; choose 1 to {MANY}. Nothing was released.")
    with transaction.atomic():
        _hold(edition, numbers)
        if already := Release.objects.filter(key=key).first():
            if already.made_by_id != actor.pk or already.edition_id != edition.pk:
                raise NotAllowed("There is no such release.")
            return already
        plan = release_plan.build(actor, edition, numbers)
        if different := release_plan.changes(plan, seen):
            more = f" And {len(different) - TOLD} more." if len(different) > TOLD else ""
            raise Stale(
                f"Nothing was released, because of what changed meanwhile. {' '.join(different[:TOLD])}{more}"
            )
        if not plan.items:
            raise Refused("None of these decisions can be released. Nothing was changed.")
        _refuse_unseen(plan, ticked)
        now = timezone.now()
        made = Release.objects.create(
            key=key, edition=edition, made_by=actor, at=now, effective_at=now + HOLD
        )
        _write(made, plan)
        for item in plan.items:
            _send(made, item)
            audit.record(
                actor=actor,
                verb="decision.released",
                subject=item.paper,
                edition=edition.slug,
                data={
                    "outcome": [None, item.decision.outcome],
                    "reviews": [None, len(item.reviews)],
                    "letters": [None, len(item.letters)],
                    "release": [None, str(made.key)],
                },
            )
    return made


def _hold(edition: Edition, numbers: Collection[int]) -> None:
    """Keep others from these papers, from who reviews them and from their decisions until the transaction ends."""
    papers = Paper.objects.select_for_update().filter(edition=edition, number__in=numbers).order_by("pk")
    keys = list(papers.values_list("pk", flat=True))
    for model in (Assignment, Decision):
        rows = model._default_manager.select_for_update(of=("self",)).filter(paper__in=keys)
        list(rows.order_by("pk").values_list("pk"))


def _refuse_unseen(plan: Plan, ticked: Iterable[str]) -> None:
    checks = release_checks.of(plan)
    if stops := [it for it in checks if it.weight == "stop"]:
        told = " ".join(f"{it.title}: {' '.join(it.lines)} {it.advice}" for it in stops)
        raise Refused(f"Nothing was released. {told}")
    if left := release_checks.unseen(checks, ticked):
        raise NotSeen(left)


def _write(made: Release, plan: Plan) -> None:
    """The rows by which authors read their decision: frozen versions of the reviews, under letters of their own."""
    decisions = [it.decision.pk for it in plan.items]
    Decision.objects.filter(pk__in=decisions).update(release=made)
    ReleasedReview.objects.filter(decision__in=decisions).delete()
    ReleasedReview.objects.bulk_create(
        ReleasedReview(
            decision=it.decision,
            version=given.version,
            letter=given.shown.letter,
            questions=[answer.question.slug for answer in given.shown.answers],
        )
        for it in plan.items
        for given in it.reviews
    )
    drawn = []
    for it in plan.items:
        for given in it.reviews:
            if not given.assignment.letter_for_authors:
                given.assignment.letter_for_authors = given.shown.letter
                drawn.append(given.assignment)
    Assignment.objects.bulk_update(drawn, ["letter_for_authors"], batch_size=200)


def _send(made: Release, item: Item) -> None:
    for address, person in item.readers.items():
        letters.queue(
            item.letters[address],
            item.decision,
            address=address,
            person=person,
            occasion=str(item.number),
            release=made,
        )
    decision = item.decision
    if decision.outcome == Decision.Outcome.CONDITIONAL and decision.shepherd is not None:
        letter = letters.to_shepherd(decision, contacts=item.readers)
        if letter is not None:
            letters.queue(
                letter,
                decision,
                address=letters.shepherd_address(decision),
                person=decision.shepherd.user,
                occasion=str(item.number),
                release=made,
                kind=letters.SHEPHERD,
            )


def undo(*, actor: User, release: Release) -> int:
    """Take back what was released and not told yet, as far as the actor handles the papers; returns how many decisions.

    Unsent letters are called off. Raises NotAllowed, Refused once authors know.
    """
    with transaction.atomic():
        papers = list(_of_release(actor, release).values_list("paper__number", flat=True))
        _hold(release.edition, papers)
        found = list(_of_release(actor, release).select_related("paper").order_by("paper__number"))
        if not Release.objects.visible_to(actor).filter(pk=release.pk).exists():
            raise NotAllowed("There is no such release.")
        if not found:
            raise Refused("There is nothing left of this release to undo.")
        waiting = _letters(release, [it.paper for it in found])
        states = dict(waiting.select_for_update(of=("self",)).values_list("pk", "state"))
        # Asked after waiting for the rows: what a worker took in this moment has left.
        if timezone.now() >= release.effective_at or set(states.values()) - {Message.State.QUEUED.value}:
            raise Refused(
                "The authors know these decisions already, so they can no longer be undone. Correct them one by one."
            )
        Message.objects.filter(pk__in=states).delete()
        ReleasedReview.objects.filter(decision__in=found).delete()
        Decision.objects.filter(pk__in=[it.pk for it in found]).update(release=None)
        if not Decision.objects.filter(release=release).exists():
            Release.objects.filter(pk=release.pk).update(undone_at=timezone.now())
        for it in found:
            audit.record(
                actor=actor,
                verb="decision.release_undone",
                subject=it.paper,
                edition=release.edition.slug,
                data={"release": [str(release.key), None]},
            )
    return len(found)


def _of_release(actor: User, release: Release) -> QuerySet[Decision]:
    handled = Paper.objects.filter(papers_policy.papers_handled_by(actor), edition=release.edition_id)
    return Decision.objects.filter(release=release, paper__in=handled)


def _letters(release: Release, papers: Iterable[Paper]) -> QuerySet[Message]:
    """What this release tells of these papers, whether it left or not."""
    abouts = [paper_letters.about(it) for it in papers]
    return Message.objects.filter(edition=release.edition.slug, batch=release.key, about__in=abouts)


def _call_off(release: Release, paper: Paper) -> int:
    """Drop the letters about `paper` that wait; what a worker took in this moment leaves. Returns how many."""
    waiting = _letters(release, [paper]).filter(state=Message.State.QUEUED)
    keys = list(waiting.select_for_update(of=("self",)).values_list("pk", flat=True))
    Message.objects.filter(pk__in=keys).delete()
    return len(keys)


def follow_paper(paper: Paper) -> bool:
    """A paper was withdrawn or found out of scope: no letter about its decision leaves any more. True if any was to.

    As long as its release could be undone, the decision is taken out of it, and nobody learns of it: the record says that
    the system did so, for what an author did stands in their own data. Later its authors know the decision from its page,
    which stays. Called inside the transaction that moved the paper, which holds its row.
    """
    rows = Decision.objects.select_for_update(of=("self",)).filter(paper=paper, release__isnull=False)
    found = rows.select_related("release__edition").first()
    if found is None or found.release is None:
        return False
    made = found.release
    untold, stopped = timezone.now() < made.effective_at, _call_off(made, paper)
    if untold:
        ReleasedReview.objects.filter(decision=found).delete()
        Decision.objects.filter(pk=found.pk).update(release=None)
        if not Decision.objects.filter(release=made).exists():
            Release.objects.filter(pk=made.pk).update(undone_at=timezone.now())
    if not (untold or stopped):
        return False
    audit.record(
        actor=None,
        verb=release_plan.LEFT,
        subject=paper,
        edition=made.edition.slug,
        data={"release": [str(made.key), None], "letters": [stopped, 0]},
    )
    return True


def reopen(*, actor: User, paper: Paper, revision: int, reason: str) -> Decision:
    """Take a decision that authors know out of its release, so that it can be corrected and released again.

    Until then its authors' page shows no decision. Its letter, if it still waits, is called off; otherwise the next one says
    that it replaces it. Reviews can be changed again. `revision` is that of the decision the page showed. Raises NotAllowed, Stale, Refused (not told yet, no reason).
    """
    reason = reason.replace("\r\n", "\n").replace("\0", "").strip()
    if not reason:
        raise Refused("Say why the decision is corrected; the record keeps it. Nothing was changed.")
    if len(reason) > REASON_MAX_CHARS:
        raise Refused(
            f"The reason has {len(reason)} characters; at most {REASON_MAX_CHARS} fit. Nothing was changed."
        )
    with transaction.atomic():
        _hold(paper.edition, [paper.number])
        handled = release_plan.handled(actor, paper.edition)
        found = (
            Decision.objects.filter(paper__in=handled, paper=paper).select_related("release", "paper").first()
        )
        if found is None or not policy.may_run_committee(actor, paper.edition):
            raise NotAllowed("There is no such decision.")
        if found.revision != revision:
            raise Stale("Another chair changed this decision in the meantime. Look at it again.")
        made = found.release
        if made is None or made.undone_at is not None:
            raise Refused(f"The decision on #{paper.number} is not released. Change it as you like.")
        if timezone.now() < made.effective_at:
            raise Refused(
                f"The authors of #{paper.number} do not know the decision yet. Undo the release instead."
            )
        _call_off(made, paper)  # while mail is held or tried again: nobody may read what is known to be wrong
        ReleasedReview.objects.filter(decision=found).delete()
        # Another number, so that the next letter is another letter even if nothing else changes.
        found.release, found.revision, found.met_at = None, found.revision + 1, None
        found.save(update_fields=["release", "revision", "met_at"])
        audit.record(
            actor=actor,
            verb="decision.reopened",
            subject=found.paper,
            edition=paper.edition.slug,
            data={"release": [str(made.key), None], "reason": [None, reason]},
        )
    return found


def mark_met(*, actor: User, decision: Decision) -> bool:
    """The shepherd finds the conditions met; the contacts are told at once. False when that was so already.

    Raises NotAllowed, Refused (there are no conditions).
    """
    with transaction.atomic():
        Paper.objects.select_for_update(of=("self",)).filter(pk=decision.paper_id).first()
        rows = Decision.objects.select_for_update(of=("self",)).filter(
            policy.decisions_shepherded_by(actor), pk=decision.pk
        )
        found = rows.select_related(
            "paper__edition", "paper__category", "category", "shepherd", "release"
        ).first()
        if found is None:
            raise NotAllowed("There is no such paper.")
        if found.outcome != Decision.Outcome.CONDITIONAL:
            raise Refused("This paper is accepted without conditions.")
        if found.met_at is not None:
            return False
        found.met_at = timezone.now()
        found.save(update_fields=["met_at"])
        letters.conditions_met(found, paper_letters.readers_of_many([found.paper])[found.paper_id])
        audit.record(
            actor=actor,
            verb="decision.conditions_met",
            subject=found.paper,
            edition=found.paper.edition.slug,
            data={"met": [None, True]},
        )
    return True
