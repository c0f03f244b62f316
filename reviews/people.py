"""What the rooms below may know of the committee's people, registered in `ReviewsConfig.ready()`."""

import re
from collections.abc import Iterable

from django.db.models import Q

from accounts import mail_wishes
from accounts.models import User
from reviews import policy
from reviews.models import Member
from reviews.services import detection
from submissions import policy as papers_policy
from submissions.models import Author, Edition, Role
from submissions.services.announcements import Finder, Recipient

#: The links of guests who write a review for a member.
GUEST_PATH = r"/[^\s/]+/guest/[0-9a-f-]{36}/"
DISCUSSION_PAGE = re.compile(r"/[^/]+/discussion/[0-9]+/")
#: The links of invitations: whoever has one may answer.
INVITATION_PATH = r"/[^\s/]+/invitation/[0-9a-f-]{36}/"


def is_discussion_page(path: str) -> bool:
    """Whether the address is about the discussion of one paper: its reviewers and its chairs use the same."""
    return DISCUSSION_PAGE.match(path) is not None


def known_by(user: User, email: str) -> str:
    """Why `user` keeps `email` now: a place in a committee or a paper is known by it, in an edition that goes on; or "".

    Without it the site would forget what it keeps them apart from. It is said whether there is a conflict or not.
    """
    going_on = detection.going_on()
    places = Member.objects.filter(user__isnull=True, email=email).exclude(email="")
    edition = going_on.filter(members__in=places).first()
    if edition is None:
        offices = Edition.objects.all() if user.is_superuser else Edition.objects.filter(_has_office(user))
        written = Author.objects.filter(email=email, paper__submitted_at__isnull=False)
        edition = going_on.filter(pk__in=offices.values("pk"), papers__authors__in=written).first()
    if edition is None:
        return ""
    return (
        f"{email} stays on your account until {edition} is over: by it we know your place in its committee, or your papers, and "
        "keep you apart from what you must not read. You can make another address the primary one."
    )


def _has_office(user: User) -> Q:
    """Filter on Edition: those in which `user` has a place in the committee, or had one."""
    places = Member.objects.filter(policy.places_of(user)).values("edition")
    return Q(pk__in=places) | Q(
        pk__in=Role.objects.filter(papers_policy.roles_held_by(user)).values("edition")
    )


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
