"""Whom reminders reach in the committee's work. Registered in `ReviewsConfig.ready()`."""

from collections.abc import Mapping
from datetime import datetime

from accounts import mail_wishes
from reviews.letters import invitations as letters
from reviews.letters.kinds import REMINDER
from reviews.models import Member
from submissions.domain import reminders as domain
from submissions.models import Edition, Paper, ReminderRule
from submissions.services.audiences import Audience, Recipient

INVITED = domain.AudienceFacts(
    "invited",
    "people whose invitation is not answered (before it expires)",
    ("submission", "bids", "reviews"),
)
WAITING = (Member.State.INVITED, Member.State.LATER)


class Invited(Audience):
    """People who were invited and have not said yes or no. Each has a date of their own, when the invitation expires."""

    letter = REMINDER.slug
    own_dates = True

    def recipients(self, rule: ReminderRule, *, paper: Paper | None = None) -> list[Recipient]:
        if paper is not None:
            return []
        waiting = list(
            Member.objects.filter(edition=rule.edition, state__in=WAITING, answer_by__isnull=False)
        )
        owners = mail_wishes.owners_of(it.email for it in waiting)
        found = []
        for it in waiting:
            it.edition = rule.edition
            person = owners.get(it.email)
            # Who said "later" is not reminded of what lies before.
            asked = max(moment for moment in (it.invited_at, it.answered_at, rule.active_since) if moment)
            found.append(
                Recipient(
                    address=it.email,
                    person=person,
                    reader_zone=(person.time_zone if person else "") or rule.edition.time_zone,
                    about=letters.about(it),
                    deadline=it.answer_by or rule.deadline.at,
                    since=asked,
                    url=letters.url(it),
                )
            )
        return found

    def values(self, rule: ReminderRule, to: Recipient, now: datetime) -> Mapping[str, str] | None:
        member = self._member(rule.edition, to)
        if member is None:
            return None
        member.edition = rule.edition
        return {
            **letters.asked(member, to.person),
            "date": "Your answer",
            "time_left": domain.time_left(to.deadline, now),
            "text": rule.text,
        }

    def still(self, rule: ReminderRule, to: Recipient) -> Recipient | None:
        Edition.objects.select_for_update().get(pk=rule.edition_id)
        member = self._member(rule.edition, to)
        return to if member is not None and member.answer_by == to.deadline else None

    @staticmethod
    def _member(edition: Edition, to: Recipient) -> Member | None:
        pk = to.about.removeprefix("member:")
        return Member.objects.filter(edition=edition, pk=pk, email=to.address, state__in=WAITING).first()
