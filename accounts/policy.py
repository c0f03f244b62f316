"""What an account must have before it may use certain pages, and when it may go.

Upper rooms add their own reasons in `AppConfig.ready()`, because this room knows nothing of papers or committees:

    from accounts import policy
    policy.requires_two_factor.append(people.is_chair)          # (user) -> bool
    policy.deletion_obstacles.append(people.last_chair_of)      # (user) -> a sentence, or "" for no objection
    policy.guarded_paths.append(people.is_chair_page)           # (path) -> bool
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.urls import reverse

if TYPE_CHECKING:
    from accounts.models import User

#: Each says whether a person must have two-factor sign-in. Called only on guarded pages; one query at most, please.
requires_two_factor: list[Callable[["User"], bool]] = []
#: Each returns a sentence saying why this account may not be deleted now, or "".
deletion_obstacles: list[Callable[["User"], str]] = []
#: Each says whether an address (`request.path_info`) belongs to the pages that two-factor sign-in guards.
guarded_paths: list[Callable[[str], bool]] = []


def has_two_factor(user: "User") -> bool:
    """Whether `user` has set up an authenticator app."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def needs_two_factor(user: "User") -> bool:
    """Whether `user` holds an office (administrator, chair) whose pages need a second factor."""
    return user.is_staff or user.is_superuser or any(asks(user) for asks in requires_two_factor)


def is_guarded(path: str) -> bool:
    """Whether the page at `path` (`request.path_info`) is one that two-factor sign-in guards."""
    own = (reverse("admin:index"), "/jobs/")  # results of long work hold what the chairs' pages show
    return path.startswith(own) or any(matches(path) for matches in guarded_paths)


def obstacles_to_deletion(user: "User") -> list[str]:
    """Sentences that say why `user` may not delete their account now; empty when nothing stands in the way."""
    return [sentence for ask in [_is_sole_administrator, *deletion_obstacles] if (sentence := ask(user))]


def _is_sole_administrator(user: "User") -> str:
    others = get_user_model().objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        return (
            "You are the only administrator of this site. Make somebody else an administrator first "
            "(Administration, People), then delete your account."
        )
    return ""
