"""What the committee's pages and services read, beyond a model's own rows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet
from django.utils import timezone

from reviews.domain.default_form import DEFAULT
from reviews.domain.review_form import Kind, Question, Reader
from reviews.domain.scores import Weights
from reviews.models import Assignment, CommitteeSettings, Conflict, Decision, Member
from submissions.domain.deadlines import Closing
from submissions.domain.workflow import State
from submissions.models import Category, Deadline, Edition, Paper, Role
from submissions.policy import NOBODY


def settings_of(edition: Edition) -> CommitteeSettings:
    """The committee's settings, or the defaults where nobody has changed any."""
    return CommitteeSettings.objects.filter(edition=edition).first() or CommitteeSettings(edition=edition)


def load_of(member: Member, settings: CommitteeSettings) -> int:
    """How many papers `member` takes at most: what they want, within what the chairs set.

    Chairs review only if they, or the other chairs, say so.
    """
    if member.state != Member.State.ACCEPTED or member.kind not in Member.REVIEWING:
        return 0
    usual = 0 if member.is_chair else settings.default_load
    wanted = member.load_wanted if member.load_wanted is not None else member.load_limit
    load = usual if wanted is None else wanted
    return load if member.load_limit is None else min(load, member.load_limit)


def weights_of(settings: CommitteeSettings) -> Weights:
    """What the chairs weigh affinity, topics and bids with; the defaults where all three are 0."""
    if not settings.weight_affinity + settings.weight_topics + settings.weight_bids:
        return Weights()
    return Weights(settings.weight_affinity, settings.weight_topics, settings.weight_bids)


def form_of(edition: Edition) -> tuple[Question, ...]:
    """The questions of a review: those of the call, or ScaDL's where it names none. One query."""
    asked = tuple(
        Question(
            slug=it.slug,
            label=it.label,
            kind=cast(Kind, it.kind),
            required=it.required,
            choices=tuple(map(str, it.choices)),
            visible_to=cast(Reader, it.visible_to),
            help=it.help_text,
        )
        for it in edition.review_fields.all()
    )
    return asked or DEFAULT


def reviews_due(edition: Edition) -> Closing | None:
    """When the reviews of `edition` are due, if its call says so. One query."""
    row = Deadline.objects.filter(edition=edition, kind=Deadline.Kind.REVIEWS).order_by("at").last()
    return Closing(at=row.at, grace=timedelta(minutes=row.grace_minutes)) if row else None


def response_ends(edition: Edition) -> Closing | None:
    """Until when authors respond to reviews, if the call says so. One query."""
    row = Deadline.objects.filter(edition=edition, kind=Deadline.Kind.RESPONSE).order_by("at").last()
    return Closing(at=row.at, grace=timedelta(minutes=row.grace_minutes)) if row else None


def responses_end(editions: Iterable[int]) -> dict[int, Closing]:
    """The same for several editions, by their key. One query."""
    rows = Deadline.objects.filter(edition__in=set(editions), kind=Deadline.Kind.RESPONSE).order_by("at")
    return {it.edition_id: Closing(at=it.at, grace=timedelta(minutes=it.grace_minutes)) for it in rows}


def notification_of(edition: Edition) -> Deadline | None:
    """When authors are to learn the decisions, if the call says so. One query."""
    return Deadline.objects.filter(edition=edition, kind=Deadline.Kind.NOTIFICATION).order_by("at").last()


def discussion_ends(edition: Edition) -> Closing | None:
    """Until when reviewers discuss, if the call says so. One query."""
    row = Deadline.objects.filter(edition=edition, kind=Deadline.Kind.DISCUSSION).order_by("at").last()
    return Closing(at=row.at, grace=timedelta(minutes=row.grace_minutes)) if row else None


def due_of(assignment: Assignment, due: Closing | None) -> Closing | None:
    """When this review is due: with the edition's date, or later where that was granted."""
    later = assignment.due_at
    if later is None or (due is not None and due.at >= later):
        return due
    return Closing(at=later, grace=due.grace if due else timedelta(), extended=True)


def is_late(assignment: Assignment, due: Closing | None, at: datetime | None = None) -> bool:
    """Whether a review that arrives at `at` (default: now) is late."""
    closes = due_of(assignment, due)
    return closes is not None and not closes.open_at(at or timezone.now())


def late_at(due: Closing | None, at: datetime) -> Q:
    """Filter on Assignment: those whose review, were it to arrive at `at`, is late. The same as `is_late`, for many."""
    grace = due.grace if due else timedelta()
    own = Q(due_at__lte=at - grace - timedelta(seconds=1))
    # A date of one's own counts only where it is later than everybody's.
    if due is None:
        return own
    return own | Q(due_at__isnull=True) if not due.open_at(at) else NOBODY


def members_in_conflict(paper: Paper) -> QuerySet[Member]:
    """Everybody of the committee whom a conflict keeps from `paper`: found or declared, by the authors' list, or as author.

    The committee is a list of names: what the authors declared about a line holds for whoever has its account or name.
    """
    declared = Role.objects.filter(declared_conflicts__paper=paper)
    addresses = paper.authors.exclude(email="").values("email")
    proven = EmailAddress.objects.filter(email__in=addresses, verified=True)
    named = Q(role__in=declared.values("pk")) | Q(name__in=declared.values("name"))
    named |= Q(user__in=declared.filter(user__isnull=False).values("user"))
    wrote = Q(email__in=addresses) | Q(user__in=proven.values("user"))
    if paper.submitter_id:
        wrote |= Q(user=paper.submitter_id)
    found = Conflict.objects.standing().filter(paper=paper)
    everybody = Member.objects.filter(edition=paper.edition_id)
    return everybody.filter(Q(pk__in=found.values("member")) | named | wrote)


def accepted_papers(edition: Edition) -> QuerySet[Paper]:
    """Papers whose acceptance, with or without conditions, their authors know: the release holds and was not undone."""
    released = Decision.objects.released().filter(outcome__in=Decision.ACCEPTED)
    return Paper.objects.filter(edition=edition, state=State.SUBMITTED, decision__in=released)


def category_of(decision: Decision) -> Category | None:
    """The category whose page limit rules the final version: the one it was accepted in, or the paper's own."""
    return decision.category or decision.paper.category
