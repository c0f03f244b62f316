"""“I need until Friday”: the reviewer's form, and the chairs' list of what waits for an answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import policy, queries
from reviews.forms.guests import MoreTimeForm
from reviews.models import Assignment, MoreTime
from reviews.services import guests, more_time
from reviews.views.navigation import committee_tabs
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, find_chaired, show


def find_own(request: HttpRequest, edition: str, number: int) -> Assignment:
    """The assignment, if this person reviews the paper. Otherwise 404."""
    rows = Assignment.objects.filter(
        policy.own_assignments(request.user), paper__edition__slug=edition, paper__number=number
    )
    found = rows.select_related("paper__edition", "member__user").first()
    if found is None:
        raise Http404
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """A day and a reason."""
    row = find_own(request, edition, number)
    form = MoreTimeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            more_time.ask(actor=actor(request), assignment=row, **form.cleaned_data)
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                "The chairs have your request. Until they answer, we do not remind you of this review.",
            )
            return redirect("member_review", edition, number)
    context = {
        "row": row,
        "paper": row.paper,
        "form": form,
        "due": queries.due_of(row, queries.reviews_due(row.paper.edition)),
        "requests": MoreTime.objects.filter(assignment=row),
    }
    status = 422 if form.is_bound else 200
    return show(request, "reviews/guest/more_time.html", context, edition=row.paper.edition, status=status)


@never_cache
@require_safe
@login_required
def requests(request: HttpRequest, edition: str) -> HttpResponse:
    """What reviewers ask the chairs for: more time, guests."""
    call = find_chaired(request, edition)
    context = {
        "tabs": committee_tabs(request, call),
        "requests": [(it, more_time.stamp(it)) for it in more_time.waiting(actor(request), call.slug)],
        "guests": guests.waiting(actor(request), call.slug),
    }
    return show(request, "reviews/guest/requests.html", context, edition=call)


@require_POST
@login_required
def answer(request: HttpRequest, edition: str, pk: int) -> HttpResponse:
    if more_time.find(actor(request), edition, pk) is None:
        raise Http404
    grant = request.POST.get("answer") == "grant"
    try:
        done = more_time.answer(
            actor=actor(request),
            request=pk,
            expected=request.POST.get("asked", ""),
            grant=grant,
            words=request.POST.get("words", ""),
        )
    except NotAllowed as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, str(error))
    else:
        said = "has more time" if grant else "was told that the date stays"
        messages.success(request, f"{done.assignment.member} {said}.")
    return redirect("chair_requests", edition)
