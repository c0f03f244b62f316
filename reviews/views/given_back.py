"""The answer to words that came for something that is not (or no longer) theirs: they are given back, nothing is told."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def given_back(
    request: HttpRequest, texts: Sequence[tuple[str, str]], message: str, *, status: int = 404
) -> HttpResponse:
    """A page with `texts`, pairs of a label and what was written. The same whether there is such a thing or not."""
    answer = render(request, "reviews/review/gone.html", {"texts": texts, "message": message}, status=status)
    # Already over, and without a moment in it that would differ from one answer to the next.
    answer["Expires"] = "0"
    return answer
