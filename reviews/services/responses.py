"""What authors respond to their reviews: one text a paper, written by any of its contacts while the chairs have it open.

Authors read the latest submitted version of each review, and of it only what the call means for them, from the moment
the chairs opened the responses until the decision says what stays. They write until the date `response` of the call.
"""

import random
import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews import policy, queries
from reviews.domain.review_form import normal, words
from reviews.letters import responses as letters
from reviews.models import Assignment, AuthorResponse, Decision, Review
from reviews.review_list import ShownReview, latest_versions, released
from reviews.services import assignments, roster
from reviews.services.reviewer_letters import letter_at
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper
from submissions.services.errors import Closed, NotAllowed, Refused, Stale

#: From the button to the authors: so long it can be undone without anybody having heard of it.
HOLD = timedelta(minutes=10)
LONGEST = 100_000
_random: random.Random = secrets.SystemRandom()


@dataclass(frozen=True)
class Standing:
    """How the responses of an edition stand, of the papers that one chair handles."""

    papers: int
    without_review: int
    submitted: int


def save(*, actor: User, paper: Paper, text: str, revision: int, arrived_at: datetime) -> AuthorResponse:
    """Keep `text` as the draft that all contacts share; `revision` is that of the page, 0 before the first save.

    Raises NotAllowed, Closed, Stale, Refused; then nothing is written.
    """
    text = _clean(text)
    with transaction.atomic():
        paper = _held(actor, paper)
        _refuse_closed(paper, arrived_at)
        return _keep(actor, paper, text, revision)


def submit(*, actor: User, paper: Paper, text: str, revision: int, arrived_at: datetime) -> AuthorResponse:
    """Keep `text` and give it to the reviewers. As often as wanted until the date.

    Raises NotAllowed, Closed, Stale; Refused when it is empty or too long: then the draft is kept as it was.
    """
    text = _clean(text)
    with transaction.atomic():
        paper = _held(actor, paper)
        _refuse_closed(paper, arrived_at)
        if not text:
            raise Refused("Nothing was submitted: write your response first.")
        most, count = queries.settings_of(paper.edition).response_words, words(text)
        if count > most:
            raise Refused(
                f"Not submitted: your response has {count:,} words, and {most:,} are allowed. Shorten it by "
                f"{count - most:,}; until then save it as a draft."
            )
        row = _keep(actor, paper, text, revision)
        if row.submitted_at is None or row.submitted_text != text:
            row.submitted_text, row.submitted_at = text, arrived_at
            row.save(update_fields=["submitted_text", "submitted_at"])
            audit.record(
                actor=actor,
                verb="response.submitted",
                subject=paper,
                edition=paper.edition.slug,
                data={"words": count},
            )
    return row


def open_to_authors(*, actor: User, edition: Edition) -> datetime:
    """A chair lets authors read their reviews and respond, ten minutes from now; their contacts are written to then.

    Returns the moment. Raises NotAllowed; Refused without a date to come, before the reviews are due, or when it was done.
    """
    if not policy.may_run_committee(actor, edition):
        raise NotAllowed("Only a chair of this edition opens the responses.")
    with transaction.atomic():
        # With its papers: a review that comes in just now is in before, or finds the responses open and gets its letter.
        edition = assignments.hold(edition)
        now = timezone.now()
        ends, due = queries.response_ends(edition), queries.reviews_due(edition)
        if ends is None:
            raise Refused("The call has no date for responses. Add one of the kind “response” first.")
        if not ends.open_at(now + HOLD):
            raise Refused("The date for responses has passed. Move it first, then open the responses.")
        if due is not None and due.at > now:
            raise Refused(
                "Reviews are still being written: authors read them once the date for reviews has passed."
            )
        settings = queries.settings_of(edition)
        if settings.responses_open_at is not None:
            raise Refused("The responses are open already.")
        settings.responses_open_at = now + HOLD
        settings.save()
        papers = list(_asked(edition))
        give_letters(papers)
        for paper in papers:
            letters.opened(paper, until=ends.at, due_at=settings.responses_open_at, occasion=uuid4().hex)
        audit.record(
            actor=actor,
            verb="responses.opened",
            subject=edition,
            edition=edition.slug,
            data={"from": settings.responses_open_at.isoformat()},
        )
    return settings.responses_open_at


def undo_opening(*, actor: User, edition: Edition) -> None:
    """Take the opening back within its ten minutes: no letter leaves. Raises NotAllowed, Closed when they are over."""
    with transaction.atomic():
        edition = roster.locked(actor, edition)
        settings = queries.settings_of(edition)
        if settings.responses_open_at is None:
            return
        if settings.responses_open_at <= timezone.now():
            raise Closed("Authors have been told and read their reviews, so this cannot be undone.")
        settings.responses_open_at = None
        settings.save()
        letters.call_off(edition)
        audit.record(actor=actor, verb="responses.opening_undone", subject=edition, edition=edition.slug)


def why_closed(paper: Paper, at: datetime) -> str:
    """Why no response is taken any more, as a sentence; "" while it is."""
    if Decision.objects.released().filter(paper=paper).exists():
        return f"The decision on #{paper.number} is out."
    ends = queries.response_ends(paper.edition)
    if ends is None or not ends.open_at(at):
        return "The date for responses has passed."
    return ""


def reviews_for_authors(paper: Paper) -> list[ShownReview]:
    """The submitted reviews of `paper` as its authors read them, by the letters that are theirs. Constant queries."""
    rows = list(
        Review.objects.submitted()
        .filter(assignment__paper=paper)
        .select_related("assignment")
        .order_by("assignment__letter_for_authors", "pk")
    )
    versions, questions = latest_versions(rows), queries.form_of(paper.edition)
    return [
        released(questions, versions[it.pk], it.assignment.letter_for_authors or "?", it)
        for it in rows
        if it.pk in versions
    ]


def give_letters(papers: Iterable[Paper]) -> None:
    """Give every review of `papers` that is in and has none a letter for the authors: in random order, and for good."""
    rows = Assignment.objects.filter(paper__in=[it.pk for it in papers]).select_related("review")
    of_paper: dict[int, list[Assignment]] = defaultdict(list)
    for row in rows.order_by("pk"):
        of_paper[row.paper_id].append(row)
    changed = []
    for group in of_paper.values():
        taken = {it.letter_for_authors for it in group}
        waiting = [
            it for it in group if not it.letter_for_authors and it.state in Assignment.LIVE and _is_in(it)
        ]
        _random.shuffle(waiting)
        free = (letter for place in range(len(group) * 2) if (letter := letter_at(place)) not in taken)
        for row in waiting:
            row.letter_for_authors = next(free)
            changed.append(row)
    Assignment.objects.bulk_update(changed, ["letter_for_authors"], batch_size=500)


def review_is_in(sender: Any, *, review: Review, **_: Any) -> None:
    """A review came in while authors read: it gets the next letter."""
    paper = review.assignment.paper
    if queries.settings_of(paper.edition).responses_open_at is not None:
        give_letters([paper])


def standing(user: User, edition: Edition) -> Standing:
    """Numbers for the chair's page, of the papers that `user` handles."""
    handled = _asked(edition).filter(papers_policy.papers_handled_by(user))
    written = Review.objects.submitted().filter(assignment__paper=OuterRef("pk"))
    total = handled.count()
    return Standing(
        papers=total,
        without_review=total - handled.filter(Exists(written)).count(),
        submitted=handled.filter(response__submitted_at__isnull=False).count(),
    )


def _asked(edition: Edition) -> Any:
    decided = Decision.objects.filter(release__isnull=False, release__undone_at__isnull=True)
    rows = Paper.objects.filter(edition=edition, state=State.SUBMITTED).exclude(decision__in=decided)
    return rows.select_related("edition", "submitter").order_by("number")


def _is_in(row: Assignment) -> bool:
    review: Review | None = getattr(row, "review", None)
    return review is not None and review.submitted_at is not None


def _clean(text: str) -> str:
    if "\0" in text:
        raise Refused(
            "Not saved: your text contains a NUL character. It is invisible, so retype the passage."
        )
    text = normal(text)
    if len(text) > LONGEST:
        raise Refused(
            f"Not saved: your text has {len(text):,} characters; at most {LONGEST:,} fit. Shorten it."
        )
    return text


def _held(actor: User, paper: Paper) -> Paper:
    """The paper, held, if `actor` is a contact of it and its reviews are open to authors. Raises NotAllowed."""
    Paper.objects.select_for_update(of=("self",)).filter(pk=paper.pk).first()
    found = Paper.objects.filter(policy.papers_responded_to_by(actor), pk=paper.pk)
    row = found.select_related("edition").first()
    if row is None or not papers_policy.may_edit(actor, row):
        raise NotAllowed("There is no such paper among yours.")
    return row


def _refuse_closed(paper: Paper, at: datetime) -> None:
    if why := why_closed(paper, at):
        raise Closed(f"Nothing was saved. {why} Reviewers read what was submitted before.")


def _keep(actor: User, paper: Paper, text: str, revision: int) -> AuthorResponse:
    row = AuthorResponse.objects.filter(paper=paper).first() or AuthorResponse(paper=paper)
    if not row._state.adding and row.text == text:
        return row
    if row.revision != revision:
        raise Stale(
            "Not saved: your response was saved elsewhere in the meantime, perhaps by another contact. What you wrote "
            "is still here, and what is saved is untouched."
        )
    row.text, row.revision = text, revision + 1
    row.saved_at, row.saved_by = timezone.now(), actor
    row.save()
    return row
