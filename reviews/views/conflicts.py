"""The chairs' pages of the conflicts: the list, what looks odd, and what a chair may do about them."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import conflict_list
from reviews.forms.conflicts import FilterForm, SetForm
from reviews.models import Conflict
from reviews.services import conflicts
from reviews.views.navigation import committee_tabs
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, find_chaired, show

ODD_PAGE = 100


@never_cache
@require_safe
@login_required
def conflict_list_page(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    form = FilterForm(request.GET)
    wanted = form.wanted
    listed = conflict_list.listed(call, actor(request), wanted, number=request.GET.get("page", ""))
    form.count(listed.counts)
    context = {
        "form": form,
        "wanted": wanted,
        "listed": listed,
        "rows": listed.rows,
        "page_obj": listed.page,
        "filtered": bool(wanted.q or wanted.rule or wanted.show),
        "back": request.GET.urlencode(),
        "now": timezone.now(),
        "tabs": committee_tabs(request, call),
    }
    return show(request, "reviews/conflicts/list.html", context, edition=call)


@never_cache
@require_safe
@login_required
def conflicts_csv(request: HttpRequest, edition: str) -> StreamingHttpResponse:
    call = find_chaired(request, edition)
    lines = conflict_list.as_csv(call, actor(request), FilterForm(request.GET).wanted)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{call.file_prefix}-conflicts.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
@require_safe
@login_required
def odd(request: HttpRequest, edition: str) -> HttpResponse:
    """What a chair should look at: many declared, one-sided ones, institutions nobody is at."""
    call = find_chaired(request, edition)
    found = conflict_list.oddities(call, actor(request))
    page = Paginator(found, ODD_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "rows": list(page), "tabs": committee_tabs(request, call)}
    return show(request, "reviews/conflicts/odd.html", context, edition=call)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: HttpRequest, edition: str) -> HttpResponse:
    """Keep somebody away from a paper by hand."""
    call = find_chaired(request, edition)
    sent = request.POST if request.method == "POST" else None
    form = SetForm(sent, edition=call, initial={"number": request.GET.get("number", "")[:9]})
    if request.method == "POST" and form.is_valid():
        try:
            row = conflicts.set_by_hand(
                actor=actor(request),
                edition=call,
                number=form.cleaned_data["number"],
                member=int(form.cleaned_data["member"]),
                reason=form.cleaned_data["reason"],
            )
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{row.member} is kept away from #{row.paper.number} from now on.")
            return redirect("chair_conflicts", call.slug)
    status = 422 if form.errors else 200
    return show(request, "reviews/conflicts/add.html", {"form": form}, edition=call, status=status)


@require_POST
@login_required
def seen(request: HttpRequest, edition: str) -> HttpResponse:
    """Everything that was on the list when it was shown counts as looked at."""
    call = find_chaired(request, edition)
    try:
        until = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        until = None
    # Only what the page itself sends: at the ends of the calendar a moment has no other zone.
    if until is None or timezone.is_naive(until) or not 2000 <= until.year <= 2200:
        until = timezone.now()
    conflicts.have_seen(actor=actor(request), edition=call, until=until)
    messages.success(request, "Noted. What is found from now on is marked as new.")
    return _back(request, edition)


@require_POST
@login_required
def dismiss(request: HttpRequest, edition: str, conflict: int) -> HttpResponse:
    def act() -> Conflict:
        return conflicts.dismiss(
            actor=actor(request),
            conflict=conflict,
            reason=request.POST.get("reason", ""),
            seen=request.POST.get("seen", ""),
        )

    return _done(request, edition, act, "Dismissed: {member} may handle #{number}, as far as this goes.")


@require_POST
@login_required
def restore(request: HttpRequest, edition: str, conflict: int) -> HttpResponse:
    def act() -> Conflict:
        return conflicts.restore(actor=actor(request), conflict=conflict)

    return _done(request, edition, act, "{member} is kept away from #{number} again.")


@require_POST
@login_required
def remove(request: HttpRequest, edition: str, conflict: int) -> HttpResponse:
    def act() -> Conflict:
        return conflicts.remove_by_hand(actor=actor(request), conflict=conflict)

    return _done(request, edition, act, "The conflict of {member} with #{number} is removed.")


def _done(request: HttpRequest, edition: str, act: Callable[[], Conflict], said: str) -> HttpResponse:
    try:
        row = act()
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said.format(member=row.member, number=row.paper.number))
    return _back(request, edition)


def _back(request: HttpRequest, edition: str) -> HttpResponseRedirect:
    """To the list as it was."""
    query = QueryDict(request.POST.get("back", "")[:2000]).urlencode()
    return HttpResponseRedirect(reverse("chair_conflicts", args=[edition]) + (f"?{query}" if query else ""))
