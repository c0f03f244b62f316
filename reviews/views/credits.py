"""Whom to thank for reviews."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reviews import credits
from reviews.views.navigation import committee_tabs
from submissions.views.papers import actor, find_chaired, show


@never_cache
@require_safe
@login_required
def page(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    found = credits.credits_of(call, actor(request))
    members, guests = credits.in_words(found)
    context = {"credits": found, "members": members, "guests": guests, "tabs": committee_tabs(request, call)}
    return show(request, "reviews/settings/credits.html", context, edition=call)
