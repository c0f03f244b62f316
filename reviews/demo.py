"""The committee of the demo: fictional people at fictional institutions, in every state that an invitation can have."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Message, User
from reviews.letters import invitations as letters
from reviews.models import Expertise, Member
from reviews.services import invitations, roster
from reviews.services.roster import Facts
from submissions.models import Edition

CHAIR = "chair@example.org"


@dataclass(frozen=True)
class Person:
    """`answer`: what they said; `days`: how long ago they were asked. Topics by their place in the call, with a level."""

    email: str
    name: str
    affiliation: str
    country: str
    topics: dict[int, int]
    answer: str = "accept"
    kind: str = Member.Kind.PC_MEMBER
    load: int | None = None
    senior: bool = False
    days: int = 12


PEOPLE = (
    Person("marta.menon@example.org", "Marta Menon", "Institute of Examples", "IN", {0: 3, 1: 2}, load=5, senior=True),
    Person("noor.nasser@example.org", "Noor Nasser", "Placeholder College", "US", {1: 3, 4: 2, 6: 1}),
    Person("oleg.orlov@example.org", "Oleg Orlov", "Mock Systems", "PL", {2: 3, 3: 2}, load=3),
    Person("pia.petersen@example.org", "Pia Petersen", "Fixture University", "DK", {3: 3, 5: 3}, senior=True),
    Person("quentin.quist@example.org", "Quentin Quist", "Sample Labs", "DE", {0: 2, 2: 2, 7: 1}, load=6),
    Person("rosa.ruiz@example.org", "Rosa Ruiz", "Universidad de Ejemplo", "ES", {4: 3, 5: 2}),
    Person("sora.sato@example.org", "Sora Sato", "Stub Research", "JP", {6: 3, 7: 3, 1: 1}, load=2),
    Person("tariq.tahir@example.org", "Tariq Tahir", "Draft Polytechnic", "PK", {0: 1, 3: 2}, load=4),
    Person("ute.ulrich@example.org", "Ute Ulrich", "Mock Systems", "AT", {2: 2, 5: 1}, "", days=9),
    Person("vera.vance@example.org", "Vera Vance", "Fixture University", "DK", {1: 2}, "later", days=6),
    Person("wim.wouters@example.org", "Wim Wouters", "Hogeschool Voorbeeld", "NL", {7: 2}, "decline"),
    Person("xenia.xu@no-such-place.example", "Xenia Xu", "Stub Research", "JP", {}, "bounce", days=3),
    Person("yara.young@example.org", "Yara Young", "Draft Polytechnic", "CA", {4: 1}, "new"),
    Person("zeno.zeller@example.org", "Zeno Zeller", "Example University", "IT", {0: 3}, kind=Member.Kind.EXTERNAL, load=1),
    Person("sten.steering@example.org", "Sten Steering", "Demo Institute", "SE", {}, kind=Member.Kind.STEERING),
)  # fmt: skip
#: The line of the call for this one exists; she has accepted.
REVIEWER = "reviewer@example.org"


def load(edition: Edition, say: Callable[[str], Any]) -> None:
    """Add the committee to the demo's edition, unless it is there."""
    chair = User.objects.filter(email=CHAIR).first()
    if chair is None or Member.objects.filter(edition=edition, email=PEOPLE[0].email).exists():
        return
    say("Asking the demo's committee …")
    with transaction.atomic():
        for it in PEOPLE:
            _person(edition, chair, it)
        _reviewer(edition, chair)


def _person(edition: Edition, chair: User, it: Person) -> None:
    facts = Facts(it.name, it.email, it.kind, it.affiliation, it.country, it.load, it.senior)
    member = roster.add(actor=chair, edition=edition, facts=facts)
    topics = list(edition.topics.all())
    Expertise.objects.bulk_create(
        Expertise(member=member, topic=topics[place], level=level)
        for place, level in it.topics.items()
        if place < len(topics)
    )
    if it.answer != "new":
        ask(member, chair)
        _answer(member, it)


def _reviewer(edition: Edition, chair: User) -> None:
    member = Member.objects.filter(edition=edition, email=REVIEWER).first()
    if member is not None and member.state == Member.State.NEW:
        ask(member, chair)
        invitations.accept(actor=member.user, member=member, key=member.invitation_key, load=4)


def ask(member: Member, chair: User) -> None:
    """Send the invitation."""
    found = invitations.round_of(edition=member.edition, members=[member.pk])
    invitations.send(actor=chair, edition=member.edition, members=[member.pk], expected=found.stamp)
    member.refresh_from_db()


def _answer(member: Member, it: Person) -> None:
    key = member.invitation_key
    if it.answer == "accept":
        load = it.load if it.load is not None else 4
        invitations.accept(
            actor=User.objects.filter(email=it.email).first(), member=member, key=key, load=load
        )
    elif it.answer == "decline":
        invitations.decline(
            actor=None,
            member=member,
            key=key,
            reason="I am on leave until the summer.",
            substitute="Willa Wolf, Hogeschool Voorbeeld",
        )
    elif it.answer == "later":
        invitations.later(
            actor=None, member=member, key=key, until=(timezone.now() + timedelta(days=8)).date()
        )
    elif it.answer == "bounce":
        Message.objects.filter(about=letters.about(member)).update(
            state=Message.State.FAILED, error="550 5.1.2 no such domain: no-such-place.example"
        )
    Member.objects.filter(pk=member.pk).update(invited_at=timezone.now() - timedelta(days=it.days))
