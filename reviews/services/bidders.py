"""Whom reminders of the bids reach: members with fewer bids than suit them. Registered in `ReviewsConfig.ready()`.

Chairs read these letters, and whom they reach. So only papers count that every chair handles, and no letter says how many
bids somebody has placed: else a chair could find out who bid on a paper that a conflict hides from them.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count, QuerySet
from django.urls import reverse

from accounts import mail_wishes
from accounts.models import User
from reviews import bid_list, participants, queries
from reviews.letters.bids import REMINDER
from reviews.models import Bid, Member
from submissions import policy as papers_policy
from submissions.domain import reminders as domain
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper, ReminderRule
from submissions.services.audiences import Audience, Recipient

FACTS = domain.AudienceFacts("bidders", "members with fewer bids than suit them", (Deadline.Kind.BIDS.value,))


class Bidders(Audience):
    """Reviewing members who take papers and have placed too few bids, once there is something to bid on."""

    letter = REMINDER.slug

    def recipients(self, rule: ReminderRule, *, paper: Paper | None = None) -> list[Recipient]:
        return [] if paper is not None else self._find(rule)

    def still(self, rule: ReminderRule, to: Recipient) -> Recipient | None:
        pk = to.about.removeprefix("member:")
        Member.objects.select_for_update().filter(pk=pk).first()
        return next((it for it in self._find(rule, pk=pk) if it.address == to.address), None)

    def values(self, rule: ReminderRule, to: Recipient, now: datetime) -> Mapping[str, str] | None:
        found = Member.objects.filter(pk=to.about.removeprefix("member:")).select_related("edition").first()
        if found is None:
            return None
        load = queries.load_of(found, queries.settings_of(found.edition))
        return {
            "good": str(bid_list.good_number(load, _papers(found.edition).count())),
            "time_left": domain.time_left(to.deadline, now),
            "text": rule.text,
        }

    def _find(self, rule: ReminderRule, *, pk: str | None = None) -> list[Recipient]:
        edition = rule.edition
        # A category of its own has a date of its own, and members bid on all: the date for all is the one that counts.
        if rule.deadline.category_id is not None:
            return []
        settings, papers = queries.settings_of(edition), _papers(edition)
        count = papers.count()
        began = _began(edition, early=settings.bids_before_deadline)
        members = Member.objects.reviewing().filter(edition=edition).select_related("user")
        if pk is not None:
            members = members.filter(pk=pk)
        bids = dict(
            Bid.objects.filter(member__in=members, paper__in=papers.values("pk"))
            .order_by()
            .values_list("member")
            .annotate(Count("pk"))
        )
        behind = [
            it
            for it in members
            if bids.get(it.pk, 0) < bid_list.good_number(queries.load_of(it, settings), count)
        ]
        owners = mail_wishes.owners_of(it.email for it in behind if it.email and it.user is None)
        since = max(moment for moment in (rule.active_since, rule.deadline.moved_at, began) if moment)
        return [
            Recipient(
                address=address,
                person=person,
                reader_zone=(person.time_zone if person else "") or edition.time_zone,
                about=f"member:{it.pk}",
                deadline=rule.deadline.at,
                since=since,
                url=reverse("member_bids", args=[edition.slug]),
            )
            for it in behind
            if (address := address_of(it, person := it.user or owners.get(it.email)))
        ]


def address_of(member: Member, person: User | None) -> str:
    if person is not None:
        return person.email if person.is_active else ""
    return member.email


def _papers(edition: Edition) -> QuerySet[Paper]:
    """The submitted papers that no conflict keeps any chair of `edition` away from."""
    found = Paper.objects.filter(edition=edition, state=State.SUBMITTED)
    for chair in participants.chairs_of(edition):
        found = found.exclude(papers_policy.papers_walled_off_from(chair))
    return found


def _began(edition: Edition, *, early: bool) -> datetime | None:
    """When the last paper is in, which may be ahead: nobody is reminded before."""
    closings = edition.deadlines.filter(kind=Deadline.Kind.SUBMISSION).values_list("at", flat=True)
    return None if early else max(closings, default=None)
