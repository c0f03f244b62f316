"""What is written to those who are asked to join a committee, and to the chairs when somebody declines."""

from collections.abc import Mapping

from django.urls import reverse

from accounts import mail_wishes
from accounts.models import Message, User
from reviews.letters.kinds import DECLINED, INVITATION
from reviews.models import CommitteeSettings, Member
from submissions import letters
from submissions.domain.deadlines import zone
from submissions.models import Deadline, Edition, Role

#: Dates that matter to whoever joins, as far as the call has them.
DATES = (
    Deadline.Kind.SUBMISSION,
    *(Deadline.Kind.BIDS, Deadline.Kind.REVIEWS, Deadline.Kind.DISCUSSION),
    *(Deadline.Kind.NOTIFICATION, Deadline.Kind.EVENT),
)
OFFICES = {
    Member.Kind.GENERAL_CHAIR: "a general chair",
    Member.Kind.PROGRAMME_CHAIR: "a programme chair",
    Member.Kind.LOGISTICS_WEB_CHAIR: "logistics and web chair",
    Member.Kind.PUBLICITY_CHAIR: "publicity chair",
    Member.Kind.PC_MEMBER: "a member of the programme committee",
    Member.Kind.STEERING: "a member of the steering committee",
    Member.Kind.EXTERNAL: "an external reviewer",
}


def about(member: Member) -> str:
    """How a message says that it is about this member."""
    return f"member:{member.pk}"


def url(member: Member) -> str:
    return reverse("invitation", args=[member.edition.slug, member.invitation_key])


def office(member: Member) -> str:
    """What the person is asked to be, in words."""
    return OFFICES[Member.Kind(member.kind)]


def invite(member: Member, *, person: User | None, settings: CommitteeSettings) -> Message | None:
    """Queue the invitation that `member.invitation_key` opens; once for each number of `member.invitations`."""
    return letters.send(
        INVITATION.slug,
        edition=member.edition,
        to=member.email,
        person=person,
        about=about(member),
        occasion=str(member.invitations),
        url=url(member),
        values=invitation_values(member, person, settings),
    )


def invitation(member: Member, *, person: User | None, settings: CommitteeSettings) -> letters.Letter:
    """The invitation as `member` would get it, for the eyes of a chair: without the key."""
    return letters.compose(
        INVITATION,
        edition=member.edition,
        to=member.email,
        person=person,
        url=url(member),
        values=invitation_values(member, person, settings),
        sample=True,
    )


def invitation_values(member: Member, person: User | None, settings: CommitteeSettings) -> dict[str, str]:
    edition = member.edition
    return {
        **asked(member, person),
        "event": event_of(edition),
        "load": load_in_words(member, settings),
        "dates": "\n".join(f"- {label}: {words}" for label, words in dates_of(edition, person)),
        "again": "This replaces our earlier invitation, whose link does not work any more."
        if member.invitations > 1
        else "",
    }


def asked(member: Member, person: User | None) -> dict[str, str]:
    """What every letter about an invitation says."""
    answer_by = member.answer_by
    return {
        "name": member.name,
        "role": office(member),
        "answer_by": letters.moment_in_words(answer_by, member.edition, person) if answer_by else "",
        "workshop": member.edition.name,
    }


def event_of(edition: Edition) -> str:
    parts = [
        f"held with {edition.host_event}" if edition.host_event else "",
        f"in {edition.place}" if edition.place else "",
    ]
    words = ", ".join(part for part in parts if part)
    return f"It is {words}." if words else ""


def load_in_words(member: Member, settings: CommitteeSettings) -> str:
    """How many papers are expected of `member`; "" for places without reviews."""
    if member.kind not in Member.REVIEWING or member.is_chair:
        return ""
    load = settings.default_load if member.load_limit is None else member.load_limit
    papers = "one paper" if load == 1 else f"{load} papers"
    return (
        f"We expect to ask you for reviews of at most {papers}; you can name another number when you accept."
    )


def dates_of(edition: Edition, person: User | None) -> list[tuple[str, str]]:
    """The dates of the committee's work with their labels. One query."""
    rows = [it for it in edition.deadlines.all() if it.kind in DATES and it.category_id is None]
    return [(it.label, _date_in_words(it, edition, person)) for it in rows]


def _date_in_words(date: Deadline, edition: Edition, person: User | None) -> str:
    """What one travels to is a day; what is due has an hour."""
    if date.kind == Deadline.Kind.EVENT and date.date_only:
        return f"{date.at.astimezone(zone(edition.time_zone)):%-d %B %Y}"
    return letters.moment_in_words(date.at, edition, person)


def declined(member: Member, *, reason: str, substitute: str, occasion: str) -> None:
    """Tell the chairs, each as they wish."""
    edition = member.edition
    roles = list(Role.objects.filter(edition=edition, kind__in=Role.CHAIRS).select_related("user"))
    owners = mail_wishes.owners_of(role.email for role in roles if role.user is None)
    people = {role.user or owners.get(role.email) for role in roles}
    values: Mapping[str, str] = {
        "person": member.name,
        "role": office(member),
        "reason": reason,
        "substitute": substitute,
    }
    for person in sorted((it for it in people if it and it.is_active), key=lambda it: it.pk):
        letters.send(
            DECLINED.slug,
            edition=edition,
            to=person.email,
            person=person,
            about=about(member),
            occasion=occasion,
            url=reverse("chair_committee", args=[edition.slug]),
            values=values,
        )
