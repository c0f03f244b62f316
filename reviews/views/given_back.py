"""The answer to words that came for something that is not (or no longer) theirs: they are given back, nothing is told."""

from collections.abc import Sequence

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import policy
from accounts.models import User


def given_back(
    request: HttpRequest,
    texts: Sequence[tuple[str, str]],
    message: str,
    *,
    status: int = 404,
    guarded: bool = False,
) -> HttpResponse:
    """A page with `texts`, pairs of a label and what was written. The same whether there is such a thing or not.

    `guarded`: the address is one that chairs use, too. Who holds an office without its second factor gets Http404, for
    which the guard of such addresses sends them to set it up.
    """
    if guarded and _lacks_second_factor(request):
        raise Http404
    answer = render(request, "reviews/review/gone.html", {"texts": texts, "message": message}, status=status)
    # Already over, and without a moment in it that would differ from one answer to the next.
    answer["Expires"] = "0"
    return answer


def _lacks_second_factor(request: HttpRequest) -> bool:
    user = request.user
    if not settings.REQUIRE_TWO_FACTOR or not isinstance(user, User):
        return False
    return policy.needs_two_factor(user) and not policy.has_two_factor(user)
