"""How many papers there are, for those who see numbers only."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reviews import policy
from reviews import statistics as queries
from submissions.models import Edition
from submissions.views.papers import actor, show


@never_cache
@require_safe
@login_required
def page(request: HttpRequest, edition: str) -> HttpResponse:
    call = get_object_or_404(Edition.objects.filter(policy.editions_counted_for(request.user)), slug=edition)
    context = {
        "papers": queries.papers(call, actor(request)),
        "committee": queries.committee(call),
        "smallest": queries.SMALLEST,
    }
    return show(request, "reviews/settings/statistics.html", context, edition=call)
