"""Reviews of the demo: one submitted, one begun, one request without an answer, and what a colleague wrote."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from reviews.models import Assignment, Member, Review, ReviewVersion
from reviews.services import reviews
from reviews.services.reviewer_letters import letters_of
from submissions import policy, queries
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper

REVIEWER, COLLEAGUE, SILENT = "reviewer@example.org", "marta.menon@example.org", "noor.nasser@example.org"
BEGUN = {
    "summary": "The authors send fewer gradients when the network is slow.",
    "strengths": "- A simple rule: send only $|g_i| > \\tau$.\n- Measured on *real* links.",
    "merit": 4,
}
SUBMITTED = {
    **BEGUN,
    "weaknesses": "The bound $\\mathcal{O}(1/\\sqrt{T})$ is not compared with earlier ones.",
    "comments": "How is $\\tau$ chosen? Section 3 says\n\n$$\n\\tau = \\frac{1}{n} \\sum_i |g_i|\n$$\n\nbut the table uses **another** value.",
    "quality": 3,
    "originality": 3,
    "relevance": 4,
    "presentation": 3,
    "confidence": 3,
}
OTHER = {
    "summary": "A study of compression for training over wide-area links.",
    "strengths": "The question matters, and the code is there.",
    "weaknesses": "One network, one model.",
    "comments": "What happens with stragglers? I could not find the batch sizes.",
    "merit": 2,
    "quality": 3,
    "originality": 2,
    "relevance": 3,
    "presentation": 4,
    "confidence": 4,
    "confidential": "I saw a part of this at a seminar; no conflict, I think.",
}


def load(edition: Edition, say: Callable[[str], Any]) -> None:
    """Assign some papers of the demo and write reviews, unless somebody has assigned there."""
    user = User.objects.filter(email=REVIEWER).first()
    members = {it.email: it for it in Member.objects.reviewing().filter(edition=edition)}
    if user is None or Assignment.objects.filter(paper__edition=edition).exists():
        return
    mine = next((it for it in members.values() if it.user_id == user.pk), members.get(REVIEWER))
    walled = policy.papers_walled_off_from(user)
    papers = list(edition.papers.filter(state=State.SUBMITTED).exclude(walled).order_by("number")[:3])
    if mine is None or len(papers) < 3 or not {COLLEAGUE, SILENT} <= members.keys():
        return
    say("Reviewing the demo's papers …")
    with transaction.atomic():
        _date(edition)
        rows = [_assigned(mine, it) for it in papers]
        _written(_assigned(members[COLLEAGUE], papers[0]))
        _written(_assigned(members[COLLEAGUE], papers[1]))
        _assigned(members[SILENT], papers[0])
        reviews.save(actor=user, assignment=rows[0], answers=SUBMITTED, revision=0)
        reviews.submit(actor=user, assignment=rows[0], revision=1, arrived_at=timezone.now())
        reviews.save(actor=user, assignment=rows[1], answers=BEGUN, revision=0)


def _date(edition: Edition) -> None:
    closing = queries.call_closing(edition)
    if closing is None or edition.deadlines.filter(kind=Deadline.Kind.REVIEWS).exists():
        return
    at = closing.at + timedelta(days=21)
    Deadline.objects.create(
        edition=edition,
        slug="reviews",
        kind=Deadline.Kind.REVIEWS,
        label="Reviews due",
        at=at,
        original_at=at,
    )


def _assigned(member: Member, paper: Paper) -> Assignment:
    return Assignment.objects.create(member=member, paper=paper)


def _written(row: Assignment) -> None:
    """By somebody who has no account in the demo, so not through the service."""
    now = timezone.now()
    row.state, row.answered_at, row.started_at = Assignment.State.ACCEPTED, now, now
    row.save()
    review = Review.objects.create(assignment=row, answers=OTHER, revision=1, submitted_at=now, version=1)
    ReviewVersion.objects.create(review=review, number=1, answers=OTHER, at=now)
    letters_of(row.paper)
