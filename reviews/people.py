"""What the rooms below may know of the committee's people, registered in `ReviewsConfig.ready()`."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch

from accounts import mail_wishes
from accounts.models import User
from reviews import policy
from reviews.models import Assignment, Conflict, Member
from submissions.models import Edition
from submissions.services.announcements import Finder, Recipient

#: The links of guests who write a review for a member.
GUEST_PATH = r"/[^\s/]+/guest/[0-9a-f-]{36}/"
DISCUSSION_PAGE = re.compile(r"/[^/]+/discussion/[0-9]+/")
#: The links of invitations: whoever has one may answer.
INVITATION_PATH = r"/[^\s/]+/invitation/[0-9a-f-]{36}/"


def is_discussion_page(path: str) -> bool:
    """Whether the address is about the discussion of one paper: its reviewers and its chairs use the same."""
    return DISCUSSION_PAGE.match(path) is not None


def _reviewers(edition: Edition, _: User) -> Iterable[Recipient]:
    """Members and external reviewers who accepted."""
    members = list(Member.objects.reviewing().filter(edition=edition).select_related("user"))
    owners = mail_wishes.owners_of(it.email for it in members if it.email)
    found: dict[str, Recipient] = {}
    for it in members:
        person = it.user or owners.get(it.email)
        address = person.email if person else it.email
        if address and not it.is_chair and (person is None or person.is_active):
            found.setdefault(address, Recipient(address, person, it.name, edition.get_absolute_url()))
    return list(found.values())


REVIEWERS: tuple[str, Finder] = ("Members and external reviewers who accepted", _reviewers)


def papers_to_review(user: User) -> str:
    """Why `user` must not leave now: they have papers to review. "" when nothing stands against it."""
    live = Assignment.objects.filter(policy.own_assignments(user)).select_related("paper__edition").first()
    if live is None:
        return ""
    return (
        f"You have papers to review for {live.paper.edition}. Decline them, or ask the chairs to take them back, then "
        "delete your account."
    )


def export_members(user: User) -> list[dict[str, Any]]:
    """The places in committees that `user` holds, with all they told there, for “Download my data”."""
    own = Conflict.objects.filter(rule=Conflict.Rule.DECLARED_BY_MEMBER).select_related("paper")
    places = (
        Member.objects.filter(policy.members_held_by(user))
        .select_related("edition")
        .prefetch_related(
            "expertise__topic",
            "absences",
            "own_papers",
            "bids__paper",
            Prefetch("conflicts", own, "declared"),
        )
        .order_by("edition__slug")
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
