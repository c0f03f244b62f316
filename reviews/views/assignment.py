"""The chairs' page of who reviews what: where it stands, what needs a hand, and the form for a plan."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from reviews import queries
from reviews.forms.assignment import PlanForm
from reviews.models import Proposal
from reviews.services import assignment_lists, planning, proposals
from reviews.services import assignment_overview as service
from reviews.views.navigation import committee_tabs
from submissions.models import Edition
from submissions.services.errors import NotAllowed, Refused, Stale
from submissions.views.papers import actor, find_chaired, show

#: Papers short of reviewers, problems and plans that the page shows before it says how many more there are.
SHOWN = 10
PLANS = 5


def tabs(request: HttpRequest, edition: Edition) -> list[dict[str, Any]]:
    """The committee's tabs; all pages of the assignment belong to its own."""
    here = reverse("chair_assignment", args=[edition.slug])
    return [{**it, "current": it["url"] == here} for it in committee_tabs(request, edition)]


def back_to(request: HttpRequest, otherwise: str) -> str:
    """Where a one-button form wants to go on, if that is a page of this site."""
    wanted = request.POST.get("next", "")
    secure = request.is_secure()
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=secure)
    return wanted if safe and wanted.startswith("/") else otherwise


@never_cache
@require_safe
@login_required
def overview(request: HttpRequest, edition: str) -> HttpResponse:
    """Papers with the weakest first, or members with their loads; above it what needs a hand."""
    call = find_chaired(request, edition)
    user, page = actor(request), request.GET.get("page", "")
    by, q = request.GET.get("by", ""), request.GET.get("q", "").strip()[:200]
    by = by if by == "member" else "paper"
    listed = service.by_member if by == "member" else service.by_paper
    rows, pages = listed(actor=user, edition=call, page=page, q=q)
    openings = assignment_lists.openings(actor=user, edition=call, most=SHOWN + 1)
    problems = assignment_lists.problems(actor=user, edition=call)
    here = reverse("chair_assignment", args=[call.slug])
    context: dict[str, Any] = {
        "standing": service.standing(actor=user, edition=call),
        "by": by,
        "q": q,
        "rows": rows,
        "page_obj": pages,
        "sections": [
            {"label": "By paper", "url": here, "current": by == "paper"},
            {"label": "By member", "url": f"{here}?by=member", "current": by == "member"},
        ],
        "openings": openings[:SHOWN],
        "more_openings": len(openings) > SHOWN,
        "problems": problems[:SHOWN],
        "more_problems": max(0, len(problems) - SHOWN),
        "plans": proposals.visible(actor=user, edition=call).exclude(state=Proposal.State.DROPPED)[:PLANS],
        "tabs": tabs(request, call),
    }
    return show(request, "reviews/assignment/overview.html", context, edition=call)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest, edition: str) -> HttpResponse:
    """The form for a plan. Saving it keeps the options for the committee and starts the work."""
    call = find_chaired(request, edition)
    settings = queries.settings_of(call)
    initial = {**PlanForm.start(settings), "expected": planning.stamp(call), **_asked_for(request)}
    form = PlanForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _started(request, call, form)
            except NotAllowed as error:
                raise Http404 from error
            except Stale as error:
                form.add_error(None, str(error))
                # The next attempt is for the settings as they are now.
                form.data = {**request.POST.dict(), "expected": planning.stamp(call)}
                status = 409
            except Refused as error:
                form.add_error(None, str(error))
    shares = queries.weights_of(settings)
    context = {
        "form": form,
        "bid_share": round(100 * shares.bid_share),
        "tabs": tabs(request, call),
    }
    return show(request, "reviews/assignment/new.html", context, edition=call, status=status)


def _asked_for(request: HttpRequest) -> dict[str, str]:
    """A link may suggest a round and papers."""
    return {name: request.GET[name][:1000] for name in ("round", "papers", "reviews") if name in request.GET}


def _started(request: HttpRequest, edition: Edition, form: PlanForm) -> HttpResponse:
    proposal = planning.ask(
        actor=actor(request),
        edition=edition,
        options=form.options,
        weights=form.weights,
        expected=form.cleaned_data["expected"],
        back=reverse("chair_plan_latest", args=[edition.slug]),
    )
    return redirect("chair_plan", edition.slug, proposal.key)


@never_cache
@require_safe
@login_required
def latest(request: HttpRequest, edition: str) -> HttpResponse:
    """On to the chair's latest plan; the page of the work leads back here."""
    call = find_chaired(request, edition)
    found = proposals.visible(actor=actor(request), edition=call).first()
    if found is None or found.standing == Proposal.State.DROPPED:
        if found is not None:
            messages.info(request, "The plan was put away. Nothing was changed.")
        return redirect("chair_assignment", call.slug)
    # A link may name a view of whatever plan is the latest.
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(reverse("chair_plan", args=[call.slug, found.key]) + query)
