"""Decisions to release, for the tests of letters and of what authors see."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db.models import F
from django.utils import timezone

from accounts.models import Message, User
from reviews import release_checks, release_plan
from reviews.models import Decision, Member, Release
from reviews.services import release
from submissions.models import Author, Edition, Paper
from tests import factories
from tests.reviews import committee, reviewing


@dataclass
class Room:
    """Decided papers with reviews, and their chair."""

    call: Edition
    chair: User
    papers: list[Paper]
    members: list[Member]

    def plan(self, actor: User | None = None, numbers: Collection[int] | None = None) -> release_plan.Plan:
        return release_plan.build(actor or self.chair, self.call, numbers)

    def release(
        self, actor: User | None = None, numbers: Collection[int] | None = None, **fields: Any
    ) -> Release:
        """Look at everything, tick everything, release."""
        plan = self.plan(actor, numbers)
        ticked = [it.stamp for it in release_checks.of(plan)]
        wanted = plan.numbers if numbers is None else numbers
        given = {"numbers": wanted, "seen": plan.seen, "ticked": ticked, "key": uuid4(), **fields}
        return release.release(actor=actor or self.chair, edition=self.call, **given)

    def decide(self, place: int, outcome: str = "accept", **fields: Any) -> Decision:
        decision, _ = Decision.objects.update_or_create(
            paper=self.papers[place], defaults={"outcome": outcome, "decided_by": self.chair, **fields}
        )
        return decision

    def review(self, place: int, *members: int, **answers: Any) -> None:
        for member in members:
            row = reviewing.assigned(self.members[member], self.papers[place])
            reviewing.submitted(row, **answers)

    def client(self, user: User | None = None) -> Any:
        return factories.signed_in(user or self.chair)

    def author(self) -> User:
        return committee.author()


def room(papers: int = 3, *, members: int = 3) -> Room:
    """A closed call: paper 1 accepted, 2 accepted as short, 3 rejected, each with three reviews."""
    call = committee.closed_edition()
    chair = factories.chair(call)
    made = committee.papers(call, papers)
    Author.objects.filter(paper__in=made).update(is_contact=True)
    people = [committee.member(call, name) for name in ("Rita Rooks", "Sven Stork", "Tara Teal")[:members]]
    here = Room(call, chair, made, people)
    outcomes: Sequence[dict[str, Any]] = (
        {"outcome": "accept"},
        {"outcome": "accept", "category": call.categories.get(slug="short")},
        {"outcome": "reject"},
    )
    for place in range(papers):
        here.review(place, *range(members))
        here.decide(place, **outcomes[place % 3])
    return here


def later(made: Release, minutes: int = 11) -> None:
    """The ten minutes are over."""
    Release.objects.filter(pk=made.pk).update(effective_at=timezone.now() - timedelta(minutes=minutes - 10))
    Message.objects.filter(batch=made.key).update(due_at=timezone.now(), wanted_at=F("due_at"))


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def letters(**fields: Any) -> list[Message]:
    """The letters about decisions, in a lasting order."""
    return list(Message.objects.filter(kind__startswith="decision_", **fields).order_by("about", "to"))


def checks(here: Room, weight: str = "") -> dict[str, str]:
    """What the checks before a release find, by their slugs."""
    found = release_checks.of(here.plan())
    return {it.slug: " ".join(it.lines) for it in found if not weight or it.weight == weight}
