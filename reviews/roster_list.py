"""The chairs' list of the committee: filtered, counted and as CSV, in a constant number of queries."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Message, User
from reviews import queries
from reviews.domain import rights, roster_csv, roster_plan
from reviews.domain.rights import Right
from reviews.models import CommitteeSettings, Expertise, Member, OwnPaper
from reviews.services import invitations
from submissions import policy as papers_policy
from submissions.chair_list import Echo, harmless
from submissions.domain.workflow import State as PaperState
from submissions.models import Edition, Paper

State = Member.State
WAITING = (State.INVITED, State.LATER)
BADGES = {
    State.NEW: ("draft", "circle-dashed"),
    State.INVITED: ("info", "mail"),
    State.LATER: ("info", "clock"),
    State.ACCEPTED: ("success", "check"),
    State.DECLINED: ("", "x"),
    State.REMOVED: ("", "ban"),
}
#: Beside the states themselves, what one looks for.
STANDINGS = {
    "open": "In, or still possible",
    **{state.value: state.label.capitalize() for state in State},
    "waiting": "Invited, no answer",
    "silent": "Silent for a week or more",
    "expired": "Invitation expired",
    "bounced": "Letter could not be delivered",
    "no_address": "No address",
}
SILENT_DAYS = 7


@dataclass(frozen=True)
class Row:
    member: Member
    topics: int
    own_papers: int
    load: int | None
    bounced: str

    @property
    def badge(self) -> tuple[str, str, str]:
        """Text, kind and icon."""
        return (State(self.member.state).label.capitalize(), *BADGES[State(self.member.state)])

    @property
    def silent_days(self) -> int | None:
        """For how many days an invitation has no answer; None also for who said when they will know."""
        if self.member.state != State.INVITED or self.member.invited_at is None:
            return None
        since = self.member.invited_at
        return (timezone.now() - since) // timedelta(days=1)

    @property
    def is_silent(self) -> bool:
        return self.silent_days is not None and self.silent_days >= SILENT_DAYS

    @property
    def expired(self) -> bool:
        until = self.member.answer_by
        return self.member.state in WAITING and until is not None and until < timezone.now()

    @property
    def not_printed(self) -> bool:
        """Accepted, in a place that is printed, and yet without a line in the call."""
        it = self.member
        return it.state == State.ACCEPTED and it.role_id is None and rights.has(it.kind, Right.PRINTED)

    @property
    def still_printed(self) -> bool:
        return self.member.state in (State.DECLINED, State.REMOVED) and self.member.role_id is not None

    @property
    def may_invite(self) -> bool:
        return self.member.state in invitations.INVITABLE and bool(self.member.email)


@dataclass(frozen=True)
class Counts:
    """For the line above the list. `needed`: only for papers that the chair handles, so that it tells of no other."""

    accepted: int
    waiting: int
    silent: int
    declined: int
    not_invited: int
    room: int
    needed: int


def rows(edition: Edition) -> list[Row]:
    """Everybody of `edition`. Three queries at any size."""
    settings = queries.settings_of(edition)
    members = Member.objects.filter(edition=edition).annotate(
        topic_count=_number(Expertise.objects.all()), paper_count=_number(OwnPaper.objects.all())
    )
    failed = _failed(edition)
    return [
        Row(
            member=it,
            topics=it.topic_count,
            own_papers=it.paper_count,
            load=_load(it, settings),
            bounced=failed.get((it.pk, it.invitations), ""),
        )
        for it in members
    ]


def _number(related: "QuerySet[Expertise] | QuerySet[OwnPaper]") -> Coalesce:
    of_member = related.filter(member=OuterRef("pk")).order_by().values("member")
    return Coalesce(Subquery(of_member.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


def _load(member: Member, settings: CommitteeSettings) -> int | None:
    """What they take, or would take; None for places that bring no papers."""
    if member.kind not in Member.REVIEWING:
        return None
    if member.state == State.ACCEPTED:
        return queries.load_of(member, settings)
    usual = 0 if member.is_chair else settings.default_load
    return usual if member.load_limit is None else member.load_limit


def _failed(edition: Edition) -> dict[tuple[int, int], str]:
    """{(member, number of the invitation): why its letter could not be delivered}."""
    found = {}
    messages = Message.objects.filter(
        edition=edition.slug, kind__in=invitations.KINDS, state=Message.State.FAILED
    )
    for key, about, error in messages.values_list("key", "about", "error"):
        number = key.rpartition(":")[2]
        pk = about.removeprefix("member:")
        if pk.isdigit() and number.isdigit():
            found[int(pk), int(number)] = error or "The mail server refused it."
    return found


def counts(everybody: Iterable[Row], *, edition: Edition, user: User) -> Counts:
    """Two queries."""
    everybody = list(everybody)
    settings = queries.settings_of(edition)
    papers = Paper.objects.filter(
        papers_policy.papers_handled_by(user), edition=edition, state=PaperState.SUBMITTED
    )
    state_of = [it.member.state for it in everybody]
    return Counts(
        accepted=state_of.count(State.ACCEPTED),
        waiting=sum(state in WAITING for state in state_of),
        silent=sum(it.is_silent for it in everybody),
        declined=state_of.count(State.DECLINED),
        not_invited=state_of.count(State.NEW),
        room=sum(queries.load_of(it.member, settings) for it in everybody),
        needed=papers.count() * settings.reviews_per_paper,
    )


def matching(everybody: Iterable[Row], *, q: str = "", standing: str = "", kind: str = "") -> list[Row]:
    """Those that fit all that is asked for."""
    words = q.casefold().split()
    return [
        it
        for it in everybody
        if _stands(it, standing)
        and (not kind or it.member.kind == kind)
        and all(word in _text(it.member) for word in words)
    ]


def _text(member: Member) -> str:
    country: Any = member.country
    texts = (member.name, member.email, member.affiliation, country.name or "")
    return " ".join(texts).casefold()


def _stands(row: Row, standing: str) -> bool:
    it = row.member
    special = {
        "": True,
        "open": it.state not in (State.DECLINED, State.REMOVED),
        "waiting": it.state in WAITING,
        "silent": row.is_silent,
        "expired": row.expired,
        "bounced": bool(row.bounced),
        "no_address": not it.email and it.state != State.REMOVED,
    }
    return special.get(standing, it.state == standing)


HEADINGS = (*roster_csv.COLUMNS, "kind", "state", "invited", "answered", "senior", "own papers", "note")


def as_csv(listed: Sequence[Row]) -> Iterator[str]:
    """The list as CSV, which can be imported again. One query for the topics."""
    topics: dict[int, dict[str, int]] = {}
    found = Expertise.objects.filter(member__in=[it.member.pk for it in listed]).select_related("topic")
    for it in found:
        topics.setdefault(it.member_id, {})[it.topic.slug] = it.level
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    yield "\ufeff" + writer.writerow(HEADINGS)
    for row in listed:
        yield writer.writerow([harmless(str(value)) for value in _cells(row, topics)])


def _cells(row: Row, topics: Mapping[int, Mapping[str, int]]) -> tuple[object, ...]:
    it = row.member
    return (
        *(it.name, it.email, it.affiliation, str(it.country or "")),
        roster_plan.topics_in_words(topics.get(it.pk, {})),
        "" if it.load_limit is None else it.load_limit,
        *(it.get_kind_display(), it.get_state_display()),
        f"{it.invited_at:%Y-%m-%d}" if it.invited_at else "",
        f"{it.answered_at:%Y-%m-%d}" if it.answered_at else "",
        "yes" if it.senior else "",
        row.own_papers,
        it.answer_note,
    )
