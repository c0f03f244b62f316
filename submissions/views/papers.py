"""What the views of papers share: finding one, and turning a service's refusal into an answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.models import User
from submissions import policy, queries
from submissions.models import Edition, Paper
from submissions.services.errors import NotAllowed, Refused
from submissions.views.navigation import nav_items
from submissions.views.public import with_dates


def find_paper(request: HttpRequest, edition: str, number: int) -> Paper:
    """The paper, if this person may know of it. Otherwise 404, exactly as for a number that was never given out."""
    papers = queries.whole(Paper.objects.visible_to(request.user))
    return get_object_or_404(papers, edition__slug=edition, number=number)


def find_edition(request: HttpRequest, edition: str) -> Edition:
    return get_object_or_404(Edition.objects.visible_to(request.user), slug=edition)


def find_chaired(request: HttpRequest, edition: str) -> Edition:
    """The edition, if this person runs it. Otherwise 404, at the same cost as for one that does not exist."""
    chaired = Edition.objects.filter(policy.editions_chaired_by(request.user))
    return get_object_or_404(with_dates(chaired), slug=edition)


def actor(request: HttpRequest) -> User:
    """The signed-in person. Only for views behind `login_required`."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def show(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    edition: Edition,
    status: int = 200,
    may_chair: bool | None = None,
) -> HttpResponse:
    """A page within an edition: with its navigation and the chairs' address. `may_chair` as for `nav_items`."""
    frame = {
        "edition": edition,
        "nav_items": nav_items(request, edition, may_chair=may_chair),
        "contact_email": edition.contact_email,
    }
    return render(request, template, {**frame, **context}, status=status)


def refusals_as_messages(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For one-button actions on a paper: a refusal is shown on the paper's page, what is not there is 404."""

    @wraps(view)
    def guarded(request: HttpRequest, edition: str, number: int, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, edition, number, **kwargs)
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            messages.error(request, str(error))
            return redirect("paper", edition, number)

    return guarded
