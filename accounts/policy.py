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
from django.http import HttpRequest

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


def is_guarded(request: HttpRequest) -> bool:
    """Whether this page is one that two-factor sign-in guards."""
    return any(matches(request.path_info) for matches in guarded_paths)
