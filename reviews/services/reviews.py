"""Writing a review: drafts kept while somebody types, and versions that count once submitted.

Others read the latest version, never a draft. Every save names the revision that the writer's page showed: one from an
older page is refused, so that two tabs never overwrite each other without a word. The record notes the first save, each
version and a draft that was dropped; single saves of a draft it does not, the review's own revision and time say them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews import policy, queries
from reviews.domain import review_form
from reviews.domain.review_form import Answer, Problem, Question
from reviews.domain.telltales import Telltale
from reviews.models import Assignment, Decision, Handling, Review, ReviewRead, ReviewVersion
from reviews.services import review_warnings
from reviews.services.reviewer_letters import letters_of
from reviews.signals import review_submitted
from submissions.models import Paper
from submissions.services.errors import Closed, NotAllowed, Refused, Stale

GONE = (
    "Nothing was saved: this paper is not among those you review (any more). It leaves your list when its authors "
    "withdraw it, when the chairs take it back or when a conflict is found; the chairs know more. What you wrote is still here."
)
STALE = (
    "Not saved: your review was saved elsewhere in the meantime, in another window perhaps. What you wrote is still here, "
    "and what is saved is untouched."
)


class WrongAnswers(Refused):
    """Some answers cannot be kept. `problems` holds the sentences, each with the slug of its question."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("Not saved: " + " ".join(it.message for it in problems))


class Incomplete(Refused):
    """Required questions have no answer yet; the draft is kept. `questions` holds them."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = list(questions)
        named = ", ".join(f"“{it.label}”" for it in questions)
        super().__init__(f"Not submitted yet; your draft is saved. Still to answer: {named}.")


class Telling(Refused):
    """Texts for the authors hold what should perhaps not be there. Submitting with `seen=stamp` goes on all the same."""

    def __init__(self, found: Sequence[Telltale]) -> None:
        self.found = list(found)
        self.stamp = review_warnings.stamp(found)
        super().__init__("Not submitted yet; your draft is saved. Look at what authors would read.")


def save(*, actor: User, assignment: Assignment, answers: Mapping[str, Any], revision: int) -> Review:
    """Keep `answers` (by the slugs of the form) as the draft; `revision` is that of the page, 0 before the first save.

    The first save accepts a request that was not answered yet and starts the work. Sending what is saved already is no
    change. Raises NotAllowed, Closed, WrongAnswers, Stale; then nothing is written.
    """
    with transaction.atomic():
        return keep(_held(actor, assignment), answers, revision=revision, by=actor)


def keep(row: Assignment, answers: Mapping[str, Any], *, revision: int, by: User | None) -> Review:
    """Write a draft, for services that know who writes it and hold the row: `save`, and a guest's. `by` None: a guest."""
    _refuse_closed(row.paper)
    cleaned = _cleaned(row, answers)
    review = _review(row)
    if not review._state.adding and review.answers == cleaned:
        return review
    if review.revision != revision:
        raise Stale(STALE)
    if review._state.adding:
        _begin(by, row)
    review.answers, review.revision, review.saved_at = cleaned, revision + 1, timezone.now()
    review.save()
    return review


def submit(
    *, actor: User, assignment: Assignment, revision: int, arrived_at: datetime, seen: str = ""
) -> Review:
    """Make the saved draft the version that others read. `seen`: the stamp of warnings that the reviewer has read.

    A version that says the same as the last one is not made. Raises NotAllowed, Closed, Incomplete, Telling, Stale; then
    the draft stays as it is.
    """
    with transaction.atomic():
        # In the order in which chairs hold things when they release decisions: the paper first.
        Paper.objects.select_for_update(of=("self",)).filter(pk=assignment.paper_id).first()
        row = _held(actor, assignment)
        _refuse_closed(row.paper)
        review = _review(row)
        answers = _cleaned(row, review.answers)
        before = _last_version(review)
        # Asked before the revision: of two clicks the second finds that the first has done it.
        if before is not None and before.answers == answers:
            raise Refused(f"Nothing was changed since version {before.number}, so that version stays.")
        if review.revision != revision:
            raise Stale(STALE)
        if missing := review_form.missing(queries.form_of(row.paper.edition), answers):
            raise Incomplete(missing)
        found = review_warnings.find(row, answers)
        if found and seen != review_warnings.stamp(found):
            raise Telling(found)
        _keep_version(actor, row, review, answers, arrived_at)
        review_submitted.send(
            sender=Review, review=review, actor=actor, before=before.answers if before else None
        )
    return review


def discard(*, actor: User, assignment: Assignment, revision: int) -> Review:
    """Drop the changes since the last version. Raises NotAllowed, Stale, Refused when nothing was submitted yet."""
    with transaction.atomic():
        row = _held(actor, assignment)
        review = _review(row)
        if review.revision != revision:
            raise Stale(STALE)
        before = _last_version(review)
        if before is None:
            raise Refused("Nothing was submitted yet, so there is nothing to go back to.")
        if review.answers != before.answers:
            review.answers, review.revision, review.saved_at = before.answers, revision + 1, timezone.now()
            review.save(update_fields=["answers", "revision", "saved_at"])
            _record(actor, "review.draft_dropped", row, version=[None, before.number])
    return review


def mark_read(*, actor: User, paper: Paper, versions: Mapping[int, int]) -> int:
    """Note that `actor` has read these reviews up to these versions; returns how many were noted.

    What they may not read, and versions that do not exist, are left out without a word.
    """
    with transaction.atomic():
        rows = Review.objects.visible_to(actor).submitted().filter(assignment__paper=paper, pk__in=versions)
        noted = 0
        for review in rows.select_for_update(of=("self",)).order_by("pk"):
            version = min(versions[review.pk], review.version)
            if version < 1:
                continue
            read, new = ReviewRead.objects.get_or_create(
                review=review, user=actor, defaults={"version": version}
            )
            if not new and read.version < version:
                read.version = version
                read.save(update_fields=["version"])
            noted += 1
    return noted


def why_closed(paper: Paper) -> str:
    """Why reviews of `paper` are no longer changed, as a sentence; "" while they may be. Two queries at most."""
    released = Decision.objects.filter(paper=paper, release__isnull=False, release__undone_at__isnull=True)
    if released.exists():
        return f"The decision on #{paper.number} is out, so its reviews stay as they are."
    if Handling.objects.filter(paper=paper, discussion_closed_at__isnull=False).exists():
        return f"The discussion of #{paper.number} is closed, so its reviews stay as they are. Write to the chairs if something must change."
    return ""


def _held(actor: User, assignment: Assignment) -> Assignment:
    """The row, held until the transaction ends, if it is the actor's to write. Raises NotAllowed."""
    Assignment.objects.select_for_update(of=("self",)).filter(pk=assignment.pk).first()
    rows = Assignment.objects.filter(policy.own_assignments(actor), pk=assignment.pk)
    found = rows.select_related("paper__edition", "member__user").first()
    if found is None:
        raise NotAllowed(GONE)
    return found


def _refuse_closed(paper: Paper) -> None:
    if why := why_closed(paper):
        raise Closed(f"Nothing was saved. {why}")


def _cleaned(row: Assignment, answers: Mapping[str, Any]) -> dict[str, Answer]:
    questions = queries.form_of(row.paper.edition)
    cleaned, problems = review_form.clean(questions, answers)
    if problems:
        raise WrongAnswers(problems)
    return cleaned


def _review(row: Assignment) -> Review:
    return Review.objects.filter(assignment=row).first() or Review(assignment=row)


def _last_version(review: Review) -> ReviewVersion | None:
    if not review.version:
        return None
    return ReviewVersion.objects.filter(review=review, number=review.version).first()


def _begin(actor: User | None, row: Assignment) -> None:
    """Work on the review starts, which also says yes to a request without an answer."""
    now, before = timezone.now(), row.state
    row.started_at = row.started_at or now
    if before == Assignment.State.OFFERED:
        row.state, row.answered_at = Assignment.State.ACCEPTED, now
        _record(actor, "assignment.accepted", row, state=[before, row.state])
    row.save(update_fields=["started_at", "state", "answered_at"])
    _record(actor, "review.started", row)


def _keep_version(
    actor: User, row: Assignment, review: Review, answers: dict[str, Answer], arrived_at: datetime
) -> None:
    review.version += 1
    review.answers, review.submitted_at = answers, review.submitted_at or arrived_at
    review.revision += 1
    review.saved_at = timezone.now()
    review.save()
    ReviewVersion.objects.create(
        review=review, number=review.version, answers=answers, at=arrived_at, by=actor
    )
    letters_of(row.paper)
    # Written back by `letters_of` from rows of its own.
    row.refresh_from_db(fields=["letter"])
    _record(actor, "review.submitted", row, version=[review.version - 1 or None, review.version])


def _record(actor: User | None, verb: str, row: Assignment, **data: Any) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        subject=row.paper,
        edition=row.paper.edition.slug,
        data={"member": [None, str(row.member)], **data},
    )
