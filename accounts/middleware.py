"""What a signed-in person's account means for each request."""

import hashlib
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.usersessions.middleware import UserSessionsMiddleware
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts import policy

WHY_TWO_FACTOR = (
    "Chairs and administrators see other people's papers, so their pages need two-factor sign-in. Set up an "
    "authenticator app here once; it takes about two minutes. Your own papers stay open to you without it."
)


class SessionActivityMiddleware(UserSessionsMiddleware):
    """Notes when and from where each session was last used, at most every five minutes: a page view writes nothing."""

    EVERY_SECONDS = 300

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key and request.user.is_authenticated:
            digest = hashlib.sha256(f"{key}:{request.META.get('REMOTE_ADDR')}".encode()).hexdigest()
            if cache.add(f"session-seen:{digest}", 1, self.EVERY_SECONDS):
                return super().__call__(request)
        return self.get_response(request)


class TimeZoneMiddleware:
    """Shows times in the zone the person chose; UTC for everybody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.user.time_zone if request.user.is_authenticated else ""
        try:
            zone = ZoneInfo(name) if name else None
        except (ZoneInfoNotFoundError, ValueError):
            # Zones are renamed now and then; a profile from before must not shut the person out.
            zone = None
        with timezone.override(zone):
            return self.get_response(request)


class ChairTwoFactorMiddleware:
    """Sends a chair or administrator without an authenticator app to the page that sets one up.

    Only for the guarded pages (`policy.is_guarded`) and only for those who hold the office: everybody else goes on to
    the view, which answers as if the page did not exist. Pages that authors use as well (`policy.is_half_guarded`) are
    answered by the view; where it finds nothing to show, the holder of an office is sent on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        return self._to_set_up(request) if policy.is_guarded(request.path_info) else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A paper that is not there, for want of a second factor perhaps: the same for every number."""
        hidden = isinstance(exception, Http404) and policy.is_half_guarded(request.path_info)
        return self._to_set_up(request) if hidden else None

    def _to_set_up(self, request: HttpRequest) -> HttpResponse | None:
        if (
            not settings.REQUIRE_TWO_FACTOR
            or not request.user.is_authenticated
            or policy.has_two_factor(request.user)
            or not policy.needs_two_factor(request.user)
        ):
            return None
        messages.warning(request, WHY_TWO_FACTOR)
        target = reverse("mfa_activate_totp")
        if request.headers.get("HX-Request"):
            # A redirect would be followed inside the page; this header makes htmx leave it.
            return HttpResponse(status=204, headers={"HX-Redirect": target})
        return HttpResponseRedirect(target)
