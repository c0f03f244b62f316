"""Discussions and decisions of the demo: one paper accepted on conditions after some talk, one rejected; nobody is told yet."""

from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from reviews.demo import CHAIR
from reviews.demo_reviews import REVIEWER, SECOND
from reviews.models import Assignment, Comment, Decision
from reviews.services import decisions, discussion, handling, tags
from reviews.services.decisions import Choice
from submissions.domain.workflow import State
from submissions.models import Edition, Paper

DISCUSSED, REJECTED = 7, 8
CONDITIONS = (
    "- Compare with sending *nothing* for a step.\n- Show the loss over time, beside the loss over steps."
)


def load(edition: Edition, say: Callable[[str], Any]) -> None:
    """Discuss and decide, unless somebody has done so there."""
    people = {it.email: it for it in User.objects.filter(email__in=[CHAIR, REVIEWER, SECOND])}
    rows = edition.papers.filter(number__in=[DISCUSSED, REJECTED], state=State.SUBMITTED)
    found = {it.number: it for it in rows}
    begun = (
        Decision.objects.filter(paper__edition=edition).exists()
        or Comment.objects.filter(paper__edition=edition, is_note=False).exists()
    )
    asked = Assignment.objects.filter(paper=found.get(DISCUSSED), member__email__in=[REVIEWER, SECOND])
    seats = {it.member.email: it for it in asked.select_related("member")}
    if begun or len(people) < 3 or len(found) < 2 or len(seats) < 2:
        return
    say("Discussing and deciding …")
    with transaction.atomic():
        _discuss(found[DISCUSSED], people, seats[SECOND])
        _decide(edition, people[CHAIR], found, seats[REVIEWER])
        handling.keep(edition)


def _discuss(paper: Paper, people: dict[str, User], lead: Assignment) -> None:
    discussion.set_lead(actor=people[CHAIR], paper=paper, assignment=lead.pk)
    first = _say(
        people[CHAIR], paper, "Two of you like it and one does not. Is it a question of the *baseline*?"
    )
    _say(people[SECOND], paper, "Mostly. With it, I would be glad to hear the talk.", reply_to=first.pk)
    _say(
        people[REVIEWER],
        paper,
        "I agree, and I can look after the changes. @Rosa Ruiz, is one more figure enough?",
    )
    _say(
        people[REVIEWER],
        paper,
        "For the chairs: I know the first author's former group, not the author.",
        private=True,
    )
    discussion.set_ready(actor=people[SECOND], paper=paper, ready=True, arrived_at=timezone.now())


def _decide(edition: Edition, chair: User, papers: dict[int, Paper], shepherd: Assignment) -> None:
    conditional = Choice(
        "conditional",
        shepherd=shepherd.member_id,
        conditions=CONDITIONS,
        note="Agreed in the discussion; one reviewer is not convinced.",
        to_authors="The reviewers liked how *simple* the rule is.",
    )
    decisions.decide(actor=chair, paper=papers[DISCUSSED], choice=conditional, revision=0)
    decisions.decide(actor=chair, paper=papers[REJECTED], choice=Choice("reject"), revision=0)
    tags.change(actor=chair, edition=edition, numbers=[DISCUSSED], add=["talk"])


def _say(
    user: User, paper: Paper, text: str, *, reply_to: int | None = None, private: bool = False
) -> Comment:
    return discussion.post(
        actor=user,
        paper=paper,
        text=text,
        key=uuid5(NAMESPACE_URL, f"demo:{paper.pk}:{text}"),
        arrived_at=timezone.now(),
        chairs_only=private,
        reply_to=reply_to,
    )
