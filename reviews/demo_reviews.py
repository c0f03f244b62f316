"""Reviews of the demo: submitted, begun and asked for; what colleagues wrote; a request for more time, and a guest to approve.

Papers #1 to #4 are left for whoever tries the site; #7 and #8 have all that a decision needs (demo_decisions).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from reviews import queries
from reviews.models import Assignment, Member, Review, ReviewVersion
from reviews.services import guests, more_time, reviews
from reviews.services.reviewer_letters import letters_of
from submissions import policy
from submissions import queries as paper_queries
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper

REVIEWER, SECOND = "reviewer@example.org", "rosa.ruiz@example.org"
COLLEAGUES, SILENT = ("marta.menon@example.org", "tariq.tahir@example.org"), "noor.nasser@example.org"
#: Reviewing began so many days ago.
DAYS = 7
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


def scored(merit: int, confidence: int, words: str) -> dict[str, Any]:
    """A whole review in few words."""
    answers = {**OTHER, "comments": words, "merit": merit, "confidence": confidence}
    del answers["confidential"]
    return answers


#: Who reviewed papers beyond the first three, and how; None is not yet.
MORE: dict[int, dict[str, dict[str, Any] | None]] = {
    5: {
        "sora.sato@example.org": scored(3, 3, "Nine points are too many for one benchmark, and too few for nine."),
        SECOND: None,
    },
    7: {
        REVIEWER: scored(4, 3, "I would like to see the loss over time, not over steps."),
        SECOND: scored(4, 4, "The rule is simple and well measured. One baseline is missing: sending nothing at all."),
        "oleg.orlov@example.org": scored(2, 2, "I could not tell which of the two effects does the work."),
    },
    8: {
        "tariq.tahir@example.org": scored(1, 3, "The page promises much and measures nothing."),
        "sora.sato@example.org": scored(2, 4, "Faster than what? There is no comparison."),
        "oleg.orlov@example.org": scored(2, 3, "A plan for a paper, which I would like to read one day."),
    },
}  # fmt: skip


def load(edition: Edition, say: Callable[[str], Any]) -> None:
    """Assign some papers of the demo and write reviews, unless somebody has assigned there."""
    user = User.objects.filter(email=REVIEWER).first()
    members = {it.email: it for it in Member.objects.reviewing().filter(edition=edition)}
    if user is None or Assignment.objects.filter(paper__edition=edition).exists():
        return
    mine = next((it for it in members.values() if it.user_id == user.pk), members.get(REVIEWER))
    walled = policy.papers_walled_off_from(user)
    papers = list(edition.papers.filter(state=State.SUBMITTED).exclude(walled).order_by("number")[:3])
    if mine is None or len(papers) < 3 or not {*COLLEAGUES, SILENT} <= members.keys():
        return
    say("Reviewing the demo's papers …")
    with transaction.atomic():
        _date(edition)
        rows = [_assigned(mine, it) for it in papers]
        for colleague, paper in zip(COLLEAGUES, papers, strict=False):
            _written(_assigned(members[colleague], paper), OTHER)
        _assigned(members[SILENT], papers[0])
        _submit(user, rows[0], SUBMITTED)
        reviews.save(actor=user, assignment=rows[1], answers=BEGUN, revision=0)
        _more(edition, {**members, REVIEWER: mine})
        guests.propose(
            actor=user,
            assignment=rows[2],
            name="Greta Guest",
            email="greta.guest@example.org",
            affiliation="Hogeschool Voorbeeld",
            note="She writes her thesis on benchmarks.",
        )


def _more(edition: Edition, members: dict[str, Member]) -> None:
    people = {it.email: it for it in User.objects.filter(email__in=members)}
    for paper in edition.papers.filter(state=State.SUBMITTED, number__in=MORE):
        for email, answers in MORE[paper.number].items():
            if email not in members:
                continue
            row, user = _assigned(members[email], paper), people.get(email)
            if answers is None and user is not None:
                due = queries.reviews_due(edition)
                day = (due.at if due else timezone.now()).date() + timedelta(days=5)
                more_time.ask(actor=user, assignment=row, day=day, reason="I teach until then.")
            elif answers is not None and user is not None:
                _submit(user, row, answers)
            elif answers is not None:
                _written(row, answers)


def _submit(user: User, row: Assignment, answers: dict[str, Any]) -> None:
    reviews.save(actor=user, assignment=row, answers=answers, revision=0)
    reviews.submit(actor=user, assignment=row, revision=1, arrived_at=timezone.now())


def _date(edition: Edition) -> None:
    closing = paper_queries.call_closing(edition)
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


def _written(row: Assignment, answers: dict[str, Any]) -> None:
    """By somebody who has no account in the demo, so not through the service; some days ago, each on another one."""
    now = timezone.now() - timedelta(days=1 + row.pk % DAYS)
    row.state, row.answered_at, row.started_at = Assignment.State.ACCEPTED, now, now
    row.assigned_at = timezone.now() - timedelta(days=DAYS + 1)
    row.save()
    review = Review.objects.create(assignment=row, answers=answers, revision=1, submitted_at=now, version=1)
    ReviewVersion.objects.create(review=review, number=1, answers=answers, at=now)
    letters_of(row.paper)
