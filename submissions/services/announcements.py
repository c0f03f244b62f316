"""A message that a chair writes by hand to a well-defined group, with ten minutes to call it off."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import audit, mail_wishes
from accounts.models import Message, User
from submissions import letters, policy, queries
from submissions.domain.workflow import State
from submissions.letter_kinds import KINDS
from submissions.letters import sending
from submissions.letters.texts import Text
from submissions.models import Edition, Paper, Role
from submissions.services import letter_texts
from submissions.services.errors import NotAllowed, Refused, Stale

UNDO = timedelta(minutes=10)
KIND = KINDS["announcement"]


@dataclass
class Recipient:
    """One reader, with the papers that put them into the group."""

    address: str
    person: User | None
    name: str
    url: str
    papers: list[Paper] = field(default_factory=list)
    wishes: mail_wishes.Wishes = field(default_factory=mail_wishes.Wishes)

    @property
    def values(self) -> dict[str, str]:
        missing = [
            f"- #{paper.number}: {item.message}" if len(self.papers) > 1 else f"- {item.message}"
            for paper in self.papers
            if paper.state == State.DRAFT
            for item in queries.missing_items(paper)
        ]
        return {
            "name": self.name or "colleague",
            "papers": "\n".join(f"- #{it.number} {it.title or sending.NO_TITLE}" for it in self.papers),
            "missing_list": "\n".join(missing),
        }


@dataclass(frozen=True)
class Audience:
    """Exactly who a message would reach now. `refusing` have switched such mail off and are not written to."""

    recipients: list[Recipient]
    refusing: list[Recipient]

    @property
    def stamp(self) -> str:
        """A short mark of exactly these recipients: a confirmation is for what was shown."""
        lines = sorted(f"{it.address} {sorted(p.pk for p in it.papers)}" for it in self.recipients)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


Finder = Callable[[Edition, User], Iterable[Recipient]]


def audience(*, actor: User, edition: Edition, group: str) -> Audience:
    """The recipients of `group` as of now, constant queries at any size. Raises NotAllowed, Refused (no such group)."""
    if not policy.may_chair(actor, edition):
        raise NotAllowed("There is no such edition.")
    if group not in GROUPS:
        raise Refused(f"“{group[:60]}” is not a group one can write to.")
    found = sorted(GROUPS[group][1](edition, actor), key=lambda it: it.address)
    wishes = mail_wishes.wishes_of_many({it.address: it.person for it in found})
    for it in found:
        it.wishes = wishes[it.address]
    refuses = [it for it in found if it.wishes.refuses(KIND.optional_group)]
    return Audience([it for it in found if it not in refuses], refuses)


def preview(*, edition: Edition, to: Recipient, subject: str, body: str) -> sending.Letter:
    """The message as `to` would get it, for the chair who writes it. Raises letter_form.LetterError."""
    return _letter(edition, to, subject, body, sample=True)


def _letter(
    edition: Edition, to: Recipient, subject: str, body: str, *, sample: bool = False
) -> sending.Letter:
    return letters.compose(
        KIND,
        edition=edition,
        to=to.address,
        person=to.person,
        url=to.url,
        values=to.values,
        text=Text(subject, body),
        sample=sample,
    )


def send(
    *, actor: User, edition: Edition, group: str, subject: str, body: str, stamp: str, batch: UUID
) -> int:
    """Queue the message for everybody in the group; it leaves in ten minutes. Returns how many there are.

    `stamp` is that of the audience the actor looked at; `batch` comes with the form, so that sending it twice is the
    same as once. Raises NotAllowed, Refused, Stale (the group has changed since).
    """
    if problems := letter_texts.check(KIND, subject, body):
        raise Refused(" ".join(problems.values()))
    with transaction.atomic():
        # The second of two clicks waits here, and then finds the messages of the first.
        Edition.objects.select_for_update().get(pk=edition.pk)
        reached = audience(actor=actor, edition=edition, group=group)
        already = Message.objects.filter(
            policy.messages_handled_by(actor), edition=edition.slug, batch=batch
        ).count()
        if already:
            return already
        if not reached.recipients:
            raise Refused(f"Nobody is in the group “{GROUPS[group][0]}” now, so there is nothing to send.")
        if reached.stamp != stamp:
            raise Stale("The group has changed since you looked at it. Nothing was sent; look at it again.")
        due_at = timezone.now() + UNDO
        for to in reached.recipients:
            sending.post(
                _letter(edition, to, subject, body),
                kind=KIND,
                edition=edition,
                to=to.address,
                person=to.person,
                about=letters.about(to.papers[0]) if to.papers else "",
                also_about=[letters.about(paper) for paper in to.papers],
                occasion=str(batch),
                due_at=mail_wishes.next_morning(to.person, due_at) if to.wishes.daily else due_at,
                daily=to.wishes.daily,
                batch=batch,
            )
        audit.record(
            actor=actor,
            verb="mail.announced",
            subject=edition,
            edition=edition.slug,
            data={
                "batch": str(batch),
                "group": group,
                "subject": subject,
                "body": body,
                "messages": len(reached.recipients),
            },
        )
    return len(reached.recipients)


def _contacts(papers: Iterable[Paper]) -> list[Recipient]:
    """The contacts of `papers`, each once, however many papers and addresses are theirs."""
    papers = list(papers)
    readers = letters.readers_of_many(papers)
    found: dict[User | str, Recipient] = {}
    for paper in papers:
        names = {author.email: author.name for author in paper.authors.all()}
        for address, person in readers[paper.pk].items():
            it = found.setdefault(person or address, Recipient(address, person, "", reverse("my_papers")))
            it.name = it.name or (str(person) if person else names.get(address, ""))
            it.papers.append(paper)
    for it in found.values():
        if len(it.papers) == 1:
            it.url = it.papers[0].get_absolute_url()
    return list(found.values())


def _in_state(edition: Edition, actor: User, *states: State) -> list[Paper]:
    """Only papers that this chair handles: who has a conflict does not learn who wrote them."""
    return list(queries.for_chairs(edition, actor).filter(state__in=states))


def _incomplete(edition: Edition, actor: User) -> list[Recipient]:
    return _contacts(it for it in _in_state(edition, actor, State.DRAFT) if queries.missing_items(it))


def _submitted(edition: Edition, actor: User) -> list[Recipient]:
    return _contacts(_in_state(edition, actor, State.SUBMITTED))


def _all_contacts(edition: Edition, actor: User) -> list[Recipient]:
    return _contacts(_in_state(edition, actor, State.DRAFT, State.SUBMITTED))


def _holders(edition: Edition, url: str, kinds: Iterable[str]) -> list[Recipient]:
    roles = list(Role.objects.filter(edition=edition, kind__in=kinds).select_related("user"))
    owners = mail_wishes.owners_of(role.email for role in roles if role.email)
    found: dict[str, Recipient] = {}
    for role in roles:
        person = role.user or owners.get(role.email)
        address = person.email if person else role.email
        if address and (person is None or person.is_active):
            found.setdefault(address, Recipient(address, person, role.name, url))
    return list(found.values())


def _committee(edition: Edition, _: User) -> list[Recipient]:
    return _holders(edition, edition.get_absolute_url(), [Role.Kind.PC_MEMBER])


def _chairs(edition: Edition, _: User) -> list[Recipient]:
    return _holders(edition, reverse("chair_papers", args=[edition.slug]), Role.CHAIRS)


#: Whom one can write to. The room of the committee adds its own.
GROUPS: dict[str, tuple[str, Finder]] = {
    "incomplete": ("Contacts of drafts with something missing", _incomplete),
    "submitted": ("Contacts of submitted papers", _submitted),
    "contacts": ("Contacts of all drafts and submitted papers", _all_contacts),
    "committee": ("The programme committee", _committee),
    "chairs": ("The chairs", _chairs),
}


def labels() -> Mapping[str, str]:
    return {slug: label for slug, (label, _) in GROUPS.items()}
