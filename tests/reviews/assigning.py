"""A committee with papers to assign, for the tests of plans and assignments."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts import jobs
from accounts.models import Message, User
from reviews.models import Assignment, Conflict, Member, Proposal
from reviews.services import proposals
from submissions.models import Edition, Paper
from tests import factories
from tests.reviews import committee

NAMES = (
    "Anna Bell",
    "Boris Crane",
    "Clara Dahl",
    "David Eng",
    "Emma Falk",
    "Felix Grau",
    "Gina Holt",
    "Hugo Ivers",
)


@dataclass
class World:
    call: Edition
    chair: User
    members: list[Member]
    papers: list[Paper]

    def propose(self, actor: User | None = None, **chosen: Any) -> Proposal:
        """A plan, computed as a worker does it."""
        actor = actor or self.chair
        options = proposals.options_for(self.call, **{"reviews": 2, **chosen})
        proposal = proposals.propose(actor=actor, edition=self.call, options=options)
        jobs.run(proposal.job_id)
        return Proposal.objects.select_related("edition", "job").get(pk=proposal.pk)

    def live(self) -> set[tuple[int, str]]:
        """Who is assigned to what: (number, name)."""
        rows = Assignment.objects.live().select_related("paper", "member")
        return {(it.paper.number, it.member.name) for it in rows}


def world(*, members: int = 5, papers: int = 4, load: int = 4) -> World:
    call = committee.closed_edition()
    chair = factories.chair(call)
    people = [committee.member(call, name, load_wanted=load) for name in NAMES[:members]]
    topics = list(call.topics.all())
    for place, it in enumerate(people):
        it.expertise.create(topic=topics[place % len(topics)], level=1 + place % 3)
    made = committee.papers(call, papers)
    for place, paper in enumerate(made):
        paper.topics.add(topics[place % len(topics)])
    return World(call, chair, people, made)


def wall(user: User, paper: Paper) -> None:
    """From now on `user`, a chair, must not see anything of `paper`."""
    member = Member.objects.get(edition=paper.edition, user=user)
    conflict(member, paper)


def conflict(member: Member, paper: Paper) -> Conflict:
    return Conflict.objects.create(
        paper=paper,
        member=member,
        rule=Conflict.Rule.SET_BY_CHAIR,
        confidence=Conflict.Confidence.CERTAIN,
        evidence="They share an office.",
        fingerprint="f",
    )


def letters(kind: str = "assignment_offered") -> dict[str, str]:
    """The text of each waiting letter of a kind, by address."""
    rows = Message.objects.filter(kind=kind, state=Message.State.QUEUED)
    assert len({it.to for it in rows}) == len(rows), "one letter to each person"
    return {it.to: it.text for it in rows}


def deliver() -> None:
    """All letters leave."""
    Message.objects.filter(state=Message.State.QUEUED).update(
        state=Message.State.SENT, sent_at=timezone.now()
    )
