"""How the reviews come in, and whom to ask when one does not."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reviews import decision_page, review_progress
from reviews.letters import assignments as letters
from reviews.letters.assignments import News
from reviews.services import assignment_lists
from reviews.views.decisions import find
from reviews.views.navigation import decision_tabs
from submissions.views.papers import actor, find_chaired, show

#: Reviewers, papers at risk and candidates that a page shows.
PEOPLE, RISKS, CANDIDATES = 50, 50, 12


@never_cache
@require_safe
@login_required
def page(request: HttpRequest, edition: str) -> HttpResponse:
    """Reviews over time, papers at risk, reviewers with what they still owe."""
    call = find_chaired(request, edition)
    found = review_progress.of(actor(request), call)
    pages = Paginator(found.people, PEOPLE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "progress": found,
        "width": review_progress.WIDTH,
        "height": review_progress.HEIGHT,
        "left": review_progress.LEFT,
        "bottom": review_progress.HEIGHT - review_progress.BOTTOM,
        "risks": found.risks[:RISKS],
        "more_risks": max(0, len(found.risks) - RISKS),
        "page_obj": pages,
        "tabs": decision_tabs(request, call),
    }
    return show(request, "reviews/decisions/progress.html", context, edition=call)


@never_cache
@require_safe
@login_required
def emergency(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """Who could still review a paper: no conflict, room in the load, the best score first; one button asks them."""
    found = find(request, edition, number)
    free = [it for it in assignment_lists.candidates(actor=actor(request), paper=found) if it.free]
    chosen = next((it for it in free if str(it.member.pk) == request.GET.get("member")), None)
    free = free[:CANDIDATES]
    draft = None
    if chosen is not None:
        drafts = letters.drafts(found.edition, [News(chosen.member, offered=[found])], user=actor(request))
        draft = next((it for it in drafts if it.kind is letters.OFFERED), None)
    context: dict[str, Any] = {
        "paper": found,
        "candidates": free,
        "chosen": chosen,
        "draft": draft,
        "outstanding": decision_page.outstanding(found),
        "tabs": decision_tabs(request, found.edition),
    }
    return show(request, "reviews/decisions/emergency.html", context, edition=found.edition)
