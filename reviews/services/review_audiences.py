"""Whom reminders reach while papers are reviewed: requests without an answer, reviews that are due or late.

What follows on the reviews is in `discussion_audiences`.

Each paper of a reader is a piece of work of its own, with a date and a record of its own, so that the walls hold for the
plan and for what was sent; what is due for one reader at the same time is joined into one letter.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.urls import reverse

from accounts import mail_wishes
from accounts.models import User
from reviews import open_reviews
from reviews.letters import review_reminders as letters
from reviews.models import Assignment, Member, MoreTime
from reviews.services import digest_lines
from reviews.services.bidders import address_of
from submissions.domain import reminders as domain
from submissions.letters.sending import NO_TITLE, moment_in_words
from submissions.models import Deadline, Paper, ReminderRule
from submissions.services import audiences, digest
from submissions.services.audiences import Audience, Recipient

OFFERED = domain.AudienceFacts(
    "offered",
    "members who have not answered a request to review (counted from the request)",
    (Deadline.Kind.REVIEWS.value,),
    before=False,
    after=True,
)
REVIEWERS = domain.AudienceFacts(
    "reviewers", "members whose reviews are not in", (Deadline.Kind.REVIEWS.value,)
)
LATE = domain.AudienceFacts(
    "late", "members whose reviews are late", (Deadline.Kind.REVIEWS.value,), before=False, after=True
)


def register() -> None:
    """Tell the reminders of these audiences. Called from `ReviewsConfig.ready()`."""
    letters.register()
    digest.sections.append(digest_lines.lines)
    audiences.register(OFFERED, Offered())
    audiences.register(REVIEWERS, Writing(letters.DUE.slug, Assignment.LIVE))
    audiences.register(LATE, Writing(letters.LATE.slug, (Assignment.State.ACCEPTED,)))


class Joined(Audience):
    """Members of the committee with some work on papers; one letter for all of a reader's papers."""

    own_dates = True
    joined = True

    def values(self, rule: ReminderRule, to: Recipient, now: datetime) -> Mapping[str, str] | None:
        return self.together(rule, [to], now)

    def together(
        self, rule: ReminderRule, to: Sequence[Recipient], now: datetime
    ) -> Mapping[str, str] | None:
        return {
            "count": letters.how_many(len(to)),
            "papers": "\n".join(it.line for it in to),
            "time_left": domain.time_left(min(it.deadline for it in to), now),
            "text": rule.text,
        }


class Offered(Joined):
    """Members who were asked to review and have said neither yes nor no, until the review is due."""

    letter = letters.OFFERED.slug

    def recipients(self, rule: ReminderRule, *, paper: Paper | None = None) -> list[Recipient]:
        if not is_last_of_its_kind(rule.deadline):
            return []
        rows = open_reviews.of(rule.edition, paper).filter(
            state=Assignment.State.OFFERED, started_at__isnull=True
        )
        return [
            Recipient(
                address=address,
                person=person,
                reader_zone=zone_of(person, rule),
                about=f"paper:{row.paper_id}",
                deadline=row.assigned_at,
                since=max(row.assigned_at, rule.active_since),
                url=reverse("member_assignments", args=[rule.edition.slug]),
                paper=row.paper,
                until=due_at(row, rule),
                line=line_of(row.paper),
            )
            for row, address, person in readers(rows)
        ]

    def together(
        self, rule: ReminderRule, to: Sequence[Recipient], now: datetime
    ) -> Mapping[str, str] | None:
        due = min(it.until or rule.deadline.at for it in to)
        words = moment_in_words(due, rule.edition, to[0].person)
        return {**(super().together(rule, to, now) or {}), "deadline": words}


class Writing(Joined):
    """Members with a review to write. While they wait for an answer to "I need until Friday", nothing is said of it."""

    never_earlier = True

    def __init__(self, letter: str, states: Collection[str]) -> None:
        self.letter, self.states = letter, states

    def recipients(self, rule: ReminderRule, *, paper: Paper | None = None) -> list[Recipient]:
        if not is_last_of_its_kind(rule.deadline):
            return []
        found = []
        for row, address, person in readers(
            open_reviews.of(rule.edition, paper).filter(state__in=self.states)
        ):
            due = due_at(row, rule)
            own = f", due {moment_in_words(due, rule.edition, person)}" if due > rule.deadline.at else ""
            found.append(
                Recipient(
                    address=address,
                    person=person,
                    reader_zone=zone_of(person, rule),
                    about=f"paper:{row.paper_id}",
                    deadline=due,
                    since=_since(row, rule),
                    url=reverse("member_review", args=[rule.edition.slug, row.paper.number]),
                    paper=row.paper,
                    line=line_of(row.paper, open_reviews.standing(row) + own),
                )
            )
        return found

    def url(self, rule: ReminderRule, to: Sequence[Recipient]) -> str:
        return to[0].url if len(to) == 1 else reverse("member_reviews", args=[rule.edition.slug])


def _since(row: Assignment, rule: ReminderRule) -> datetime:
    """Reminders from before are not for this review: it was not asked for yet, its date moved, or more time was asked for.

    Who asks for more time hears nothing until the day they named, or until the chairs answer.
    """
    moments = [rule.active_since, row.assigned_at]
    if due_at(row, rule) == rule.deadline.at and rule.deadline.moved_at is not None:
        moments.append(rule.deadline.moved_at)
    for asked in row.more_time.all():
        if asked.state == MoreTime.State.ASKED:
            moments.append(asked.until)
        elif asked.answered_at is not None:
            moments.append(asked.answered_at)
    return max(moments)


def is_last_of_its_kind(deadline: Deadline) -> bool:
    """Whether `deadline` is the date that counts for the committee, where the call has several of a kind."""
    rows = Deadline.objects.filter(edition=deadline.edition_id, kind=deadline.kind).order_by("at", "pk")
    return rows.last() == deadline


def reader_of(members: Iterable[Member]) -> Callable[[Member], tuple[str, User | None]]:
    """Where each of `members` reads, "" for nowhere, and whose account that is. One query for all."""
    owners = mail_wishes.owners_of({it.email for it in members if it.user is None and it.email})

    def reader(member: Member) -> tuple[str, User | None]:
        person = member.user or owners.get(member.email)
        return address_of(member, person), person

    return reader


def readers(rows: Iterable[Assignment]) -> list[tuple[Assignment, str, User | None]]:
    """Each row with where its member reads, and whose account that is; without those that have no address."""
    rows = list(rows)
    reader = reader_of(it.member for it in rows)
    return [(row, *found) for row in rows if (found := reader(row.member))[0]]


def zone_of(person: User | None, rule: ReminderRule) -> str:
    return (person.time_zone if person else "") or rule.edition.time_zone


def due_at(row: Assignment, rule: ReminderRule) -> datetime:
    """When this review is due: with the date of the rule, or later where that was granted."""
    return max(rule.deadline.at, row.due_at or rule.deadline.at)


def line_of(paper: Paper, state: str = "") -> str:
    return f"- #{paper.number} {paper.title or NO_TITLE}{f': {state}' if state else ''}"
