"""Whom reminders reach once reviews are in: reviewers who discuss, authors who may respond, and shepherds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from reviews import open_reviews, queries
from reviews.letters import review_reminders as letters
from reviews.models import Assignment, Comment, CommitteeSettings, Decision, DiscussionRead, Member
from reviews.services.review_audiences import Joined, is_last_of_its_kind, line_of, reader_of, zone_of
from submissions.domain import reminders as domain
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper, ReminderRule
from submissions.services import audiences
from submissions.services.audiences import PaperContacts, Recipient

DISCUSSANTS = domain.AudienceFacts(
    "discussants",
    "reviewers with unread comments, or who have not said that a paper is ready to decide",
    (Deadline.Kind.DISCUSSION.value,),
)
RESPONDERS = domain.AudienceFacts(
    "responders", "contacts of papers without a response to their reviews", (Deadline.Kind.RESPONSE.value,)
)
SHEPHERDS = domain.AudienceFacts(
    "shepherds",
    "shepherds of papers whose conditions are not met",
    (Deadline.Kind.CAMERA_READY.value,),
    after=True,
)


def register() -> None:
    """Tell the reminders of these audiences. Called from `ReviewsConfig.ready()`."""
    audiences.register(DISCUSSANTS, Discussants())
    audiences.register(RESPONDERS, Responders())
    audiences.register(SHEPHERDS, Shepherds())


class Discussants(Joined):
    """Reviewers whose review is in, while the discussion is open and something of it waits for them."""

    letter = letters.DISCUSSION.slug
    own_dates = False

    def recipients(self, rule: ReminderRule, *, paper: Paper | None = None) -> list[Recipient]:
        never = CommitteeSettings.OthersReviews.NEVER
        if (
            not is_last_of_its_kind(rule.deadline)
            or queries.settings_of(rule.edition).others_reviews == never
        ):
            return []
        rows = list(open_reviews.submitted(rule.edition, paper))
        reader = reader_of(it.member for it in rows)
        unread = Unread(rule.edition, paper)
        found = []
        for row in rows:
            address, person = reader(row.member)
            waiting = unread.count(row.paper_id, person.pk) if person else 0
            if person is None or not address or (row.ready_at is not None and not waiting):
                continue
            moments = [rule.active_since, row.review.submitted_at, rule.deadline.moved_at]
            found.append(
                Recipient(
                    address=address,
                    person=person,
                    reader_zone=zone_of(person, rule),
                    about=f"paper:{row.paper_id}",
                    deadline=rule.deadline.at,
                    since=max(moment for moment in moments if moment is not None),
                    url=reverse("discussion", args=[rule.edition.slug, row.paper.number]),
                    paper=row.paper,
                    line=line_of(row.paper, _waits(row, waiting)),
                )
            )
        return found

    def url(self, rule: ReminderRule, to: Sequence[Recipient]) -> str:
        return to[0].url if len(to) == 1 else reverse("discussions", args=[rule.edition.slug])


class Responders(PaperContacts):
    """Contacts of papers whose reviews they may answer, and have not."""

    def __init__(self) -> None:
        super().__init__(letters.RESPONSE.slug, _without_response, lambda paper: ["Your response"])

    def recipients(self, rule: ReminderRule, *, paper: Paper | None = None) -> list[Recipient]:
        opened = queries.settings_of(rule.edition).responses_open_at
        if opened is None or opened > timezone.now() or not is_last_of_its_kind(rule.deadline):
            return []
        return [
            replace(it, since=max(it.since, opened), url=_response_page(rule.edition, it.paper))
            for it in super().recipients(rule, paper=paper)
            if it.paper is not None
        ]

    def values(self, rule: ReminderRule, to: Recipient, now: datetime) -> Mapping[str, str] | None:
        words = queries.settings_of(rule.edition).response_words
        return {"words": str(words), "time_left": domain.time_left(to.deadline, now), "text": rule.text}


class Shepherds(Joined):
    """Members who look after an acceptance on conditions that its authors know of."""

    letter = letters.SHEPHERD.slug
    never_earlier = True

    def recipients(self, rule: ReminderRule, *, paper: Paper | None = None) -> list[Recipient]:
        rows = list(_conditional(rule.edition, paper))
        reader = reader_of(it.shepherd for it in rows if it.shepherd)
        found = []
        for it in rows:
            dates = audiences.held(it.paper, rule, it.category_id or it.paper.category_id)
            if dates is None or it.shepherd is None or it.release is None:
                continue
            address, person = reader(it.shepherd)
            if address:
                found.append(
                    Recipient(
                        address=address,
                        person=person,
                        reader_zone=zone_of(person, rule),
                        about=f"paper:{it.paper_id}",
                        deadline=dates[0],
                        since=max(dates[1], it.release.effective_at),
                        url=reverse("member_shepherd", args=[rule.edition.slug, it.paper.number]),
                        paper=it.paper,
                        line=line_of(it.paper),
                    )
                )
        return found

    def url(self, rule: ReminderRule, to: Sequence[Recipient]) -> str:
        return to[0].url if len(to) == 1 else reverse("member_home", args=[rule.edition.slug])


class Unread:
    """What was said in the discussions of an edition, and how far each person has read. Two queries."""

    def __init__(self, edition: Edition, paper: Paper | None) -> None:
        here = {"paper": paper} if paper is not None else {"paper__edition": edition}
        said = Comment.objects.filter(
            **here, readers=Comment.Readers.REVIEWERS, removed_at__isnull=True, is_note=False
        )
        self.said: dict[int, list[tuple[int | None, datetime]]] = {}
        for pk, author, at in said.order_by().values_list("paper", "author", "at"):
            self.said.setdefault(pk, []).append((author, at))
        reads = DiscussionRead.objects.filter(**here).values_list("paper", "user", "at")
        self.read = {(pk, user): at for pk, user, at in reads}

    def count(self, paper: int, user: int) -> int:
        seen = self.read.get((paper, user))
        return sum(author != user and (seen is None or at > seen) for author, at in self.said.get(paper, ()))


def _waits(row: Assignment, unread: int) -> str:
    new = [f"{unread} comment{'' if unread == 1 else 's'} not read"] if unread else []
    return ", ".join([*new, *(["not marked as ready to decide"] if row.ready_at is None else [])])


def _response_page(edition: Edition, paper: Paper) -> str:
    return reverse("paper_response", args=[edition.slug, paper.number])


def _without_response(edition: Edition) -> "QuerySet[Paper]":
    """Papers with reviews whose authors have not responded. What the chairs decided meanwhile must not show in it."""
    return (
        Paper.objects.filter(
            edition=edition,
            state=State.SUBMITTED,
            assignments__state__in=Assignment.LIVE,
            assignments__review__submitted_at__isnull=False,
        )
        .exclude(response__submitted_at__isnull=False)
        .exclude(decision__in=Decision.objects.released())
        .distinct()
    )


def _conditional(edition: Edition, paper: Paper | None) -> "QuerySet[Decision]":
    """Released acceptances whose conditions are not met, without shepherds that a conflict keeps away."""
    rows = Decision.objects.released().filter(
        paper__edition=edition,
        paper__state=State.SUBMITTED,
        outcome=Decision.Outcome.CONDITIONAL,
        met_at__isnull=True,
        shepherd__state=Member.State.ACCEPTED,
    )
    if paper is not None:
        rows = rows.filter(paper=paper)
    rows = rows.exclude(pk__in=Decision.objects.filter(open_reviews.in_conflict("shepherd")).values("pk"))
    rows = rows.select_related("paper", "shepherd__user", "release").order_by("paper__number")
    return rows.prefetch_related("paper__edition__deadlines", "paper__extensions")
