"""Papers with reviews to decide on, for the tests of the decision room."""

from dataclasses import dataclass

from django.test import Client
from django.urls import reverse

from accounts.models import User
from reviews.models import Assignment, Decision, Member
from reviews.services import decisions
from reviews.services.decisions import Choice
from submissions.models import Edition, Paper
from tests import factories
from tests.reviews import assigning, committee, reviewing

NAMES = ("Anna Bell", "Boris Crane", "Clara Dahl")


@dataclass
class Room:
    """Papers #1 … with the same three reviewers, and two chairs. Paper 1 has no reviews unless `scored` gives some."""

    call: Edition
    chair: User
    other: User
    members: list[Member]
    papers: list[Paper]

    def client(self, user: User | None = None) -> Client:
        return factories.signed_in(user or self.chair)

    def url(self, name: str, *args: int) -> str:
        return reverse(name, args=[self.call.slug, *args])

    def scored(self, number: int, *merits: int, **answers: object) -> list[Assignment]:
        """Reviews of paper `number` with these overall scores, by the members in their order."""
        rows = self.asked(number, len(merits))
        for row, merit in zip(rows, merits, strict=True):
            reviewing.submitted(row, **{"merit": merit, **answers})
        return rows

    def asked(self, number: int, count: int = 3) -> list[Assignment]:
        return [reviewing.assigned(it, self.papers[number - 1]) for it in self.members[:count]]

    def decide(self, number: int, outcome: str, *, by: User | None = None, **more: object) -> Decision | None:
        """Decide as a chair whose page is fresh."""
        paper = self.papers[number - 1]
        return decisions.decide(
            actor=by or self.chair,
            paper=paper,
            choice=Choice(outcome, **more),  # type: ignore[arg-type]
            revision=self.revision(number),
        )

    def revision(self, number: int) -> int:
        paper = self.papers[number - 1]
        row = Decision.objects.filter(paper=paper).first()
        return decisions.revisions([paper], {paper.pk: row} if row else {})[paper.pk]

    def wall(self, user: User, number: int) -> None:
        """From now on `user`, a chair, must not see anything of the paper."""
        assigning.wall(user, self.papers[number - 1])


def room(papers: int = 3) -> Room:
    call = committee.closed_edition()
    chair = factories.chair(call)
    other = factories.chair(call, "Otto Other")
    members = [committee.member(call, name) for name in NAMES]
    return Room(call, chair, other, members, committee.papers(call, papers))
