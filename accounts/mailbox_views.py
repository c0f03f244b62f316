"""The mailbox of development and demonstration sites: every message, readable by anybody. Elsewhere it does not exist."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import demo_codes
from accounts.mime import Mail
from accounts.models import Message


def _only_in_development() -> None:
    if not settings.MAILBOX_PAGE:
        raise Http404


@require_safe
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    """All messages, newest first."""
    _only_in_development()
    wanted = request.GET.get("to", "").replace("\0", "").strip()
    found = Message.objects.defer("html")
    if wanted:
        found = found.filter(Q(to__icontains=wanted) | Q(subject__icontains=wanted))
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    codes = [] if wanted or page.number > 1 else demo_codes.of_the_moment()
    return render(request, "accounts/mailbox.html", {"page_obj": page, "wanted": wanted, "codes": codes})


@require_safe
@never_cache
def message(request: HttpRequest, pk: int) -> HttpResponseBase:
    _only_in_development()
    found = get_object_or_404(Message, pk=pk)

    # Only here, where it exists: a policy of its own would tell elsewhere that there is such an address.
    @csp_update({"frame-src": [SELF]})
    def page(request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/mailbox_message.html", {"message": found})

    return page(request)


@require_safe
@never_cache
def html_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part as it leaves. Mail has its styles in attributes; nothing else is allowed, scripts least of all."""
    _only_in_development()
    response = HttpResponse(Mail(get_object_or_404(Message, pk=pk)).html)
    response["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response
