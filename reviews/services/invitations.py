"""Asking people to join a committee, and their answers: yes, no, or later.

Whoever has the link of an invitation has the mailbox it was sent to: that is enough to answer, without an account. Only
the latest link answers; each sending makes a new one.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from accounts import audit, mail_wishes, outbox
from accounts.models import User
from reviews import policy, queries
from reviews.letters import invitations as letters
from reviews.letters.kinds import INVITATION, REMINDER
from reviews.models import Assignment, FormerInvitation, Member
from reviews.services import roster
from submissions.domain.deadlines import end_of_day, in_words, zone
from submissions.models import Edition
from submissions.services import committee
from submissions.services.errors import Closed, Refused, Stale

State = Member.State
#: Who may be invited (again).
INVITABLE = (State.NEW, State.INVITED, State.LATER, State.DECLINED)
MOST_PAPERS = 200
#: "I will answer later": so many days from now at most.
LATEST_DAYS = 60
GONE = "This invitation does not hold any more. Nothing was changed."


@dataclass(frozen=True)
class Round:
    """Exactly who would be invited now, and who would not, with the reason."""

    members: Sequence[Member]
    left_out: Sequence[tuple[Member, str]]

    @property
    def stamp(self) -> str:
        """A mark of these recipients and of how often they were asked, so that a confirmation is for what was shown."""
        lines = sorted(f"{it.pk} {it.email} {it.state} {it.invitations}" for it in self.members)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def round_of(*, edition: Edition, members: Iterable[int] | None) -> Round:
    """Those with these ids, or with None all who were not invited yet. One query."""
    found = Member.objects.filter(edition=edition).select_related("edition")
    found = found.filter(state=State.NEW) if members is None else found.filter(pk__in=list(members))
    asked: list[Member] = []
    left_out: list[tuple[Member, str]] = []
    for it in found:
        if why := _why_not(it):
            left_out.append((it, why))
        else:
            asked.append(it)
    return Round(asked, left_out)


def _why_not(member: Member) -> str:
    if member.state == State.ACCEPTED:
        return "is in the committee already"
    if member.state == State.REMOVED:
        return "was removed; restore them first"
    return "" if member.email else "has no address; add one to invite them"


def preview(*, member: Member) -> Any:
    """The letter as `member` would get it if it were sent now, without its key."""
    settings = queries.settings_of(member.edition)
    asked = copy(member)
    asked.answer_by = answer_by(member.edition, settings.invitation_days)
    asked.invitations += 1
    return letters.invitation(asked, person=mail_wishes.owner_of(member.email), settings=settings)


def answer_by(edition: Edition, days: int) -> datetime:
    """The end of the day, in the call's zone, on which an invitation sent now expires."""
    return end_of_day(_today(edition) + timedelta(days=days), edition.time_zone)


def _today(edition: Edition) -> date:
    return timezone.now().astimezone(zone(edition.time_zone)).date()


def send(*, actor: User, edition: Edition, members: Iterable[int] | None, expected: str) -> int:
    """Invite; each gets a letter with a link of their own, and former links end. Returns how many.

    Raises NotAllowed; Stale when the recipients are not those that were shown; Refused when there is nobody.
    """
    with transaction.atomic():
        edition = roster.locked(actor, edition)
        found = round_of(edition=edition, members=members)
        if not found.members:
            raise Refused(
                "There is nobody to invite: everybody chosen is in, was removed, or has no address."
            )
        if found.stamp != expected:
            raise Stale(
                "These people have changed since you looked: perhaps the letters left already. Nothing was sent; "
                "look again."
            )
        settings = queries.settings_of(edition)
        people = mail_wishes.owners_of(it.email for it in found.members)
        until = answer_by(edition, settings.invitation_days)
        for member in found.members:
            member.edition = edition
            _renew(member, until)
            letters.invite(member, person=people.get(member.email), settings=settings)
        audit.record(
            actor=actor,
            verb="committee.invited",
            subject=edition,
            edition=edition.slug,
            data={"people": [it.email for it in found.members], "until": until.isoformat()},
        )
    return len(found.members)


def _renew(member: Member, until: datetime) -> None:
    if member.invitations:
        FormerInvitation.objects.get_or_create(key=member.invitation_key, defaults={"member": member})
        outbox.call_off(about=letters.about(member), kind=REMINDER.slug)
    member.invitation_key = uuid4()
    member.invitations += 1
    member.state, member.invited_at = State.INVITED, timezone.now()
    member.answer_by, member.answered_at, member.answer_note = until, None, ""
    member.save()


class Standing(StrEnum):
    OPEN = "open"
    EXPIRED = "expired"
    REPLACED = "replaced"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True)
class Invitation:
    """What a link opens."""

    member: Member
    standing: Standing

    @property
    def is_open(self) -> bool:
        return self.standing == Standing.OPEN

    @property
    def is_settled(self) -> bool:
        """Whether it is the last link of somebody who accepted, past its time: read, and not answered any more."""
        return self.standing == Standing.EXPIRED and self.member.state == State.ACCEPTED


def find(*, edition: str, key: UUID) -> Invitation | None:
    """The invitation with this key, or None as for any key that was never given out."""
    members = Member.objects.select_related("edition", "user").filter(edition__slug=edition)
    member = members.filter(invitation_key=key, invitations__gt=0).first()
    if member is not None:
        return Invitation(member, standing_of(member))
    former = FormerInvitation.objects.filter(key=key, member__edition__slug=edition).first()
    if former is None:
        return None
    member = members.get(pk=former.member_id)
    taken_back = standing_of(member) == Standing.TAKEN_BACK
    return Invitation(member, Standing.TAKEN_BACK if taken_back else Standing.REPLACED)


def standing_of(member: Member) -> Standing:
    if member.state in (State.REMOVED, State.NEW):
        return Standing.TAKEN_BACK
    if member.answer_by is None or member.answer_by < timezone.now():
        return Standing.EXPIRED
    return Standing.OPEN


def accept(*, actor: User | None, member: Member, key: UUID, load: int | None = None) -> str:
    """Join. `actor`: whoever is signed in, whose account then holds the place if both are free; None without an account.

    `load`: papers wanted at most. Returns what to tell the person beside "thank you", "" mostly. Raises Closed, Refused.
    """
    if load is not None and not 0 <= load <= MOST_PAPERS:
        raise Refused(f"“{load}” is not a number of papers. Write a whole number from 0 to {MOST_PAPERS}.")
    with transaction.atomic():
        member = _open(member, key)
        before = (member.state, member.load_wanted)
        member.load_wanted = load if member.kind in Member.REVIEWING else None
        said = _connect(member, actor)
        member.state, member.answered_at, member.answer_note = State.ACCEPTED, timezone.now(), ""
        member.save()
        outbox.call_off(about=letters.about(member), kind=REMINDER.slug)
        # The chairs mend names that collide; nobody is kept out of the committee for it (the roster shows it).
        with suppress(Refused):
            roster.print_in_call(member, actor=_as_writer(actor, member))
        if before != (State.ACCEPTED, member.load_wanted):
            _record(actor, member, "member.accepted", before[0], load=member.load_wanted)
    return said


def decline(*, actor: User | None, member: Member, key: UUID, reason: str = "", substitute: str = "") -> None:
    """Stay out. The chairs are told. Raises Closed; Refused for somebody who has papers to review."""
    with transaction.atomic():
        member = _open(member, key)
        if Assignment.objects.live().filter(member=member).exists():
            raise Refused("You have papers to review. Decline each of them first, or write to the chairs.")
        if member.is_chair:
            raise Refused("A chair's office does not end here. Write to the other chairs.")
        before = member.state
        note = "\n".join(filter(None, [reason, f"Suggests: {substitute}" if substitute else ""]))
        if (before, member.answer_note) == (State.DECLINED, note):
            return
        member.state, member.answered_at, member.answer_note = State.DECLINED, timezone.now(), note
        member.save()
        outbox.call_off(about=letters.about(member), kind=REMINDER.slug)
        if member.role is not None:
            # A line that authors named as a conflict stays, and the chairs see it on their list.
            committee.remove_line(actor=_as_writer(actor, member), role=member.role)
        entry = _record(actor, member, "member.declined", before, reason=reason, substitute=substitute)
        if before != State.DECLINED:
            letters.declined(member, reason=reason, substitute=substitute, occasion=str(entry.pk))


def later(*, actor: User | None, member: Member, key: UUID, until: date) -> datetime:
    """Put the answer off to the end of the day `until`; returns that moment. Raises Closed, Refused."""
    with transaction.atomic():
        member = _open(member, key)
        if member.state == State.ACCEPTED:
            raise Refused("You have accepted already. You can still decline.")
        today = _today(member.edition)
        if not today <= until <= today + timedelta(days=LATEST_DAYS):
            last = end_of_day(today + timedelta(days=LATEST_DAYS), member.edition.time_zone)
            raise Refused(
                f"{until:%d %B %Y} is {'in the past' if until < today else 'too far away'}: "
                f"choose a day until {in_words(last, member.edition.time_zone)}."
            )
        before, moment = member.state, end_of_day(until, member.edition.time_zone)
        member.state, member.answer_by = State.LATER, moment
        member.answered_at, member.answer_note = timezone.now(), ""
        member.save()
        outbox.call_off(about=letters.about(member), kind=REMINDER.slug)
        _record(actor, member, "member.later", before, until=until.isoformat())
    return moment


def connect(*, actor: User, member: Member, key: UUID) -> str:
    """Let the account of `actor` hold a place that was accepted without one; returns why not, "" when it does."""
    with transaction.atomic():
        member = _open(member, key)
        before = member.user_id
        said = _connect(member, actor)
        if member.user_id != before:
            member.save()
            audit.record(actor=actor, verb="member.connected", subject=member, edition=member.edition.slug)
    return said


def _connect(member: Member, actor: User | None) -> str:
    """Set the account of the place if both are free; returns a sentence where they are not."""
    if actor is None:
        return ""
    if why := why_not_connected(member=member, user=actor):
        return why
    member.user = actor
    return ""


def why_not_connected(*, member: Member, user: User) -> str:
    """Why the account of `user` cannot hold this place, as a sentence; "" when it does or can. Three queries at most.

    A letter that was passed on must not put somebody else in the place of its reader: who has proven the address holds it.
    """
    if member.user_id == user.pk:
        return ""
    if member.user_id is not None:
        return f"This place belongs to the account {member.user}, not to yours ({user.email})."
    owner = mail_wishes.owner_of(member.email) if member.email else None
    if owner is not None and owner.pk != user.pk:
        return f"The address we wrote to belongs to another account than yours ({user.email}): that one holds this place."
    others = Member.objects.filter(policy.members_held_by(user), edition=member.edition).exclude(pk=member.pk)
    if others.exists():
        return (
            f"Your account {user.email} holds another place in this committee, so it is not connected with this one. "
            "If both are you, tell the chairs."
        )
    return ""


def _as_writer(actor: User | None, member: Member) -> User | None:
    """In whose name the call's line is written: the person's own account; of another one only the link counts."""
    return actor if actor is not None and member.user_id == actor.pk else None


def _open(member: Member, key: UUID) -> Member:
    """The member as it stands now, its edition's row held. Raises Closed when the link answers nothing any more."""
    Edition.objects.select_for_update().get(pk=member.edition_id)
    found = Member.objects.select_related("edition", "role", "user").filter(pk=member.pk).first()
    if found is None or found.invitation_key != key or standing_of(found) != Standing.OPEN:
        raise Closed(GONE)
    return found


def _record(actor: User | None, member: Member, verb: str, before: str, **more: Any) -> Any:
    data = {
        "state": [before, member.state],
        **{name: value for name, value in more.items() if value not in ("", None)},
    }
    return audit.record(actor=actor, verb=verb, subject=member, edition=member.edition.slug, data=data)


KINDS = (INVITATION.slug, REMINDER.slug)
