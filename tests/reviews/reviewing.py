"""Reviewers at work, for the tests of reviews and what follows from them."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import User
from reviews.models import Assignment, Member, Review, ReviewVersion
from reviews.services.reviewer_letters import letters_of
from submissions.models import Edition, Paper
from tests import factories
from tests.reviews import committee

#: Answers to every question of the default form.
ANSWERS: dict[str, Any] = {
    "summary": "It compresses gradients.",
    "strengths": "A clear idea.",
    "weaknesses": "One network only.",
    "comments": "How does it scale?",
    "merit": 4,
    "quality": 3,
    "originality": 3,
    "relevance": 4,
    "presentation": 3,
    "confidence": 3,
    "confidential": "Secret words for chairs.",
}
#: What `filled` writes into an offline form.
TEXTS = ("summary", "strengths", "weaknesses", "comments")
SCORES = {"merit": 4, "quality": 4, "originality": 3, "relevance": 3, "presentation": 3, "confidence": 4}


@dataclass
class Desk:
    """One paper with three reviewers and a chair."""

    call: Edition
    chair: User
    paper: Paper
    members: list[Member]
    rows: list[Assignment]

    def user(self, place: int = 0) -> User:
        found = self.members[place].user
        assert found is not None
        return found


def desk(*, reviewers: int = 3, state: str = "accepted", **fields: Any) -> Desk:
    call = committee.closed_edition(**fields)
    chair = factories.chair(call)
    (paper,) = committee.papers(call, 1)
    members = [committee.member(call, f"R{place} Reviewer{place}") for place in range(reviewers)]
    rows = [assigned(it, paper, state=state) for it in members]
    return Desk(call, chair, paper, members, rows)


def assigned(member: Member, paper: Paper, **fields: Any) -> Assignment:
    return Assignment.objects.create(**{"member": member, "paper": paper, "state": "accepted", **fields})


def submitted(row: Assignment, **answers: Any) -> Review:
    """A review as if it had been submitted, written row by row."""
    now = timezone.now()
    review = Review.objects.create(
        assignment=row, answers={**ANSWERS, **answers}, revision=1, submitted_at=now, version=1, saved_at=now
    )
    ReviewVersion.objects.create(review=review, number=1, answers=review.answers, by=row.member.user)
    letters_of(row.paper)
    return review


def filled(text: str, **answers: Any) -> str:
    """What somebody with an editor makes of a blank form; every required answer unless `answers` says otherwise."""
    wanted = {**{it: f"Words on {it}." for it in TEXTS}, **SCORES, **answers}
    for slug, answer in wanted.items():
        head, mark, rest = text.partition(f"[{slug}] ====\n")
        assert mark, slug
        section, more, after = rest.partition("\n==== ")
        if "\nAnswer:" in section:
            section = re.sub(r"\nAnswer:.*", f"\nAnswer: {answer}", section)
        else:
            section = section.rstrip() + f"\n\n{answer}\n"
        text = head + mark + section + more + after
    return text
