"""What this room adds to an edition's navigation, and the tabs between the chairs' pages of the committee."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from reviews.domain import rights
from reviews.domain.rights import Right
from reviews.models import Member
from submissions.models import Edition
from submissions.views.navigation import marked

#: The chairs' pages of the committee: label and name of the address.
TABS: list[tuple[str, str]] = [
    ("People", "chair_committee"),
    ("Conflicts", "chair_conflicts"),
    ("Bids", "committee_bids"),
    ("Assignment", "chair_assignment"),
    ("Requests", "chair_requests"),
    ("Responses", "chair_responses"),
    ("Credits", "chair_credits"),
    ("Settings", "chair_committee_settings"),
    ("Who may do what", "chair_committee_rights"),
]

#: The pages of the decision room.
DECISION_TABS: list[tuple[str, str]] = [
    ("Papers", "chair_decisions"),
    ("Progress", "chair_review_progress"),
    ("Meeting", "chair_meeting"),
    ("Release", "chair_release"),
]


def entries(request: HttpRequest, edition: Edition, may_chair: bool) -> list[tuple[str, str]]:
    """For `submissions.views.navigation.more`: what the person's places in this committee open. One query."""
    if not request.user.is_authenticated:
        return []
    held = Member.objects.held_by(request.user).filter(edition=edition, state=Member.State.ACCEPTED)
    places = list(held.values_list("kind", "load_wanted", "load_limit"))
    # Chairs who asked for no papers find their page by way of the committee's list.
    kinds = {kind for kind, wanted, limit in places if kind not in Member.CHAIRS or wanted or limit}
    found = (
        [
            ("Committee", reverse("chair_committee", args=[edition.slug])),
            ("Decisions", reverse("chair_decisions", args=[edition.slug])),
        ]
        if may_chair
        else []
    )
    if any(rights.has(kind, Right.REVIEW) for kind in kinds):
        found.append(("Reviewing", reverse("member_home", args=[edition.slug])))
    if not may_chair and any(rights.has(kind, Right.STATISTICS) for kind in kinds):
        found.append(("Statistics", reverse("committee_statistics", args=[edition.slug])))
    return found


def committee_tabs(request: HttpRequest, edition: Edition) -> list[dict[str, Any]]:
    """Entries for partials/tabs.html."""
    return _tabs(request, edition, TABS)


def decision_tabs(request: HttpRequest, edition: Edition) -> list[dict[str, Any]]:
    """The same for the decision room."""
    return _tabs(request, edition, DECISION_TABS)


def _tabs(request: HttpRequest, edition: Edition, tabs: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return marked(request.path, [(label, reverse(name, args=[edition.slug])) for label, name in tabs])
