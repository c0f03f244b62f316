"""How the bids stand, for chairs."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reviews import bid_list, bid_progress
from reviews.forms.bids import SortForm
from reviews.models import Bid
from reviews.views.navigation import committee_tabs
from submissions.views.papers import actor, find_chaired, show

PAGE = 50


@never_cache
@require_safe
@login_required
def page(request: HttpRequest, edition: str) -> HttpResponse:
    found = find_chaired(request, edition)
    standing = bid_progress.standing(found, actor(request))
    of_papers = request.GET.get("view") == "papers"
    sorts: dict[str, Any] = bid_progress.PAPER_SORTS if of_papers else bid_progress.MEMBER_SORTS
    form = SortForm(request.GET, sorts=sorts)
    rows: list[Any] = sorted(standing.papers if of_papers else standing.members, key=sorts[form.chosen][1])
    pages = Paginator(rows, PAGE).get_page(request.GET.get("page", ""))
    context = {
        "tabs": committee_tabs(request, found),
        "views": [
            {"label": "Members", "url": "?", "current": not of_papers, "count": len(standing.members)},
            {"label": "Papers", "url": "?view=papers", "current": of_papers, "count": len(standing.papers)},
        ],
        "of_papers": of_papers,
        "standing": standing,
        "form": form,
        "page_obj": pages,
        "levels": [level.label for level in reversed(Bid.Level)],
        "bidding": bid_list.bidding_of(found, timezone.now()),
    }
    return show(request, "reviews/bids/progress.html", context, edition=found)
