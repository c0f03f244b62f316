"""What the committee's work holds on one person, for “Download my data”, and what goes with an account. Registered in `apps.py`.

Given out is what the person wrote, answered and was asked for. Not given out: what others found or wrote about them, who
works on a paper beside them, and what a chair wrote about other members.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q

from accounts import personal_data
from accounts.models import User
from reviews import policy, queries
from reviews.domain.review_form import Answer
from reviews.models import (
    Assignment,
    AuthorResponse,
    Comment,
    Conflict,
    Decision,
    Guest,
    Handling,
    Member,
    MoreTime,
    Review,
)
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Author, Edition, Paper


def register() -> None:
    personal_data.exporters.update(
        memberships=export_members,
        review_assignments=export_assignments,
        reviews_as_guest=export_guest_reviews,
        comments_in_discussions=export_comments,
        responses_to_reviews=export_responses,
        decisions_you_recorded=export_recorded_decisions,
        papers_you_handle=export_handled,
    )


def papers_to_review(user: User) -> str:
    """Why `user` must not leave now: reviews that they still owe. "" when nothing stands against it."""
    owed = Assignment.objects.filter(policy.own_assignments(user)).exclude(review__submitted_at__isnull=False)
    told = Decision.objects.filter(paper=OuterRef("paper"), release__undone_at__isnull=True)
    live = owed.exclude(Exists(told.filter(release__isnull=False))).select_related("paper__edition").first()
    if live is None:
        return ""
    return (
        f"You have papers to review for {live.paper.edition}. Decline them, or ask the chairs to take them back, then "
        "delete your account."
    )


def export_members(user: User) -> list[dict[str, Any]]:
    """The places in committees that `user` holds or held, with all they told there."""
    own = Conflict.objects.filter(rule=Conflict.Rule.DECLARED_BY_MEMBER).select_related("paper")
    places = (
        Member.objects.filter(policy.places_of(user))
        .select_related("edition")
        .prefetch_related(
            "expertise__topic",
            "absences",
            "own_papers",
            "bids__paper",
            Prefetch("conflicts", own, "declared"),
        )
        .order_by("edition__slug", "pk")
    )
    return [_place(it) for it in places]


def _place(member: Any) -> dict[str, Any]:
    """Bids and declared conflicts are the person's own words; what was found about them is not given out."""
    fields = ("kind", "state", "name", "email", "affiliation", "load_wanted", "collaborators")
    dates = ("invited_at", "answer_by", "answered_at", "answer_note")
    return {
        "edition": member.edition.slug,
        **{name: getattr(member, name) for name in (*fields, *dates)},
        "country": str(member.country or ""),
        "topics": {it.topic.name: it.get_level_display() for it in member.expertise.all()},
        "away": [{"first": it.first, "last": it.last, "note": it.note} for it in member.absences.all()],
        "own_papers": [
            {"title": it.title, "year": it.year, "authors": it.authors, "abstract": it.abstract}
            for it in member.own_papers.all()
        ],
        "bids": [{"paper": it.paper.number, "bid": it.get_level_display()} for it in member.bids.all()],
        "declared_conflicts": [{"paper": it.paper.number, "why": it.evidence} for it in member.declared],
    }


def export_assignments(user: User) -> list[dict[str, Any]]:
    """The papers that `user` was asked to review, with what they answered and wrote.

    Of a paper behind a conflict only what they did themselves: that they were going to be asked stays unsaid.
    """
    walled = Paper.objects.filter(papers_policy.papers_walled_off_from(user)).values("pk")
    acted = Q(answered_at__isnull=False) | Q(review__isnull=False)
    rows = (
        Assignment.objects.filter(
            acted | ~Q(paper__in=walled), member__in=Member.objects.filter(policy.places_of(user))
        )
        .select_related("paper__edition", "review")
        .prefetch_related("more_time", "guests", "review__versions")
        .order_by("paper__edition__slug", "paper__number", "pk")
    )
    words = _Words()
    return [_assignment(it, words) for it in rows]


def _assignment(row: Assignment, words: "_Words") -> dict[str, Any]:
    declined = row.state == Assignment.State.DECLINED
    return {
        "edition": row.paper.edition.slug,
        "paper": row.paper.number,
        "state": row.get_state_display(),
        "asked_at": row.assigned_at,
        "answered_at": row.answered_at,
        # Of a row that the chairs took back the reason is theirs.
        "reason": row.reason if declined else "",
        "substitute": row.substitute if declined else "",
        "due_at": row.due_at,
        "ready_to_decide_at": row.ready_at,
        "more_time": [_more_time(it) for it in row.more_time.all()],
        "guests": [_guest(it) for it in row.guests.all()],
        "review": _review(row.review, words.of(row.paper.edition)) if hasattr(row, "review") else None,
    }


def _more_time(asked: MoreTime) -> dict[str, Any]:
    fields = ("until", "reason", "state", "asked_at", "answered_at", "answer")
    return {name: getattr(asked, name) for name in fields}


def _guest(guest: Guest) -> dict[str, Any]:
    """As the member named them. The note may be the guest's answer by now, and what speaks of a conflict is the chairs'."""
    fields = ("name", "email", "affiliation", "state", "created_at")
    return {name: getattr(guest, name) for name in fields}


def _review(review: Review, labels: Mapping[str, str]) -> dict[str, Any]:
    def told(answers: Mapping[str, Answer]) -> dict[str, Answer]:
        return {labels.get(slug, slug): value for slug, value in answers.items()}

    return {
        "saved_at": review.saved_at,
        "submitted_at": review.submitted_at,
        "answers": told(review.answers),
        "versions": [
            {"version": it.number, "at": it.at, "answers": told(it.answers)} for it in review.versions.all()
        ],
    }


class _Words:
    """What the questions of an edition's review form are called, read once for each edition."""

    def __init__(self) -> None:
        self._known: dict[int, Mapping[str, str]] = {}

    def of(self, edition: Edition) -> Mapping[str, str]:
        if edition.pk not in self._known:
            self._known[edition.pk] = {it.slug: it.label for it in queries.form_of(edition)}
        return self._known[edition.pk]


def export_guest_reviews(user: User) -> list[dict[str, Any]]:
    """Reviews that `user` was invited to write for a member. What they wrote went into that member's review."""
    proven = papers_policy.proven_addresses(user).values("email")
    rows = Guest.objects.filter(Q(user=user) | Q(user__isnull=True, email__in=proven))
    # One that waits for a chair, or was refused, has not been told to the guest.
    rows = rows.exclude(state__in=[Guest.State.PROPOSED, Guest.State.REFUSED])
    found = rows.select_related("assignment__paper__edition").order_by("pk")
    return [
        {"edition": it.assignment.paper.edition.slug, "paper": it.assignment.paper.number, **_guest(it)}
        for it in found
    ]


def export_comments(user: User) -> list[dict[str, Any]]:
    """What `user` wrote in discussions, and the notes made of what they did there."""
    rows = Comment.objects.filter(author=user).select_related("paper__edition").order_by("pk")
    return [
        {
            "edition": it.paper.edition.slug,
            "paper": it.paper.number,
            "at": it.at,
            "edited_at": it.edited_at,
            "removed_at": it.removed_at,
            "readers": it.get_readers_display(),
            "as_chair": it.as_chair,
            "text": it.text,
        }
        for it in rows
    ]


def export_responses(user: User) -> list[dict[str, Any]]:
    """The responses to reviews that `user` writes, with the other contacts of the paper."""
    proven = papers_policy.proven_addresses(user).values("email")
    contact = Author.objects.filter(paper=OuterRef("paper"), is_contact=True, email__in=proven)
    rows = AuthorResponse.objects.filter(Q(paper__submitter=user) | Exists(contact))
    return [
        {
            "edition": it.paper.edition.slug,
            "paper": it.paper.number,
            "saved_at": it.saved_at,
            "submitted_at": it.submitted_at,
            "text": it.text,
            "submitted_text": it.submitted_text,
        }
        for it in rows.select_related("paper__edition").order_by("pk")
    ]


def export_recorded_decisions(user: User) -> list[dict[str, Any]]:
    """The decisions that stand as `user` recorded them as a chair; not of papers that a conflict keeps from them now."""
    rows = (
        Decision.objects.filter(decided_by=user)
        .exclude(paper__in=Paper.objects.filter(papers_policy.papers_walled_off_from(user)).values("pk"))
        .select_related("paper__edition", "category")
        .order_by("pk")
    )
    return [
        {
            "edition": it.paper.edition.slug,
            "paper": it.paper.number,
            "decided_at": it.decided_at,
            "outcome": it.get_outcome_display(),
            "category": it.category.name if it.category else None,
            "conditions": it.conditions,
            "note": it.note,
            "to_authors": it.to_authors,
        }
        for it in rows
    ]


def export_handled(user: User) -> list[dict[str, Any]]:
    """The papers that `user` looks after as a chair."""
    rows = (
        Handling.objects.filter(chair=user)
        .exclude(paper__in=Paper.objects.filter(papers_policy.papers_walled_off_from(user)).values("pk"))
        .exclude(paper__state=State.DRAFT)
        .order_by("pk")
    )
    return [
        {"edition": slug, "paper": number}
        for slug, number in rows.values_list("paper__edition__slug", "paper__number")
    ]
