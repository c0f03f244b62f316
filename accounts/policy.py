"""What an account must have before it may use certain pages, and when it may go.

Upper rooms add their own reasons in `AppConfig.ready()`, because this room knows nothing of papers or committees:

    from accounts import policy
    policy.requires_two_factor.append(people.is_chair)          # (user) -> bool
    policy.deletion_obstacles.append(people.last_chair_of)      # (user) -> a sentence, or "" for no objection
    policy.address_obstacles.append(people.known_by)            # (user, email) -> a sentence, or "" for no objection
    policy.guarded_paths.append(people.is_chair_page)           # (path) -> bool
    policy.half_guarded_paths.append(people.is_paper_page)      # (path) -> bool
    policy.entries_kept_from.append(people.entries_of_papers)   # (user) -> a filter on AuditEntry
    policy.messages_kept_from.append(people.messages_of_papers) # (user) -> a filter on Message
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Exists, Q
from django.urls import reverse

if TYPE_CHECKING:
    from accounts.models import User

#: Each says whether a person must have two-factor sign-in. Called only on guarded pages; one query at most, please.
requires_two_factor: list[Callable[["User"], bool]] = []
#: Each returns a sentence saying why this account may not be deleted now, or "".
deletion_obstacles: list[Callable[["User"], str]] = []
#: Each returns a sentence saying why this proven e-mail address may not be taken off the account now, or "".
address_obstacles: list[Callable[["User", str], str]] = []
#: Each says whether an address (`request.path_info`) belongs to the pages that two-factor sign-in guards.
guarded_paths: list[Callable[[str], bool]] = []
#: Each says whether an address belongs to pages that everybody may ask for, but whose answer depends on an office.
half_guarded_paths: list[Callable[[str], bool]] = []
#: Each returns a filter on AuditEntry or Message: what this administrator must not read, because of a conflict, say.
entries_kept_from: list[Callable[["User"], Q]] = []
messages_kept_from: list[Callable[["User"], Q]] = []


def has_two_factor(user: "User") -> bool:
    """Whether `user` has set up an authenticator app."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def with_two_factor(user: "User") -> Q:
    """Filter on anything: all of it for whoever has the second factor that an office asks for, nothing without."""
    if not settings.REQUIRE_TWO_FACTOR:
        return Q()
    return Q(Exists(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP)))


def needs_two_factor(user: "User") -> bool:
    """Whether `user` holds an office (administrator, chair) whose pages need a second factor."""
    return user.is_staff or user.is_superuser or any(asks(user) for asks in requires_two_factor)


def is_guarded(path: str) -> bool:
    """Whether the page at `path` (`request.path_info`) is one that two-factor sign-in guards."""
    own = (reverse("admin:index"), "/jobs/")  # results of long work hold what the chairs' pages show
    return path.startswith(own) or any(matches(path) for matches in guarded_paths)


def is_half_guarded(path: str) -> bool:
    """Whether the page at `path` shows the holder of an office more, once they have a second factor."""
    return any(matches(path) for matches in half_guarded_paths)


def kept_from(user: "User", filters: list[Callable[["User"], Q]]) -> Q:
    """What any of `filters` keeps from `user`; matches nothing when there is none."""
    hidden = Q(pk__in=[])
    for kept in filters:
        hidden |= kept(user)
    return hidden


def obstacles_to_deletion(user: "User") -> list[str]:
    """Sentences that say why `user` may not delete their account now; empty when nothing stands in the way."""
    return [sentence for ask in [_is_sole_administrator, *deletion_obstacles] if (sentence := ask(user))]


def obstacle_to_removal(user: "User", email: str) -> str:
    """Why `email` must stay on the account of `user` now, as a sentence; "" when nothing stands against it."""
    return next((sentence for ask in address_obstacles if (sentence := ask(user, email))), "")


def _is_sole_administrator(user: "User") -> str:
    others = get_user_model().objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        return (
            "You are the only administrator of this site. Make somebody else an administrator first "
            "(Administration, People), then delete your account."
        )
    return ""
