"""Facts about the request that everything after it relies on, and the requests that are refused unread."""

import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.utils.cache import patch_cache_control

from scadl import views

GetResponse = Callable[[HttpRequest], HttpResponse]

#: The reference of the request that this thread is answering; "-" outside of requests.
current_request_id: ContextVar[str] = ContextVar("current_request_id", default="-")


class ArrivalMiddleware:
    """Sets `request.arrived_at`: when the request's first bytes reached us. Deadlines are judged by it.

    The application is called once the headers are read, before the body is, so a slow upload that began in time is
    in time. Behind a proxy that collects the body first (nginx does), let the proxy send `X-Request-Start: t=SECONDS`
    and set TRUST_REQUEST_START; the header is believed for at most an hour back and never for the future.
    """

    def __init__(self, get_response: GetResponse) -> None:
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


class RequestIdMiddleware:
    """Gives every request a reference: in the log lines it causes, in `X-Request-ID`, and on the page of an error."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reference = secrets.token_hex(6)
        request.request_id = reference  # type: ignore[attr-defined]
        token = current_request_id.set(reference)
        try:
            response = self.get_response(request)
        finally:
            current_request_id.reset(token)
        response["X-Request-ID"] = reference
        return response


class RequestIdFilter(logging.Filter):
    """Lets log formats name the request: `%(request_id)s`."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)  # what Django itself logs after a request is done
        record.request_id = getattr(request, "request_id", None) or current_request_id.get()
        return True


class BodyLimitMiddleware:
    """Refuses a body that is too big before a byte of it is read, and one whose size is not announced.

    Servers hand over no more than the announced length, so a request that lies about it is merely cut off. A body
    without a length (chunked) would reach Django as an empty form: no browser sends one, and it is told so.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or ""
        if not announced and "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            return views.length_required(request)
        if announced and not (announced.isascii() and announced.isdigit()):
            return views.bad_request(request)
        if announced and int(announced) > settings.MAX_REQUEST_BYTES:
            return views.too_large(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A body that ends before its announced length: the sender went away. Not an error of ours."""
        if isinstance(exception, UnreadablePostError):
            return views.bad_request(request)
        return None


class PrivateMiddleware:
    """What is answered to somebody with a session is for them alone: no proxy may keep it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True)
        return response
