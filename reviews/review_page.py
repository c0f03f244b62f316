"""What a reviewer sees of a paper, and how far each of their reviews is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import User
from reviews import policy, queries
from reviews.domain.offline_form import Header
from reviews.domain.review_form import Answer
from reviews.models import Assignment, Review
from reviews.review_list import latest_versions
from submissions import policy as papers_policy
from submissions import queries as paper_queries
from submissions.domain.deadlines import Closing
from submissions.domain.page_law import Finding
from submissions.models import Author, Edition, ExtraAnswer, ExtraField, Paper
from submissions.policy import NOBODY, Viewer

#: What the page check says that concerns the person who uploaded, not the reader: which program could not read the file,
#: that the check was cut short.
NOT_FOR_REVIEWERS = frozenset({"unchecked", "count_mismatch"})


def papers_read_by(user: Viewer) -> Q:
    """Filter on Paper: those whose manuscript `user` reads for the committee: as its reviewer, or handling it."""
    if not user.is_authenticated:
        return NOBODY
    return policy.papers_assigned_to(user) | papers_policy.papers_handled_by(user)


@dataclass(frozen=True)
class Work:
    """One assignment with how far its review is."""

    assignment: Assignment
    review: Review | None
    #: What was saved differs from what was submitted last.
    changed: bool
    due: Closing | None
    late: bool

    @property
    def is_submitted(self) -> bool:
        return self.review is not None and self.review.submitted_at is not None

    @property
    def state(self) -> str:
        """ "offered" (not answered yet), "none", "draft", "submitted" or "changed" (since it was submitted)."""
        if self.review is None:
            return "offered" if self.assignment.state == Assignment.State.OFFERED else "none"
        if not self.is_submitted:
            return "draft"
        return "changed" if self.changed else "submitted"


def work_of(user: User, edition: Edition, now: datetime) -> list[Work]:
    """The papers `user` is asked to review or reviews, the most urgent first. Constant queries."""
    rows = list(
        Assignment.objects.filter(policy.own_assignments(user), paper__edition=edition)
        .select_related("member__user", "paper__category", "paper__manuscript", "paper__edition")
        .order_by("paper__number")
    )
    if not rows:
        return []
    due = queries.reviews_due(edition)
    reviews = {it.assignment_id: it for it in Review.objects.filter(assignment__in=rows)}
    versions = latest_versions(reviews.values())
    found = []
    for row in rows:
        review = reviews.get(row.pk)
        version = versions.get(review.pk) if review else None
        changed = review is not None and version is not None and review.answers != version.answers
        late = (review is None or review.submitted_at is None) and queries.is_late(row, due, now)
        found.append(Work(row, review, changed, queries.due_of(row, due), late))
    return sorted(
        found, key=lambda it: (it.is_submitted, it.due.at if it.due else now, it.assignment.paper.number)
    )


def in_time(left: timedelta) -> str:
    """How long there is, as one says it: "in 2 days", "in 5 hours", "in less than an hour"."""
    hours = int(left.total_seconds() // 3600)
    if hours >= 48:
        return f"in {hours // 24} days"
    if hours >= 1:
        return f"in {hours} hour{'' if hours == 1 else 's'}"
    return "in less than an hour"


def heading(to_write: Sequence[Work], now: datetime) -> str:
    """The most urgent of these as one sentence: "3 reviews due in 2 days", "1 review late"."""

    def counted(count: int) -> str:
        return f"{count} review{'' if count == 1 else 's'}"

    if late := sum(it.late for it in to_write):
        return f"{counted(late)} late" + (f", {len(to_write) - late} to come" if len(to_write) > late else "")
    if to_write[0].due is None:
        return f"{counted(len(to_write))} to write"
    first = to_write[0].due.at
    soon = sum(it.due is not None and it.due.at == first for it in to_write)
    later = f", {len(to_write) - soon} later" if len(to_write) > soon else ""
    return f"{counted(soon)} due {in_time(max(first - now, timedelta()))}{later}"


@dataclass(frozen=True)
class Shown:
    """A paper as its reviewers may see it: no addresses, no file names of the authors, no names where they are masked."""

    paper: Paper
    masked: bool
    authors: Sequence[Author]
    answers: Sequence[ExtraAnswer]
    findings: Sequence[Finding]
    pages: int | None
    size: int | None


def shown(paper: Paper) -> Shown:
    """`paper` (read by `submissions.queries.whole`) as a reviewer sees it."""
    masked = policy.masks_authors(paper.edition)
    file = paper.manuscript
    law = paper_queries.file_finding(paper)
    answers = [
        it
        for it in paper.extra_answers.all()
        if it.field.visible_to == ExtraField.VisibleTo.COMMITTEE and (it.value or it.file)
    ]
    findings = [it for it in (file.findings if file else []) if it.code not in NOT_FOR_REVIEWERS]
    return Shown(
        paper=paper,
        masked=masked,
        authors=[] if masked else list(paper.authors.all()),
        answers=sorted(answers, key=lambda it: it.field.order),
        findings=[law, *findings] if law else findings,
        pages=file.pages if file else None,
        size=file.size if file else None,
    )


def header_of(row: Assignment, revision: int) -> Header:
    """The line of an offline form that says whose review of which paper it is. A member is known there by an address."""
    address = row.member.email or (row.member.user.email if row.member.user else "")
    return Header(
        row.paper.edition.slug, row.paper.number, address.casefold() or f"member-{row.member_id}", revision
    )


def saved_answers(review: Review | None) -> dict[str, Answer]:
    """What was saved last; nothing before the first save."""
    return dict(review.answers) if review else {}
