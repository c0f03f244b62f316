"""Reviews that are still to come: what reminders, and the chairs' digest, tell of."""

from allauth.account.models import EmailAddress
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from reviews.models import Assignment, Conflict, Decision, Member
from submissions.domain.workflow import State
from submissions.models import Author, DeclaredConflict, Edition, Paper


def of(edition: Edition, paper: Paper | None = None) -> "QuerySet[Assignment]":
    """Requests for reviews that are not in and still of use, without those that a conflict has overtaken."""
    rows = _standing(edition, paper).filter(review__submitted_at__isnull=True)
    return rows.prefetch_related("more_time")


def closed(edition: Edition) -> dict[int, str]:
    """Papers that nobody is asked to review any more, by their key, each with why: the end of a sentence about it."""
    rows = Decision.objects.filter(paper__edition=edition).filter(
        Q(outcome=Decision.Outcome.DESK_REJECT) | Q(release__isnull=False, release__undone_at__isnull=True)
    )
    desk = {
        True: "is rejected without review; take that decision back first",
        False: "has a decision that is released",
    }
    return {
        paper: desk[outcome == Decision.Outcome.DESK_REJECT and release is None]
        for paper, outcome, release in rows.values_list("paper", "outcome", "release")
    }


def submitted(edition: Edition, paper: Paper | None = None) -> "QuerySet[Assignment]":
    """Those whose review is in, while their papers are discussed."""
    return _standing(edition, paper).filter(review__submitted_at__isnull=False)


def _standing(edition: Edition, paper: Paper | None) -> "QuerySet[Assignment]":
    rows = Assignment.objects.live().filter(
        paper__edition=edition,
        paper__state=State.SUBMITTED,
        paper__decision__isnull=True,
        paper__handling__discussion_closed_at__isnull=True,
        member__state=Member.State.ACCEPTED,
    )
    if paper is not None:
        rows = rows.filter(paper=paper)
    rows = rows.exclude(pk__in=Assignment.objects.filter(in_conflict()).values("pk"))
    return rows.select_related("paper__edition", "member__user", "review")


def in_conflict(who: str = "member") -> Q:
    """Filter on rows with a paper and a member (`who`): those whose member a conflict keeps from the paper.

    The same as `queries.members_in_conflict`, for many papers at once.
    """
    paper = OuterRef("paper")
    found = Conflict.objects.standing().filter(paper=paper, member=OuterRef(who))
    line = Q(role__members=OuterRef(who)) | Q(role__name=OuterRef(f"{who}__name"))
    declared = DeclaredConflict.objects.filter(line | Q(role__user=OuterRef(f"{who}__user")), paper=paper)
    proven = EmailAddress.objects.filter(user=OuterRef(OuterRef(f"{who}__user")), verified=True)
    named = Q(email=OuterRef(f"{who}__email")) | Q(email__in=proven.values("email"))
    wrote = Author.objects.filter(named, paper=paper).exclude(email="")
    own = Q(paper__submitter=F(f"{who}__user"))
    return Q(Exists(found)) | Q(Exists(declared)) | Q(Exists(wrote)) | own


def papers_in_conflict(member: Member) -> "QuerySet[Paper]":
    """The same from one member's side: the papers that a conflict keeps them from."""
    found = Conflict.objects.standing().filter(member=member)
    line = Q(role__members=member) | Q(role__name=member.name)
    own = Author.objects.filter(email=member.email).exclude(email="")
    wrote = Q(pk__in=own.values("paper"))
    if member.user_id is not None:
        line |= Q(role__user=member.user_id)
        proven = EmailAddress.objects.filter(user=member.user_id, verified=True).values("email")
        wrote |= Q(pk__in=Author.objects.filter(email__in=proven).values("paper"))
        wrote |= Q(submitter=member.user_id)
    declared = DeclaredConflict.objects.filter(line)
    return Paper.objects.filter(
        Q(pk__in=found.values("paper")) | Q(pk__in=declared.values("paper")) | wrote,
        edition=member.edition_id,
    )


def standing(row: Assignment) -> str:
    """How far the review is, in words."""
    if (review := getattr(row, "review", None)) is not None and review.answers:
        return "draft saved"
    return "not started" if row.state == Assignment.State.ACCEPTED else "not started, and not accepted yet"
