"""Facts about the request that everything after it relies on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone


class ArrivalMiddleware:
    """Sets `request.arrived_at`: when the request's first bytes reached us. Deadlines are judged by it.

    The application is called once the headers are read, before the body is, so a slow upload that began in time is
    in time. Behind a proxy that collects the body first (nginx does), let the proxy send `X-Request-Start: t=SECONDS`
    and set TRUST_REQUEST_START; the header is believed for at most an hour back and never for the future.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        request.arrived_at = self._announced(request, now) or now  # type: ignore[attr-defined]
        return self.get_response(request)

    @staticmethod
    def _announced(request: HttpRequest, now: datetime) -> datetime | None:
        if not getattr(settings, "TRUST_REQUEST_START", False):
            return None
        try:
            moment = datetime.fromtimestamp(
                float(request.headers.get("X-Request-Start", "").removeprefix("t=")), UTC
            )
        except (ValueError, OverflowError, OSError):
            return None
        return moment if now - timedelta(hours=1) <= moment <= now else None
