"""The pages for what went wrong. The words are in templates/4xx.html and 500.html."""

import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.template.defaultfilters import filesizeformat
from django.views.decorators.csrf import requires_csrf_token

log = logging.getLogger(__name__)


def _page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    context["request_id"] = getattr(request, "request_id", "")
    return HttpResponse(loader.render_to_string(template, context, request), status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    log.warning("Refused a form without a valid token: %s", reason)
    return _page(request, "403_csrf.html", 403)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return _page(request, "400.html", 400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "403.html", 403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    # No reference here: what one may not see and what does not exist answer with the same bytes.
    return HttpResponse(loader.render_to_string("404.html", {}, request), status=404)


def length_required(request: HttpRequest) -> HttpResponse:
    """A body of unannounced size. Only programs send such; the words for a bad request do."""
    return _page(request, "400.html", 411)


def too_large(request: HttpRequest) -> HttpResponse:
    return _page(request, "413.html", 413, limit=filesizeformat(settings.MAX_REQUEST_BYTES))


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Relies on as little as possible: whatever is broken, the reference is said."""
    reference = getattr(request, "request_id", "")
    try:
        text: str = loader.render_to_string("500.html", {"reference": reference, "request_id": reference})
    except Exception:
        log.exception("The page for errors could not be rendered.")
        text = f"<!doctype html><title>Error</title><h1>Something went wrong on our side</h1><p>Reference: {reference}</p>"
    return HttpResponse(text, status=500)
