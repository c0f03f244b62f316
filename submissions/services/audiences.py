"""Whom reminders reach, and what they are told: one audience for each word that a rule of the call may name.

The rooms above add theirs with `register` (docs/reminders.md). `camera_ready` is here without anybody in it until a room
that knows decisions says which papers are accepted.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet
from django.urls import reverse

from accounts import mail_wishes
from accounts.models import AuditEntry, User
from submissions import letters, queries
from submissions.domain import reminders as domain
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper, ReminderRule, Role
from submissions.services import digest


@dataclass(frozen=True)
class Recipient:
    """One address, for one piece of work. `deadline`: as it holds for this work; `since`, `until`: see `domain.Course`.

    `line`: this piece of work in words, for a letter that tells of several.
    """

    address: str
    person: User | None
    reader_zone: str
    about: str
    deadline: datetime
    since: datetime
    url: str
    paper: Paper | None = None
    until: datetime | None = None
    line: str = ""


class Audience(ABC):
    """Finds the people whose work is still undone, and the words for them."""

    letter: str
    #: Its readers have dates of their own (`Recipient.deadline`): the date that a rule names does not say when.
    own_dates = False
    #: Such dates are never before the one that a rule names, which spares the look at everybody until then.
    never_earlier = False
    #: What is due for one reader at the same time goes into one letter. The plan, the records and their walls stay by paper.
    joined = False

    @abstractmethod
    def recipients(self, rule: ReminderRule, *, paper: Paper | None = None) -> list[Recipient]:
        """All who have something to do for the date of `rule`; those of one paper where it is given."""

    @abstractmethod
    def values(self, rule: ReminderRule, to: Recipient, now: datetime) -> Mapping[str, str] | None:
        """What fills the letter's placeholders; None when there is nothing to say."""

    def together(
        self, rule: ReminderRule, to: Sequence[Recipient], now: datetime
    ) -> Mapping[str, str] | None:
        """What fills a letter that joins several pieces of work of one reader (`joined`)."""
        return self.values(rule, to[0], now)

    def url(self, rule: ReminderRule, to: Sequence[Recipient]) -> str:
        """Where the letter leads."""
        return to[0].url

    def still(self, rule: ReminderRule, to: Recipient) -> Recipient | None:
        """`to` as it stands inside the transaction that sends, or None when the work is done. Holds the paper."""
        if to.paper is None:
            return to
        Paper.objects.select_for_update(of=("self",)).filter(pk=to.paper.pk).first()
        now = self.recipients(rule, paper=to.paper)
        same = (to.address, to.deadline, to.since)
        return next((it for it in now if (it.address, it.deadline, it.since) == same), None)


class PaperContacts(Audience):
    """The contacts of some papers: `papers` finds them, `lacks` says what is still to do (nothing: not written to)."""

    def __init__(
        self,
        letter: str,
        papers: Callable[[Edition], "QuerySet[Paper]"],
        lacks: Callable[[Paper], list[str]],
    ) -> None:
        self.letter, self.papers, self.lacks = letter, papers, lacks

    def recipients(self, rule: ReminderRule, *, paper: Paper | None = None) -> list[Recipient]:
        found = self.papers(rule.edition)
        if paper is not None:
            found = found.filter(pk=paper.pk)
        waiting = [
            (it, dates)
            for it in queries.whole(found)
            if (dates := held(it, rule, it.category_id)) is not None and self.lacks(it)
        ]
        if not waiting:
            return []
        readers = letters.readers_of_many(it for it, _ in waiting)
        again = _drafts_again(it for it, _ in waiting)
        return [
            Recipient(
                address=address,
                person=person,
                reader_zone=(person.time_zone if person else "") or rule.edition.time_zone,
                about=f"paper:{it.pk}",
                deadline=deadline,
                since=max(since, it.created_at, again.get(it.pk, since)),
                url=it.get_absolute_url(),
                paper=it,
            )
            for it, (deadline, since) in waiting
            for address, person in readers[it.pk].items()
        ]

    def values(self, rule: ReminderRule, to: Recipient, now: datetime) -> Mapping[str, str] | None:
        lacks = self.lacks(to.paper) if to.paper else []
        return {
            "missing_list": "\n".join(f"- {item}" for item in lacks),
            "time_left": domain.time_left(to.deadline, now),
            "text": rule.text,
        }


class Chairs(Audience):
    """Those who run the edition: a digest each morning, of the papers that each of them may see.

    Where digests belong to several dates, each begins when the one before it has ended.
    """

    letter = "chair_digest"

    def recipients(self, rule: ReminderRule, *, paper: Paper | None = None) -> list[Recipient]:
        edition = rule.edition
        roles = list(edition.roles.filter(kind__in=Role.CHAIRS).select_related("user"))
        people = mail_wishes.owners_of(role.email for role in roles if role.user is None)
        before = edition.reminder_rules.filter(
            audience=rule.audience, active=True, deadline__at__lt=rule.deadline.at
        ).aggregate(last=Max("deadline__at"))["last"]
        # The one before ends on the first morning after its date.
        since = max(rule.active_since, before + domain.A_DAY) if before else rule.active_since
        holders = [role.user or people.get(role.email) for role in roles]
        return [
            Recipient(
                address=person.email,
                person=person,
                reader_zone=person.time_zone or edition.time_zone,
                about=f"edition:{edition.pk}",
                deadline=rule.deadline.at,
                since=since,
                url=reverse("chair_papers", args=[edition.slug]),
            )
            for person in dict.fromkeys(holders)
            if person is not None and person.is_active
        ]

    def values(self, rule: ReminderRule, to: Recipient, now: datetime) -> Mapping[str, str] | None:
        if to.person is None:
            return None
        last = rule.edition.reminders.filter(audience=rule.audience, address=to.address, at__lt=now).first()
        since = last.at if last else rule.active_since
        facts = digest.of(rule.edition, to.person, deadline=rule.deadline, since=since, now=now)
        return None if facts is None else {**facts, "text": rule.text}


#: Who is behind each word that a rule may name.
audiences: dict[str, Audience] = {
    "incomplete": PaperContacts(
        "reminder_incomplete",
        lambda edition: Paper.objects.filter(edition=edition, state=State.DRAFT),
        lambda paper: [item.message for item in queries.missing_items(paper)],
    ),
    # Nobody, until the room that decides says whose papers are accepted and lack their final file.
    "camera_ready": PaperContacts(
        "reminder_camera_ready", lambda edition: Paper.objects.none(), lambda paper: []
    ),
    "chairs": Chairs(),
}


def register(facts: domain.AudienceFacts, audience: Audience) -> None:
    """Add an audience, or put people into one that has none yet. Called from the `ready()` of the room that knows them."""
    domain.AUDIENCES[facts.slug] = facts
    audiences[facts.slug] = audience


def held(paper: Paper, rule: ReminderRule, category: int | None) -> tuple[datetime, datetime] | None:
    """When the rule's date ends for `paper` in this category and since when, or None where another date holds for it.

    Reads `paper.edition.deadlines` and `paper.extensions`, so prefetch both.
    """
    rows = [row for row in paper.edition.deadlines.all() if row.kind == rule.deadline.kind]
    if category is not None:
        own = [row for row in rows if row.category_id == category]
        rows = own or [row for row in rows if row.category_id is None]
    if not rows:
        return None
    given = {extension.deadline_id: extension for extension in paper.extensions.all()}

    def ends(row: Deadline) -> datetime:
        return max(row.at, given[row.pk].until) if row.pk in given else row.at

    row = max(rows, key=lambda it: (ends(it), it.pk == rule.deadline_id))
    if row.pk != rule.deadline_id:
        return None
    moments = [rule.active_since, row.moved_at]
    if row.pk in given and given[row.pk].until > row.at:
        moments = [rule.active_since, given[row.pk].granted_at]
    return ends(row), max(moment for moment in moments if moment is not None)


def _drafts_again(papers: Iterable[Paper]) -> dict[int, datetime]:
    """When papers that had ended last became drafts again: reminders from before are not for them."""
    entries = AuditEntry.objects.filter(
        verb="paper.draft", subject_type=Paper._meta.label_lower, subject_id__in=[it.pk for it in papers]
    )
    return dict(entries.values_list("subject_id").annotate(Max("at")))
